"""A rectifier with a smooth negative part."""

from minikeras.backend.nn import elu
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class ELU(Layer):
    """Exponential linear unit.

    Forward
        y = x                          where x > 0
        y = alpha (exp(x) - 1)         elsewhere

    Backward
        dx = dy                        where x > 0
        dx = (y + alpha) dy            elsewhere

    Shapes
        x, y   (n, ...)

    Arguments
        alpha: -alpha is what very small inputs give.

    Example
        >>> ELU()(np.array([[-100.0, 2.0]]))
        array([[-1.,  2.]])

    Reference
        Clevert, Unterthiner, Hochreiter (2015): Fast and Accurate Deep Network Learning
        by Exponential Linear Units. https://arxiv.org/abs/1511.07289
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha = float(number(alpha, "alpha"))

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x):
        return elu.forward(x, self.alpha)
