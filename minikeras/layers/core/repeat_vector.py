"""A vector for every time step."""

import numbers

import numpy as np

from minikeras.engine.base_layer import InputSpec, Layer


class RepeatVector(Layer):
    """Repeat each sample, so that every time step gets it.

    Forward
        y[:, i] = x                  i = 1 ... t

    Backward
        dx = sum of dy[:, i]         over i

    Shapes
        x   (n, d)
        y   (n, t, d)

    Arguments
        n: number t of repetitions.

    Example
        >>> RepeatVector(3)(np.zeros((5, 4))).shape
        (5, 3, 4)
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, numbers.Real) or int(n) != n or n < 1:
            raise ValueError(f"`n` must be a positive whole number. Got {n!r}.")
        self.n = int(n)
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n, input_shape[1])

    def forward(self, x):
        def backward(dy):
            return dy.sum(axis=1)

        return np.repeat(x[:, None], self.n, axis=1), backward
