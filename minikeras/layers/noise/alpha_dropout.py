"""Dropout that keeps mean and variance."""

import numpy as np

from minikeras.activations import SELU_ALPHA, SELU_SCALE
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import share


class AlphaDropout(Layer):
    """Dropout for networks of selu units: inputs with mean 0 and variance 1 keep them.

    Forward, in training
        low = -scale * alpha                 what selu approaches for very small inputs
        k = 1 with probability 1 - rate, else 0
        y = a (k x + (1 - k) low) + b        a, b restore mean and variance

    Forward, otherwise
        y = x

    Backward
        dx = a k dy                          dx = dy outside training

    Shapes
        x, y   (n, ...)
        k      noise_shape, or that of x

    Arguments
        rate: share of the inputs to set to `low`.
        noise_shape: shape of k; broadcast along sizes of 1.
        seed: of the random numbers; None takes them from `np.random`.

    Example
        >>> layer = AlphaDropout(0.1)
        >>> y, backward = layer.forward(np.ones((2, 3)), training=True)

    Reference
        Klambauer et al. (2017): Self-Normalizing Neural Networks.
        https://arxiv.org/abs/1706.02515
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.rate = share(rate)
        self.noise_shape = noise_shape
        self.seed = seed
        self.random = None if seed is None else np.random.RandomState(seed)

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        if not training or not 0 < self.rate < 1:
            return x, lambda dy: dy
        rate, low = self.rate, -SELU_SCALE * SELU_ALPHA
        k = self._kept(x)
        a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
        b = -a * low * rate

        def backward(dy):
            return a * k * dy

        return a * (k * x + (1 - k) * low) + b, backward

    def _kept(self, x):
        shape = self.noise_shape or (None,) * x.ndim
        sizes = [n or size for n, size in zip(shape, x.shape, strict=True)]
        uniform = (self.random or np.random).random_sample(sizes)
        return (uniform >= self.rate).astype(x.dtype)
