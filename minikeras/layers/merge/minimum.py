"""Smallest of inputs, element by element."""

import functools

import numpy as np

from minikeras.layers.merge.base import Merge, to_the_first


class Minimum(Merge):
    """The smallest of the inputs, element by element.

    Forward
        y = min(x1, x2, ...)

    Backward
        dxi = dy             where y was taken from xi; of equal ones, from the first
        dxi = 0              elsewhere

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Minimum()([np.zeros((1, 2)), np.ones((1, 2))])
        array([[0., 0.]])
    """

    def combine(self, xs):
        y = functools.reduce(np.minimum, xs)
        return y, to_the_first(np.equal, xs, y)


def minimum(inputs, **kwargs):
    """The output of a `Minimum` layer for a list of tensors."""
    return Minimum(**kwargs)(inputs)
