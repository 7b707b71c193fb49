"""Arrays of labels and of vectors."""

import numpy as np

from minikeras.utils.checks import known_dtype, number, shorten, whole


def to_categorical(y, num_classes=None, dtype="float32"):
    """One-hot rows for class numbers: 2 of 4 classes becomes [0, 0, 1, 0].

    Arguments
        y: array of class numbers, integers from 0; a last axis of length 1 is dropped.
        num_classes: number of classes; largest number + 1 if None.
        dtype: dtype of the result.

    Returns
        Array of the shape of `y` with one axis of `num_classes` more.

    Example
        >>> to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]], dtype=float32)
    """
    labels = _class_numbers(y)
    if not num_classes:
        if labels.size == 0:
            raise ValueError(
                "to_categorical got no labels, so it cannot tell how many classes "
                "there are. Give num_classes."
            )
        num_classes = int(labels.max()) + 1
    num_classes = whole(num_classes, "num_classes")
    _check_range(labels, num_classes)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    one_hot = np.zeros((labels.size, num_classes), dtype=known_dtype(dtype))
    one_hot[np.arange(labels.size), labels.ravel()] = 1
    return one_hot.reshape(labels.shape + (num_classes,))


def _class_numbers(y):
    """`y` as an integer array; ValueError for anything but whole numbers."""
    y = np.asarray(y)
    if y.size == 0:
        return y.astype(int)
    if y.dtype.kind not in "biuf":
        raise ValueError(
            f"to_categorical wants class numbers, got {y.dtype} such as "
            f"{y.ravel()[0]!r}. For names of classes: "
            "names, numbers = np.unique(y, return_inverse=True)."
        )
    with np.errstate(invalid="ignore"):
        labels = y.astype(int)
    wrong = labels != y
    if wrong.any():
        raise ValueError(
            f"to_categorical wants whole numbers, got {_first(y, wrong)}. Real-valued "
            "targets need no to_categorical: use a loss such as 'mse'."
        )
    return labels


def _check_range(labels, num_classes):
    wrong = (labels < 0) | (labels >= num_classes)
    if not wrong.any():
        return
    value = labels[wrong].flat[0]
    advice = (
        f"num_classes={num_classes} allows 0..{num_classes - 1}. "
        "Raise num_classes, or subtract 1 from labels that begin at 1."
    )
    if value < 0:
        advice = (
            "Class numbers begin at 0; turn labels -1 and 1 into 0 and 1: y = y > 0."
        )
    raise ValueError(f"to_categorical got label {_first(labels, wrong)}. {advice}")


def _first(values, where):
    """'3 at row 7' for the first value picked by a mask of the same shape."""
    position = np.argwhere(where)[0]
    text = f"{values[tuple(position)]}"
    if len(position) == 0:
        return text
    place = position[0] if len(position) == 1 else tuple(int(i) for i in position)
    return f"{text} at {'row' if len(position) == 1 else 'position'} {place}"


def normalize(x, axis=-1, order=2):
    """Scale vectors to length 1; vectors of zeros stay.

    Arguments
        x: array, or a list of numbers.
        axis: axis along which the vectors lie.
        order: order of the norm: 1 sum of absolute values, 2 Euclidean, np.inf largest.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biufc":
        raise ValueError(f"normalize wants numbers; got {shorten(x.tolist())}.")
    if not -x.ndim <= whole(axis, "axis", least=None) < x.ndim:
        raise ValueError(
            f"axis={axis} is out of range: x has shape {x.shape}, so that axis must be "
            f"from {-x.ndim} to {x.ndim - 1}."
        )
    lengths = np.atleast_1d(np.linalg.norm(x, number(order, "order"), axis))
    lengths[lengths == 0] = 1
    return x / np.expand_dims(lengths, axis)
