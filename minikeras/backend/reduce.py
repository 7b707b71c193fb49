"""Ops that bring an axis, several axes or everything down to one number each.

`axis` is None (everything), a whole number or several of them; negative ones count from
the end.
"""

import builtins
import functools
import math

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.op import op
from minikeras.utils.checks import axis_of


def _axes(axis, ndim):
    """The reduced axes as a tuple of numbers from 0 to ndim - 1."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted({axis_of(each, ndim) for each in np.ravel(axis).tolist()}))


def _reduced(x, axis=None, keepdims=False):
    """Shape of x without the reduced axes."""
    axes = _axes(axis, len(x))
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(x))
    return tuple(n for i, n in enumerate(x) if i not in axes)


def reduction(forward=None, dtype=None):
    """Decorator: an op on (x, axes), axes a tuple, becomes one on (x, axis, keepdims).

    The function gets x and keeps the reduced axes with size 1; its backward gets dy in
    that shape, and in the type of y: NumPy 1 made float64 of a float32 number times 2.
    """
    if forward is None:
        return functools.partial(reduction, dtype=dtype)

    def with_axis(x, axis=None, keepdims=False):
        x = np.asarray(x)
        axes = _axes(axis, x.ndim)
        y, backward_kept = forward(x, axes)
        kept = y.shape
        if not keepdims:
            y = y.reshape(_reduced(x.shape, axis))[()]
        if backward_kept is None:
            return y, None
        dtype = y.dtype if y.dtype.kind == "f" else None

        def backward(dy):
            return backward_kept(np.asarray(dy, dtype).reshape(kept))

        return y, backward

    functools.update_wrapper(with_axis, forward)
    del with_axis.__wrapped__
    return op(with_axis, shape=_reduced, dtype=dtype)


def _float_dtype(x, axis=None, keepdims=False):
    return x if x.startswith("float") else floatx()


def _as_float(x):
    """Truth values and whole numbers are averaged as floats."""
    return x if x.dtype.kind == "f" else x.astype(floatx())


def _count(x, axes):
    return builtins.max(1, math.prod(x.shape[i] for i in axes))


@reduction
def sum(x, axes):
    """Sum over an axis, several axes or everything."""
    shape = x.shape

    def backward(dy):
        return np.broadcast_to(dy, shape)

    dtype = np.int64 if x.dtype.kind == "b" else x.dtype
    return x.sum(axis=axes, keepdims=True, dtype=dtype), backward


@reduction(dtype=_float_dtype)
def mean(x, axes):
    """Mean over an axis, several axes or everything."""
    shape, count = x.shape, _count(x, axes)

    def backward(dy):
        return np.broadcast_to(dy / count, shape)

    return _as_float(x).mean(axis=axes, keepdims=True), backward


@reduction
def max(x, axes):
    """Largest element; where several are, they share the gradient."""
    y = x.max(axis=axes, keepdims=True)
    return y, _shared_by_the_chosen(x, y, axes)


@reduction
def min(x, axes):
    """Smallest element; where several are, they share the gradient."""
    y = x.min(axis=axes, keepdims=True)
    return y, _shared_by_the_chosen(x, y, axes)


def _shared_by_the_chosen(x, y, axes):
    def backward(dy):
        chosen = x == y
        share = dy / chosen.sum(axis=axes, keepdims=True, dtype=dy.dtype)
        return chosen * share

    return backward


@reduction
def prod(x, axes):
    """Product over an axis, several axes or everything."""
    y = x.prod(axis=axes, keepdims=True, dtype=x.dtype)

    def backward(dy):
        return dy * _product_of_the_others(x, axes)

    return y, backward


def _product_of_the_others(x, axes):
    """For every element the product of all others; right where some are zero, too."""
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = np.moveaxis(x, axes, last)
    rows = moved.reshape(*moved.shape[: last[0] if last else x.ndim], -1)
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    behind = np.concatenate([rows[..., 1:], ones], axis=-1)
    behind = np.cumprod(behind[..., ::-1], axis=-1)[..., ::-1]
    return np.moveaxis((before * behind).reshape(moved.shape), last, axes)


@reduction(dtype=_float_dtype)
def var(x, axes):
    """Mean of the squared differences from the mean."""
    x = _as_float(x)
    centred = x - x.mean(axis=axes, keepdims=True)
    count = _count(x, axes)

    def backward(dy):
        return centred * (2 * dy / count)

    return np.square(centred).mean(axis=axes, keepdims=True), backward


@reduction(dtype=_float_dtype)
def std(x, axes):
    """Square root of the variance; where it is 0, so is the gradient."""
    x = _as_float(x)
    centred = x - x.mean(axis=axes, keepdims=True)
    y = np.sqrt(np.square(centred).mean(axis=axes, keepdims=True))
    count = _count(x, axes)

    def backward(dy):
        scale = np.divide(dy, count * y, out=np.zeros_like(y), where=y > 0)
        return centred * scale

    return y, backward


@reduction
def logsumexp(x, axes):
    """log(sum(exp(x))), computed without overflow."""
    top = x.max(axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    exp_x = np.exp(x - top)
    total = exp_x.sum(axis=axes, keepdims=True)

    def backward(dy):
        return exp_x * (dy / total)

    with np.errstate(divide="ignore"):
        return np.log(total) + top, backward


@reduction(dtype="bool")
def any(x, axes):
    """Whether at least one element is not 0."""
    return np.any(x, axis=axes, keepdims=True), None


@reduction(dtype="bool")
def all(x, axes):
    """Whether no element is 0."""
    return np.all(x, axis=axes, keepdims=True), None


def _without_axis(x, axis=-1):
    return _reduced(x, axis)


@op(shape=_without_axis, dtype="int64")
def argmax(x, axis=-1):
    """Position of the largest element along an axis."""
    _axes(axis, np.ndim(x))
    return np.argmax(x, axis=axis), None


@op(shape=_without_axis, dtype="int64")
def argmin(x, axis=-1):
    """Position of the smallest element along an axis."""
    _axes(axis, np.ndim(x))
    return np.argmin(x, axis=axis), None


@op(shape=lambda x, axis=0: x)
def cumsum(x, axis=0):
    """Sum of the elements up to each one, along an axis."""
    _axes(axis, x.ndim)

    def backward(dy):
        return np.flip(np.cumsum(np.flip(dy, axis), axis), axis)

    return np.cumsum(x, axis, dtype=x.dtype), backward


@op(shape=lambda x, axis=0: x)
def cumprod(x, axis=0):
    """Product of the elements up to each one, along an axis."""
    _axes(axis, x.ndim)
    y = np.cumprod(x, axis, dtype=x.dtype)

    def backward(dy):
        if np.all(x):
            return np.flip(np.cumsum(np.flip(dy * y, axis), axis), axis) / x
        return _cumprod_gradient_with_zeros(x, dy, axis)

    return y, backward


def _cumprod_gradient_with_zeros(x, dy, axis):
    """dx_i = sum over j >= i of dy_j times the product of x_0 .. x_j without x_i."""
    rows, drows = np.moveaxis(x, axis, 0), np.moveaxis(dy, axis, 0)
    dx = np.empty_like(rows)
    for i in range(len(rows)):
        without_i = rows.copy()
        without_i[i] = 1
        dx[i] = (np.cumprod(without_i, axis=0) * drows)[i:].sum(axis=0)
    return np.moveaxis(dx, 0, axis)
