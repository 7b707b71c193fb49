"""Product of inputs, element by element."""

import functools
import operator

from minikeras.layers.merge.base import Merge


class Multiply(Merge):
    """Multiply inputs element by element.

    Forward
        y = x1 x2 ...

    Backward
        dxi = dy times all other inputs

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Multiply()([np.ones((2, 3)), np.ones((2, 1))]).shape
        (2, 3)
    """

    def combine(self, xs):
        def backward(dy):
            return [product([dy, *xs[:i], *xs[i + 1 :]]) for i in range(len(xs))]

        return product(xs), backward


def product(arrays):
    """The product of all arrays."""
    return functools.reduce(operator.mul, arrays)


def multiply(inputs, **kwargs):
    """The output of a `Multiply` layer for a list of tensors."""
    return Multiply(**kwargs)(inputs)
