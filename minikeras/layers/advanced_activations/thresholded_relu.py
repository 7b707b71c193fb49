"""A rectifier that begins late."""

from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class ThresholdedReLU(Layer):
    """Let inputs above a threshold through.

    Forward
        m = 1 where x > theta, else 0
        y = m x

    Backward
        dx = m dy

    Shapes
        x, y, m   (n, ...)

    Arguments
        theta: the threshold, at least 0.

    Example
        >>> ThresholdedReLU(theta=1.0)(np.array([[0.5, 2.0]]))
        array([[0., 2.]])

    Reference
        Konda, Memisevic, Krueger (2014): Zero-bias autoencoders and the benefits of
        co-adapting features. https://arxiv.org/abs/1402.3337
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.theta = float(number(theta, "theta"))

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, mask=None):
        m = (x > self.theta).astype(x.dtype)

        def backward(dy):
            return m * dy

        return m * x, backward
