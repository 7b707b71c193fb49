"""All layers, by family; each family is a package of the same name as in Keras."""

from minikeras.engine.base_layer import InputSpec, Layer  # noqa: F401
from minikeras.engine.input_layer import Input, InputLayer  # noqa: F401
from minikeras.layers.advanced_activations import *  # noqa: F403
from minikeras.layers.convolutional import *  # noqa: F403
from minikeras.layers.convolutional_recurrent import *  # noqa: F403
from minikeras.layers.core import *  # noqa: F403
from minikeras.layers.cudnn_recurrent import *  # noqa: F403
from minikeras.layers.embeddings import *  # noqa: F403
from minikeras.layers.legacy import *  # noqa: F403
from minikeras.layers.local import *  # noqa: F403
from minikeras.layers.merge import *  # noqa: F403
from minikeras.layers.noise import *  # noqa: F403
from minikeras.layers.normalization import *  # noqa: F403
from minikeras.layers.pooling import *  # noqa: F403
from minikeras.layers.recurrent import *  # noqa: F403
from minikeras.layers.wrappers import *  # noqa: F403
from minikeras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


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
