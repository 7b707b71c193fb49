"""Ops that pick elements or describe the array: x[...], gather, one_hot, shape."""

import builtins

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.op import op, tensors_in
from minikeras.backend.tensor import Tensor


def getitem(x, index):
    """x[index]: numbers, slices, ..., None, arrays and tensors."""
    parts = index if isinstance(index, tuple) else (index,)
    if builtins.any(isinstance(p, builtins.slice) and _has_tensors(p) for p in parts):
        return _slice_with_tensors(x, *_split_slices(parts))
    return _getitem(x, parts)


@op
def _getitem(x, index):
    index = tuple(np.asarray(i) if isinstance(i, list) else i for i in index)
    x = np.asarray(x)
    y = x[index]
    basic = builtins.all(
        i is None or i is Ellipsis or isinstance(i, (int, np.integer, builtins.slice))
        for i in index
    )

    def backward(dy):
        dx = np.zeros(x.shape, dy.dtype)
        if basic:
            dx[index] = dy
        else:
            np.add.at(dx, index, dy)
        return dx

    return y, backward


def _has_tensors(part):
    return bool(tensors_in((part.start, part.stop, part.step)))


def _split_slices(parts):
    """The numbers in slices in one list, and where each of them belongs."""
    numbers, places = [], []
    for part in parts:
        if isinstance(part, builtins.slice):
            places.append(len(numbers))
            numbers += [part.start, part.stop, part.step]
        else:
            places.append(None)
            numbers.append(part)
    return tuple(numbers), tuple(places)


@op
def _slice_with_tensors(x, numbers, places):
    numbers, index = list(numbers), []
    for place in places:
        if place is None:
            index.append(numbers.pop(0))
        else:
            bounds = [None if n is None else int(n) for n in numbers[:3]]
            index.append(builtins.slice(*bounds))
            del numbers[:3]
    return _getitem.forward(x, tuple(index))


@op
def slice(x, start, size):
    """A block: `size` elements from `start` on, for each axis; -1 means the rest."""
    index = tuple(
        builtins.slice(int(a), None if n == -1 else int(a) + int(n))
        for a, n in zip(start, size, strict=True)
    )
    return _getitem.forward(x, index)


def _gathered(reference, indices):
    return indices + reference[1:]


@op(shape=_gathered, dtype=lambda reference, indices: reference)
def gather(reference, indices):
    """The rows of `reference` with the numbers `indices`."""
    reference, indices = np.asarray(reference), np.asarray(indices)
    rows = indices.astype(np.intp, copy=False)
    if rows.size and not 0 <= rows.min() <= rows.max() < len(reference):
        wrong = rows.max() if rows.max() >= len(reference) else rows.min()
        raise IndexError(
            f"Index {wrong} is out of range: there are {len(reference)} rows, so that "
            f"indices must be from 0 to {len(reference) - 1}."
        )

    def backward(dy):
        dx = np.zeros(reference.shape, dy.dtype)
        np.add.at(dx, rows, dy)
        return dx

    return reference[rows], backward


@op(
    shape=lambda indices, num_classes: (*indices, num_classes),
    dtype=lambda *_: floatx(),
)
def one_hot(indices, num_classes):
    """1 at the position that the index says, 0 elsewhere, along a new last axis."""
    indices = np.asarray(indices)
    classes = np.arange(num_classes, dtype=indices.dtype)
    return (indices[..., None] == classes).astype(floatx()), None


def cast(x, dtype):
    """x in another type."""
    if isinstance(x, Tensor) and x.dtype == str(dtype):
        return x
    return _cast(x, np.dtype(dtype).name)


@op(shape=lambda x, dtype: x, dtype=lambda x, dtype: dtype)
def _cast(x, dtype):
    x = np.asarray(x)

    def backward(dy):
        return dy.astype(x.dtype, copy=False) if x.dtype.kind == "f" else None

    return x.astype(dtype), backward


@op
def shape(x):
    """The sizes of the axes, as an array: for sizes that are known only at run time."""
    return np.array(np.shape(x), np.int32), None


@op
def size(x, name=None):
    """Number of elements."""
    return np.array(np.size(x), np.int32), None
