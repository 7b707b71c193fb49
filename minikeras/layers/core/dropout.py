"""Dropout."""

import numpy as np

from minikeras.backend.random import drop
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import share, whole


class Dropout(Layer):
    """Set a random part of the inputs to zero while training.

    Forward, in training
        m = 1 / (1 - rate) with probability 1 - rate, else 0
        y = m x

    Forward, otherwise
        y = x

    Backward
        dx = m dy                the same m; dx = dy outside training

    Shapes
        x, y   (n, ...)
        m      noise_shape, or that of x; broadcast along sizes of 1

    Arguments
        rate: share of the inputs to set to zero, 0 <= rate < 1.
        noise_shape: shape of m; (n, 1, d) drops a feature at all time steps alike.
        seed: of the random numbers; None takes them from `np.random`.

    Example
        >>> layer = Dropout(0.5)
        >>> y, backward = layer.forward(np.ones((2, 3)), training=True)

    References
        Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014): Dropout: a
        simple way to prevent neural networks from overfitting. JMLR 15, 1929-1958.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = min(1.0, max(0.0, share(rate)))
        self.noise_shape = noise_shape
        if noise_shape is not None and np.ndim(noise_shape) != 1:
            raise TypeError(
                "`noise_shape` must be a tuple of sizes, such as (None, 1, 8). Got "
                f"{noise_shape!r}."
            )
        self.seed = seed if seed is None else whole(seed, "seed", least=0)
        self.random = None if seed is None else np.random.RandomState(seed)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        if not training or not 0 < self.rate < 1:
            return x, lambda dy: dy
        seed = self._next_seed()
        sizes = self._get_noise_shape(x)
        if sizes is None:
            return drop(x, seed, self.rate), lambda dy: drop(dy, seed, self.rate)
        shape = [n or size for n, size in zip(sizes, x.shape, strict=True)]
        m = drop(np.ones(shape, x.dtype), seed, self.rate)
        return x * m, lambda dy: dy * m

    def _next_seed(self):
        """Seed of the coming mask, from `np.random` or the layer's own generator."""
        return int((self.random or np.random).random_sample() * 2**32)

    def _get_noise_shape(self, x):
        """The shape of m, with None for sizes of x; None stands for x's own shape."""
        return self.noise_shape
