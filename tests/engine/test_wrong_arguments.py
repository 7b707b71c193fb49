"""Arguments of the wrong kind: each gets a clear error, and the model stays usable."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import callbacks, optimizers
from minikeras import layers as L
from minikeras.layers import Dense, Input
from minikeras.models import Model, Sequential, model_from_json
from minikeras.utils import Sequence

X = np.random.RandomState(0).rand(24, 4).astype("float32")
LABELS = np.arange(24) % 3
Y = np.eye(3)[LABELS]


def model(loss="categorical_crossentropy"):
    made = Sequential([Dense(3, "softmax", input_dim=4)])
    made.compile("sgd", loss)
    return made


def batches():
    while True:
        yield X, Y


def fit(made, x=X, y=Y, **options):
    return made.fit(x, y, verbose=0, **options)


LAYERS = {  # what is made: what the message says
    "no units": (lambda: Dense(None), "`units` must be a whole number"),
    "units in a list": (lambda: Dense([3]), "`units` must be a whole number"),
    "negative units": (lambda: Dense(-3), "units must be at least 1"),
    "no filters": (lambda: L.Conv2D(0, 3), "filters must be at least 1"),
    "no rows": (lambda: L.Embedding(0, 3), "input_dim must be at least 1"),
    "no cells": (lambda: L.LSTM(0), "units must be at least 1"),
    "rate as text": (lambda: L.Dropout("0.5"), "`rate` must be a number from 0 to 1"),
    "one size": (lambda: L.Reshape(12), "`target_shape` must be a tuple"),
    "text as shape": (lambda: Dense(3, input_shape="4"), "whole numbers from 1 on"),
    "negative shape": (lambda: Input((-1,)), "whole numbers from 1 on"),
    "half a shape": (lambda: Input((2.5,)), "whole numbers from 1 on"),
    "open width": (lambda: Dense(3)(Input((None,))), "last size .* must be known"),
    "axis": (lambda: L.BatchNormalization(5)(Input((3,))), "axis=5 is out of range"),
    "no function": (lambda: L.Lambda("x ** 2"), "Lambda takes a function"),
    "constant": (lambda: L.Lambda(lambda x: 5)(Input((3,))), "must give a tensor"),
    "not recurrent": (lambda: L.Bidirectional(Dense(3)), "wraps a recurrent layer"),
    "layer as input": (lambda: Dense(3)(Dense(4)), "neither a tensor nor an array"),
    "nothing as input": (lambda: Dense(3)(None), "neither a tensor nor an array"),
    "typing error": (lambda: Dense(3, inputshape=(4,)), "Did you mean 'input_shape'"),
    "no list": (lambda: Sequential(Dense(3)), "takes a list of layers"),
    "tensor as layer": (lambda: Sequential([Input((3,))]), r"InputLayer\(\(4,\)\)"),
    "itself": (lambda: chain().add(CHAIN), "already in the model"),
    "arrays as tensors": (lambda: Model(X, Y), r"Found: an array of shape \(24, 4\)"),
    "other width": (lambda: model()(Input((5,))), r"reads inputs of shape \(None, 4\)"),
    "two inputs": (lambda: model()([Input((4,))] * 2), "has 1 tensor inputs"),
}  # fmt: skip

CHAIN = Sequential([Dense(3, input_dim=4)])


def chain():
    return CHAIN


@pytest.mark.parametrize("name", LAYERS)
def test_layers_and_models_that_cannot_be_made(name):
    make, message = LAYERS[name]
    with pytest.raises((TypeError, ValueError), match=message):
        make()


COMPILE = {
    "rate": ({"optimizer": "sgd", "loss": "mse", "lr": 0.1}, r"compile\(SGD\(lr=0.1\)"),
    "metric": ({"optimizer": "sgd", "loss": "mse", "metric": ["mae"]},
               "no argument 'metric'. Did you mean 'metrics'"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPILE)
def test_compile_refuses_arguments_that_it_does_not_have(name):
    options, message = COMPILE[name]
    with pytest.raises(TypeError, match=message):
        model().compile(**options)


FIT = {
    "text as batch size": ({"batch_size": "8"}, "`batch_size` must be a whole number"),
    "epochs": ({"epochs": "3"}, "`epochs` must be a whole number"),
    "fewer than no epochs": ({"epochs": -1}, "epochs must be at least 0"),
    "no steps": ({"steps_per_epoch": 0}, "steps_per_epoch must be at least 1"),
    "first epoch": ({"initial_epoch": "a"}, "`initial_epoch` must be a whole number"),
    "callback": ({"callbacks": 5}, "must be a list of Callback objects"),
    "name of a callback": ({"callbacks": ["early"]}, "must be a list of Callback"),
    "split": ({"validation_split": "0.2"}, "must be between 0 and 1"),
    "frequency": ({"validation_freq": "a", "validation_split": 0.5}, "`validation_fr"),
    "no validation data": ({"validation_data": (X[:0], Y[:0])}, "There is no data"),
    "list of weights": ({"class_weight": [1, 2, 3]}, r"dict\(enumerate\(weights\)\)"),
    "array of weights": ({"class_weight": np.ones(3)}, r"dict\(enumerate"),
    "balanced": ({"class_weight": "balanced"}, "is a dict of weights by class number"),
    "weight as text": ({"class_weight": {0: "a", 1: 1, 2: 1}}, "class 0 must be a"),
    "no weight": ({"class_weight": {0: None, 1: 1, 2: 1}}, "class 0 must be a number"),
    "NaN as weight": ({"sample_weight": np.full(24, np.nan)}, "NaN or infinite"),
    "typing error": ({"epoch": 3}, "Did you mean 'epochs'"),
    "array as argument": ({"x_train": X}, "Unrecognized keyword arguments: 'x_train'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIT)
def test_fit_refuses_what_it_cannot_use_and_can_go_on(name):
    options, message = FIT[name]
    made = model()
    with pytest.raises((TypeError, ValueError), match=message):
        fit(made, **options)
    assert np.isfinite(fit(made).history["loss"][0])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"y": Y}, "`y` argument is not supported"),
        ({"sample_weight": np.ones(24)}, "`sample_weight` argument is not supported"),
        ({"batch_size": 8}, "`batch_size` argument must not be specified"),
        ({"validation_split": 0.2}, "cannot use `validation_split`"),
    ],
)
def test_arguments_that_a_generator_cannot_have(options, message):
    with pytest.raises(ValueError, match=message):
        model().fit(batches(), steps_per_epoch=1, verbose=0, **options)


def test_a_function_is_no_generator():
    with pytest.raises(TypeError, match=r"has to be called. Give `batches\(...\)`"):
        model().fit_generator(batches, steps_per_epoch=1, verbose=0)


def test_targets_given_to_predict():
    with pytest.raises(TypeError, match=r"Got an array of shape \(24, 3\)"):
        model().predict(X, Y)


def test_fractions_are_cut_with_a_warning():
    with pytest.warns(UserWarning, match="2 is used for 2.5. Use //"):
        assert Dense(5 / 2).units == 2
    assert Dense(64 / 2).units == 32
    with pytest.warns(UserWarning, match="For 50 percent: 0.5"):
        L.Dropout(50)


# ---- data in other forms ----------------------------------------------------------


def test_lists_of_rows_and_of_numbers_are_data():
    made = model("sparse_categorical_crossentropy")
    expected = made.predict(X)
    np.testing.assert_array_equal(made.predict(list(X)), expected)
    np.testing.assert_array_equal(made.predict(X.tolist()), expected)
    losses = [made.evaluate(X, y, verbose=0) for y in (LABELS, list(LABELS))]
    assert losses[0] == losses[1] == made.evaluate(list(X), LABELS.tolist(), verbose=0)
    weights = made.evaluate(X, LABELS, verbose=0, sample_weight=[2.0] * 24)
    assert weights == pytest.approx(2 * losses[0])


def test_sparse_matrices_are_data():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    made = model()
    found = made.predict(scipy_sparse.csr_matrix(X))
    np.testing.assert_array_equal(found, made.predict(X))


def test_class_numbers_in_a_series_get_the_advice():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"class numbers .*to_categorical\(y, 3\)"):
        fit(model(), pandas.DataFrame(X), pandas.Series(LABELS))


def test_names_of_classes_are_no_targets():
    names = np.array(["cat", "dog", "cow"])[LABELS]
    for loss in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        with pytest.raises(ValueError, match="values that are no numbers.*Encode"):
            fit(model(loss), y=names)


@pytest.mark.filterwarnings("ignore:y .* has 1 NaN")
@pytest.mark.parametrize("wrong", [0.5, np.nan])
def test_class_numbers_are_whole(wrong):
    y = LABELS.astype(float)
    y[4] = wrong
    with pytest.raises(ValueError, match=f"Label {wrong} found at row 4.*whole"):
        fit(model("sparse_categorical_crossentropy"), y=y)


def test_labels_from_minus_one_on():
    with pytest.raises(ValueError, match=r"Label -1 found.*Add 1, or use Dense\(3\)"):
        fit(model("sparse_categorical_crossentropy"), y=LABELS - 1)


def test_a_model_without_layers():
    empty = Sequential()
    with pytest.raises(ValueError, match="has no layers yet"):
        empty.predict(X)


def test_negative_tokens():
    layer = L.Embedding(10, 3)
    with pytest.raises(ValueError, match="number the words from 0 on"):
        layer(np.array([[-1, 2]]))


def test_callbacks_of_the_wrong_kind():
    with pytest.raises(TypeError, match="takes a function from the epoch"):
        callbacks.LearningRateScheduler(0.1)
    with pytest.raises(TypeError, match="Did you mean 'on_epoch_end'"):
        callbacks.LambdaCallback(on_epoch_ends=print)


def test_two_models_may_share_an_optimizer():
    shared = optimizers.Adam()
    first, second = model(), Sequential([Dense(2, input_dim=4)])
    first.compile(shared, "mse")
    second.compile(shared, "mse")
    fit(first)
    fit(second, y=Y[:, :2])
    assert np.isfinite(fit(first).history["loss"][0])


# ---- numbers of batches and epochs ------------------------------------------------


class Batches(Sequence):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


class Count(callbacks.Callback):
    """Counts batches of training and of testing."""

    trained = tested = 0

    def on_train_batch_end(self, batch, logs=None):
        self.trained += 1

    def on_test_batch_end(self, batch, logs=None):
        self.tested += 1


WAYS = {  # how steps are given: the argument's name, and the call
    "fit": ("steps_per_epoch", lambda m, n: fit(m, steps_per_epoch=n)),
    "fit a generator": (
        "steps_per_epoch", lambda m, n: m.fit(batches(), steps_per_epoch=n, verbose=0)
    ),
    "fit_generator": (
        "steps_per_epoch", lambda m, n: m.fit_generator(Batches(), n, verbose=0)
    ),
    "evaluate": ("steps", lambda m, n: m.evaluate(X, Y, steps=n, verbose=0)),
    "evaluate a generator": ("steps", lambda m, n: m.evaluate(batches(), steps=n)),
    "evaluate_generator": ("steps", lambda m, n: m.evaluate_generator(Batches(), n)),
    "predict": ("steps", lambda m, n: m.predict(X, steps=n)),
    "predict_generator": ("steps", lambda m, n: m.predict_generator(Batches(), n)),
    "validate": (
        "validation_steps",
        lambda m, n: fit(m, validation_data=Batches(), validation_steps=n),
    ),
}  # fmt: skip


STEPS = [(way, n) for way in WAYS for n in (0, -1, "a", np.nan)]
STEPS.remove(("validate", 0))  # all batches; see below


@pytest.mark.parametrize("way, steps", STEPS)
def test_no_batches_is_no_training_but_an_error(way, steps):
    name, run = WAYS[way]
    made = model()
    with pytest.raises((TypeError, ValueError), match=f"{name}`? must be"):
        run(made, steps)
    assert np.isfinite(fit(made).history["loss"][0])


def test_a_generator_s_steps_are_rounded_up_as_in_keras():
    counted = Count()
    model().fit_generator(Batches(), 3 / 2, verbose=0, callbacks=[counted])
    assert counted.trained == 2
    assert model().predict_generator(Batches(), 3 / 2).shape == (16, 3)


def test_no_validation_steps_are_all_of_a_sequence_as_in_keras():
    counted = Count()
    options = {"validation_data": Batches(), "validation_steps": 0}
    fit(model(), callbacks=[counted], **options)
    assert counted.tested == 3


def test_arrays_have_no_validation_steps():
    with pytest.raises(ValueError, match="`steps_per_epoch` must be set"):
        fit(model(), validation_data=(X, Y), validation_steps=2)


@pytest.mark.parametrize(
    "options", [{"epochs": 0}, {"epochs": 2, "initial_epoch": 2}, {"initial_epoch": 9}]
)
@pytest.mark.parametrize("source", ["arrays", "generator"])
def test_no_epochs_give_an_empty_history_and_change_nothing(source, options):
    made = model()
    before = made.get_weights()
    if source == "arrays":
        history = fit(made, **options)
    else:
        history = made.fit_generator(Batches(), verbose=0, **options)
    assert history.epoch == [] and history.history == {}
    for old, new in zip(before, made.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ["epochs", "initial_epoch"])
@pytest.mark.parametrize("value", [-1, "a", None])
def test_epochs_of_a_generator_are_whole_numbers_too(name, value):
    with pytest.raises((TypeError, ValueError), match=f"{name}`? must be"):
        model().fit_generator(Batches(), verbose=0, **{name: value})


@pytest.mark.parametrize("size", [0, -1, "a"])
def test_no_batch_size_is_none(size):
    made = model()
    for run in (
        lambda: fit(made, batch_size=size),
        lambda: made.evaluate(X, Y, batch_size=size, verbose=0),
        lambda: made.predict(X, batch_size=size),
    ):
        with pytest.raises((TypeError, ValueError), match="batch_size`? must be"):
            run()
    assert np.isfinite(fit(made).history["loss"][0])


def test_half_a_sample_is_left_out_of_a_batch_with_a_warning():
    with pytest.warns(UserWarning, match="2 is used for 2.5"):
        fit(model(), batch_size=2.5)


def test_an_unknown_way_to_shuffle():
    with pytest.raises(ValueError, match="`shuffle` must be.*Did you mean 'batch'"):
        fit(model(), shuffle="batches")


def test_an_unknown_mode_of_sample_weights():
    with pytest.raises(ValueError, match="Did you mean 'temporal'"):
        model().compile("sgd", "mse", sample_weight_mode="temporl")


def test_an_empty_list_of_sample_weights_is_none():
    assert np.isfinite(fit(model(), sample_weight=[]).history["loss"][0])


# ---- classes and functions of the user's own --------------------------------------


def test_a_layer_that_forgot_the_constructor_of_its_base():
    class Forgot(L.Layer):
        def __init__(self, n):
            self.n = n

    with pytest.raises(AttributeError, match=r"Forgot.__init__ has to call super\(\)"):
        Forgot(3)(Input((4,)))


def test_a_model_that_forgot_the_constructor_of_its_base():
    class Forgot(Model):
        def __init__(self):
            self.n = 3

    with pytest.raises(RuntimeError, match=r"Forgot.__init__ has to call super\(\)"):
        Forgot().compile("sgd", "mse")


def test_a_metric_without_return():
    made = model()
    made.compile("sgd", "mse", metrics=[lambda y_true, y_pred: None])
    with pytest.raises(ValueError, match="gave None. Does it end without `return`"):
        fit(made)


def test_a_function_in_the_place_of_data():
    def load():
        return X

    with pytest.raises(ValueError, match=r"has to be called. Give `load\(...\)`"):
        model().predict(load)


def test_times_are_no_numbers():
    with pytest.raises(ValueError, match="values that are no numbers: .*1970"):
        model().predict(X.astype("datetime64[s]"))


def test_a_text_added_to_a_tensor():
    with pytest.raises(TypeError, match="A tensor and the text 'a' cannot be combined"):
        Input((3,)) + "a"


def test_no_callbacks_for_predict():
    with pytest.raises(TypeError, match="must be a list of Callback objects.*Found 5"):
        model().predict(X, callbacks=5)


def test_a_weight_of_unknown_size():
    with pytest.raises(ValueError, match=r"\(2, None\) has a size that is not known"):
        Dense(3).add_weight("w", (2, None))


def test_a_learning_rate_in_words():
    made = model()
    with pytest.raises(TypeError, match="`learning_rate` must be a number. Got 'fast'"):
        made.optimizer.lr = "fast"
    assert float(K.get_value(made.optimizer.lr)) == pytest.approx(0.01)


def test_misspelled_names_of_layers_get_a_suggestion():
    with pytest.raises(AttributeError, match="Did you mean 'Dense'"):
        L.Dens(3)


def test_custom_objects_are_a_dict():
    with pytest.raises(TypeError, match="`custom_objects` must be a dict.*Got 5"):
        model_from_json(model().to_json(), custom_objects=5)
