"""Everything about a sample in one axis."""

import math

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.engine.base_layer import Layer


class Flatten(Layer):
    """Put all axes of a sample into one.

    Forward
        y[n] = the numbers of x[n] in their order in memory

    Backward
        dx = dy in the shape of x

    Shapes
        x   (n, ...)
        y   (n, d)               d = product of the sizes behind n

    Arguments
        data_format: 'channels_first' moves the channels last before flattening, so that
            weights fit a model of either layout. None: the default of K.

    Example
        >>> Flatten()(np.zeros((2, 3, 4))).shape
        (2, 12)
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)

    def compute_output_shape(self, input_shape):
        if None in input_shape[1:]:
            raise ValueError(
                'The shape of the input to "Flatten" is not fully defined (got '
                f"{tuple(input_shape[1:])}). Make sure to pass a complete "
                '"input_shape" or "batch_input_shape" argument to the first layer in '
                "your model."
            )
        return (input_shape[0], math.prod(input_shape[1:]))

    def forward(self, x):
        first = self.data_format == "channels_first" and x.ndim > 2
        ordered = np.moveaxis(x, 1, -1) if first else x

        def backward(dy):
            dx = dy.reshape(ordered.shape)
            return np.moveaxis(dx, -1, 1) if first else dx

        return ordered.reshape(len(x), math.prod(x.shape[1:])), backward
