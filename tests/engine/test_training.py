"""Training: what fit, evaluate, predict and the *_on_batch methods promise."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.callbacks import LambdaCallback
from minikeras.layers import Dense, Dropout, Input
from minikeras.models import Model, Sequential
from minikeras.optimizers import SGD


def data(n=50, d=4, classes=3, seed=0):
    random = np.random.RandomState(seed)
    x = random.rand(n, d).astype("float32")
    return x, np.eye(classes, dtype="float32")[random.randint(classes, size=n)]


def classifier(optimizer="sgd", metrics=("accuracy",), **options):
    model = Sequential([Dense(8, "relu", input_dim=4), Dense(3, "softmax")])
    model.compile(optimizer, "categorical_crossentropy", list(metrics), **options)
    return model


def two_outputs(**options):
    x = Input((4,), name="data")
    hidden = Dense(5, "relu")(x)
    first = Dense(3, "softmax", name="first")(hidden)
    second = Dense(1, name="second")(hidden)
    model = Model(x, [first, second])
    model.compile("sgd", ["categorical_crossentropy", "mse"], **options)
    return model


def same_weights(a, b):
    return all(map(np.array_equal, a.get_weights(), b.get_weights()))


# ---- fit -----------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_fit_is_a_loop_of_train_on_batch_bit_for_bit(optimizer):
    x, y = data()
    fitted, looped = classifier(optimizer), classifier(optimizer)
    looped.set_weights(fitted.get_weights())
    fitted.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        for start in range(0, 50, 16):
            looped.train_on_batch(x[start : start + 16], y[start : start + 16])
    assert same_weights(fitted, looped)


def test_the_loss_of_an_epoch_counts_batches_by_their_samples():
    x = np.array([[0.0], [0.0], [3.0]])
    model = Sequential(
        [Dense(1, use_bias=False, kernel_initializer="ones", input_dim=1)]
    )
    model.compile(SGD(lr=0.0), "mse")
    history = model.fit(x, np.zeros((3, 1)), batch_size=2, shuffle=False, verbose=0)
    assert history.history["loss"] == [pytest.approx(3.0)]
    assert model.evaluate(
        x, np.zeros((3, 1)), batch_size=2, verbose=0
    ) == pytest.approx(3)


def test_epochs_is_the_number_of_the_last_epoch():
    x, y = data()
    model = classifier()
    history = model.fit(x, y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    assert len(history.history["loss"]) == 2


def test_validation_split_is_the_last_part_before_shuffling():
    x, y = data(10)
    seen = []
    model = classifier()
    model.fit(x, y, validation_split=0.3, verbose=0)
    held_out = model.evaluate(x[7:], y[7:], verbose=0)
    history = model.fit(
        x, y, validation_split=0.3, verbose=0,
        callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs))],
    )  # fmt: skip
    assert history.history["val_loss"] == [seen[0]["val_loss"]]
    assert (
        history.history["val_loss"][0] != held_out[0]
    )  # trained on the rest meanwhile
    assert model.evaluate(x[7:], y[7:], verbose=0)[0] == pytest.approx(
        history.history["val_loss"][0]
    )


@pytest.mark.parametrize(
    "frequency, epochs", [(2, [2, 4]), ([1, 4], [1, 4]), (1, [1, 2, 3, 4])]
)
def test_validation_frequency(frequency, epochs):
    x, y = data()
    validated = []
    note = LambdaCallback(
        on_epoch_end=lambda epoch, logs: (
            "val_loss" in logs and validated.append(epoch + 1)
        )
    )
    classifier().fit(
        x, y, validation_data=(x, y), validation_freq=frequency, epochs=4, verbose=0,
        callbacks=[note],
    )  # fmt: skip
    assert validated == epochs


def test_class_weight_counts_in_training_only():
    x, y = data()
    model = classifier(SGD(lr=0.0), metrics=())
    plain = model.evaluate(x, y, verbose=0)
    doubled = model.fit(
        x, y, class_weight={0: 2.0, 1: 2.0, 2: 2.0}, validation_data=(x, y), verbose=0
    ).history
    assert doubled["loss"][0] == pytest.approx(2 * plain, rel=1e-5)
    assert doubled["val_loss"][0] == pytest.approx(plain, rel=1e-5)


def test_class_weight_and_validation_split_leave_the_validation_alone():
    x, y = data()
    model = classifier(SGD(lr=0.0), metrics=())
    history = model.fit(
        x, y, class_weight={0: 5.0, 1: 5.0, 2: 5.0}, validation_split=0.5, verbose=0
    ).history
    assert history["val_loss"][0] == pytest.approx(
        model.evaluate(x[25:], y[25:], verbose=0), rel=1e-5
    )


def test_sample_weights_divide_by_the_number_of_samples():
    x, y = data(6)
    weights = np.array([1, 0, 2, 0.5, 0, 1])
    model = classifier(SGD(lr=0.0), metrics=())
    each = [model.test_on_batch(x[i : i + 1], y[i : i + 1]) for i in range(6)]
    weighted = model.test_on_batch(x, y, sample_weight=weights)
    assert weighted == pytest.approx(np.dot(each, weights) / 6, rel=1e-5)


def test_temporal_sample_weights():
    x = np.random.RandomState(0).rand(3, 5, 2)
    y = np.zeros((3, 5, 1))
    weights = np.random.RandomState(1).rand(3, 5)
    model = Sequential([Dense(1, input_shape=(5, 2))])
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    each = model.predict(x)[..., 0] ** 2
    assert model.test_on_batch(x, y, sample_weight=weights) == pytest.approx(
        (each * weights).mean(), rel=1e-5
    )
    with pytest.raises(ValueError, match="2D sample_weight"):
        model.fit(x, y, sample_weight=np.ones(3))


def test_two_dimensional_weights_without_temporal_mode_are_refused():
    x, y = data(6)
    with pytest.raises(ValueError, match='sample_weight_mode="temporal"'):
        classifier().fit(x, y, sample_weight=np.ones((6, 3)))


def test_shuffle_takes_every_sample_once_in_a_new_order():
    seen = []

    x = np.arange(20, dtype="float32")[:, None]
    model = Sequential(
        [Dense(1, use_bias=False, kernel_initializer="ones", input_dim=1)]
    )
    model.compile(SGD(lr=0.0), "mse")
    original = model.train_step
    model.train_step = lambda xs, ys, ws: (
        seen.append(xs[0][:, 0]) or original(xs, ys, ws)
    )
    np.random.seed(3)
    model.fit(x, x, batch_size=6, epochs=2, verbose=0)
    first, second = np.concatenate(seen[:4]), np.concatenate(seen[4:])
    assert sorted(first) == sorted(second) == list(range(20))
    assert not np.array_equal(first, second)

    seen.clear()
    model.fit(x, x, batch_size=6, epochs=1, shuffle="batch", verbose=0)
    starts = [batch[0] for batch in seen]
    assert sorted(starts) == [0, 6, 12, 18]
    assert all(np.array_equal(b, b[0] + np.arange(len(b))) for b in seen)


def test_numpy_seed_alone_makes_a_script_reproducible():
    def script():
        np.random.seed(7)
        x, y = data()
        model = Sequential(
            [Dense(8, "relu", input_dim=4), Dropout(0.5), Dense(3, "softmax")]
        )
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, y, epochs=2, verbose=0)
        return model

    assert same_weights(script(), script())


def test_lists_and_dicts_and_plain_numbers_are_data_too():
    model = two_outputs()
    x, y = data()
    z = x[:, 0]
    expected = model.evaluate(x, [y, z], verbose=0)
    assert model.evaluate({"data": x}, {"first": y, "second": z}, verbose=0) == expected
    lists = x.tolist(), [np.array(y.tolist()), np.array(z.tolist())]
    assert model.evaluate(*lists, verbose=0) == pytest.approx(expected)


def test_old_names_are_accepted_with_a_warning():
    x, y = data()
    with pytest.warns(
        UserWarning, match="`nb_epoch` argument in `fit` has been renamed"
    ):
        history = classifier().fit(x, y, nb_epoch=2, verbose=0)
    assert len(history.epoch) == 2
    with pytest.raises(TypeError, match="Unrecognized keyword arguments"):
        classifier().fit(x, y, foo=1)


def test_stop_training_ends_after_the_batch():
    x, y = data()
    model = classifier()
    batches = []

    def stop(batch, logs):
        batches.append(batch)
        model.stop_training = batch == 1

    model.fit(
        x, y, batch_size=10, epochs=3, verbose=0,
        callbacks=[LambdaCallback(on_batch_end=stop)],
    )  # fmt: skip
    assert batches == [0, 1]


# ---- generators ----------------------------------------------------------------------


def endless(x, y, batch_size):
    while True:
        for start in range(0, len(x), batch_size):
            yield x[start : start + batch_size], y[start : start + batch_size]


def test_fit_generator_equals_fit():
    x, y = data()
    fitted, generated = classifier(), classifier()
    generated.set_weights(fitted.get_weights())
    fitted.fit(x, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    generated.fit_generator(endless(x, y, 10), steps_per_epoch=5, epochs=2, verbose=0)
    assert same_weights(fitted, generated)
    assert generated.evaluate_generator(endless(x, y, 10), steps=5) == pytest.approx(
        fitted.evaluate(x, y, verbose=0)
    )
    np.testing.assert_array_equal(
        generated.predict_generator(endless(x, y, 10), steps=5), fitted.predict(x)
    )


def test_a_generator_that_ends_says_when():
    x, y = data()
    batches = ((x, y) for _ in range(3))
    with pytest.raises(RuntimeError, match="ended after 3 of 5 batches in epoch 1"):
        classifier().fit_generator(batches, steps_per_epoch=5, verbose=0)


# ---- names and metrics ---------------------------------------------------------------


def test_names_of_metrics_for_several_outputs():
    model = two_outputs(metrics={"first": "accuracy", "second": ["mae", "mse"]})
    assert model.metrics_names == [
        "loss", "first_loss", "second_loss",
        "first_accuracy", "second_mae", "second_mse",
    ]  # fmt: skip
    x, y = data()
    values = model.train_on_batch(x, [y, x[:, :1]])
    assert values[0] == pytest.approx(values[1] + values[2], rel=1e-6)


def test_loss_weights_weigh_the_total():
    model = two_outputs(loss_weights={"first": 0.3, "second": 0.7})
    x, y = data()
    total, first, second = model.test_on_batch(x, [y, x[:, :1]])
    assert total == pytest.approx(0.3 * first + 0.7 * second, rel=1e-6)


def test_metrics_add_up_over_batches_until_they_are_reset():
    x, y = data(40)
    model = classifier(SGD(lr=0.0))
    halves = [
        model.test_on_batch(x[:20], y[:20])[1],
        model.test_on_batch(x[20:], y[20:])[1],
    ]
    model.reset_metrics()
    model.test_on_batch(x[:20], y[:20], reset_metrics=False)
    both = model.test_on_batch(x[20:], y[20:], reset_metrics=False)[1]
    assert both == pytest.approx(np.mean(halves))


def test_accuracy_means_what_fits_the_output_and_the_loss():
    x, y = data()
    sparse = Sequential([Dense(3, "softmax", input_dim=4)])
    sparse.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"])
    labels = y.argmax(1)
    expected = (sparse.predict_classes(x) == labels).mean()
    assert sparse.evaluate(x, labels, verbose=0)[1] == pytest.approx(expected)
    binary = Sequential([Dense(1, "sigmoid", input_dim=4)])
    binary.compile("sgd", "binary_crossentropy", ["acc"])
    expected = ((binary.predict(x)[:, 0] > 0.5) == y[:, 0]).mean()
    assert binary.evaluate(x, y[:, 0], verbose=0)[1] == pytest.approx(expected)


# ---- weights -------------------------------------------------------------------------


def test_trainable_weights_lie_side_by_side_and_stay_there():
    model = classifier()
    x, y = data()

    def address(w):
        return w.value.__array_interface__["data"][0]

    def side_by_side(weights):
        return all(
            address(a) + a.value.nbytes == address(b)
            for a, b in zip(weights, weights[1:], strict=False)
        )

    weights = model.trainable_weights
    assert side_by_side(weights)
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    model.train_on_batch(x, y)
    model.layers[0].trainable = False
    model.compile("adam", "categorical_crossentropy")
    model.train_on_batch(x, y)
    assert side_by_side(weights)


def test_frozen_layers_do_not_move_and_thawed_ones_do():
    x, y = data()
    model = classifier()
    model.layers[0].trainable = False
    with pytest.warns(UserWarning, match="without calling `model.compile`"):
        model.train_on_batch(x, y)
    model.compile("sgd", "categorical_crossentropy")
    before = model.get_weights()
    model.train_on_batch(x, y)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


def test_adversarial_pair_of_models_trains_each_its_own_part():
    # The classic GAN script: the discriminator is frozen in the combined model only.
    discriminator = Sequential([Dense(8, "relu", input_dim=4), Dense(1, "sigmoid")])
    discriminator.compile("adam", "binary_crossentropy")
    noise = Input((2,))
    generator = Sequential([Dense(4, input_dim=2)])
    discriminator.trainable = False
    combined = Model(noise, discriminator(generator(noise)))
    combined.compile("adam", "binary_crossentropy")
    z, x = np.random.rand(6, 2), np.random.rand(6, 4)

    frozen = discriminator.get_weights()
    moving = generator.get_weights()
    combined.train_on_batch(z, np.ones((6, 1)))
    assert all(map(np.array_equal, discriminator.get_weights(), frozen))
    assert not np.array_equal(generator.get_weights()[0], moving[0])

    moving = generator.get_weights()
    with pytest.warns(UserWarning, match="Discrepancy"):
        discriminator.train_on_batch(x, np.ones((6, 1)))
    assert all(map(np.array_equal, generator.get_weights(), moving))
    assert not np.array_equal(discriminator.get_weights()[0], frozen[0])


def test_training_symbols_are_there_for_scripts():
    model = classifier()
    x, y = data()
    symbols = [model.inputs[0], model.targets[0], model.sample_weights[0]]
    loss = K.function(symbols, [model.total_loss])
    value = loss([x, y, np.ones(len(x), "float32")])[0]
    assert value == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-5)
    gradients = K.function(
        symbols, K.gradients(model.total_loss, model.trainable_weights)
    )
    found = gradients([x, y, np.ones(len(x), "float32")])
    assert [g.shape for g in found] == [w.shape for w in model.trainable_weights]


def test_the_total_loss_is_that_of_the_last_compile():
    model = Sequential([Dense(1, kernel_initializer="zeros", input_dim=4)])
    x, y = np.ones((3, 4), "float32"), np.full((3, 1), 3, "float32")
    for loss, value in (("mse", 9.0), ("mae", 3.0)):
        model.compile("sgd", loss)
        symbols = [model.inputs[0], model.targets[0], model.sample_weights[0]]
        found = K.function(symbols, [model.total_loss])([x, y, np.ones(3, "float32")])
        assert found[0] == pytest.approx(value)


def test_an_output_without_a_loss_has_no_metrics_and_needs_no_targets():
    x = Input((4,))
    hidden = Dense(3)(x)
    model = Model(x, [Dense(1, name="first")(hidden), Dense(1, name="second")(hidden)])
    model.get_layer("second").trainable = False
    model.compile("sgd", {"first": "mse"}, metrics=["mae"])
    assert model.metrics_names == ["loss", "first_loss", "first_mae"]
    rows = np.ones((5, 4), "float32")
    assert len(model.train_on_batch(rows, {"first": rows[:, :1]})) == 3


# ---- errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["fit", "evaluate", "train_on_batch", "test_on_batch"]
)
def test_a_model_that_is_not_compiled_says_how(method):
    x, y = data()
    model = Sequential([Dense(3, "softmax", input_dim=4)])
    with pytest.raises(RuntimeError, match="compile.*'categorical_crossentropy'"):
        getattr(model, method)(x, y)
    assert model.predict(x).shape == (50, 3)


@pytest.mark.parametrize(
    "x, y, words",
    [
        (
            np.ones((5, 3)),
            np.ones((5, 3)),
            r"expected dense_\d+_input to have shape \(4,\)",
        ),
        (np.ones((5, 2, 2)), np.ones((5, 3)), "2 dimensions.*reshape"),
        (np.ones((5, 4)), np.ones((5, 2)), r"expected dense_\d+ to have shape \(3,\)"),
        (np.ones((5, 4)), np.ones((4, 3)), "5 input samples and 4 target samples"),
        ([np.ones((5, 4))] * 2, np.ones((5, 3)), "Expected to see 1 array"),
        (np.ones((0, 4)), np.ones((0, 3)), "no samples"),
        ([[1, 2, 3, 4], [1, 2]], np.ones((2, 3)), "lengths 4 and 2.*pad_sequences"),
        (np.ones(4), np.ones((1, 3)), r"one sample.*x\[None\]"),
    ],
)
def test_wrong_data_is_refused_and_the_model_stays_usable(x, y, words):
    model = classifier()
    before = model.get_weights()
    with pytest.raises(ValueError, match=words):
        model.fit(x, y, verbose=0)
    good_x, good_y = data()
    assert all(map(np.array_equal, model.get_weights(), before))
    model.fit(good_x, good_y, verbose=0)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"loss": None}, "no loss to optimize"),
        ({"loss": ["mse"]}, "one entry per model output"),
        ({"loss": {"foo": "mse"}}, r"Unknown entries in loss dictionary: \['foo'\]"),
        ({"loss": "mse", "loss_weights": [1.0]}, "one entry per model output"),
        ({"loss": "mse", "metrics": {"x": "mae"}}, "Unknown entries in metrics"),
        ({"loss": "mean_sqared_error"}, "Did you mean 'mean_squared_error'"),
        ({"loss": "mse", "metrics": ["acuracy"]}, "Did you mean"),
    ],
)
def test_compile_refuses_what_does_not_fit(options, words):
    x = Input((4,))
    model = Model(x, [Dense(3, name="first")(x), Dense(1, name="second")(x)])
    with pytest.raises(ValueError, match=words):
        model.compile("sgd", **options)
    model.compile("sgd", "mse")


def test_validation_data_needs_two_or_three_parts():
    x, y = data()
    with pytest.raises(ValueError, match="it contains 1 items"):
        classifier().fit(x, y, validation_data=(x,))


def test_batch_size_and_split_must_make_sense():
    x, y = data()
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        classifier().fit(x, y, batch_size=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        classifier().fit(x, y, validation_split=1.5)
