"""What the parity tests share: run minikeras on a recorded case and compare."""

import inspect

import numpy as np

from minikeras import layers

from .archive import load, path_of


def cases(theme):
    """{name: case} of a recording."""
    return load(path_of(theme))["cases"]


def assert_close(got, expected, tolerance=1e-5, what="", floor=1e-3):
    """Equal shapes, and no difference above `tolerance` times the largest value.

    Values below `floor` are compared as if they were that large.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: {got.shape} for {expected.shape}"
    if expected.size == 0:
        return
    special = ~np.isfinite(expected.astype(float))
    np.testing.assert_array_equal(got[special], expected[special], err_msg=what)
    got, expected = got[~special].astype(float), expected[~special].astype(float)
    scale = max(np.abs(expected).max(initial=0), floor)
    error = np.abs(got - expected).max(initial=0) / scale
    assert error <= tolerance, f"{what}: relative error {error:.2g}\n{got}\n{expected}"


def build(class_name, config):
    """A layer from its class's name; so too a nested {"class", "config"}."""
    config = {key: _nested(value) for key, value in config.items()}
    return getattr(layers, class_name)(**config)


def _nested(value):
    if isinstance(value, dict) and "class" in value:
        return build(value["class"], value["config"])
    if isinstance(value, list):
        return [_nested(part) for part in value]
    return value


def one_or_list(values):
    return values[0] if len(values) == 1 else values


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check_layer(case, tolerance=1e-5):
    """Outputs, masks, gradients and changed weights equal the recorded ones."""
    layer = build(case["class"], case["config"])
    x, mask = one_or_list(case["x"]), one_or_list(case["masks"])
    layer.build(one_or_list([part.shape for part in case["x"]]))
    layer.set_weights(case["weights"])

    y, backward = layer.forward(x, **_wanted(layer.forward, case, mask))
    dx = as_list(backward(one_or_list(case["dy"])))

    for got, expected in zip(as_list(y), case["y"], strict=True):
        assert_close(got, expected, tolerance, "y")
    _check_mask(layer.compute_mask(x, mask), case["y_mask"])
    float_dx = [
        g for g, part in zip(dx, case["x"], strict=True) if part.dtype.kind == "f"
    ]
    for got, expected in zip(float_dx, case["dx"], strict=True):
        check_gradient(got, expected, tolerance, "dx")
    for weight, expected in zip(layer.trainable_weights, case["dweights"], strict=True):
        check_gradient(weight.grad, expected, tolerance, f"d{weight.name}")
    after = case.get("weights_after", case["weights"])
    for got, expected in zip(layer.get_weights(), after, strict=True):
        assert_close(got, expected, tolerance, "weights after the call")


def check_gradient(got, expected, tolerance, what):
    """Like `assert_close`; no gradient may be None or zeros."""
    if expected is None:
        assert got is None or not np.any(got), (
            f"{what}: a gradient where Keras has none"
        )
        return
    assert_close(got, expected, tolerance, what)


def _wanted(forward, case, mask):
    offered = {"training": case["training"], "mask": mask}
    offered.update(case.get("call", {}))
    return {
        k: v for k, v in offered.items() if k in inspect.signature(forward).parameters
    }


def _check_mask(got, expected):
    got = [part for part in as_list(got) if part is not None]
    expected = [part for part in expected if part is not None]
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(one, bool), other.astype(bool))
