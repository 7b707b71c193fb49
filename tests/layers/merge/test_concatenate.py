"""What is particular to Concatenate."""

import numpy as np
import pytest

from minikeras.layers import Concatenate, Input, concatenate

X, Y = np.random.RandomState(0).rand(2, 3, 4), np.random.RandomState(1).rand(2, 5, 4)


def test_parts_stand_side_by_side_and_get_their_gradients():
    y, backward = Concatenate(axis=1).forward([X, Y])
    np.testing.assert_array_equal(y, np.concatenate([X, Y], axis=1))
    for dx, x in zip(backward(y), (X, Y), strict=True):
        np.testing.assert_array_equal(dx, x)


def test_unknown_sizes():
    assert concatenate([Input((None, 3)), Input((None, 4))]).shape == (None, None, 7)
    assert concatenate([Input((None, 3)), Input((2, 3))], axis=1).shape == (
        None,
        None,
        3,
    )


def test_other_sizes_must_fit():
    with pytest.raises(ValueError, match="matching shapes except for the concat axis"):
        concatenate([Input((2, 3)), Input((4, 3))], axis=-1)
    with pytest.raises(ValueError, match="at least 2"):
        concatenate([Input((2,))])


def test_masks_stand_side_by_side_too():
    a, b = np.array([[1, 0, 1]] * 2, bool), np.array([[0, 0, 0, 1, 1]] * 2, bool)
    mask = Concatenate(axis=1).compute_mask([X, Y], [a, b])
    np.testing.assert_array_equal(mask, np.concatenate([a, b], axis=1))
    mask = Concatenate(axis=1).compute_mask([X, Y], [None, b])
    np.testing.assert_array_equal(mask, np.concatenate([a | True, b], axis=1))
    mask = Concatenate().compute_mask([X, X], [a, None])
    np.testing.assert_array_equal(mask, a)
