"""Beginners' mistakes: each gets its advice, an error or one warning."""

import warnings

import numpy as np
import pytest

from minikeras.callbacks import EarlyStopping
from minikeras.layers import Dense, Input
from minikeras.models import Model, Sequential

LABELS = np.arange(60) % 3
X = np.random.RandomState(0).rand(60, 4).astype("float32")
ONE_HOT = np.eye(3)[LABELS]


def model(units=3, activation="softmax", loss="categorical_crossentropy", metrics=None):
    made = Sequential([Dense(8, "relu", input_dim=4), Dense(units, activation)])
    made.compile("sgd", loss, metrics)
    return made


def fit(made, x=X, y=ONE_HOT, **options):
    return made.fit(x, y, verbose=0, **options)


def quiet(function, *args, **options):
    """Run with warnings as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return function(*args, **options)


def test_good_models_and_data_get_no_advice():
    quiet(fit, quiet(model))
    quiet(fit, quiet(model, loss="sparse_categorical_crossentropy"), y=LABELS)
    binary = quiet(model, 1, "sigmoid", "binary_crossentropy", ["accuracy"])
    quiet(fit, binary, y=LABELS > 1)
    quiet(fit, quiet(model, 1, None, "mse", ["mae"]), y=X[:, 0])


# ---- labels and losses ------------------------------------------------------------


def test_class_numbers_with_categorical_crossentropy():
    with pytest.raises(
        ValueError, match=r"class numbers \(shape \(60,\).*to_categorical\(y, 3\)"
    ):
        fit(model(), y=LABELS)


def test_one_hot_labels_with_the_sparse_loss():
    with pytest.raises(ValueError, match="looks one-hot.*argmax"):
        fit(model(loss="sparse_categorical_crossentropy"), y=ONE_HOT)


def test_labels_that_begin_with_one():
    with pytest.raises(ValueError, match=r"Label 3 found at row 2.*0\.\.2.*Subtract 1"):
        fit(model(loss="sparse_categorical_crossentropy"), y=LABELS + 1)


def test_a_label_without_a_unit():
    y = np.array([0, 1, 5] * 20)
    with pytest.raises(ValueError, match=r"Label 5 found at row 2.*Use Dense\(6\)"):
        fit(model(loss="sparse_categorical_crossentropy"), y=y)


def test_softmax_of_one_unit():
    with pytest.raises(ValueError, match="softmax over one unit is always 1.*sigmoid"):
        model(1, "softmax", "binary_crossentropy")


def test_each_output_of_a_model_inside_another_is_judged_by_its_own_activation():
    image = Input((4,))
    heads = [Dense(1, "sigmoid")(image), Dense(3, "softmax")(image)]
    discriminator = Model(image, heads)
    combined = Model(image, discriminator(image))
    losses = ["binary_crossentropy", "sparse_categorical_crossentropy"]
    quiet(combined.compile, "adam", losses)
    wrong = Model(image, Model(image, Dense(1, "softmax")(image))(image))
    with pytest.raises(ValueError, match="softmax over one unit is always 1"):
        wrong.compile("adam", "binary_crossentropy")


@pytest.mark.parametrize("activation", [None, "relu", "tanh"])
def test_crossentropy_without_probabilities(activation):
    with pytest.warns(UserWarning, match="needs them. Add activation='softmax'"):
        model(activation=activation)


def test_binary_crossentropy_for_classes():
    with pytest.warns(UserWarning, match="usually categorical_crossentropy"):
        model(loss="binary_crossentropy")


@pytest.mark.parametrize("y, found", [(LABELS, "0.0..2.0"), (LABELS - 1, "-1.0..1.0")])
def test_targets_that_binary_crossentropy_does_not_know(y, found):
    with pytest.warns(UserWarning, match=rf"targets from 0 to 1; .* holds {found}"):
        fit(model(1, "sigmoid", "binary_crossentropy"), y=y)


def test_categorical_crossentropy_of_one_unit():
    with pytest.raises(ValueError, match="always 0 here. Use binary_crossentropy"):
        model(1, "sigmoid")


def test_a_target_for_each_step_without_its_last_axis():
    x = np.zeros((60, 6, 4))
    for units, loss in ((3, "sparse_categorical_crossentropy"), (1, "mse")):
        made = Sequential([Dense(units, "softmax" if units > 1 else None)])
        made.compile("sgd", loss)
        with pytest.raises(ValueError, match=r"one axis more: y = y\[..., None\]"):
            fit(made, x, np.zeros((60, 6)))


def test_accuracy_of_real_numbers():
    with pytest.warns(UserWarning, match="targets are real numbers.*'mae'"):
        fit(model(1, None, "mse", ["accuracy"]), y=X[:, 0])


def test_forgotten_flatten():
    made = Sequential([Dense(3, "softmax", input_shape=(6, 4))])
    made.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ValueError, match=r"\(None, 6, 3\) but y has shape.*Flatten"):
        fit(made, np.zeros((60, 6, 4)))


# ---- data -----------------------------------------------------------------------


def test_nan_in_the_inputs_is_found():
    x = X.copy()
    x[7, 2] = np.nan
    with pytest.raises(
        ValueError, match="1 NaN or infinite value, the first at row 7, column 2"
    ):
        fit(model(), x)


def test_nan_in_the_targets_is_told():
    y = X[:, 0].copy()
    y[5] = np.nan
    with pytest.warns(UserWarning, match="y .* has 1 NaN"):
        fit(model(1, None, "mse"), y=y)


def test_pixels_that_are_not_scaled():
    x = np.random.RandomState(0).randint(0, 256, (60, 4)).astype("uint8")
    with pytest.warns(UserWarning, match=r"x.astype\('float32'\) / 255"):
        fit(model(), x)


def test_sorted_labels_with_validation_split():
    with pytest.warns(UserWarning, match="y seems sorted"):
        fit(model(), y=np.eye(3)[np.sort(LABELS)], validation_split=0.3)


def test_ragged_rows():
    with pytest.raises(ValueError, match="lengths 4 and 2.*pad_sequences"):
        fit(model(), [[1, 2, 3, 4], [1, 2]], ONE_HOT[:2])


@pytest.mark.parametrize(
    "x",
    [
        np.array([["a", "b", "c", "d"]] * 3, object),
        ["a good film", "a bad one", "neither"],
        np.array(["a good film", "a bad one", "neither"]),
    ],
)
def test_words_are_no_numbers(x):
    with pytest.raises(ValueError, match="(?s)no numbers.*preprocessing.text"):
        fit(model(), x, ONE_HOT[:3])


def test_one_sample_to_predict():
    with pytest.raises(ValueError, match=r"x\[None\] has shape \(1, 4\)"):
        model().predict(X[0])


# ---- training ---------------------------------------------------------------------


def test_a_loss_that_becomes_nan_is_explained_once():
    made = Sequential([Dense(1, input_dim=4)])
    from minikeras.optimizers import SGD

    made.compile(SGD(1e30), "mse")
    with pytest.warns(UserWarning) as told:
        fit(made, y=X[:, 0], epochs=3, batch_size=10)
    texts = [str(each.message) for each in told if "loss became" in str(each.message)]
    assert len(texts) == 1
    assert "in epoch 1, batch" in texts[0] and "learning rate" in texts[0]


def test_not_compiled_names_the_line():
    made = Sequential([Dense(1, "sigmoid", input_dim=4)])
    with pytest.raises(
        RuntimeError, match=r"model.compile\('adam', 'binary_crossentropy'\)"
    ):
        made.fit(X, LABELS > 1)


def test_unknown_monitor_is_refused_at_the_start():
    with pytest.raises(ValueError, match="val_acc.*val_accuracy"):
        fit(
            model(metrics=["accuracy"]),
            validation_split=0.5,
            callbacks=[EarlyStopping(monitor="val_acc")],
        )


@pytest.mark.parametrize(
    "mistake, hint",
    [
        (lambda: Dense(3, "sofmax"), "softmax"),
        (lambda: model(loss="categorical_cross_entropy"), "categorical_crossentropy"),
        (lambda: model(metrics=["acuracy"]), "accuracy"),
        (lambda: Dense(3, kernel_initializer="glorot"), "glorot_uniform|glorot_normal"),
    ],
)
def test_typing_errors_get_the_right_name(mistake, hint):
    with pytest.raises(ValueError, match=f"Did you mean.*({hint})"):
        mistake()


def test_numbers_in_the_place_of_metrics():
    with pytest.raises(TypeError, match="third argument of compile is `metrics`"):
        Sequential([Dense(3, input_dim=4)]).compile("sgd", "mse", [0.5, 0.5])


def test_old_history_names_are_an_alias():
    history = fit(model(metrics=["accuracy"]))
    with pytest.warns(UserWarning, match="accuracy"):
        assert history.history["acc"] == history.history["accuracy"]


def test_class_weight_for_a_missing_class():
    with pytest.raises(ValueError, match="must contain all classes"):
        fit(model(), class_weight={0: 1.0, 1: 2.0})


def test_advice_costs_less_than_one_percent_of_an_epoch():
    # Counted, not timed: the checks look at the data once, whatever the epochs.
    from minikeras.engine import advice

    calls = []
    original = advice.check_data
    try:
        advice.check_data = lambda *args: calls.append(1) or original(*args)
        fit(model(), epochs=5)
    finally:
        advice.check_data = original
    assert len(calls) == 1
