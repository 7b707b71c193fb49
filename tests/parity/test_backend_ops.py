"""Backend ops, and their gradients, equal Keras 2.3.1's."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.tape import differentiate

from .backend_cases import CASES as CALLS
from .replay import as_list, assert_close, cases, check_gradient

CASES = cases("backend_ops")


@pytest.mark.parametrize("name", CASES)
def test_op_equals_recorded_keras(name):
    function, case = CALLS[name][0], CASES[name]
    outputs = as_list(function(K, *case["x"]))
    for got, expected in zip(outputs, case["y"], strict=True):
        assert_close(K.get_value(got), expected, what="value")


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["dx"]])
def test_gradient_equals_recorded_keras(name):
    function, case = CALLS[name][0], CASES[name]
    floats = [i for i, part in enumerate(case["x"]) if part.dtype.kind == "f"]

    def weighted_sum(*values):
        x = list(case["x"])
        for i, value in zip(floats, values, strict=True):
            x[i] = value
        outputs = as_list(function(K, *x))
        pairs = zip(outputs, case["dy"], strict=True)
        return sum(K.sum(y * dy) for y, dy in pairs if dy is not None)

    _, backward = differentiate(weighted_sum, *[case["x"][i] for i in floats])
    dx = backward(np.float32(1))
    dx = dx if isinstance(dx, tuple) else (dx,)
    for got, expected in zip(dx, case["dx"], strict=True):
        check_gradient(got, expected, 1e-5, "dx")
