"""Metrics that are functions of (y_true, y_pred): one number for each sample.

They have no gradient, so they cannot be losses; losses can be metrics.
"""

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.op import op
from minikeras.losses import similarities
from minikeras.losses.op import like_predictions, mean_of_rows, without_last_axis


def _metric(forward):
    """Make an op of a function that gives values of type `floatx()`."""
    return op(forward, shape=without_last_axis, dtype=lambda *args, **kwargs: floatx())


@op(shape=like_predictions, dtype=lambda *args: floatx())
def accuracy(y_true, y_pred):
    """1 where prediction and target are equal, else 0; for each element."""
    return np.equal(y_true, y_pred).astype(floatx()), None


@_metric
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of the outputs that are on the right side of the threshold."""
    y_pred = np.asarray(y_pred)
    decided = y_pred.round() if threshold == 0.5 else y_pred > threshold
    return mean_of_rows(np.equal(y_true, decided), floatx()), None


@_metric
def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the place of the largest target, else 0."""
    right = y_true.argmax(-1) == y_pred.argmax(-1)
    return right.astype(floatx()), None


@_metric
def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the place y_true, else 0."""
    right = _class_numbers(y_true, y_pred) == np.argmax(y_pred, axis=-1)
    return np.asarray(right, floatx()), None


def _class_numbers(y_true, y_pred):
    """Class numbers without a last axis of size 1."""
    y_true = np.asarray(y_true)
    return y_true[..., 0] if y_true.ndim == np.ndim(y_pred) else y_true


@_metric
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the right class is among the k largest predictions, else 0."""
    return _in_top_k(np.asarray(y_pred), np.argmax(y_true, axis=-1), k), None


@_metric
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the class y_true is among the k largest predictions, else 0."""
    return _in_top_k(np.asarray(y_pred), _class_numbers(y_true, y_pred), k), None


def _in_top_k(y_pred, classes, k):
    """Classes that are equally large at the boundary all count as being among them."""
    classes = classes.astype(np.intp)[..., None]
    own = np.take_along_axis(y_pred, classes, axis=-1)
    larger = np.count_nonzero(y_pred > own, axis=-1)
    return ((larger < k) & np.isfinite(own[..., 0])).astype(floatx())


def cosine_proximity(y_true, y_pred, axis=-1):
    """The cosine of the angle between targets and predictions."""
    return -similarities.cosine_proximity(y_true, y_pred, axis=axis)


cosine = cosine_similarity = cosine_proximity
