"""Largest of inputs, element by element."""

import functools

import numpy as np

from minikeras.layers.merge.base import Merge, to_the_first


class Maximum(Merge):
    """The largest of the inputs, element by element.

    Forward
        y = max(x1, x2, ...)

    Backward
        dxi = dy             where y was taken from xi; of equal ones, from the first
        dxi = 0              elsewhere

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Maximum()([np.zeros((1, 2)), np.ones((1, 2))])
        array([[1., 1.]])
    """

    def combine(self, xs):
        y = functools.reduce(np.maximum, xs)
        return y, to_the_first(np.equal, xs, y)


def maximum(inputs, **kwargs):
    """The output of a `Maximum` layer for a list of tensors."""
    return Maximum(**kwargs)(inputs)
