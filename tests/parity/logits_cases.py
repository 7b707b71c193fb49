"""Models that are far too sure, for cross-entropies from logits.

Each case is (layers behind the input, loss, metrics, targets); the library is an
argument, so that Keras 2.3.1 and minikeras run the same lines.
"""

import numpy as np

RNG = np.random.RandomState(7)
X = (RNG.randint(-64, 65, (8, 5)) * 2.0).astype("float32")
NUMBERS = RNG.randint(0, 3, (8, 1))
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS[:, 0]]
BITS = RNG.randint(0, 2, (8, 3)).astype("float32")
SPARSE, CATEGORICAL, BINARY = (
    f"{kind}_crossentropy" for kind in ("sparse_categorical", "categorical", "binary")
)
TARGETS = {SPARSE: NUMBERS, CATEGORICAL: ONE_HOT, BINARY: BITS}


def endings(keras, activation):
    """Ways for a model to end in an activation, or to hide it.

    Hidden sigmoids are left out: one rounding of p near 1 moves log(1 - p + 1e-7), and
    Keras itself gives 7.14 in `evaluate` and 7.16 in training for the same weights.
    """
    L = keras.layers
    ways = {
        "dense": [L.Dense(3, activation=activation)],
        "activation": [L.Dense(3), L.Activation(activation)],
        "op": [L.Dense(3), L.Lambda(getattr(keras.backend, activation))],
        "nested": [
            keras.models.Sequential([L.Dense(3, activation=activation, input_dim=5)])
        ],
    }
    if activation == "sigmoid":
        convolution = L.Conv1D(3, 1, activation=activation)
        return dict(ways, convolution=[L.Reshape((1, 5)), convolution])
    distributed = L.TimeDistributed(L.Dense(3, activation=activation))
    return dict(
        ways,
        softmax=[L.Dense(3), L.Softmax()],
        dropout_behind=[L.Dense(3, activation=activation), L.Dropout(0.0)],
        reshape_behind=[L.Dense(3, activation=activation), L.Reshape((3,))],
        time_distributed=[L.Reshape((1, 5)), distributed, L.Reshape((3,))],
    )


def losses_of(keras, name):
    """A cross-entropy as name, object, and function of K ops."""
    class_name = "".join(part.capitalize() for part in name.split("_"))
    of_class, op = getattr(keras.losses, class_name), getattr(keras.backend, name)

    def custom(y_true, y_pred):
        return keras.backend.mean(op(y_true, y_pred))

    def hidden(y_true, y_pred):
        return keras.backend.mean(op(y_true, y_pred * 1.0))

    found = {"name": name, "object": of_class(), "custom": custom}
    if name != BINARY:
        found["hidden"] = hidden
    if name != SPARSE:
        found["smooth"] = of_class(label_smoothing=0.1)
    return found


def run_all(keras):
    """{case: what `run` gives}; every ending with the loss by name, dense with all."""
    results = {}
    for loss in TARGETS:
        activation = "sigmoid" if loss == BINARY else "softmax"
        for way in endings(keras, activation):
            for kind in losses_of(keras, loss) if way == "dense" else ["name"]:
                keras.backend.clear_session()
                layers = endings(keras, activation)[way]
                function = losses_of(keras, loss)[kind]
                results[f"{loss}-{way}-{kind}"] = run(keras, layers, function, loss)
    return results


def run(keras, layers, loss, metric):
    """Loss and metric before, in three steps of training; the kernel after them."""
    y = TARGETS[metric]
    x = tensor = keras.layers.Input((5,))
    for layer in layers:
        tensor = layer(tensor)
    if len(tensor.shape) == 3:
        y = y[:, None]
    model = keras.models.Model(x, tensor)
    rng = np.random.RandomState(3)
    model.set_weights(
        [(rng.randint(-64, 65, w.shape) / 64.0) for w in model.get_weights()]
    )
    model.compile(keras.optimizers.SGD(0.002), loss, metrics=[metric])
    results = [model.evaluate(X, y, verbose=0)]
    results += [model.train_on_batch(X, y) for _ in range(3)]
    return {"results": np.array(results), "kernel": model.get_weights()[0]}
