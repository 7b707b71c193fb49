"""Noise that is added."""

import numpy as np

from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class GaussianNoise(Layer):
    """Add normal random numbers while training.

    Forward, in training
        y = x + e                e normal with mean 0 and deviation `stddev`

    Forward, otherwise
        y = x

    Backward
        dx = dy

    Shapes
        x, y, e   (n, ...)

    Arguments
        stddev: standard deviation of the noise.

    Example
        >>> layer = GaussianNoise(0.1)
        >>> y, backward = layer.forward(np.ones((2, 3)), training=True)
    """

    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.stddev = number(stddev, "stddev", least=0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        if not training:
            return x, lambda dy: dy
        e = np.random.normal(0, self.stddev, x.shape).astype(x.dtype)
        return x + e, lambda dy: dy
