"""A rectifier that leaks."""

from minikeras.backend.nn import relu
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class LeakyReLU(Layer):
    """Let a small part of negative inputs through.

    Forward
        y = x              where x > 0
        y = alpha x        elsewhere

    Backward
        dx = dy            where x > 0
        dx = alpha dy      elsewhere

    Shapes
        x, y   (n, ...)

    Arguments
        alpha: slope for negative inputs.

    Example
        >>> LeakyReLU(alpha=0.1)(np.array([[-1.0, 2.0]]))
        array([[-0.1,  2. ]])

    Reference
        Maas, Hannun, Ng (2013): Rectifier Nonlinearities Improve Neural Network
        Acoustic Models.
    """

    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha = float(number(alpha, "alpha"))

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x):
        return relu.forward(x, alpha=self.alpha)
