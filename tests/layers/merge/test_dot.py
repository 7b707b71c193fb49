"""What is particular to Dot."""

import numpy as np
import pytest

from minikeras.layers import Dot, Input, dot

RANDOM = np.random.RandomState(0)


def test_vectors_give_one_number_for_each_sample():
    a, b = RANDOM.rand(3, 4), RANDOM.rand(3, 4)
    np.testing.assert_allclose(Dot(1)([a, b]), (a * b).sum(axis=1, keepdims=True))


def test_matrices_are_summed_over_the_axes():
    a, b = RANDOM.rand(2, 3, 4), RANDOM.rand(2, 4, 5)
    np.testing.assert_allclose(Dot((2, 1))([a, b]), a @ b)
    np.testing.assert_allclose(Dot((-1, -2))([a, b]), a @ b)


def test_normalized_vectors_give_the_cosine():
    a = RANDOM.rand(3, 4)
    np.testing.assert_allclose(Dot(1, normalize=True)([a, 2 * a]), np.ones((3, 1)))


def test_sizes_must_fit():
    with pytest.raises(ValueError, match="Dimension incompatibility 3 != 4"):
        dot([Input((3,)), Input((4,))], axes=1)
    with pytest.raises(ValueError, match="list of 2 inputs"):
        dot([Input((3,))] * 3, axes=1)


@pytest.mark.parametrize("axes", ["1", 1.0, (1,), (1, 2, 3), (1, "2")])
def test_axes_are_one_or_two_whole_numbers(axes):
    with pytest.raises(TypeError, match="two integers"):
        Dot(axes)
