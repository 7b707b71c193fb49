"""`profile`: a row for each layer, and a picture."""

import numpy as np
import pytest

from minikeras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from minikeras.models import Sequential
from minikeras.utils import profile


@pytest.fixture
def model():
    model = Sequential(
        [
            Conv2D(4, 3, activation="relu", input_shape=(8, 8, 2), name="conv"),
            MaxPooling2D(name="pool"),
            Flatten(name="flatten"),
            Dense(3, activation="softmax", name="dense"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy")
    return model


def test_every_layer_has_a_row_and_the_times_add_up(model):
    x, y = np.random.rand(16, 8, 8, 2), np.eye(3)[np.arange(16) % 3]
    lines = []
    result = profile(model, x, y, steps=3, print_fn=lines.append)
    assert [row.name for row in result.rows] == [
        "conv",
        "pool",
        "flatten",
        "dense",
        "loss",
    ]
    assert all(row.forward > 0 for row in result.rows)
    assert result.rows[0].backward > 0
    assert sum(row.forward + row.backward for row in result.rows) < 2 * result.total
    assert "conv (Conv2D)" in lines[0] and "optimizer" in lines[0]
    picture = result.draw()
    assert picture.size[0] == 640
    assert len(picture.getcolors(100_000)) > 2


def test_the_model_is_as_before_afterwards(model):
    x, y = np.random.rand(4, 8, 8, 2), np.eye(3)[:1].repeat(4, 0)
    profile(model, x, y, steps=1, print_fn=None)
    (graph,) = (g.graph for g in model.compiled._graphs.values() if hasattr(g, "train"))
    assert not any("run" in vars(step) for step in graph.steps)
    model.train_on_batch(x, y)
