"""Ops that rearrange: reshape, transpose, join, repeat, reverse, pad."""

import builtins
import math

import numpy as np

from minikeras.backend.op import op
from minikeras.backend.tensor import Tensor
from minikeras.utils.checks import axis_of

# ---- the same elements in another shape --------------------------------------------


def reshape(x, shape):
    """The same elements in another shape; one size may be -1: what is left."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if isinstance(shape, Tensor):
        return _reshape_to_tensor(x, shape)
    return _reshape(x, tuple(shape))


def _reshaped(x, shape):
    if builtins.any(isinstance(n, tuple) for n in shape):
        return NotImplemented  # sizes that are tensors themselves: try them out
    shape = tuple(-1 if n is None else int(n) for n in shape)
    if None in x:
        return tuple(None if n == -1 else n for n in shape)
    given, there = math.prod(n for n in shape if n != -1), math.prod(x)
    if there % builtins.max(given, 1) if -1 in shape else there != given:
        raise ValueError(f"{there} elements do not fit into shape {shape}.")
    return tuple(there // builtins.max(given, 1) if n == -1 else n for n in shape)


@op(shape=_reshaped)
def _reshape(x, shape):
    x = np.asarray(x)
    old = x.shape
    try:
        y = x.reshape([-1 if n is None else int(n) for n in shape])
    except ValueError:
        raise ValueError(
            f"{x.size} elements of shape {x.shape} do not fit into shape {shape}."
        ) from None

    def backward(dy):
        return dy.reshape(old)

    return y, backward


@op
def _reshape_to_tensor(x, shape):
    return _reshape.forward(x, tuple(shape))


def _flattened(x):
    return (None if None in x else math.prod(x),)


@op(shape=_flattened)
def flatten(x):
    """All elements in one row."""
    return _reshape.forward(x, (-1,))


def _batch_flattened(x):
    return (x[0], None if None in x[1:] else math.prod(x[1:]))


@op(shape=_batch_flattened)
def batch_flatten(x):
    """All elements of each sample in one row: (n, ...) becomes (n, d)."""
    return _reshape.forward(x, (len(x), math.prod(x.shape[1:])))


def _expanded(x, axis=-1):
    axis = axis_of(axis, len(x) + 1)
    return (*x[:axis], 1, *x[axis:])


@op(shape=_expanded)
def expand_dims(x, axis=-1):
    """A new axis of size 1 at position `axis`."""
    x = np.asarray(x)
    return _reshape.forward(x, _expanded(x.shape, axis))


def _squeezed(x, axis):
    axis = axis_of(axis, len(x))
    if x[axis] not in (1, None):
        raise ValueError(f"Axis {axis} has size {x[axis]}; only size 1 can be dropped.")
    return (*x[:axis], *x[axis + 1 :])


@op(shape=_squeezed)
def squeeze(x, axis):
    """Without the axis `axis`, whose size must be 1."""
    return _reshape.forward(x, _squeezed(x.shape, axis))


# ---- the axes in another order -----------------------------------------------------


def _permuted(x, pattern):
    if sorted(pattern) != list(range(len(x))):
        raise ValueError(
            f"pattern must name each of the {len(x)} axes once; got {tuple(pattern)}."
        )
    return tuple(x[axis] for axis in pattern)


@op(shape=_permuted)
def permute_dimensions(x, pattern):
    """The axes in the order of `pattern`: (0, 2, 1) swaps the last two."""
    _permuted(x.shape, pattern)

    def backward(dy):
        return dy.transpose(np.argsort(pattern))

    return x.transpose(pattern), backward


@op(shape=lambda x: x[::-1])
def transpose(x):
    """The axes in reverse order."""

    def backward(dy):
        return dy.T

    return np.asarray(x).T, backward


@op(shape=lambda x, axes: x)
def reverse(x, axes):
    """Backwards along an axis or several."""
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    axes = tuple(axis_of(axis, x.ndim, "axes") for axis in axes)

    def backward(dy):
        return np.flip(dy, axes)

    return np.flip(x, axes), backward


# ---- joined and split --------------------------------------------------------------


def _concatenated(tensors, axis=-1):
    shapes = [s if isinstance(s, tuple) else np.shape(s) for s in tensors]
    axis = axis_of(axis, len(shapes[0]))
    for shape in shapes[1:]:
        _check_same_but(axis, shapes[0], shape)
    sizes = [shape[axis] for shape in shapes]
    rest = [
        next((n for n in column if n is not None), None)
        for column in zip(*shapes, strict=True)
    ]
    rest[axis] = None if None in sizes else builtins.sum(sizes)
    return tuple(rest)


def _check_same_but(axis, first, other):
    pairs = zip(first, other, strict=False)
    wrong = len(first) != len(other) or builtins.any(
        i != axis and None not in (a, b) and a != b for i, (a, b) in enumerate(pairs)
    )
    if wrong:
        raise ValueError(
            f"Shapes {first} and {other} must agree in all axes but axis {axis}."
        )


@op(shape=_concatenated)
def concatenate(tensors, axis=-1):
    """The tensors of a list one behind the other, along an axis that they have."""
    arrays = [np.asarray(each) for each in tensors]
    _concatenated([each.shape for each in arrays], axis)
    ends = np.cumsum([each.shape[axis] for each in arrays])[:-1]

    def backward(dy):
        return np.split(dy, ends, axis)

    return np.concatenate(arrays, axis), backward


def _stacked(x, axis=0):
    shapes = [s if isinstance(s, tuple) else np.shape(s) for s in x]
    for shape in shapes[1:]:
        _check_same_but(-1, shapes[0], shape)
    axis = axis_of(axis, len(shapes[0]) + 1)
    return (*shapes[0][:axis], len(shapes), *shapes[0][axis:])


@op(shape=_stacked)
def stack(x, axis=0):
    """The tensors of a list side by side, along a new axis."""
    axis = axis_of(axis, np.ndim(x[0]) + 1)

    def backward(dy):
        return list(np.moveaxis(dy, axis, 0))

    return np.stack(x, axis), backward


# ---- repeated ----------------------------------------------------------------------


def _tiled(x, n):
    n = n if isinstance(n, (list, tuple)) else [n]
    if builtins.any(isinstance(each, tuple) for each in n):
        return NotImplemented
    n = [1] * (len(x) - len(n)) + [int(each) for each in n]
    return tuple(
        None if size is None else size * each for size, each in zip(x, n, strict=True)
    )


@op(shape=_tiled)
def tile(x, n):
    """The whole array repeated n times: a number (last axis), or one for each axis."""
    x = np.asarray(x)
    n = [int(each) for each in np.atleast_1d(n)]
    n = [1] * (x.ndim - len(n)) + n
    parts = [size for pair in zip(n, x.shape, strict=True) for size in pair]

    def backward(dy):
        return dy.reshape(parts).sum(axis=tuple(range(0, len(parts), 2)))

    return np.tile(x, n), backward


def _repeated(x, n):
    if len(x) != 2:
        raise ValueError(f"K.repeat needs 2 axes (samples, d); got shape {x}.")
    return (x[0], n, x[1])


@op(shape=_repeated)
def repeat(x, n):
    """Each row n times: (samples, d) becomes (samples, n, d)."""
    _repeated(x.shape, n)

    def backward(dy):
        return dy.sum(axis=1)

    return np.repeat(x[:, None], n, axis=1), backward


def _elements_repeated(x, rep, axis):
    axis = axis_of(axis, len(x))
    size = None if x[axis] is None else x[axis] * rep
    return (*x[:axis], size, *x[axis + 1 :])


@op(shape=_elements_repeated)
def repeat_elements(x, rep, axis):
    """Each element `rep` times in a row along an axis: a b becomes a a b b."""
    axis = axis_of(axis, x.ndim)
    parts = (*x.shape[: axis + 1], rep, *x.shape[axis + 1 :])

    def backward(dy):
        return dy.reshape(parts).sum(axis=axis + 1)

    return np.repeat(x, rep, axis=axis), backward


# ---- padded ------------------------------------------------------------------------


def _padded(x, padding):
    return tuple(
        None if n is None else before + n + after
        for n, (before, after) in zip(x, padding, strict=True)
    )


@op(shape=_padded)
def pad(x, padding):
    """Zeros around the array: `padding` holds (before, behind) for each axis."""
    inside = tuple(
        slice(before, before + n)
        for n, (before, _) in zip(x.shape, padding, strict=True)
    )

    def backward(dy):
        return dy[inside]

    return np.pad(x, padding), backward


def temporal_padding(x, padding=(1, 1)):
    """Zero steps before and behind a sequence (n, time, d)."""
    if len(padding) != 2:
        raise ValueError(f"padding must be (before, behind); got {padding!r}.")
    return pad(x, ((0, 0), tuple(padding), (0, 0)))
