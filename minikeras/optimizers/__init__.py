"""Optimizers: how gradients change the weights.

model.compile(optimizer="sgd", loss="mse")
model.compile(optimizer=optimizers.Adam(learning_rate=0.01, clipnorm=1.0), loss="mse")
"""

import inspect

from minikeras.optimizers.adam import Adam, Adamax, Nadam
from minikeras.optimizers.adaptive import Adadelta, Adagrad, RMSprop
from minikeras.optimizers.base import Optimizer, clip_norm
from minikeras.optimizers.sgd import SGD
from minikeras.optimizers.tensorflow import TFOptimizer
from minikeras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)

__all__ = [
    "SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam", "Optimizer",
    "TFOptimizer", "clip_norm", "deserialize", "get", "serialize",
]  # fmt: skip

sgd = SGD
rmsprop = RMSprop
adagrad = Adagrad
adadelta = Adadelta
adam = Adam
adamax = Adamax
nadam = Nadam

BUILT_IN = (SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam, TFOptimizer)
KNOWN = {cls.__name__: cls for cls in BUILT_IN}
LOWER_CASE = {name.lower(): name for name in KNOWN}


def serialize(optimizer):
    """The config of an optimizer (without its state)."""
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that a config stands for; the case of its class does not matter."""
    if isinstance(config, dict) and "class_name" in config:
        name = str(config["class_name"])
        config = {**config, "class_name": LOWER_CASE.get(name.lower(), name)}
    return deserialize_keras_object(config, KNOWN, custom_objects, "optimizer")


def get(identifier):
    """The optimizer that a name, a config, a class or an instance stands for."""
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        return identifier()
    if hasattr(identifier, "update") and hasattr(identifier, "get_updates"):
        return identifier
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier!r}. Expected a name "
        "such as 'sgd', a config (dict of 'class_name' and 'config'), or an optimizer."
    )
