"""Metrics: functions, state over batches, decisions, curves; in training; mistakes."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import metrics
from minikeras.layers import Dense
from minikeras.models import Sequential

RANDOM = np.random.RandomState(0)
BITS, SHARES = RANDOM.randint(0, 2, (20, 1)) * 1.0, RANDOM.rand(20, 1)
ONE_HOT = np.eye(4)[RANDOM.randint(4, size=20)]
ROWS = RANDOM.dirichlet(np.ones(4), 20)


def value(metric):
    return K.eval(metric.result())


def after(metric, *batches):
    for batch in batches:
        metric.update_state(*batch)
    return value(metric)


# ---- functions -----------------------------------------------------------------------


def test_accuracies_against_plain_loops():
    right = [np.argmax(t) == np.argmax(p) for t, p in zip(ONE_HOT, ROWS, strict=True)]
    np.testing.assert_array_equal(metrics.categorical_accuracy(ONE_HOT, ROWS), right)
    classes = ONE_HOT.argmax(axis=1)
    for labels in (classes, classes[:, None], classes.astype("float32")):
        got = metrics.sparse_categorical_accuracy(labels, ROWS)
        np.testing.assert_array_equal(got, right)
    top = [t in np.argsort(p)[-2:] for t, p in zip(classes, ROWS, strict=True)]
    got = metrics.top_k_categorical_accuracy(ONE_HOT, ROWS, k=2)
    np.testing.assert_array_equal(got, top)
    got = metrics.sparse_top_k_categorical_accuracy(classes[:, None], ROWS, k=2)
    np.testing.assert_array_equal(got, top)


def test_binary_accuracy_with_a_threshold():
    y_pred = [[0.2, 0.4, 0.6]]
    assert metrics.binary_accuracy([[0, 1, 1]], y_pred) == pytest.approx(2 / 3)
    assert metrics.binary_accuracy([[0, 1, 1]], y_pred, threshold=0.3) == 1


def test_accuracies_of_time_steps():
    y_true, y_pred = ONE_HOT.reshape(4, 5, 4), ROWS.reshape(4, 5, 4)
    flat = metrics.categorical_accuracy(ONE_HOT, ROWS).reshape(4, 5)
    np.testing.assert_array_equal(metrics.categorical_accuracy(y_true, y_pred), flat)
    labels = y_true.argmax(axis=-1)[..., None]
    got = metrics.sparse_categorical_accuracy(labels, y_pred)
    np.testing.assert_array_equal(got, flat)


# ---- state over batches --------------------------------------------------------------


def test_a_mean_counts_samples_not_batches():
    metric = metrics.Mean()
    assert after(metric, ([1.0, 2.0, 3.0],), ([10.0],)) == 4
    metric.reset_states()
    assert after(metric, ([1.0, 3.0], [3.0, 1.0])) == 1.5


def test_a_sum_adds_up():
    assert after(metrics.Sum(), ([1.0, 2.0],), ([4.0], [0.5])) == 5


@pytest.mark.parametrize(
    "make",
    [
        metrics.BinaryAccuracy,
        metrics.Precision,
        metrics.Recall,
        metrics.AUC,
        metrics.MeanSquaredError,
        metrics.RootMeanSquaredError,
        metrics.FalsePositives,
        lambda: metrics.SensitivityAtSpecificity(0.5),
    ],
)
def test_two_batches_are_one_large_batch(make):
    together = after(make(), (BITS, SHARES))
    apart = after(make(), (BITS[:7], SHARES[:7]), (BITS[7:], SHARES[7:]))
    assert apart == pytest.approx(together)


def test_a_weight_of_two_is_the_sample_twice():
    weights = RANDOM.randint(0, 3, 20)
    for make in (metrics.BinaryAccuracy, metrics.Precision, metrics.AUC):
        weighted = after(make(), (BITS, SHARES, weights.astype(float)))
        repeated = after(make(), (BITS.repeat(weights, 0), SHARES.repeat(weights, 0)))
        assert weighted == pytest.approx(repeated)


def test_calling_a_metric_takes_in_a_batch_and_gives_the_result():
    metric = metrics.Mean()
    assert K.eval(metric([1.0, 2.0])) == 1.5
    assert K.eval(metric([6.0])) == 3


def test_clones_have_a_state_of_their_own():
    metric = metrics.TopKCategoricalAccuracy(k=2)
    metric.update_state(ONE_HOT, ROWS)
    for clone in metrics.clone_metrics([metric, metrics.mse]):
        if isinstance(clone, metrics.Metric):
            assert clone.get_config() == metric.get_config()
            assert not np.any(clone.get_weights())
    assert metrics.clone_metric(metrics.mse) is metrics.mse
    wrapped = metrics.clone_metric(metrics.MeanMetricWrapper(metrics.mse, name="own"))
    assert after(wrapped, ([[1.0]], [[3.0]])) == 4


# ---- decisions -----------------------------------------------------------------------


def counted(y_true, y_pred, threshold):
    positive = y_pred > threshold
    return (
        np.sum(positive & (y_true == 1)),
        np.sum(positive & (y_true == 0)),
        np.sum(~positive & (y_true == 0)),
        np.sum(~positive & (y_true == 1)),
    )


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_the_four_counts(threshold):
    tp, fp, tn, fn = counted(BITS, SHARES, threshold)
    batch = (BITS, SHARES)
    assert after(metrics.TruePositives(threshold), batch) == tp
    assert after(metrics.FalsePositives(threshold), batch) == fp
    assert after(metrics.TrueNegatives(threshold), batch) == tn
    assert after(metrics.FalseNegatives(threshold), batch) == fn
    assert after(metrics.Recall(threshold), batch) == pytest.approx(tp / (tp + fn))
    if tp + fp:
        assert after(metrics.Precision(threshold), batch) == pytest.approx(
            tp / (tp + fp)
        )


def test_several_thresholds_in_any_order():
    thresholds = [0.8, 0.2, 0.5]
    got = after(metrics.TruePositives(thresholds), (BITS, SHARES))
    np.testing.assert_array_equal(
        got, [counted(BITS, SHARES, t)[0] for t in thresholds]
    )


def test_a_prediction_on_the_threshold_is_negative():
    assert after(metrics.TruePositives(0.5), ([1.0], [0.5])) == 0


def test_one_class_and_the_largest_outputs_only():
    column = (ONE_HOT[:, 2], ROWS[:, 2])
    assert after(metrics.Recall(0.2, class_id=2), (ONE_HOT, ROWS)) == pytest.approx(
        after(metrics.Recall(0.2), column)
    )
    top_1 = after(metrics.Precision(top_k=1), (ONE_HOT, ROWS))
    assert top_1 == pytest.approx(metrics.categorical_accuracy(ONE_HOT, ROWS).mean())
    assert after(metrics.Recall(top_k=4), (ONE_HOT, ROWS)) == 1


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_predictions_that_are_no_probabilities_are_refused(wrong):
    with pytest.raises(ValueError, match="'sigmoid' or 'softmax'"):
        metrics.AUC().update_state([1.0, 0.0], [0.5, wrong])


@pytest.mark.parametrize("make", [metrics.TruePositives, metrics.Precision])
def test_thresholds_outside_are_refused(make):
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        make(thresholds=[0.5, 1.5])


# ---- curves --------------------------------------------------------------------------


def test_auc_is_the_share_of_pairs_in_the_right_order():
    y_pred = RANDOM.choice(np.arange(1, 100), 40, replace=False) / 100
    y_true = RANDOM.randint(0, 2, 40)
    pairs = y_pred[y_true == 1][:, None] > y_pred[y_true == 0]
    auc = after(metrics.AUC(num_thresholds=1001), (y_true, y_pred))
    assert auc == pytest.approx(pairs.mean(), abs=1e-6)


def test_minoring_and_majoring_are_bounds():
    for curve in ("ROC", "PR"):
        small, middle, large = (
            after(metrics.AUC(9, curve, method), (BITS, SHARES))
            for method in ("minoring", "interpolation", "majoring")
        )
        assert small <= middle <= large


def test_perfect_predictions():
    batch = ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    for curve in ("ROC", "PR"):
        assert after(metrics.AUC(curve=curve), batch) == pytest.approx(1)
    assert after(metrics.SensitivityAtSpecificity(0.9), batch) == 1
    assert after(metrics.SpecificityAtSensitivity(0.5), batch) == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: metrics.AUC(num_thresholds=1), "must be > 1"),
        (lambda: metrics.AUC(curve="RoC"), "'ROC', 'PR'"),
        (lambda: metrics.AUC(summation_method="mean"), "'majoring'"),
        (lambda: metrics.AUC(thresholds=[2.0]), r"\[0, 1\]"),
        (lambda: metrics.SensitivityAtSpecificity(1.5), r"range \[0, 1\]"),
        (lambda: metrics.SpecificityAtSensitivity(-1), r"range \[0, 1\]"),
        (lambda: metrics.SensitivityAtSpecificity(0.5, 0), "must be > 0"),
        (lambda: metrics.Reduce("product", "name"), "'sum' or 'weighted_mean'"),
    ],
)
def test_wrong_arguments(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# ---- overlap -------------------------------------------------------------------------


def test_mean_iou_by_hand():
    metric = metrics.MeanIoU(num_classes=3)
    batch = ([0, 0, 1, 1], [0, 1, 0, 1])  # class 2 does not occur
    assert after(metric, batch) == pytest.approx(1 / 3)
    weights = [0.3, 0.3, 0.3, 0.1]
    metric.reset_states()
    expected = (0.3 / 0.9 + 0.1 / 0.7) / 2
    assert after(metric, (*batch, weights)) == pytest.approx(expected)
    assert value(metrics.MeanIoU(2)) == 0
    with pytest.raises(ValueError, match="y_true goes from 0 to 3"):
        metric.update_state([0, 3], [0, 1])


# ---- in training ---------------------------------------------------------------------


class LargestOutput(metrics.Metric):
    """The largest prediction so far."""

    def __init__(self, name="largest_output", **kwargs):
        super().__init__(name=name, **kwargs)
        self.largest = self.add_weight("largest")

    def update_state(self, y_true, y_pred, sample_weight=None):
        return K.update(self.largest, K.maximum(self.largest, K.max(y_pred)))

    def result(self):
        return self.largest


def mean_output(y_true, y_pred):
    return K.mean(y_pred)


def test_metrics_of_all_kinds_in_compile():
    own = [mean_output, LargestOutput(), metrics.AUC(name="auc"), "mse", "accuracy"]
    model = Sequential([Dense(1, activation="sigmoid", input_dim=3)])
    model.compile("sgd", "binary_crossentropy", metrics=own)
    assert model.metrics_names[1:] == [
        "mean_output",
        "largest_output",
        "auc",
        "mse",
        "accuracy",
    ]
    x = RANDOM.rand(20, 3)
    results = dict(
        zip(model.metrics_names, model.evaluate(x, BITS, 8, verbose=0), strict=True)
    )
    y = model.predict(x)
    assert results["mean_output"] == pytest.approx(y.mean(), rel=0.1)
    assert results["largest_output"] == pytest.approx(y.max())
    assert results["auc"] == pytest.approx(after(metrics.AUC(), (BITS, y)))
    assert results["mse"] == pytest.approx(((y - BITS) ** 2).mean())
    assert results["accuracy"] == pytest.approx((y.round() == BITS).mean())


def test_a_metric_of_the_users_own_acts_at_once_on_arrays():
    metric = LargestOutput()
    assert after(metric, ([0.0], [3.0]), ([0.0], [2.0])) == 3
    metric.reset_states()
    assert value(metric) == 0


def test_the_base_class_says_what_is_missing():
    metric = metrics.Metric()
    with pytest.raises(NotImplementedError, match="must define `update_state`"):
        metric.update_state([1.0], [1.0])
    with pytest.raises(NotImplementedError, match="must define `result`"):
        metric.result()
