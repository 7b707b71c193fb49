"""Dropout."""

from minikeras.backend.nn import dropout
from minikeras.engine.base_layer import Layer


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
        self.rate = min(1.0, max(0.0, rate))
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return input_shape

    def _noise_shape(self, x):
        """`noise_shape` with the sizes of x where it has None."""
        if self.noise_shape is None:
            return None
        return tuple(
            n if m is None else m for n, m in zip(x.shape, self.noise_shape, strict=True)
        )

    def forward(self, x, training=False):
        if not training or self.rate == 0:
            return x, lambda dy: dy
        return dropout.forward(x, self.rate, self._noise_shape(x), self.seed)
