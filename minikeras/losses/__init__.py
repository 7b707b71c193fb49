"""Losses: what training makes small.

A loss is a function of (y_true, y_pred) that gives one number for each sample:

    model.compile("sgd", loss="mse")
    model.compile("sgd", loss=losses.Huber(delta=0.5))
    model.compile("sgd", loss=lambda y_true, y_pred: K.mean(K.abs(y_true - y_pred), -1))
"""

from minikeras.losses.averages import (
    MAE,
    MAPE,
    MSE,
    MSLE,
    hinge,
    huber_loss,
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
    squared_hinge,
)
from minikeras.losses.classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    LossFunctionWrapper,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from minikeras.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from minikeras.losses.similarities import (
    KLD,
    categorical_hinge,
    cosine,
    cosine_proximity,
    cosine_similarity,
    kld,
    kullback_leibler_divergence,
)
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret

__all__ = [
    "KLD", "MAE", "MAPE", "MSE", "MSLE", "BinaryCrossentropy",
    "CategoricalCrossentropy", "CategoricalHinge", "Hinge", "Huber", "KLDivergence",
    "LogCosh", "Loss", "LossFunctionWrapper", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge", "binary_crossentropy",
    "categorical_crossentropy", "categorical_hinge", "cosine", "cosine_proximity",
    "cosine_similarity", "hinge", "huber_loss", "kld", "kullback_leibler_divergence",
    "logcosh", "mae", "mape", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle", "poisson",
    "sparse_categorical_crossentropy", "squared_hinge",
    "deserialize", "get", "is_categorical_crossentropy", "serialize",
]  # fmt: skip

ABSTRACT = ("Loss", "LossFunctionWrapper")
TOOLS = ("deserialize", "get", "is_categorical_crossentropy", "serialize")
KNOWN = {name: globals().get(name) for name in __all__ if name not in ABSTRACT + TOOLS}


def is_categorical_crossentropy(loss):
    """Whether a name, function or object stands for categorical_crossentropy."""
    return (
        loss is categorical_crossentropy
        or isinstance(loss, CategoricalCrossentropy)
        or (isinstance(loss, str) and loss == "categorical_crossentropy")
        or getattr(loss, "fn", None) is categorical_crossentropy
    )


def serialize(loss):
    """The name of a loss function; the config of a loss object."""
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that a name or a config stands for."""
    return interpret(name, KNOWN, "loss function", custom_objects=custom_objects)


def get(identifier):
    """The loss that a name, config, class, object or function stands for, or None."""
    return None if identifier is None else interpret(identifier, KNOWN, "loss function")
