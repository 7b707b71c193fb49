"""Counts of right and wrong decisions, at one threshold or at many.

A prediction above the threshold decides for "positive". A decision is true if it is
right: tp true positives, fp false positives, tn true negatives, fn false negatives.
"""

import numpy as np

from minikeras import backend as K
from minikeras.backend.op import op
from minikeras.metrics.base import Metric, divide_no_nan, matched
from minikeras.utils.checks import shorten, whole
from minikeras.utils.generic_utils import to_list
from minikeras.utils.losses_utils import align_weights


def _four_counts(y_true, y_pred, thresholds, *options):
    return [np.shape(thresholds)] * 4


@op(shape=_four_counts, dtype=lambda *args: [K.floatx()] * 4)
def count_decisions(
    y_true, y_pred, thresholds, weights=None, top_k=None, class_id=None
):
    """[tp, fp, tn, fn], each with one number for every threshold.

    Arguments
        y_true: 0 or 1.
        y_pred: from 0 to 1.
        thresholds: array.
        weights: how much each decision, or each row of them, counts.
        top_k: only the k largest predictions of a row can decide for "positive".
        class_id: look at this column only.
    """
    _check_range(y_pred)
    if np.shape(y_true) != np.shape(y_pred)[: np.ndim(y_true)]:
        raise ValueError(
            f"Targets and predictions must have the same shape. Got {np.shape(y_true)} "
            f"and {np.shape(y_pred)}."
        )
    allowed = _largest(y_pred, top_k) if top_k else np.ones(y_pred.shape, bool)
    if weights is not None:
        weights = align_weights(np.asarray(weights, float), y_pred.shape)
        weights = np.broadcast_to(weights, y_pred.shape)
    if class_id is not None:
        y_true, y_pred, allowed = (x[..., class_id] for x in (y_true, y_pred, allowed))
        weights = weights if weights is None else weights[..., class_id]
    order = np.argsort(thresholds)
    passed = np.searchsorted(thresholds, y_pred, sorter=order) * allowed
    right = np.asarray(y_true, bool)
    positive, tp = _above(passed, right, weights, len(order))
    negative, fp = _above(passed, ~right, weights, len(order))
    counts = np.stack([tp, fp, negative - fp, positive - tp])
    unsorted = np.empty_like(counts)
    unsorted[:, order] = counts
    return list(unsorted.astype(K.floatx())), None


def _above(passed, chosen, weights, n):
    """(weight of all that is chosen, its part above each of n sorted thresholds)."""
    of_chosen = None if weights is None else weights[chosen]
    histogram = np.bincount(passed[chosen], of_chosen, minlength=n + 1).astype(float)
    return histogram.sum(), histogram[:0:-1].cumsum()[::-1]


def _largest(y_pred, k):
    """Whether an element is among the k largest of its row; of equal ones the first."""
    order = np.argsort(-y_pred, axis=-1, kind="stable")[..., :k]
    chosen = np.zeros(y_pred.shape, bool)
    np.put_along_axis(chosen, order, True, axis=-1)
    return chosen


def _check_range(y_pred):
    if y_pred.size and not (y_pred.min() >= 0 and y_pred.max() <= 1):
        raise ValueError(
            "This metric counts decisions of probabilities: predictions must be from "
            f"0 to 1, but go from {y_pred.min():.3g} to {y_pred.max():.3g}. Give the "
            "last layer the activation 'sigmoid' or 'softmax'."
        )


def _thresholds(thresholds, default):
    """The given threshold or thresholds as an array, the default for None."""
    chosen = np.asarray(to_list(default if thresholds is None else thresholds, True))
    if chosen.dtype.kind not in "biuf":
        raise TypeError(f"`thresholds` must be numbers. Got {shorten(thresholds)}.")
    if thresholds is not None and not np.all((chosen >= 0) & (chosen <= 1)):
        raise ValueError(
            f"Threshold values must be in [0, 1]. Invalid values: {thresholds}"
        )
    return chosen.astype(K.floatx())


def _one_or_all(values):
    """The only number, or the array of several."""
    return values[0] if K.int_shape(values) == (1,) else values


class DecisionMetric(Metric):
    """Base of metrics that keep some of the four counts.

    Subclasses name in `counts` what they keep, in the order of the weights.
    """

    counts = ()
    ORDER = ("true_positives", "false_positives", "true_negatives", "false_negatives")

    def _keep_counts(self, thresholds):
        self._array = thresholds
        for name in self.counts:
            setattr(self, name, self.add_weight(name, thresholds.shape))

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred, y_true = matched(y_pred, y_true)
        options = getattr(self, "top_k", None), getattr(self, "class_id", None)
        four = count_decisions(y_true, y_pred, self._array, sample_weight, *options)
        by_name = dict(zip(self.ORDER, four, strict=True))
        return [
            K.update(variable, variable + by_name[name])
            for name, variable in ((n, getattr(self, n)) for n in self.counts)
        ]


class _Count(DecisionMetric):
    """Base of the metrics that are one of the counts."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self._keep_counts(_thresholds(thresholds, 0.5))

    def result(self):
        return _one_or_all(K.identity(getattr(self, self.counts[0])))

    def get_config(self):
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How often a positive was found.

    Arguments
        thresholds: above which a prediction is positive; 0.5, or several in a list.
        name, dtype: see Metric.
    """

    counts = ("true_positives",)


class FalsePositives(_Count):
    """How often a negative was taken for positive; see TruePositives."""

    counts = ("false_positives",)


class TrueNegatives(_Count):
    """How often a negative was recognized; see TruePositives."""

    counts = ("true_negatives",)


class FalseNegatives(_Count):
    """How often a positive was missed; see TruePositives."""

    counts = ("false_negatives",)


class _Share(DecisionMetric):
    """Base of precision and recall: true positives by true positives and others."""

    def __init__(
        self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None
    ):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k if top_k is None else whole(top_k, "top_k")
        self.class_id = class_id if class_id is None else whole(class_id, "class_id", 0)
        default = 0.5 if top_k is None else -np.inf
        self._keep_counts(_thresholds(thresholds, default))

    def result(self):
        right, others = (getattr(self, name) for name in self.counts)
        return _one_or_all(divide_no_nan(right, right + others))

    def get_config(self):
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """tp / (tp + fp): which share of the positive decisions is right.

    Arguments
        thresholds: above which a prediction is positive; 0.5, or several in a list.
        top_k: instead, the k largest predictions of a row are positive.
        class_id: look at this class only.
        name, dtype: see Metric.
    """

    counts = ("true_positives", "false_positives")


class Recall(_Share):
    """tp / (tp + fn): which share of the positives is found; see Precision."""

    counts = ("true_positives", "false_negatives")
