"""Activations, regularizers and constraints equal Keras 2.3.1's."""

import importlib

import pytest

from minikeras.backend.tape import differentiate

from .replay import assert_close, cases

CASES = cases("small_functions")


@pytest.mark.parametrize("name", CASES)
def test_function_equals_recorded_keras(name):
    case = CASES[name]
    module = importlib.import_module(f"minikeras.{case['module']}")
    named, config = getattr(module, case["name"]), case["config"]

    def function(x):
        return named(x, **config) if case["module"] == "activations" else named(**config)(x)

    if "dy" not in case:
        assert_close(function(case["x"].copy()), case["y"])
        return
    y, backward = differentiate(function, case["x"])
    assert_close(y, case["y"], what="value")
    assert_close(backward(case["dy"]), case["dx"], what="gradient")
