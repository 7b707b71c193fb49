"""Record the loss functions and loss classes of Keras 2.3.1 (TensorFlow 1.15.5, NumPy
1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_losses

A case holds `y_true`, `y_pred`, the keyword arguments, the value, a random gradient
`dy` of the value and the gradient `dpred` with respect to y_pred. Every function meets
every pair of inputs that fits it, edges included: probabilities 0 and 1, rows that do
not sum to 1, zeros, broadcasting.
"""

import keras
import numpy as np
from keras import backend as K

from .recording import generator, gradients, placeholder_like, random, run, write

RNG = generator("losses")


def one_hot(labels, n):
    return np.eye(n, dtype="float32")[labels]


def probabilities(shape):
    positive = random(RNG, shape, 0, 1) + 0.05
    return (positive / positive.sum(axis=-1, keepdims=True)).astype("float32")


labels = RNG.randint(0, 4, 5)
steps = RNG.randint(0, 3, (2, 3))
edge_pred = np.array([[0, 1], [1, 0], [0, 0], [1, 1], [0.5, 0.5]], "float32")
edge_true = np.array([[0, 1], [0, 1], [1, 0], [1, 1], [0, 1]], "float32")
# name -> (y_true, y_pred)
REAL = {
    "real": (random(RNG, (5, 4)), random(RNG, (5, 4))),
    "real_3d": (random(RNG, (2, 3, 2)), random(RNG, (2, 3, 2))),
    "real_column": (random(RNG, (5, 1)), random(RNG, (5, 1), -30, 30)),
    "real_zeros": (np.zeros((3, 2), "float32"), random(RNG, (3, 2))),
    "real_equal": (np.full((2, 3), 0.75, "float32"), np.full((2, 3), 0.75, "float32")),
    "real_spread": (random(RNG, (4, 1)), random(RNG, (4, 3))),
}
SIGNS = {
    "signs": (RNG.choice([-1, 1], (5, 3)).astype("float32"), random(RNG, (5, 3))),
    "bits": (RNG.randint(0, 2, (5, 3)).astype("float32"), random(RNG, (5, 3))),
}
UNIT = {
    "unit": (random(RNG, (5, 3), 0, 1), random(RNG, (5, 3), 0, 1)),
    "edge": (edge_true, edge_pred),
    "unit_column": (
        RNG.randint(0, 2, (6, 1)).astype("float32"),
        random(RNG, (6, 1), 0, 1),
    ),
}
CLASSES = {
    "classes": (one_hot(labels, 4), probabilities((5, 4))),
    "unnormalised": (one_hot(labels, 4), random(RNG, (5, 4), 0, 2)),
    "classes_3d": (one_hot(steps, 3), probabilities((2, 3, 3))),
    "soft": (probabilities((5, 4)), probabilities((5, 4))),
}
LOGITS = {
    "logits": (one_hot(labels, 4), random(RNG, (5, 4), -4, 4)),
    "logits_big": (one_hot(labels, 4), random(RNG, (5, 4), -90, 90)),
    "logits_3d": (one_hot(steps, 3), random(RNG, (2, 3, 3))),
}
SPARSE = {
    "sparse": (labels.astype("float32"), probabilities((5, 4))),
    "sparse_column": (labels[:, None].astype("int32"), probabilities((5, 4))),
    "sparse_unnormalised": (
        labels[:, None].astype("float32"),
        random(RNG, (5, 4), 0, 2),
    ),
    "sparse_3d": (steps[..., None].astype("float32"), probabilities((2, 3, 3))),
    "sparse_edge": (np.array([[0.0], [1.0], [1.0], [0.0]], "float32"), edge_pred[:4]),
}
SPARSE_LOGITS = {
    "sparse_logits": (labels[:, None].astype("float32"), random(RNG, (5, 4), -9, 9)),
    "sparse_logits_3d": (steps[..., None].astype("float32"), random(RNG, (2, 3, 3))),
}


def pools(*tables):
    merged = {}
    for table in tables:
        merged.update(table)
    return merged


