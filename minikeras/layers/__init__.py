"""All layers, by family; each family is a package of the same name as in Keras."""

from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.engine.input_layer import Input, InputLayer
from minikeras.layers.advanced_activations import (
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from minikeras.layers.core import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Lambda,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from minikeras.layers.merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from minikeras.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from minikeras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)

__all__ = [
    "ELU", "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average",
    "Concatenate", "Dense", "Dot", "Dropout", "Flatten", "GaussianDropout",
    "GaussianNoise", "Input", "InputLayer", "InputSpec", "Lambda", "Layer", "LeakyReLU",
    "Masking", "Maximum", "Minimum", "Multiply", "PReLU", "Permute", "ReLU",
    "RepeatVector", "Reshape", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
    "SpatialDropout3D", "Subtract", "ThresholdedReLU", "add", "average", "concatenate",
    "dot", "maximum", "minimum", "multiply", "subtract",
    "deserialize", "serialize",
]  # fmt: skip


def serialize(layer):
    """Class name and configuration of a layer."""
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """Make a layer or model from what `serialize` gave.

    Only classes of minikeras and those in `custom_objects` can be named.
    """
    from minikeras.engine.sequential import Sequential
    from minikeras.engine.training import Model

    known = {
        name: value
        for name, value in globals().items()
        if isinstance(value, type) and issubclass(value, Layer)
    }
    known.update(Model=Model, Network=Model, Sequential=Sequential)
    return deserialize_keras_object(config, known, custom_objects, "layer")
