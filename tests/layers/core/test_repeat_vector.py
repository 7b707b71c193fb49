"""What is particular to RepeatVector."""

import numpy as np
import pytest

from minikeras.layers import Input, RepeatVector


def test_every_step_is_the_vector():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    y = RepeatVector(3)(x)
    for i in range(3):
        np.testing.assert_array_equal(y[:, i], x)


@pytest.mark.parametrize("n", [0, -1, 1.5])
def test_n_must_be_a_positive_whole_number(n):
    with pytest.raises(ValueError, match="positive whole number"):
        RepeatVector(n)


def test_only_vectors_are_repeated():
    with pytest.raises(ValueError, match="expected ndim=2"):
        RepeatVector(2)(Input((3, 4)))
