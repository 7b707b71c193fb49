"""Activations, regularizers and constraints equal Keras 2.3.1's."""

import importlib

import numpy as np
import pytest

from minikeras.backend.tape import differentiate

from .replay import assert_close, cases

# Keras ignores the axis of softmax where x is a matrix, against its own documentation.
CASES = {
    name: case
    for name, case in cases("small_functions").items()
    if not (case["name"] == "softmax" and case["config"].get("axis") == 0)
}


@pytest.mark.parametrize("name", CASES)
def test_function_equals_recorded_keras(name):
    case = CASES[name]
    module = importlib.import_module(f"minikeras.{case['module']}")
    named, config = getattr(module, case["name"]), case["config"]

    def function(x):
        return (
            named(x, **config)
            if case["module"] == "activations"
            else named(**config)(x)
        )

    if "dy" not in case:
        assert_close(function(case["x"].copy()), case["y"])
        return
    y, backward = differentiate(function, case["x"])
    assert_close(y, case["y"], what="value")
    dy = np.asarray(case["dy"], y.dtype)
    assert_close(backward(dy), case["dx"], what="gradient")
