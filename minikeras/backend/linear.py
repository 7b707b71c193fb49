"""Matrix products."""

import math

import numpy as np

from minikeras.backend.broadcast import broadcast_shape, operands, sum_to
from minikeras.backend.op import op
from minikeras.kernels.matmul import matmul as kernels_matmul
from minikeras.kernels.matmul import matmul_transposed
from minikeras.utils.checks import axis_of


def _dotted(x, y):
    x, y = _shape(x), _shape(y)
    _check_sizes(x, y, x[-1:], y[-2:-1] or y)
    return (*x[:-1], *y[:-2], *y[-1:]) if len(y) > 1 else x[:-1]


def _shape(x):
    return x if isinstance(x, tuple) else np.shape(x)


def _check_sizes(x, y, a, b):
    if a and b and None not in (*a, *b) and a != b:
        raise ValueError(
            f"Cannot multiply shapes {x} and {y}: the sizes to be summed over, {a[0]} "
            f"and {b[0]}, differ."
        )


@op(shape=_dotted)
def dot(x, y):
    """Matrix product; with more axes: the last of x with the last but one of y.

    Shapes
        x   (..., d)
        y   (d, u)   or (..., d, u)
        z   (..., u)     the axes of x without its last, then those of y without d
    """
    x, y = operands(x, y)
    shape = _dotted(x.shape, y.shape)
    if y.ndim == 1:
        return _dot_vector(x, y)
    if y.ndim > 2:
        return _dot_many(x, y, shape)
    rows = x.reshape(-1, x.shape[-1])

    def backward(dz):
        d_rows = dz.reshape(len(rows), y.shape[1])
        dx = matmul_transposed(d_rows, y).reshape(x.shape)
        return dx, kernels_matmul(rows.T, d_rows)

    return kernels_matmul(rows, y).reshape(shape), backward


def _dot_vector(x, y):
    def backward(dz):
        d_rows, rows = np.reshape(dz, -1), x.reshape(-1, len(y))
        return np.multiply.outer(dz, y), d_rows @ rows

    return x @ y, backward


def _dot_many(x, y, shape):
    rows = x.reshape(-1, x.shape[-1])
    columns = np.moveaxis(y, -2, 0).reshape(y.shape[-2], -1)
    moved = (y.shape[-2], *y.shape[:-2], y.shape[-1])

    def backward(dz):
        d_rows = dz.reshape(len(rows), -1)
        d_columns = (rows.T @ d_rows).reshape(moved)
        return (d_rows @ columns.T).reshape(x.shape), np.moveaxis(d_columns, 0, -2)

    return (rows @ columns).reshape(shape), backward


def _batch_axes(x, y, axes):
    """The summed axis of each operand, counted from the front."""
    if axes is None:
        axes = (len(x) - 1, len(y) - 1 if len(y) == 2 else len(y) - 2)
    elif isinstance(axes, int):
        axes = (axes, axes)
    both = zip(axes, (len(x), len(y)), strict=True)
    a, b = (axis_of(axis, ndim, "axes") for axis, ndim in both)
    if a == 0 or b == 0:
        raise ValueError(
            f"axes={tuple(axes)}: axis 0 holds the samples and cannot be summed over."
        )
    return a, b


def _batch_dotted(x, y, axes=None):
    x, y = _shape(x), _shape(y)
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"K.batch_dot needs at least 2 axes each; got {x} and {y}.")
    a, b = _batch_axes(x, y, axes)
    _check_sizes(x, y, x[a : a + 1], y[b : b + 1])
    rest = x[1:a] + x[a + 1 :] + y[1:b] + y[b + 1 :]
    samples = x[0] if x[0] is not None else y[0]
    return (samples, *rest) if rest else (samples, 1)


@op(shape=_batch_dotted)
def batch_dot(x, y, axes=None):
    """The product of each sample of x with the same sample of y.

    Arguments
        x, y: at least 2 axes each, the first one for the samples.
        axes: the axis of each to sum over, or one number for both; by default the last
            of x and the last but one of y (its last, if y has 2 axes).

    The result has the other axes of x, then those of y; (n, 1) if there are none.

    Example
        >>> x, y = np.ones((32, 20, 5)), np.ones((32, 5, 7))
        >>> K.batch_dot(x, y).shape
        (32, 20, 7)
    """
    x, y = operands(x, y)
    shape = _batch_dotted(x.shape, y.shape, axes)
    a, b = _batch_axes(x.shape, y.shape, axes)
    moved_x, moved_y = np.moveaxis(x, a, -1), np.moveaxis(y, b, 1)
    n, d = len(x), x.shape[a]
    rows = moved_x.reshape(n, math.prod(moved_x.shape[1:-1]), d)
    columns = moved_y.reshape(n, d, math.prod(moved_y.shape[2:]))

    def backward(dz):
        dz = dz.reshape(n, rows.shape[1], columns.shape[2])
        d_rows = np.matmul(dz, columns.transpose(0, 2, 1)).reshape(moved_x.shape)
        d_columns = np.matmul(rows.transpose(0, 2, 1), dz).reshape(moved_y.shape)
        return np.moveaxis(d_rows, -1, a), np.moveaxis(d_columns, 1, b)

    return np.matmul(rows, columns).reshape(shape), backward


def _matmul_shape(x, y):
    x, y = _shape(x), _shape(y)
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"x @ y needs at least 2 axes each; got shapes {x} and {y}.")
    _check_sizes(x, y, x[-1:], y[-2:-1])
    return (*broadcast_shape(x[:-2], y[:-2]), x[-2], y[-1])


@op(shape=_matmul_shape)
def matmul(x, y):
    """x @ y: the product of the last two axes, the others broadcast."""
    x, y = operands(x, y)
    _matmul_shape(x.shape, y.shape)

    def backward(dz):
        dx = np.matmul(dz, np.swapaxes(y, -1, -2))
        dy = np.matmul(np.swapaxes(x, -1, -2), dz)
        return sum_to(dx, x.shape), sum_to(dy, y.shape)

    return np.matmul(x, y), backward
