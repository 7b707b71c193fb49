"""What is particular to ActivityRegularization."""

import numpy as np
import pytest

from minikeras.layers import ActivityRegularization
from minikeras.models import Sequential


def test_the_penalty_is_added_to_the_loss():
    model = Sequential([ActivityRegularization(l1=0.1, l2=0.01, input_shape=(2,))])
    model.compile("sgd", "mse")
    x = np.array([[1.0, -2.0], [3.0, 0.0]])
    loss = model.test_on_batch(x, x)
    assert loss == pytest.approx(0.1 * 6 + 0.01 * 14)