EVERY = pools(REAL, SIGNS, UNIT, CLASSES)
# (function, keyword arguments, input pairs)
FUNCTIONS = [
    ("mean_squared_error", {}, EVERY),
    ("mean_absolute_error", {}, EVERY),
    ("mean_absolute_percentage_error", {}, EVERY),
    ("mean_squared_logarithmic_error", {}, EVERY),
    ("squared_hinge", {}, pools(REAL, SIGNS)),
    ("hinge", {}, pools(REAL, SIGNS)),
    ("categorical_hinge", {}, pools(REAL, SIGNS, CLASSES)),
    ("logcosh", {}, EVERY),
    ("huber_loss", {}, EVERY),
    ("huber_loss", {"delta": 0.4}, REAL),
    ("kullback_leibler_divergence", {}, pools(UNIT, CLASSES)),
    ("poisson", {}, pools(UNIT, CLASSES)),
    ("cosine_proximity", {}, EVERY),
    ("cosine_proximity", {"axis": 1}, {"real_3d": REAL["real_3d"]}),
    ("binary_crossentropy", {}, pools(UNIT, CLASSES)),
    ("binary_crossentropy", {"label_smoothing": 0.2}, UNIT),
    ("binary_crossentropy", {"from_logits": True}, pools(LOGITS, SIGNS)),
    (
        "binary_crossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        LOGITS,
    ),
    ("categorical_crossentropy", {}, pools(CLASSES, {"edge": UNIT["edge"]})),
    ("categorical_crossentropy", {"label_smoothing": 0.2}, CLASSES),
    ("categorical_crossentropy", {"from_logits": True}, LOGITS),
    ("sparse_categorical_crossentropy", {}, SPARSE),
    ("sparse_categorical_crossentropy", {"from_logits": True}, SPARSE_LOGITS),
]
# class -> (configuration, input pair)
CLASS_CASES = {
    "MeanSquaredError": ({}, "real"),
    "MeanAbsoluteError": ({}, "real"),
    "MeanAbsolutePercentageError": ({}, "real"),
    "MeanSquaredLogarithmicError": ({}, "unit"),
    "SquaredHinge": ({}, "signs"),
    "Hinge": ({}, "bits"),
    "CategoricalHinge": ({}, "classes"),
    "LogCosh": ({}, "real_3d"),
    "Huber": ({"delta": 0.7}, "real"),
    "KLDivergence": ({}, "classes"),
    "Poisson": ({}, "unit"),
    "BinaryCrossentropy": ({"label_smoothing": 0.1}, "unit"),
    "CategoricalCrossentropy": ({"label_smoothing": 0.1}, "classes_3d"),
    "SparseCategoricalCrossentropy": ({}, "sparse_3d"),
}


def record(function, y_true, y_pred, rng, **arguments):
    """Value and gradient of one call."""
    true, pred = placeholder_like(y_true), placeholder_like(y_pred)
    value = function(true, pred, **arguments)
    feeds = {true: y_true, pred: y_pred}
    (y,) = run([value], feeds)
    dy = random(rng, y.shape)
    (dpred,) = run(gradients(value, dy, pred), feeds)
    return {"y_true": y_true, "y_pred": y_pred, "y": y, "dy": dy, "dpred": dpred}


def record_function(name, arguments, pair):
    K.clear_session()
    case = record(getattr(keras.losses, name), *pair, generator(name), **arguments)
    return dict(case, function=name, arguments=arguments)


def weights_for(pair):
    """No weights, one per sample as vector and as column, one per value if 3-D."""
    n = len(pair[1])
    shapes = [None, (n,), (n, 1)]
    if pair[1].ndim == 3:
        shapes = [None, (n, 1), pair[1].shape[:2]]
    return [None if shape is None else random(RNG, shape, 0, 2) for shape in shapes]


def record_class(name, config, pair, weights):
    K.clear_session()
    loss = getattr(keras.losses, name)(**config)
    arguments = {} if weights is None else {"sample_weight": K.constant(weights)}
    case = record(loss, *pair, generator(name), **arguments)
    return dict(case, **{"class": name, "config": config, "sample_weight": weights})


def main():
    cases = {}
    for name, arguments, pairs in FUNCTIONS:
        for pair in pairs:
            options = "".join(
                ",{}={}".format(*item) for item in sorted(arguments.items())
            )
            cases[f"{name}-{pair}{options}"] = record_function(
                name, arguments, pairs[pair]
            )
    everything = pools(EVERY, SPARSE)
    for name, (config, pair) in CLASS_CASES.items():
        for i, weights in enumerate(weights_for(everything[pair])):
            for reduction in ("none", "sum", "sum_over_batch_size"):
                case = f"{name}-{reduction}-{i}"
                cases[case] = record_class(
                    name, dict(config, reduction=reduction), everything[pair], weights
                )
    write("losses", cases)


if __name__ == "__main__":
    main()
