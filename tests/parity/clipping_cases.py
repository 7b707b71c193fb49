"""Models trained with clipped gradients, written once for both libraries.

Keras takes the norm over the gradients of all weights together, those of regularizers
included; `clipvalue` comes after `clipnorm`. Frozen weights have no part in it.

Embeddings have no cases with `clipvalue` unless a penalty makes their gradient dense:
Keras clips each use of a row before it adds them up (see test_clipping.py).
"""

import numpy as np

from .trajectories import numbers

OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"lr": 0.01}),
    "adam": ("Adam", {"lr": 0.01, "amsgrad": True}),
}
CLIPS = {
    "norm": {"clipnorm": 0.5},
    "loose": {"clipnorm": 20.0},
    "value": {"clipvalue": 0.1},
    "both": {"clipnorm": 0.5, "clipvalue": 0.05},
}
SPARSE = ("shared embedding", "two embeddings", "embedding and lstm")


def chain(keras, frozen=False, **options):
    """Three Dense layers."""
    L = keras.layers
    return keras.models.Sequential(
        [
            L.Dense(5, activation="tanh", input_shape=(4,), **options),
            L.Dense(4, activation="relu", trainable=not frozen, **options),
            L.Dense(3),
        ]
    )


def pictures(keras):
    """A convolution; a penalty and a constraint behind it."""
    L = keras.layers
    dense = L.Dense(3, kernel_regularizer="l2", kernel_constraint="unit_norm")
    convolution = L.Conv2D(2, 3, activation="elu", input_shape=(5, 5, 2))
    return keras.models.Sequential([convolution, L.Flatten(), dense])


def words(keras, uses=1, tables=1, lstm=False, **options):
    """Embeddings, whose gradients are sparse without a penalty."""
    L = keras.layers
    x = L.Input((5,))
    made = [L.Embedding(8, 3, **options) for _ in range(tables)]
    y = made[0](x) if uses * tables == 1 else None
    if y is None:
        y = L.concatenate([layer(x) for layer in made for _ in range(uses)])
    y = L.LSTM(3)(y) if lstm else L.Flatten()(y)
    return keras.models.Model(x, L.Dense(3)(y))


def models(keras):
    """{name: maker of a model}."""
    penalties = {
        "kernel_regularizer": keras.regularizers.l1_l2(0.05, 0.1),
        "bias_regularizer": "l2",
    }
    return {
        "plain": lambda: chain(keras),
        "penalties": lambda: chain(keras, **penalties),
        "activity penalty": lambda: chain(keras, activity_regularizer="l1"),
        "frozen": lambda: chain(keras, frozen=True, **penalties),
        "pictures": lambda: pictures(keras),
        "shared embedding": lambda: words(keras, uses=2),
        "two embeddings": lambda: words(keras, tables=2),
        "embedding and lstm": lambda: words(keras, lstm=True),
        "embedding with penalty": lambda: words(keras, embeddings_regularizer="l2"),
        "frozen embedding": lambda: words(keras, trainable=False),
    }


def run_all(keras, optimizer):
    """{case: what `run` gives}, for a maker of optimizers (name, config)."""
    results = {}
    for model in models(keras):
        for name, (kind, config) in OPTIMIZERS.items():
            for clip, limits in CLIPS.items():
                if model in SPARSE and "clipvalue" in limits:
                    continue
                keras.backend.clear_session()
                made = models(keras)[model]()
                steps = run(made, optimizer(kind, dict(config, **limits)))
                results[f"{model}-{name}-{clip}"] = steps
    return results


def run(model, optimizer):
    """Losses of three steps and of `evaluate` behind them; all weights in the end."""
    draw = numbers(5)
    for layer in model.layers:
        layer.set_weights([draw(-1, 1, *w.shape) for w in layer.get_weights()])
    x = draw(-2, 2, 12, *model.input_shape[1:])
    if len(x.shape) == 2 and x.shape[1] == 5:
        x = np.abs(x * 128).astype(int) % 8
    y = 4 * draw(-1, 1, 12, 3)
    model.compile(optimizer, "mse")
    losses = [model.train_on_batch(x, y) for _ in range(3)]
    losses.append(model.evaluate(x, y, verbose=0))
    flat = [w.ravel() for w in model.get_weights()]
    return {"losses": np.array(losses), "weights": np.concatenate(flat)}
