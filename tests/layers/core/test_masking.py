"""What is particular to Masking."""

import numpy as np

from minikeras import backend as K
from minikeras.layers import Masking
from minikeras.models import Sequential


def test_steps_whose_features_all_have_the_value_are_marked():
    x = np.array([[[0.0, 0.0], [0.0, 1.0]], [[2.0, 2.0], [0.0, 0.0]]])
    np.testing.assert_array_equal(Masking().compute_mask(x), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(Masking(2.0).compute_mask(x), [[1, 1], [0, 1]])


def test_marked_steps_become_zero_and_get_no_gradient():
    x = np.array([[[2.0, 2.0], [2.0, 1.0]]])
    y, backward = Masking(2.0).forward(x)
    np.testing.assert_array_equal(y, [[[0, 0], [2, 1]]])
    np.testing.assert_array_equal(backward(np.ones_like(x)), [[[0, 0], [1, 1]]])


def test_a_masked_step_does_not_count_in_the_loss():
    model = Sequential([Masking(input_shape=(2, 1))])
    model.compile("sgd", "mse")
    x = np.array([[[0.0], [1.0]]])
    assert model.test_on_batch(x, np.full_like(x, 3.0)) == 2.0  # 4 of one step of two
    assert K.int_shape(model.output) == (None, 2, 1)
