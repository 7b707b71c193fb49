"""Overlap of predicted and true regions."""

import numpy as np

from minikeras import backend as K
from minikeras.backend.op import op
from minikeras.metrics.base import Metric
from minikeras.utils.checks import whole


@op(shape=lambda matrix, *args: matrix, dtype=lambda matrix, *args: matrix)
def count_pairs(matrix, y_true, y_pred, weights=None):
    """Add to `matrix[i, j]` how often class i was taken for class j."""
    n = len(matrix)
    rows, columns = (np.ravel(x).astype(np.intp) for x in (y_true, y_pred))
    for name, labels in (("y_true", rows), ("y_pred", columns)):
        if labels.size and not 0 <= labels.min() <= labels.max() < n:
            raise ValueError(
                f"MeanIoU(num_classes={n}) wants class numbers from 0 to {n - 1}; "
                f"{name} goes from {labels.min()} to {labels.max()}."
            )
    if weights is not None:
        weights = np.ravel(weights)
    counted = np.bincount(rows * n + columns, weights, minlength=n * n)
    return matrix + counted.reshape(n, n).astype(matrix.dtype), None


@op(shape=lambda matrix: (), dtype=lambda matrix: matrix)
def mean_overlap(matrix):
    """Mean, over the classes that occur, of intersection / union."""
    both = np.diag(matrix)
    either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
    occurs = either != 0
    if not occurs.any():
        return np.zeros((), matrix.dtype)[()], None
    return (both[occurs] / either[occurs]).mean(), None


class MeanIoU(Metric):
    """Mean intersection over union: how well predicted and true regions overlap.

    For each class, the number of places where prediction and truth both are that class,
    divided by the number where at least one is.

    Arguments
        num_classes: number of classes; targets and predictions are class numbers.
        name, dtype: see Metric.

    Example
        >>> metric = MeanIoU(num_classes=2)
        >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
        >>> round(float(K.eval(metric.result())), 3)
        0.333
    """

    def __init__(self, num_classes, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = whole(num_classes, "num_classes")
        shape = (self.num_classes, self.num_classes)
        self.total_cm = self.add_weight("total_confusion_matrix", shape)

    def update_state(self, y_true, y_pred, sample_weight=None):
        counted = count_pairs(self.total_cm, y_true, y_pred, sample_weight)
        return [K.update(self.total_cm, counted)]

    def result(self):
        return mean_overlap(self.total_cm)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
