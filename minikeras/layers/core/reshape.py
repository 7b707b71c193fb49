"""The numbers of a sample in another shape."""

import math

from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import whole


class Reshape(Layer):
    """Give each sample another shape.

    Forward
        y[n] = the numbers of x[n] in their order in memory

    Backward
        dx = dy in the shape of x

    Shapes
        x   (n, ...)
        y   (n,) + target_shape

    Arguments
        target_shape: tuple without the axis of samples; one size may be -1, which is
            computed from the others.

    Example
        >>> Reshape((2, -1))(np.zeros((5, 6))).shape
        (5, 2, 3)
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(target_shape, (list, tuple)):
            raise TypeError(
                "`target_shape` must be a tuple of sizes, such as (12,). Got "
                f"{target_shape!r}."
            )
        self.target_shape = tuple(
            size if size in (None, -1) else whole(size, "target_shape", least=0)
            for size in target_shape
        )
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"Only one size may be -1. Got {self.target_shape}.")

    def compute_output_shape(self, input_shape):
        if None in input_shape[1:]:
            known = tuple(None if n == -1 else n for n in self.target_shape)
            return (input_shape[0], *known)
        return (input_shape[0], *self._sizes(input_shape))

    def _sizes(self, input_shape):
        """`target_shape` with the number that -1 stands for."""
        count = math.prod(input_shape[1:])
        others = math.prod(n for n in self.target_shape if n != -1)
        open_size = count // others if -1 in self.target_shape and others else 1
        if others * open_size != count:
            raise ValueError(
                "Total size of new array must be unchanged: a sample of shape "
                f"{tuple(input_shape[1:])} has {count} numbers, which do not fit "
                f"target_shape={self.target_shape}."
            )
        return tuple(open_size if n == -1 else n for n in self.target_shape)

    def forward(self, x):
        def backward(dy):
            return dy.reshape(x.shape)

        return x.reshape(len(x), *self._sizes(x.shape)), backward
