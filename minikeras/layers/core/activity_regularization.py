"""A penalty on what passes through."""

from minikeras.engine.base_layer import Layer
from minikeras.regularizers import L1L2


class ActivityRegularization(Layer):
    """Leave the input as it is, and add a penalty on it to the loss.

    Forward
        y = x                loss = loss + l1 sum of |x| + l2 sum of x^2

    Backward
        dx = dy              the engine adds the penalty's gradient to dy

    Shapes
        x, y   (n, ...)

    Arguments
        l1, l2: factors of the penalty.

    Example
        >>> model.add(ActivityRegularization(l1=0.01))
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.l1, self.l2 = l1, l2
        self.activity_regularizer = L1L2(l1=l1, l2=l2)

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x):
        return x, lambda dy: dy
