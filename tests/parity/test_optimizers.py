"""20 steps of every optimizer equal Keras 2.3.1's, in each of the three ways to step."""

import pytest

from minikeras import optimizers
from minikeras.backend.tensor import Variable
from minikeras.engine.flat import lay_flat

from .replay import assert_close, cases

CASES = cases("optimizers")


def traced(cls):
    """A subclass that steps by `get_updates`, as any that changes the gradients does."""

    class Traced(cls):
        def get_gradients(self, loss, params):
            return super().get_gradients(loss, params)

    return Traced


@pytest.mark.parametrize("way", ["one by one", "flat", "get_updates"])
@pytest.mark.parametrize("name", CASES)
def test_steps_equal_recorded_keras(name, way):
    case = CASES[name]
    cls = getattr(optimizers, case["class"])
    method = (traced(cls) if way == "get_updates" else cls)(**case["config"])
    weights = [Variable(value) for value in case["start"]]
    if way == "flat":
        lay_flat(weights)

    for i in range(20):
        for weight, gradients in zip(weights, case["gradients"], strict=True):
            weight.zero_grad()
            weight.add_grad(gradients[i])
        method.update(weights)
        for weight, path in zip(weights, case["weights"], strict=True):
            assert_close(weight.value, path[i], what=f"weight after step {i + 1}")

    for got, expected in zip(method.get_weights(), case["slots"], strict=True):
        assert_close(got, expected, what="slot")
