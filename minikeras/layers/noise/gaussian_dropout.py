"""Noise that is multiplied."""

import numpy as np

from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import share


class GaussianDropout(Layer):
    """Multiply by normal random numbers around 1 while training.

    Forward, in training
        y = x e                  e normal with mean 1 and variance rate / (1 - rate),
                                 which is the variance that Dropout's factor has
    Forward, otherwise
        y = x

    Backward
        dx = dy e                dx = dy outside training

    Shapes
        x, y, e   (n, ...)

    Arguments
        rate: of the dropout that has the same variance, 0 <= rate < 1.

    Example
        >>> layer = GaussianDropout(0.5)
        >>> y, backward = layer.forward(np.ones((2, 3)), training=True)

    Reference
        Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014): Dropout: a
        simple way to prevent neural networks from overfitting. JMLR 15, section 10.
    """

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.rate = share(rate)

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        if not training or not 0 < self.rate < 1:
            return x, lambda dy: dy
        stddev = np.sqrt(self.rate / (1 - self.rate))
        e = np.random.normal(1, stddev, x.shape).astype(x.dtype)

        def backward(dy):
            return dy * e

        return x * e, backward
