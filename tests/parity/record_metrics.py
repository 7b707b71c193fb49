"""Record the metric functions and classes of Keras 2.3.1 (TensorFlow 1.15.5, NumPy
1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_metrics

A function's case holds its inputs and value. A class's case holds three batches of
y_true, y_pred and perhaps sample weights, the result after each, and the state at the
end. MeanIoU is missing: on TensorFlow 1 Keras 2.3.1 refuses it.
"""

# ruff: noqa: B905  (recorded on Python 3.7, whose zip has no `strict`)

import keras
import numpy as np
from keras import backend as K

from .recording import random, run, write

RNG = np.random.RandomState(3)


def bits(*shape):
    return RNG.randint(0, 2, shape).astype("float32")


def classes(n, size):
    return np.eye(n, dtype="float32")[RNG.randint(0, n, size)]


def sparse(n, size, columns=True):
    labels = RNG.randint(0, n, size).astype("float32")
    return labels[..., None] if columns else labels


def unit(*shape):
    """Sixteenths, so that ties and values on a threshold occur."""
    return (RNG.randint(0, 17, shape) / 16).astype("float32")


def rows(*shape):
    positive = random(RNG, shape, 0, 1) + 0.1
    return (positive / positive.sum(axis=-1, keepdims=True)).astype("float32")


