"""Pictures of models: every layer has its box, every call its arrow."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from minikeras.layers import Activation, Dense, Input, add
from minikeras.models import Model, Sequential
from minikeras.utils import model_to_dot, plot_model


def branched():
    x = Input((3,), name="x")
    inner = Sequential([Dense(4, input_shape=(4,), name="deep")], name="inner")
    a = Dense(4, name="a")(x)
    b = Activation("relu", name="b")(a)
    return Model(x, add([a, inner(b)], name="sum"))


def boxes(svg):
    """Text -> (x, y) of the labels in an SVG picture."""
    root = ElementTree.fromstring(svg)
    found = root.iter("{http://www.w3.org/2000/svg}text")
    return {each.text: (float(each.get("x")), float(each.get("y"))) for each in found}


def test_dot_has_a_node_for_every_layer_and_an_edge_for_every_call():
    text = model_to_dot(branched()).to_string()
    edges = set(re.findall(r'"(\w+)" -> "(\w+)"', text))
    assert edges == {
        ("x", "a"), ("a", "b"), ("b", "inner"), ("a", "sum"), ("inner", "sum"),
    }  # fmt: skip
    assert '"a" [label="a: Dense"];' in text and "rankdir=TB" in text


def test_names_and_shapes_are_optional():
    text = model_to_dot(branched(), show_layer_names=False).to_string()
    assert '[label="Dense"]' in text
    text = model_to_dot(branched(), show_shapes=True).to_string()
    assert r"{a: Dense}|{input:|(None, 3)}|{output:|(None, 4)}" in text


def test_inner_models_are_expanded_in_a_frame():
    text = model_to_dot(branched(), expand_nested=True).to_string()
    assert '"inner/deep"' in text and 'subgraph "cluster_inner"' in text
    assert '"b" -> "inner/deep_input"' in text
    assert '"inner/deep" -> "sum"' in text


@pytest.mark.parametrize(
    "rankdir, axis, sign", [("TB", 1, 1), ("BT", 1, -1), ("LR", 0, 1), ("RL", 0, -1)]
)
def test_arrows_point_where_they_should(rankdir, axis, sign):
    places = boxes(model_to_dot(branched(), rankdir=rankdir).to_svg())
    order = ["x: InputLayer", "a: Dense", "b: Activation", "inner: Sequential"]
    along = [sign * places[label][axis] for label in order]
    assert along == sorted(along) and len(set(along)) == 4


def test_boxes_of_a_row_do_not_overlap():
    x = Input((2,), name="x")
    branches = [Dense(2, name=f"a_branch_number_{i}")(x) for i in range(6)]
    graph = model_to_dot(Model(x, add(branches)))
    graph.to_svg()
    row = sorted(
        (box.x, box.x + box.width)
        for box in graph.boxes.values()
        if "branch" in box.key
    )
    assert all(a[1] < b[0] for a, b in zip(row[:-1], row[1:], strict=True))


def test_files_of_every_kind_are_written(tmp_path):
    for kind in ("png", "svg", "dot", "jpg", "gif", "pdf"):
        plot_model(branched(), to_file=tmp_path / f"m.{kind}", show_shapes=True)
        assert (tmp_path / f"m.{kind}").stat().st_size > 100
    from PIL import Image

    small = Image.open(tmp_path / "m.png")
    plot_model(branched(), tmp_path / "large.png", show_shapes=True, dpi=192)
    large = Image.open(tmp_path / "large.png")
    assert large.size == pytest.approx(np.multiply(small.size, 2), rel=0.03)
    assert len(set(small.convert("L").tobytes())) > 2


def test_notebooks_show_the_picture():
    assert model_to_dot(branched())._repr_svg_().startswith("<svg")


def test_what_cannot_be_drawn_is_explained(tmp_path):
    with pytest.raises(ValueError, match="input_shape"):
        model_to_dot(Sequential([Dense(2)]))
    with pytest.raises(ValueError, match="rankdir"):
        model_to_dot(branched(), rankdir="UP")
    with pytest.raises(ValueError, match="png"):
        plot_model(branched(), tmp_path / "m.exe")
