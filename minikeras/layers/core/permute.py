"""The axes of a sample in another order."""

import numpy as np

from minikeras.engine.base_layer import InputSpec, Layer


class Permute(Layer):
    """Put the axes of each sample into another order.

    Forward
        axis i of y = axis dims[i] of x

    Backward
        axis dims[i] of dx = axis i of dy

    Shapes
        x   (n, ...)
        y   the sizes behind n in the order `dims`

    Arguments
        dims: axes of x, counted from 1; (2, 1) exchanges the first two behind n.

    Example
        >>> Permute((2, 1))(np.zeros((5, 3, 4))).shape
        (5, 4, 3)
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims) if np.ndim(dims) == 1 else (dims,)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "`dims` must hold each number from 1 to the number of axes once. Got "
                f"{self.dims}."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def forward(self, x):
        order = (0, *self.dims)

        def backward(dy):
            return dy.transpose(np.argsort(order))

        return x.transpose(order), backward
