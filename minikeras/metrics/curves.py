"""What is left when the threshold is not fixed: AUC, sensitivity at specificity."""

import numpy as np

from minikeras import backend as K
from minikeras.backend.op import op
from minikeras.metrics.confusion import DecisionMetric
from minikeras.utils.checks import choice, number, whole

ALL_COUNTS = ("true_positives", "true_negatives", "false_positives", "false_negatives")


def _ratio(x, y):
    """x / y, and 0 where y is 0."""
    return np.divide(x, y, out=np.zeros_like(x), where=y != 0)


@op(shape=lambda *args: (), dtype=lambda *args: K.floatx())
def area_under_curve(tp, tn, fp, fn, curve, summation_method):
    """Area under the points of a curve, one point for each rising threshold.

    Arguments
        tp, tn, fp, fn: counts for each threshold.
        curve: 'ROC' (recall over the rate of false positives) or 'PR' (precision over
            recall).
        summation_method: how to go from point to point.
    """
    recall = _ratio(tp, tp + fn)
    if curve == "ROC":
        x, y = _ratio(fp, fp + tn), recall
    else:
        x, y = recall, _ratio(tp, tp + fp)
    left, right = y[1:], y[:-1]
    heights = {
        "interpolation": (left + right) / 2,
        "minoring": np.minimum(left, right),
        "majoring": np.maximum(left, right),
    }
    return ((x[:-1] - x[1:]) * heights[summation_method]).sum(), None


@op(shape=lambda *args: (), dtype=lambda *args: K.floatx())
def interpolated_pr_area(tp, fp, fn):
    """Area under the precision-recall curve, precision interpolated as it behaves.

    Between two thresholds, tp grows in a straight line with the number of positive
    decisions, so precision = (intercept + slope * decisions) / decisions.

    Reference
        Davis, Goadrich (2006): The Relationship Between Precision-Recall and ROC
        Curves.
    """
    decisions = tp + fp
    dtp, more, fewer = tp[:-1] - tp[1:], decisions[:-1], decisions[1:]
    slope = _ratio(dtp, np.maximum(more - fewer, 0))
    intercept = tp[1:] - slope * fewer
    growth = np.ones_like(tp[1:])
    np.divide(more, fewer, out=growth, where=(more > 0) & (fewer > 0))
    area = slope * (dtp + intercept * np.log(growth))
    return _ratio(area, np.maximum(tp[1:] + fn[1:], 0)).sum(), None


class AUC(DecisionMetric):
    """Area under the ROC or the precision-recall curve.

    Arguments
        num_thresholds: number of points on the curve, at least 2.
        curve: 'ROC' or 'PR'.
        summation_method: 'interpolation', 'minoring' (too small) or 'majoring' (too
            large).
        thresholds: the points themselves, between 0 and 1; both ends are added.
        name, dtype: see Metric.
    """

    counts = ALL_COUNTS

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = choice(curve, "curve", ("ROC", "PR"))
        self.summation_method = choice(
            summation_method,
            "summation_method",
            ("interpolation", "minoring", "majoring"),
        )
        inner = _inner_thresholds(num_thresholds, thresholds)
        self.num_thresholds = len(inner) + 2
        self.thresholds = [-K.epsilon(), *inner, 1 + K.epsilon()]
        self._keep_counts(np.asarray(self.thresholds, K.floatx()))

    def interpolate_pr_auc(self):
        """The area under the precision-recall curve; see `interpolated_pr_area`."""
        return interpolated_pr_area(
            self.true_positives, self.false_positives, self.false_negatives
        )

    def result(self):
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        counts = [getattr(self, name) for name in self.counts]
        return area_under_curve(*counts, self.curve, self.summation_method)

    def get_config(self):
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self.thresholds[1:-1],
        }


def _inner_thresholds(num_thresholds, thresholds):
    """Thresholds between the ends: the given ones, or evenly spread ones."""
    if thresholds is None:
        if whole(num_thresholds, "num_thresholds", least=None) <= 1:
            raise ValueError(f"`num_thresholds` must be > 1. Got: {num_thresholds}")
        return [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    if any(not 0 <= number(each, "thresholds") <= 1 for each in thresholds):
        raise ValueError(
            f"Threshold values must be in [0, 1]. Invalid values: {list(thresholds)}"
        )
    return sorted(thresholds)


@op(shape=lambda *args: (), dtype=lambda *args: K.floatx())
def rate_at_rate(right, wrong, others_right, others_wrong, wanted):
    """right / (right + wrong) where the other kind's share is nearest to `wanted`."""
    others = _ratio(others_right, others_right + others_wrong)
    index = np.argmin(np.abs(others - wanted))
    return _ratio(right, right + wrong)[index], None


class SensitivitySpecificityBase(DecisionMetric):
    """Base of SensitivityAtSpecificity and SpecificityAtSensitivity.

    Arguments
        value: the rate to look for, from 0 to 1.
        num_thresholds: how many thresholds to try.
        name, dtype: see Metric.
    """

    counts = ALL_COUNTS

    def __init__(self, value, num_thresholds=200, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 0:
            raise ValueError(f"`num_thresholds` must be > 0. Got: {num_thresholds}")
        self.value, self.num_thresholds = value, num_thresholds
        self.thresholds = [0.5]
        if num_thresholds > 1:
            inner = _inner_thresholds(num_thresholds, None)
            self.thresholds = [0.0, *inner, 1.0]
        self._keep_counts(np.asarray(self.thresholds, K.floatx()))


def _check_rate(name, value):
    if not 0 <= number(value, name) <= 1:
        raise ValueError(f"`{name}` must be in the range [0, 1]. Got: {value}")


class SensitivityAtSpecificity(SensitivitySpecificityBase):
    """tp / (tp + fn) at the threshold where tn / (tn + fp) is nearest to a value.

    Arguments
        specificity: the value, from 0 to 1.
        num_thresholds: how many thresholds to try.
        name, dtype: see Metric.
    """

    def __init__(self, specificity, num_thresholds=200, name=None, dtype=None):
        _check_rate("specificity", specificity)
        super().__init__(specificity, num_thresholds, name, dtype)
        self.specificity = specificity

    def result(self):
        return rate_at_rate(
            self.true_positives,
            self.false_negatives,
            self.true_negatives,
            self.false_positives,
            self.value,
        )

    def get_config(self):
        own = {"num_thresholds": self.num_thresholds, "specificity": self.specificity}
        return {**super().get_config(), **own}


class SpecificityAtSensitivity(SensitivitySpecificityBase):
    """tn / (tn + fp) at the threshold where tp / (tp + fn) is nearest to a value.

    Arguments
        sensitivity: the value, from 0 to 1.
        num_thresholds: how many thresholds to try.
        name, dtype: see Metric.
    """

    def __init__(self, sensitivity, num_thresholds=200, name=None, dtype=None):
        _check_rate("sensitivity", sensitivity)
        super().__init__(sensitivity, num_thresholds, name, dtype)
        self.sensitivity = sensitivity

    def result(self):
        return rate_at_rate(
            self.true_negatives,
            self.false_positives,
            self.true_positives,
            self.false_negatives,
            self.value,
        )

    def get_config(self):
        own = {"num_thresholds": self.num_thresholds, "sensitivity": self.sensitivity}
        return {**super().get_config(), **own}
