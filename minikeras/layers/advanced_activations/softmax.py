"""Softmax along any axis."""

from minikeras.backend.nn import softmax
from minikeras.engine.base_layer import Layer


class Softmax(Layer):
    """Positive numbers that add up to 1 along an axis.

    Forward
        y = exp(x) / sum of exp(x)             along the axis

    Backward
        dx = y (dy - sum of y dy)              along the axis

    Shapes
        x, y   (n, ...)

    Arguments
        axis: along which the numbers add up to 1.

    Example
        >>> Softmax()(np.zeros((1, 4)))
        array([[0.25, 0.25, 0.25, 0.25]])
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.axis = axis

    def compute_output_shape(self, input_shape):
        return input_shape

    def call(self, inputs):
        return softmax(inputs, axis=self.axis)
