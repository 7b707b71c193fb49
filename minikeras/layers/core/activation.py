"""An activation as a layer of its own."""

from minikeras import activations
from minikeras.backend.tape import differentiate
from minikeras.engine.base_layer import Layer
from minikeras.engine.last_activation import ends_in_activation


class Activation(Layer):
    """Apply an activation function.

    Forward
        y = activation(x)

    Backward
        dx = activation_backward(dy)

    Shapes
        x, y   (n, ...)

    Arguments
        activation: name of a function in `activations`, or a function of K ops.

    Example
        >>> Activation("relu")(np.array([[-1.0, 2.0]]))
        array([[0., 2.]])
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return input_shape

    @ends_in_activation
    def forward(self, x):
        return differentiate(self.activation, x)
