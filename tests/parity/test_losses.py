"""Losses and their gradients equal Keras 2.3.1's, also on edge inputs."""

import numpy as np
import pytest

from minikeras import losses
from minikeras.backend.tape import differentiate

from .replay import assert_close, cases

CASES = cases("losses")


@pytest.mark.parametrize("name", CASES)
def test_loss_equals_recorded_keras(name):
    case = CASES[name]
    if "class" in case:
        loss = getattr(losses, case["class"])(**case["config"])
        arguments = {"sample_weight": case["sample_weight"]}
    else:
        loss, arguments = getattr(losses, case["function"]), case["arguments"]

    y, backward = differentiate(
        lambda y_pred: loss(case["y_true"], y_pred, **arguments), case["y_pred"]
    )

    assert_close(y, case["y"], what="value")
    # The cosine of single numbers has gradient 0; Keras computes rounding errors there.
    floor = 0.1 if case.get("function") == "cosine_proximity" else 1e-3
    dy = np.asarray(case["dy"], y.dtype)
    assert_close(backward(dy), case["dpred"], what="gradient", floor=floor)
