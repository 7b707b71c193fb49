"""The rectifier with all its options."""

from minikeras.backend.nn import relu
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class ReLU(Layer):
    """Rectified linear unit.

    Forward
        y = max_value                                where x >= max_value
        y = x                                        where threshold <= x < max_value
        y = negative_slope (x - threshold)           elsewhere

    Backward
        dx = 0, dy, negative_slope dy                in these three cases

    Shapes
        x, y   (n, ...)

    Arguments
        max_value: largest output; None for no limit.
        negative_slope: slope below the threshold.
        threshold: where the unit begins.

    Example
        >>> ReLU(max_value=6.0)(np.array([[1.0, 2.0, 9.0]]))
        array([[1., 2., 6.]])
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        if max_value is not None and number(max_value, "max_value") < 0:
            raise ValueError(
                f"max_value of ReLU layer cannot be negative value: {max_value}"
            )
        if number(negative_slope, "negative_slope") < 0:
            raise ValueError(
                "negative_slope of ReLU layer cannot be negative value: "
                f"{negative_slope}"
            )
        self.max_value = None if max_value is None else float(max_value)
        self.negative_slope = float(negative_slope)
        self.threshold = float(number(threshold, "threshold"))

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x):
        return relu.forward(x, self.negative_slope, self.max_value, self.threshold)