PAIRS = {
    "bits": lambda: (bits(6, 3), unit(6, 3)),
    "column": lambda: (bits(6, 1), unit(6, 1)),
    "classes": lambda: (classes(6, 5), rows(5, 6)),
    "classes_3d": lambda: (classes(4, (2, 3)), rows(2, 3, 4)),
    "ties": lambda: (classes(4, 6), (RNG.randint(0, 2, (6, 4)) / 2).astype("float32")),
    "sparse": lambda: (sparse(6, 5), rows(5, 6)),
    "sparse_vector": lambda: (sparse(6, 5, columns=False), rows(5, 6)),
    "sparse_3d": lambda: (sparse(4, (2, 3)), rows(2, 3, 4)),
    "sparse_ties": lambda: (
        sparse(4, 6),
        (RNG.randint(0, 2, (6, 4)) / 2).astype("float32"),
    ),
    "real": lambda: (random(RNG, (5, 3)), random(RNG, (5, 3))),
    "equal": lambda: (RNG.randint(0, 3, (6, 2)) * 1.0, RNG.randint(0, 3, (6, 2)) * 1.0),
    "labels": lambda: (sparse(3, 6, columns=False), sparse(3, 6, columns=False)),
}
FUNCTIONS = [
    ("binary_accuracy", {}, ["bits", "column"]),
    ("binary_accuracy", {"threshold": 0.25}, ["bits"]),
    ("categorical_accuracy", {}, ["classes", "classes_3d", "ties"]),
    (
        "sparse_categorical_accuracy",
        {},
        ["sparse", "sparse_vector", "sparse_3d", "sparse_ties"],
    ),
    ("top_k_categorical_accuracy", {}, ["classes"]),
    ("top_k_categorical_accuracy", {"k": 2}, ["classes", "ties"]),
    ("sparse_top_k_categorical_accuracy", {}, ["sparse", "sparse_vector"]),
    (
        "sparse_top_k_categorical_accuracy",
        {"k": 2},
        ["sparse", "sparse_ties"],
    ),
    ("cosine_proximity", {}, ["real", "bits"]),
    ("cosine_similarity", {"axis": 0}, ["real"]),
    ("categorical_crossentropy", {}, ["classes"]),
    ("sparse_categorical_crossentropy", {}, ["sparse"]),
    ("binary_crossentropy", {}, ["bits", "column"]),
    ("mean_squared_error", {}, ["real"]),
    ("mean_absolute_error", {}, ["real"]),
    ("mean_absolute_percentage_error", {}, ["real"]),
    ("mean_squared_logarithmic_error", {}, ["bits"]),
    ("hinge", {}, ["bits"]),
    ("squared_hinge", {}, ["bits"]),
    ("kullback_leibler_divergence", {}, ["bits"]),
    ("poisson", {}, ["bits"]),
]
THRESHOLDS = {"thresholds": [0.25, 0.5, 0.8]}
COUNTS = ["TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"]
CLASSES = [
    ("Accuracy", {}, "labels"),
    ("BinaryAccuracy", {}, "bits"),
    ("BinaryAccuracy", {"threshold": 0.3}, "column"),
    ("CategoricalAccuracy", {}, "classes"),
    ("CategoricalAccuracy", {}, "classes_3d"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("TopKCategoricalAccuracy", {"k": 2}, "classes"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse"),
    ("MeanSquaredError", {}, "real"),
    ("RootMeanSquaredError", {}, "real"),
    ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "real"),
    ("MeanSquaredLogarithmicError", {}, "bits"),
    ("CosineSimilarity", {}, "real"),
    ("CosineSimilarity", {"axis": 0}, "real"),
    ("Hinge", {}, "bits"),
    ("SquaredHinge", {}, "bits"),
    ("CategoricalHinge", {}, "classes"),
    ("LogCoshError", {}, "real"),
    ("Poisson", {}, "bits"),
    ("KLDivergence", {}, "classes"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "bits"),
    ("BinaryCrossentropy", {"from_logits": True}, "bits"),
    ("CategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("Precision", {}, "bits"),
    ("Precision", THRESHOLDS, "bits"),
    ("Precision", {"top_k": 2}, "classes"),
    ("Precision", {"top_k": 2, "class_id": 1}, "classes"),
    ("Precision", {"class_id": 2, "thresholds": 0.2}, "classes"),
    ("Recall", {}, "bits"),
    ("Recall", THRESHOLDS, "bits"),
    ("Recall", {"top_k": 2}, "classes"),
    ("Recall", {"class_id": 2}, "bits"),
    ("AUC", {}, "column"),
    ("AUC", {"num_thresholds": 12}, "bits"),
    ("AUC", {"num_thresholds": 12, "curve": "PR"}, "bits"),
    ("AUC", {"num_thresholds": 12, "summation_method": "minoring"}, "bits"),
    ("AUC", {"num_thresholds": 12, "summation_method": "majoring"}, "bits"),
    ("AUC", {"thresholds": [0.2, 0.5, 0.7]}, "bits"),
    (
        "AUC",
        {"num_thresholds": 9, "curve": "PR", "summation_method": "majoring"},
        "bits",
    ),
    (
        "AUC",
        {"num_thresholds": 9, "curve": "PR", "summation_method": "minoring"},
        "bits",
    ),
    ("SensitivityAtSpecificity", {"specificity": 0.6, "num_thresholds": 20}, "bits"),
    ("SensitivityAtSpecificity", {"specificity": 0.4, "num_thresholds": 1}, "bits"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 20}, "bits"),
]
CLASSES += [(name, config, "bits") for name in COUNTS for config in ({}, THRESHOLDS)]


def record_function(name, arguments, pair):
    K.clear_session()
    y_true, y_pred = (part.astype("float32") for part in PAIRS[pair]())
    function = getattr(keras.metrics, name)
    (value,) = run([function(K.constant(y_true), K.constant(y_pred), **arguments)], {})
    return {
        "function": name,
        "arguments": arguments,
        "y_true": y_true,
        "y_pred": y_pred,
        "y": value,
    }


def record_class(name, config, batches):
    """`batches` holds the positional arguments of `update_state`."""
    K.clear_session()
    metric = getattr(keras.metrics, name)(**config)
    results = []
    for batch in batches:
        tensors = [None if part is None else K.constant(part) for part in batch]
        run([metric.update_state(*tensors)], {})
        results.append(K.eval(metric.result()))
    return {
        "class": name,
        "config": config,
        "batches": batches,
        "results": [np.asarray(result) for result in results],
        "state": [np.asarray(value) for value in metric.get_weights()],
    }


def batches(pair, weighted):
    made = []
    for _ in range(3):
        y_true, y_pred = (part.astype("float32") for part in PAIRS[pair]())
        weights = random(RNG, y_true.shape[:1], 0, 2) if weighted else None
        if weighted and y_pred.ndim == 3:
            weights = random(RNG, y_pred.shape[:2], 0, 2)
        made.append([y_true, y_pred, weights])
    return made


def reductions():
    """Mean and Sum, which take values instead of targets and predictions."""
    values = [random(RNG, (4,)), random(RNG, (2, 3)), np.float32(1.5)]
    weights = [random(RNG, (4,), 0, 2), random(RNG, (2,), 0, 2), None]
    cases = {}
    for name in ("Mean", "Sum"):
        plain = [[np.asarray(value)] for value in values]
        weighted = [[np.asarray(v), w] for v, w in zip(values, weights)]
        cases[name] = record_class(name, {}, plain)
        cases[name + "-weighted"] = record_class(name, {}, weighted)
    return cases


def empty_cases():
    """Metrics whose denominators are zero."""
    nothing = [[np.zeros((4, 1), "float32"), np.zeros((4, 1), "float32"), None]]
    everything = [[np.ones((4, 1), "float32"), np.ones((4, 1), "float32"), None]]
    zero_weights = [[bits(4, 1), unit(4, 1), np.zeros(4, "float32")]]
    return {
        "Precision-nothing": record_class("Precision", {}, nothing),
        "Recall-nothing": record_class("Recall", {}, nothing),
        "AUC-nothing": record_class("AUC", {"num_thresholds": 5}, nothing),
        "AUC-everything": record_class("AUC", {"num_thresholds": 5}, everything),
        "BinaryAccuracy-zero-weights": record_class("BinaryAccuracy", {}, zero_weights),
        "AUC-zero-weights": record_class("AUC", {"num_thresholds": 5}, zero_weights),
    }


def main():
    cases = {}
    for name, arguments, pairs in FUNCTIONS:
        for pair in pairs:
            options = "".join(
                ",{}={}".format(*item) for item in sorted(arguments.items())
            )
            case = record_function(name, arguments, pair)
            cases[f"{name}-{pair}{options}"] = case
    for i, (name, config, pair) in enumerate(CLASSES):
        for weighted in (False, True):
            label = f"{name}-{i}" + "-weighted" * weighted
            if weighted and ("class_id" in config or "axis" in config):
                continue  # Keras refuses one weight per sample here
            cases[label] = record_class(name, config, batches(pair, weighted))
    cases.update(reductions())
    cases.update(empty_cases())
    write("metrics", cases)


if __name__ == "__main__":
    main()
