"""Metrics: what is reported about training, besides the loss.

    model.compile("adam", "mse", metrics=["mae", metrics.RootMeanSquaredError()])
    model.compile("adam", "mse", metrics=[lambda y_true, y_pred: K.max(y_pred)])

A function gives one number for each sample; its mean is reported. An object keeps a
state over all batches of an epoch.
"""

from minikeras.losses import (
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from minikeras.metrics.base import (
    Mean,
    MeanMetricWrapper,
    Metric,
    Reduce,
    Sum,
    clone_metric,
    clone_metrics,
)
from minikeras.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from minikeras.metrics.curves import (
    AUC,
    SensitivityAtSpecificity,
    SensitivitySpecificityBase,
    SpecificityAtSensitivity,
)
from minikeras.metrics.functions import (
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    cosine,
    cosine_proximity,
    cosine_similarity,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from minikeras.metrics.iou import MeanIoU
from minikeras.metrics.means import (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    TopKCategoricalAccuracy,
)
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret

__all__ = [
    "AUC", "MAE", "MAPE", "MSE", "MSLE", "Accuracy", "BinaryAccuracy",
    "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "CategoricalHinge", "CosineSimilarity", "FalseNegatives", "FalsePositives", "Hinge",
    "KLDivergence", "LogCoshError", "Mean", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "Poisson", "Precision", "Recall", "Reduce",
    "RootMeanSquaredError", "SensitivityAtSpecificity", "SensitivitySpecificityBase",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "SquaredHinge", "Sum",
    "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "accuracy",
    "binary_accuracy", "binary_crossentropy", "categorical_accuracy",
    "categorical_crossentropy", "categorical_hinge", "cosine", "cosine_proximity",
    "cosine_similarity", "hinge", "kullback_leibler_divergence", "logcosh", "mae",
    "mape", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle", "poisson",
    "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy",
    "clone_metric", "clone_metrics", "deserialize", "get", "serialize",
]  # fmt: skip

ABSTRACT = ("Metric", "MeanMetricWrapper", "Reduce", "SensitivitySpecificityBase")
TOOLS = ("clone_metric", "clone_metrics", "deserialize", "get", "serialize")
KNOWN = {name: globals().get(name) for name in __all__ if name not in ABSTRACT + TOOLS}


def serialize(metric):
    """The name of a metric function; the config of a metric object."""
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that a name or a config stands for."""
    return interpret(config, KNOWN, "metric function", custom_objects=custom_objects)


def get(identifier):
    """The metric that a name, config, class, object or function stands for."""
    return interpret(identifier, KNOWN, "metric function")
