"""Twenty steps of every optimizer equal Keras 2.3.1's, slots included."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import optimizers

from .replay import assert_close, cases

CASES = cases("optimizers")


@pytest.mark.parametrize("name", CASES)
def test_steps_equal_recorded_keras(name):
    case = CASES[name]
    optimizer = getattr(optimizers, case["class"])(**case["config"])
    weights = [K.variable(start) for start in case["start"]]

    for step, gradients in enumerate(zip(*case["gradients"], strict=True)):
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.zero_grad()
            weight.add_grad(gradient)
        optimizer.update(weights)
        for weight, path in zip(weights, case["weights"], strict=True):
            assert_close(weight.value, path[step], what=f"step {step}")

    for got, expected in zip(optimizer.get_weights(), case["slots"], strict=True):
        assert np.shape(got) == expected.shape
        assert_close(got, expected, what="slots")


@pytest.mark.parametrize("name", CASES)
def test_symbolic_updates_equal_recorded_keras(name):
    """The way of Keras: `get_updates` inside `K.function`."""
    case = CASES[name]
    optimizer = getattr(optimizers, case["class"])(**case["config"])
    weights = [K.variable(start) for start in case["start"]]
    given = [K.placeholder(start.shape) for start in case["start"]]
    loss = K.sum(weights[0] * given[0]) + K.sum(weights[1] * given[1])
    step = K.function(given, [loss], updates=optimizer.get_updates(loss, weights))

    for gradients in zip(*case["gradients"], strict=True):
        step(list(gradients))

    for weight, path in zip(weights, case["weights"], strict=True):
        assert_close(K.get_value(weight), path[-1], what="last step")
