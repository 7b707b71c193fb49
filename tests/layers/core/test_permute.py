"""What is particular to Permute."""

import numpy as np
import pytest

from minikeras.layers import Input, Permute


def test_axes_are_counted_from_one():
    x = np.random.RandomState(0).rand(2, 3, 4, 5)
    np.testing.assert_array_equal(Permute((3, 1, 2))(x), x.transpose(0, 3, 1, 2))


def test_the_gradient_undoes_the_exchange():
    x = np.random.RandomState(0).rand(2, 3, 4, 5)
    y, backward = Permute((2, 3, 1)).forward(x)
    np.testing.assert_array_equal(backward(y), x)


@pytest.mark.parametrize("dims", [(0, 1), (1, 1), (1, 3)])
def test_dims_must_name_each_axis_once(dims):
    with pytest.raises(ValueError, match="each number from 1"):
        Permute(dims)


def test_the_number_of_axes_must_fit():
    with pytest.raises(ValueError, match="expected ndim=3"):
        Permute((2, 1))(Input((2, 3, 4)))
