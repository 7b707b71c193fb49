"""Metric functions and stateful metrics equal Keras 2.3.1's."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import metrics

from .replay import assert_close, cases

CASES = cases("metrics")


@pytest.mark.parametrize("name", [name for name in CASES if "function" in CASES[name]])
def test_metric_function_equals_recorded_keras(name):
    case = CASES[name]
    function = getattr(metrics, case["function"])
    assert_close(
        function(case["y_true"], case["y_pred"], **case["arguments"]), case["y"]
    )


def tolerance_of(case):
    """Near probability 1, Keras rounds 1 - p + epsilon in one order or the other."""
    return 3e-3 if case["class"] == "BinaryCrossentropy" else 1e-5


@pytest.mark.parametrize("name", [name for name in CASES if "class" in CASES[name]])
def test_stateful_metric_equals_recorded_keras(name):
    case = CASES[name]
    metric = getattr(metrics, case["class"])(**case["config"])
    for batch, expected in zip(case["batches"], case["results"], strict=True):
        metric.update_state(*batch)
        assert_close(K.eval(metric.result()), expected, tolerance_of(case))
    for got, expected in zip(metric.get_weights(), case["state"], strict=True):
        assert_close(got, expected, tolerance_of(case), what="state")
    metric.reset_states()
    assert not any(np.any(state) for state in metric.get_weights())
