"""Whole trainings without random parts, written once for both libraries.

Each function takes the library (`keras` or `minikeras`) and a maker of optimizers,
trains a model from given weights, and returns a dict of what a user sees: histories,
evaluations, predictions and final weights. The recording stores the dict; the test
compares its own with it.
"""

import numpy as np


def numbers(seed):
    """A source of float32 arrays in 1/128 steps: `draw(low, high, *shape)`."""
    rng = np.random.RandomState(seed)

    def draw(low, high, *shape):
        values = rng.randint(low * 128, high * 128 + 1, size=shape)
        return (values / 128).astype("float32")

    return draw


def set_start(model, draw):
    """Weights that do not depend on the library's initializers."""
    model.set_weights(
        [draw(-1, 1, *weight.shape) * 0.75 for weight in model.get_weights()]
    )


def classifier(keras, optimizer):
    """Sequential MLP: softmax, validation, class and sample weights, a short batch."""
    layers = keras.layers
    draw = numbers(1)
    model = keras.models.Sequential(
        [
            layers.Dense(8, activation="relu", input_shape=(6,)),
            layers.Dense(7, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    set_start(model, draw)
    x, val_x = draw(-2, 2, 25, 6), draw(-2, 2, 9, 6)
    y, val_y = labels(x, 3), labels(val_x, 3)
    model.compile(
        optimizer("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "decay": 0.01}),
        "categorical_crossentropy",
        metrics=["accuracy", "mse"],
        weighted_metrics=["categorical_accuracy"],
    )
    fitted = model.fit(
        x,
        y,
        batch_size=10,
        epochs=6,
        validation_data=(val_x, val_y, draw(0, 2, 9)),
        class_weight={0: 1.0, 1: 2.0, 2: 0.5},
        sample_weight=draw(0, 2, 25),
        shuffle=False,
        verbose=0,
    )
    return seen(model, fitted, val_x, val_y)


def labels(x, n):
    """One-hot classes that can be learned from x."""
    return np.eye(n, dtype="float32")[np.abs(x[:, :n]).argmax(axis=-1)]


def seen(model, fitted, x, y):
    """What a user sees after training."""
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0)
    predicted = model.predict(x, batch_size=4)
    return {
        "history": {key: np.asarray(values) for key, values in fitted.history.items()},
        "metrics_names": list(model.metrics_names),
        "evaluate": np.asarray(evaluated),
        "predict": predicted if isinstance(predicted, list) else [predicted],
        "weights": model.get_weights(),
    }


def two_by_two(keras, optimizer):
    """Two inputs, two outputs, a shared layer, regularizers, constraints."""
    layers, regularizers = keras.layers, keras.regularizers
    draw = numbers(2)
    left, right = (
        keras.layers.Input((4,), name="left"),
        keras.layers.Input((4,), name="right"),
    )
    shared = layers.Dense(
        5,
        activation="tanh",
        kernel_regularizer=regularizers.l1_l2(l1=0.01, l2=0.02),
        activity_regularizer=regularizers.l2(0.005),
        bias_regularizer=regularizers.l1(0.01),
        name="shared",
    )
    a, b = shared(left), shared(right)
    joined = layers.concatenate([a, b, layers.multiply([a, b])])
    hidden = layers.Dense(
        6,
        activation="elu",
        kernel_constraint=keras.constraints.MaxNorm(1.0),
        bias_constraint=keras.constraints.NonNeg(),
        name="hidden",
    )(joined)
    kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
    size = layers.Dense(
        1, kernel_constraint=keras.constraints.unit_norm(), name="size"
    )(hidden)
    model = keras.models.Model([left, right], [kind, size])
    set_start(model, draw)

    # 18 + 6 samples in batches of 6: Keras averages an output's loss over batches,
    # whatever their size, which is a fault that equal batches hide.
    x = {"left": draw(-2, 2, 24, 4), "right": draw(-2, 2, 24, 4)}
    y = {"kind": labels(x["left"], 3), "size": x["right"].sum(axis=-1, keepdims=True)}
    model.compile(
        optimizer("RMSprop", {"lr": 0.01, "decay": 0.05}),
        {"kind": "categorical_crossentropy", "size": "mse"},
        metrics={"kind": "accuracy", "size": ["mae", "mse"]},
        loss_weights={"kind": 1.0, "size": 0.25},
    )
    fitted = model.fit(
        x, y, batch_size=6, epochs=5, validation_split=0.25, shuffle=False, verbose=0
    )
    return seen(model, fitted, [x["left"], x["right"]], [y["kind"], y["size"]])


def masked_steps(keras, optimizer):
    """Masking and Dense over time, one weight per time step."""
    layers = keras.layers
    draw = numbers(3)
    model = keras.models.Sequential(
        [
            layers.Masking(mask_value=0.0, input_shape=(5, 3)),
            layers.Dense(6, activation="sigmoid"),
            layers.Dense(2),
        ]
    )
    set_start(model, draw)
    x = draw(-2, 2, 14, 5, 3)
    for row, length in enumerate(draw(0, 5, 14)):
        x[row, int(np.ceil(length)) + 1 :] = 0
    y = np.stack([x.sum(axis=-1), np.abs(x).max(axis=-1)], axis=-1)
    model.compile(
        optimizer("Adam", {"lr": 0.03, "clipnorm": 1.0}),
        "mse",
        metrics=["mae"],
        weighted_metrics=["mse"],
        sample_weight_mode="temporal",
    )
    fitted = model.fit(
        x,
        y,
        batch_size=6,
        epochs=5,
        sample_weight=draw(0, 2, 14, 5),
        validation_data=(x[:5], y[:5], draw(0, 1, 5, 5)),
        shuffle=False,
        verbose=0,
    )
    return seen(model, fitted, x, y)


def batch_by_batch(keras, optimizer):
    """train_on_batch, test_on_batch and reset_metrics, with a loss of each family."""
    draw = numbers(4)
    x, y = draw(-1, 1, 12, 5), (draw(0, 1, 12, 2) > 0.5).astype("float32")
    result = {}
    for loss in ("binary_crossentropy", "hinge", "logcosh", "poisson"):
        model = keras.models.Sequential(
            [
                keras.layers.Dense(4, activation="softplus", input_shape=(5,)),
                keras.layers.Dense(2, activation="sigmoid"),
            ]
        )
        set_start(model, draw)
        model.compile(
            optimizer("Adagrad", {"lr": 0.1}), loss, metrics=["binary_accuracy"]
        )
        trained = [
            model.train_on_batch(x[i : i + 4], y[i : i + 4], reset_metrics=i == 8)
            for _ in range(3)
            for i in (0, 4, 8)
        ]
        result[loss] = {
            "train": np.asarray(trained),
            "test": np.asarray(model.test_on_batch(x, y)),
            "weights": model.get_weights(),
        }
    return result


ALL = {
    function.__name__: function
    for function in (classifier, two_by_two, masked_steps, batch_by_batch)
}
