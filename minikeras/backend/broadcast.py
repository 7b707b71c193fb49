"""What ops with several operands share: types that fit, and shapes that broadcast."""

import numpy as np

from minikeras.backend.common import floatx


def operands(x, y):
    """Two operands whose combination keeps the float type that the user chose.

    Integers next to floats take the floats' type, and so do single numbers: NumPy alone
    would make float64 of int32 and float32, or of np.float64(2) and float32.
    """
    kind_x, kind_y = type(x), type(y)
    if kind_x is np.ndarray:
        if kind_y is np.ndarray:
            if x.dtype is y.dtype:
                return x, y
        elif (kind_y is float or kind_y is int) and x.dtype.kind == "f":
            return x, y
    return _convert(x, y)


def _convert(x, y):
    x_is_number, y_is_number = _is_number(x), _is_number(y)
    if x_is_number and y_is_number:
        return x, y
    x = x if x_is_number else np.asarray(x)
    y = y if y_is_number else np.asarray(y)
    dtype = _common_type(x, y)
    return (
        x if x_is_number else x.astype(dtype, copy=False),
        y if y_is_number else y.astype(dtype, copy=False),
    )


def _is_number(x):
    """A number of Python's, not of NumPy's: it has no type of its own to keep."""
    return isinstance(x, (bool, int, float)) and not isinstance(x, np.generic)


def _common_type(x, y):
    """The floats' type; among floats, that of arrays before that of single numbers."""
    arrays = [v for v in (x, y) if isinstance(v, np.ndarray)]
    floats = [v for v in arrays if v.dtype.kind in "fc"]
    if floats:
        if any(v.ndim for v in floats):
            return np.result_type(*(v.dtype for v in floats if v.ndim))
        return min((v.dtype for v in floats), key=lambda dtype: dtype.itemsize)
    if any(isinstance(v, float) for v in (x, y)):
        return np.dtype(floatx())
    return np.result_type(*(v.dtype for v in arrays))


def sum_to(dy, shape):
    """The gradient of an operand of `shape` that was broadcast to the shape of `dy`."""
    if dy.shape == shape:
        return dy
    extra = dy.ndim - len(shape)
    stretched = [
        axis + extra
        for axis, size in enumerate(shape)
        if size == 1 and dy.shape[axis + extra] != 1
    ]
    summed = dy.sum(axis=(*range(extra), *stretched), keepdims=True)
    return summed.reshape(shape)


def shape_of(operand):
    """Shape of an operand; None for a plain number, which needs no gradient."""
    return getattr(operand, "shape", None)


def broadcast_shape(*shapes, **named):
    """The shape that these shapes have together; None where it is not known."""
    shapes = (*shapes, *named.values())
    for s in shapes:
        if isinstance(s, str):
            raise TypeError(f"A tensor and the text {s!r} cannot be combined.")
    shapes = [s if isinstance(s, tuple) else np.shape(s) for s in shapes]
    ndim = max(len(s) for s in shapes)
    padded = [(1,) * (ndim - len(s)) + s for s in shapes]
    return tuple(_broadcast_size(sizes, shapes) for sizes in zip(*padded, strict=True))


def _broadcast_size(sizes, shapes):
    known = {n for n in sizes if n not in (1, None)}
    if len(known) > 1:
        raise ValueError(
            f"The shapes {' and '.join(map(str, shapes))} do not fit together: sizes "
            f"{' and '.join(map(str, sorted(known)))} stand in the same place."
        )
    if known:
        return known.pop()
    return None if None in sizes else 1
