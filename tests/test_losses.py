"""Losses: gradients, types, weights, reductions, the user's own, mistakes."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import losses
from minikeras.backend.tape import differentiate
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.utils import check_gradients
from minikeras.utils.losses_utils import Reduction, compute_weighted_loss

RANDOM = np.random.RandomState(0)
REAL = RANDOM.uniform(-2, 2, (6, 4))
SIGNS = RANDOM.choice([-1.0, 1.0], (6, 4))
ROWS = RANDOM.uniform(0.1, 0.9, (6, 4))
ONE_HOT = np.eye(4)[RANDOM.randint(4, size=6)]
CLASSES = RANDOM.randint(4, size=(6, 1))
# name -> (targets, predictions, options)
CASES = {
    "mean_squared_error": (REAL, REAL[::-1], {}),
    "mean_absolute_error": (REAL, REAL[::-1], {}),
    "mean_absolute_percentage_error": (REAL + 3, REAL[::-1], {}),
    "mean_squared_logarithmic_error": (ROWS, ROWS[::-1], {}),
    "hinge": (SIGNS, REAL, {}),
    "squared_hinge": (SIGNS, REAL, {}),
    "categorical_hinge": (ONE_HOT, REAL, {}),
    "logcosh": (REAL, REAL[::-1], {}),
    "huber_loss": (REAL, REAL[::-1], {"delta": 0.7}),
    "kullback_leibler_divergence": (ROWS, ROWS[::-1], {}),
    "poisson": (ROWS, ROWS[::-1], {}),
    "cosine_proximity": (REAL, REAL[::-1], {}),
    "categorical_crossentropy": (ONE_HOT, ROWS, {"label_smoothing": 0.1}),
    "sparse_categorical_crossentropy": (CLASSES, ROWS, {}),
    "binary_crossentropy": (ROWS[::-1], ROWS, {"label_smoothing": 0.1}),
}
LOGITS = {
    f"{name}, logits": (name, CASES[name][0], REAL)
    for name in CASES
    if "crossentropy" in name
}
every_loss = pytest.mark.parametrize("name", CASES)


def function_of(name, targets):
    return lambda p: getattr(losses, name)(targets, p, **CASES[name][2])


@every_loss
def test_gradients(name):
    targets, predictions, _ = CASES[name]
    check_gradients(function_of(name, targets), predictions)


@pytest.mark.parametrize("case", LOGITS)
def test_gradients_from_logits(case):
    name, targets, logits = LOGITS[case]
    loss = getattr(losses, name)
    check_gradients(lambda z: loss(targets, z, from_logits=True), logits)


@pytest.mark.parametrize("name", [n for n in CASES if "sparse" not in n])
def test_gradients_for_targets_that_are_computed(name):
    targets, predictions, options = CASES[name]
    loss = getattr(losses, name)
    if name in ("hinge", "squared_hinge"):
        targets = 1.5 * targets
    check_gradients(lambda t: loss(t, predictions, **options), targets)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge"])
def test_zero_and_one_stand_for_the_signs(name):
    loss = getattr(losses, name)
    np.testing.assert_allclose(loss((SIGNS + 1) / 2, REAL), loss(SIGNS, REAL))


@every_loss
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_loss_has_the_type_of_the_predictions(name, dtype):
    targets, predictions, _ = CASES[name]
    y, backward = differentiate(function_of(name, targets), predictions.astype(dtype))
    assert y.dtype == dtype
    assert backward(np.ones_like(y)).dtype == dtype
    expected = function_of(name, targets)(predictions)
    np.testing.assert_allclose(y, expected, rtol=0.05 if dtype == "float16" else 1e-4)


@every_loss
def test_one_value_for_each_sample_in_arrays_and_in_graphs(name):
    targets, predictions, options = CASES[name]
    t, p = K.placeholder((None, *targets.shape[1:])), K.placeholder((None, 4))
    loss = getattr(losses, name)(t, p, **options)
    expected = function_of(name, targets)(predictions)
    assert loss.shape == (None, *expected.shape[1:])
    got = K.function([t, p], [loss])([targets, predictions])[0]
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@every_loss
def test_time_steps_are_rows_too(name):
    targets, predictions, _ = CASES[name]
    in_time = [a.reshape(2, 3, a.shape[-1]) for a in (targets, predictions)]
    got = function_of(name, in_time[0])(in_time[1])
    expected = function_of(name, targets)(predictions)
    np.testing.assert_allclose(got.reshape(expected.shape), expected, rtol=1e-6)


def test_plain_lists_of_whole_numbers():
    assert losses.mse([[1, 2]], [[3, 2]]) == [2]
    assert losses.MeanSquaredError()([[1, 2]], [[3, 2]]) == 2


def test_certain_and_wrong_is_finite():
    for p in ([[1.0, 0.0]], [[0.0, 1.0]]):
        for name in ("binary_crossentropy", "categorical_crossentropy"):
            loss, backward = getattr(losses, name).forward([[0.0, 1.0]], np.array(p))
            assert np.isfinite(loss).all()
            assert np.isfinite(backward(np.ones(1))[1]).all()


# ---- weights and reductions ----------------------------------------------------------

VALUES = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("weights", "weighted"),
    [
        (None, VALUES),
        (2.0, 2 * VALUES),
        ([1.0, 0.0], [[1, 2], [0, 0]]),
        ([[1.0], [2.0]], [[1, 2], [6, 8]]),
        ([[1.0, 2.0], [0.0, 1.0]], [[1, 4], [0, 4]]),
    ],
)
def test_reductions(weights, weighted):
    weighted = np.asarray(weighted)
    assert compute_weighted_loss(VALUES, weights) == weighted.mean()
    assert compute_weighted_loss(VALUES, weights, Reduction.SUM) == weighted.sum()
    got = compute_weighted_loss(VALUES, weights, Reduction.NONE)
    np.testing.assert_array_equal(got, weighted)
    for reduction in Reduction.all():
        check_gradients(
            lambda v, r=reduction: compute_weighted_loss(v, weights, r), VALUES
        )


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,.*shape \(2, 2\)"):
        compute_weighted_loss(VALUES, [1.0, 2.0, 3.0])


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match="'mean'.*sum_over_batch_size"):
        losses.Huber(reduction="mean")


def test_loss_objects_are_functions_with_options():
    loss = losses.Huber(delta=0.5, reduction="none")
    expected = losses.huber_loss(REAL, REAL[::-1], delta=0.5)
    np.testing.assert_array_equal(loss(REAL, REAL[::-1]), expected)


# ---- in training ---------------------------------------------------------------------


def trained(loss, targets):
    model = Sequential([Dense(4, activation="softmax", input_dim=3)])
    model.compile("sgd", loss)
    x = np.random.RandomState(1).rand(6, 3)
    model.set_weights([np.ones((3, 4)), np.arange(4.0)])
    model.train_on_batch(x, targets)
    return model.get_weights()


class Squares(losses.Loss):
    def call(self, y_true, y_pred):
        return K.mean(K.square(y_pred - y_true), axis=-1)


def squares(y_true, y_pred):
    return K.mean(K.square(y_pred - y_true), axis=-1)


@pytest.mark.parametrize("loss", [squares, Squares(), lambda t, p: K.square(t - p)])
def test_losses_of_the_users_own_train_like_the_built_in_one(loss):
    for got, expected in zip(
        trained(loss, ONE_HOT), trained("mse", ONE_HOT), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_sparse_and_one_hot_targets_train_alike():
    one_hot = np.eye(4)[CLASSES[:, 0]]
    sparse = trained("sparse_categorical_crossentropy", CLASSES)
    dense = trained("categorical_crossentropy", one_hot)
    for got, expected in zip(sparse, dense, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5)


# ---- mistakes ------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "row"), [(4, 2), (-1, 2)])
def test_a_label_out_of_range_is_named(label, row):
    labels = np.array([0, 3, label, 1])
    with pytest.raises(ValueError, match=f"Label {label} found at row {row}.*0..3"):
        losses.sparse_categorical_crossentropy(labels, ROWS[:4])


def test_one_hot_targets_for_the_sparse_loss_are_explained():
    with pytest.raises(ValueError, match="use categorical_crossentropy"):
        losses.sparse_categorical_crossentropy(ONE_HOT, ROWS)


def test_the_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="must define `call`"):
        losses.Loss()(REAL, REAL)
