"""Record names, texts, calls of callbacks, errors and configurations of Keras 2.3.1.

    /path/to/keras231/bin/python -m tests.parity.record_interface

The calls stand in `interface_cases.py` and `mistakes.py`; `layer_configs` and
`weight_names`, which go over all layers, stand here: the test finds classes and
arguments in the recording.
"""

import keras

from . import interface_cases
from .interface_cases import plain
from .mistakes import error_of, mistakes
from .recording import write

# Arguments of layers that need some.
ARGUMENTS = {
    "units": 3,
    "filters": 2,
    "kernel_size": 3,
    "rate": 0.5,
    "stddev": 0.1,
    "activation": "relu",
    "input_dim": 5,
    "output_dim": 2,
    "target_shape": [2, 2],
    "dims": [2, 1],
    "n": 2,
    "axes": 1,
}
# Layers by the arguments that they need.
LAYERS = {
    "activation": "Activation",
    "rate": (
        "AlphaDropout Dropout GaussianDropout SpatialDropout1D SpatialDropout2D "
        "SpatialDropout3D"
    ),
    "filters kernel_size": (
        "Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D "
        "LocallyConnected1D LocallyConnected2D SeparableConv1D SeparableConv2D"
    ),
    "units": "Dense GRU GRUCell LSTM LSTMCell SimpleRNN SimpleRNNCell",
    "kernel_size": "DepthwiseConv2D",
    "axes": "Dot",
    "input_dim output_dim": "Embedding",
    "stddev": "GaussianNoise",
    "dims": "Permute",
    "n": "RepeatVector",
    "target_shape": "Reshape",
    "": (
        "ActivityRegularization Add Average AveragePooling1D AveragePooling2D "
        "AveragePooling3D BatchNormalization Concatenate Cropping1D Cropping2D "
        "Cropping3D ELU Flatten GlobalAveragePooling1D GlobalAveragePooling2D "
        "GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
        "GlobalMaxPooling3D LeakyReLU Masking Maximum MaxPooling1D MaxPooling2D "
        "MaxPooling3D Minimum Multiply PReLU ReLU Softmax Subtract ThresholdedReLU "
        "UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D "
        "ZeroPadding3D"
    ),
}


def layer_configs():
    """class -> arguments, and `get_config()` of the layer made from them."""
    result = {}
    for needed, names in LAYERS.items():
        arguments = {key: ARGUMENTS[key] for key in needed.split()}
        for name in names.split():
            layer = getattr(keras.layers, name)(name="layer", **arguments)
            result[name] = {"arguments": arguments, "config": plain(layer.get_config())}
    return result


def arguments_of(name):
    needed = next(key for key, names in LAYERS.items() if name in names.split())
    return {key: ARGUMENTS[key] for key in needed.split()}


SHAPES = {
    "Dense": (2, 3),
    "PReLU": (2, 3),
    "BatchNormalization": (2, 3),
    "Embedding": (2, 3),
    "SimpleRNN": (2, 4, 3),
    "GRU": (2, 4, 3),
    "LSTM": (2, 4, 3),
    "ConvLSTM2D": (2, 3, 5, 5, 1),
    "Conv1D": (2, 5, 3),
    "SeparableConv1D": (2, 5, 3),
    "LocallyConnected1D": (2, 5, 3),
    "Conv2D": (2, 5, 5, 3),
    "Conv2DTranspose": (2, 5, 5, 3),
    "DepthwiseConv2D": (2, 5, 5, 3),
    "SeparableConv2D": (2, 5, 5, 3),
    "LocallyConnected2D": (2, 5, 5, 3),
    "Conv3D": (2, 5, 5, 5, 1),
    "Conv3DTranspose": (2, 5, 5, 5, 1),
}


def weight_names():
    """class -> arguments, input shape, and the names and shapes of the weights."""
    result = {}
    for name, shape in SHAPES.items():
        arguments = arguments_of(name)
        layer = getattr(keras.layers, name)(name="my" + name, **arguments)
        layer(keras.layers.Input(batch_shape=shape))
        weights = [[w.name, list(keras.backend.int_shape(w))] for w in layer.weights]
        result[name] = {"arguments": arguments, "shape": shape, "weights": weights}
    return result


if __name__ == "__main__":
    recorded = {name: plain(call(keras)) for name, call in interface_cases.ALL.items()}
    made = mistakes(keras)
    recorded["errors"] = {name: error_of(mistake) for name, mistake in made.items()}
    recorded["layer_configs"] = layer_configs()
    keras.backend.clear_session()
    recorded["weight_names"] = weight_names()
    write("interface", recorded)
