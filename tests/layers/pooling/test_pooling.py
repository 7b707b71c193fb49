"""What is particular to pooling: ties, NaN, borders, masks."""

import numpy as np

from minikeras.layers import (
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)

nan, inf = np.nan, np.inf


def pooled(layer, rows):
    """(y, dx for ones) of a single-channel picture."""
    x = np.array(rows, "float32")[None, :, :, None]
    y, backward = layer.forward(x)
    return y[0, :, :, 0], backward(np.ones_like(y))[0, :, :, 0]


def test_the_first_of_equals_gets_the_gradient():
    y, dx = pooled(MaxPooling2D(), [[3, 3], [3, 3]])
    assert y.tolist() == [[3]]
    assert dx.tolist() == [[1, 0], [0, 0]]


def test_nan_is_the_largest_value():
    y, dx = pooled(MaxPooling2D(), [[1, 9, nan, 2], [nan, 2, 3, nan]])
    assert np.isnan(y).all()
    assert dx.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]


def test_infinities_are_values_like_others():
    y, dx = pooled(MaxPooling2D(), [[-inf, -inf, 1, inf], [-inf, -inf, 2, 3]])
    assert y.tolist() == [[-inf, inf]]
    assert dx.tolist() == [[1, 0, 0, 1], [0, 0, 0, 0]]


def test_padding_is_never_the_maximum():
    y, _ = pooled(MaxPooling2D(2, 1, "same"), [[-1, -2], [-3, -4]])
    assert y.tolist() == [[-1, -2], [-3, -4]]


def test_padding_does_not_count_in_the_mean():
    y, dx = pooled(AveragePooling2D(2, 2, "same"), [[1, 3, 5], [1, 3, 7], [2, 4, 8]])
    assert y.tolist() == [[2, 6], [3, 8]]
    assert dx.tolist() == [[0.25, 0.25, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 1]]


def test_gradients_of_overlapping_windows_add_up():
    _, dx = pooled(MaxPooling2D(2, 1), [[0, 0, 0], [0, 9, 0], [0, 0, 0]])
    assert dx[1, 1] == 4
    _, dx = pooled(AveragePooling2D(2, 1), np.zeros((3, 3)))
    assert dx.tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


def test_rows_that_no_window_reaches_get_no_gradient():
    _, dx = pooled(MaxPooling2D(2), np.arange(15.0).reshape(3, 5))
    assert not dx[2].any() and not dx[:, 4].any()


def test_windows_of_more_than_256_places():
    x = np.random.RandomState(0).randn(2, 20, 20, 3).astype("float32")
    y, backward = MaxPooling2D(20).forward(x)
    np.testing.assert_array_equal(y[:, 0, 0], x.max(axis=(1, 2)))
    assert (backward(np.ones_like(y)) * x).sum() == np.float32(y.sum())


def test_global_average_leaves_masked_steps_out():
    x = np.array([[[1.0], [3.0], [100.0]]], "float32")
    mask = np.array([[True, True, False]])
    y, backward = GlobalAveragePooling1D().forward(x, mask=mask)
    assert y.tolist() == [[2.0]]
    assert backward(np.ones_like(y)).tolist() == [[[0.5], [0.5], [0.0]]]


def test_global_maximum_shares_among_equals():
    x = np.array([5, 5, 1, 1], "float32").reshape(1, 2, 2, 1)
    _, backward = GlobalMaxPooling2D().forward(x)
    assert backward(np.ones((1, 1), "float32")).ravel().tolist() == [0.5, 0.5, 0, 0]
