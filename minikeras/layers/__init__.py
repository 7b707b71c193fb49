"""All layers, by family; each family is a package of the same name as in Keras.

A family is imported when a layer of it is first used, so that a small network starts
fast.
"""

from collections.abc import Mapping

from minikeras.engine.base_layer import InputSpec, Layer  # noqa: F401
from minikeras.engine.input_layer import Input, InputLayer  # noqa: F401
from minikeras.lazy import lazy_names
from minikeras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)

FAMILIES = {
    "advanced_activations": "ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU",
    "convolutional": """
        Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose Convolution1D
        Convolution2D Convolution3D Cropping1D Cropping2D Cropping3D Deconvolution2D
        Deconvolution3D DepthwiseConv2D SeparableConv1D SeparableConv2D UpSampling1D
        UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """,
    "convolutional_recurrent": "ConvLSTM2D ConvLSTM2DCell",
    "core": """
        Activation ActivityRegularization Dense Dropout Flatten Lambda Masking Permute
        RepeatVector Reshape SpatialDropout1D SpatialDropout2D SpatialDropout3D
    """,
    "cudnn_recurrent": "CuDNNGRU CuDNNLSTM",
    "embeddings": "Embedding",
    "legacy": """
        AtrousConvolution1D AtrousConvolution2D ConvRecurrent2D Highway MaxoutDense
        Recurrent
    """,
    "local": "LocallyConnected1D LocallyConnected2D",
    "merge": """
        Add Average Concatenate Dot Maximum Minimum Multiply Subtract add average
        concatenate dot maximum minimum multiply subtract
    """,
    "noise": "AlphaDropout GaussianDropout GaussianNoise",
    "normalization": "BatchNormalization LayerNormalization",
    "pooling": """
        AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D
        AvgPool3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
        GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
        GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D
        GlobalMaxPooling3D MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D
        MaxPooling3D
    """,
    "recurrent": """
        GRU GRUCell LSTM LSTMCell RNN SimpleRNN SimpleRNNCell StackedRNNCells
    """,
    "wrappers": "Bidirectional TimeDistributed Wrapper",
}
WHERE = {name: family for family, names in FAMILIES.items() for name in names.split()}

__all__ = [  # noqa: F822  most are looked up by `__getattr__`
    *WHERE, "Input", "InputLayer", "InputSpec", "Layer", "deserialize", "serialize",
]  # fmt: skip
__getattr__, __dir__ = lazy_names(__name__, WHERE, tuple(FAMILIES))


def serialize(layer):
    """Class name and configuration of a layer."""
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """Make a layer or model from what `serialize` gave.

    Only classes of minikeras and those in `custom_objects` can be named.
    """
    return deserialize_keras_object(config, KnownLayers(), custom_objects, "layer")


class KnownLayers(Mapping):
    """All layers and models by name, each imported when it is asked for."""

    models = ("Model", "Network", "Sequential")

    names = (*WHERE, "InputLayer", "Layer", *models)

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)

    def __contains__(self, name):
        return name in self.names

    def __getitem__(self, name):
        if name not in self.names:
            raise KeyError(name)
        if name in self.models:
            from minikeras import models

            return models.Sequential if name == "Sequential" else models.Model
        return globals().get(name) or __getattr__(name)
