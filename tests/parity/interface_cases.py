"""What users see besides numbers, written once for both libraries.

Each function takes the library and returns JSON-like values: names, texts, orders of
calls, configurations.
"""

import json

import numpy as np

from .trajectories import numbers

EVENTS = [
    f"on_{what}_{when}"
    for what in "epoch train test predict train_batch test_batch predict_batch".split()
    for when in ("begin", "end")
]
DATA = numbers(41)
X, Y = DATA(-1, 1, 10, 4), DATA(-1, 1, 10, 2)
KINDS = np.eye(3, dtype="float32")[np.arange(10) % 3]


def small(keras, metrics=("mae",), loss="mse", units=2, activation=None):
    """A compiled Sequential for X and Y."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,)),
            layers.Dense(units, activation=activation),
        ]
    )
    model.compile("sgd", loss, metrics=list(metrics))
    return model


def two_outputs(keras, **options):
    layers = keras.layers
    x = layers.Input((4,), name="x")
    first = layers.Dense(3, activation="softmax", name="first")(x)
    second = layers.Dense(2, name="second")(x)
    model = keras.models.Model(x, [first, second])
    if options:
        model.compile("sgd", **options)
    return model


# ---- names --------------------------------------------------------------------------


def metrics_names(keras):
    """`metrics_names` and the keys of the history."""
    custom = keras.metrics.categorical_accuracy
    lists = (
        ["accuracy"],
        ["acc"],
        ["mse", "mae"],
        ["mean_squared_error"],
        [custom],
        ["crossentropy"],
        ["cosine_proximity"],
        [keras.metrics.Precision(name="prec")],
        ["top_k_categorical_accuracy"],
    )
    result = []
    for metrics in lists:
        model = small(keras, metrics, "categorical_crossentropy", 3, "softmax")
        fitted = model.fit(X, KINDS, verbose=0, validation_split=0.3)
        result.append([list(model.metrics_names), sorted(fitted.history)])
    compiled = (
        {"loss": "mse", "metrics": ["accuracy"]},
        {"loss": ["categorical_crossentropy", "mse"], "metrics": {"second": ["mae"]}},
        {"loss": "mse", "metrics": [["mae"], ["mse"]], "loss_weights": [1.0, 0.5]},
        {"loss": "mse", "metrics": [[], ["mae"]], "weighted_metrics": ["mse"]},
    )
    for options in compiled:
        model = two_outputs(keras, **options)
        fitted = model.fit(X, [KINDS, Y], verbose=0, validation_split=0.2)
        result.append([list(model.metrics_names), sorted(fitted.history)])
    return result


def automatic_names(keras):
    """Names of layers, models and inputs made one after the other."""
    layers, models = keras.layers, keras.models
    keras.backend.clear_session()
    made = [
        layers.Dense(1),
        layers.Dense(1),
        layers.LeakyReLU(),
        layers.PReLU(),
        layers.ReLU(),
        layers.ThresholdedReLU(),
        layers.ActivityRegularization(),
        layers.RepeatVector(2),
        layers.AlphaDropout(0.1),
        models.Sequential(),
        models.Sequential(),
    ]
    x = layers.Input((2,))
    model = models.Model(x, layers.Dense(1)(x))
    return [each.name for each in made] + [model.name] + [v.name for v in model.layers]


# ---- texts --------------------------------------------------------------------------


def summaries(keras):
    """`summary()` of four models, line by line."""
    keras.backend.clear_session()
    layers, models = keras.layers, keras.models
    sequential = models.Sequential(
        [
            layers.Dense(64, activation="relu", input_shape=(20,)),
            layers.Dropout(0.5),
            layers.Dense(1000),
        ]
    )
    frozen = models.Sequential([layers.Dense(4, input_shape=(3,)), layers.Dense(2)])
    frozen.layers[0].trainable = False
    a, b = layers.Input((5,), name="first"), layers.Input((4,))
    dense = layers.Dense(3)(layers.concatenate([a, b]))
    name = "a_rather_long_name_for_a_layer_indeed"
    outputs = [layers.add([dense, dense]), layers.Dense(1, name=name)(dense)]
    graph = models.Model([a, b], outputs)
    inner = models.Sequential([layers.Dense(3, input_shape=(5,))], name="inner")
    nested = models.Model(a, layers.Dense(2)(inner(a)))
    shared, x = layers.Dense(4), layers.Input((4,))
    repeated = models.Model(x, shared(shared(shared(x))))
    result = {}
    for title, model, options in (
        ("sequential", sequential, {}),
        ("narrow", sequential, {"line_length": 50}),
        ("positions", sequential, {"line_length": 60, "positions": [0.4, 0.8, 1.0]}),
        ("frozen", frozen, {}),
        ("graph", graph, {}),
        ("nested", nested, {}),
        ("repeated", repeated, {}),
    ):
        lines = []
        model.summary(print_fn=lines.append, **options)
        result[title] = "\n".join(lines).split("\n")
    return result


# ---- callbacks ----------------------------------------------------------------------


def recorder(keras):
    """A callback that notes every call with the keys of its logs."""
    log = []

    class Recorder(keras.callbacks.Callback):
        pass

    def noting(event):
        def method(self, *args, **kwargs):
            index = [arg for arg in args if isinstance(arg, int)]
            logs = next((arg for arg in args if isinstance(arg, dict)), {})
            log.append([event, *index, sorted(logs)])

        return method

    for event in EVENTS:
        setattr(Recorder, event, noting(event))
    return Recorder(), log


def callback_calls(keras):
    """The order of all calls in every way of running a model."""
    return {name: log for name, (_, log) in callback_runs(keras).items()}


def callback_params(keras):
    """What callbacks find in `params`, but for `verbose`."""
    result = {}
    for name, (callback, _) in callback_runs(keras).items():
        result[name] = dict(callback.params)
        result[name].pop("verbose", None)
    return result


def callback_runs(keras):
    """A recorder and its log for every way of running a model."""
    model = small(keras)
    ways = {
        "fit": lambda calls: model.fit(
            X,
            Y,
            batch_size=4,
            epochs=2,
            verbose=0,
            validation_split=0.3,
            callbacks=calls,
        ),
        "fit_alone": lambda calls: model.fit(
            X, Y, batch_size=8, verbose=0, callbacks=calls
        ),
        "validation_freq": lambda calls: model.fit(
            X,
            Y,
            batch_size=10,
            epochs=4,
            initial_epoch=1,
            verbose=0,
            validation_data=(X, Y),
            validation_freq=2,
            callbacks=calls,
        ),
        "evaluate": lambda calls: model.evaluate(
            X, Y, batch_size=6, verbose=0, callbacks=calls
        ),
        "predict": lambda calls: model.predict(X, batch_size=6, callbacks=calls),
    }
    result = {}
    for name, way in ways.items():
        result[name] = recorder(keras)
        way([result[name][0]])
    return result


# ---- configurations -----------------------------------------------------------------


def plain(tree):
    """As JSON gives it back: tuples become lists."""
    return json.loads(json.dumps(tree, default=np.ndarray.tolist))


def optimizer_configs(keras):
    names = "SGD RMSprop Adagrad Adadelta Adam Adamax Nadam".split()
    return {name: getattr(keras.optimizers, name)().get_config() for name in names}


def model_json(keras):
    """The configuration of a functional model with a shared layer."""
    keras.backend.clear_session()
    layers = keras.layers
    a, b = layers.Input((5,), name="a"), layers.Input((4,))
    dense = layers.Dense(3, kernel_constraint="max_norm")
    joined = layers.concatenate([a, b])
    summed = layers.add([dense(joined), dense(joined)])
    graph = keras.models.Model([a, b], [summed, layers.Dense(1)(summed)])
    sequential = keras.models.Sequential(
        [layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dropout(0.5)]
    )
    result = {}
    for name, model in (("graph", graph), ("sequential", sequential)):
        result[name] = json.loads(model.to_json())["config"]
    return result


ALL = {
    function.__name__: function
    for function in (
        metrics_names,
        automatic_names,
        summaries,
        callback_calls,
        callback_params,
        optimizer_configs,
        model_json,
    )
}
