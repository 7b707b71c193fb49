"""Bias and activation: the last two steps of Dense and of convolutions."""

import numpy as np

from minikeras.backend.kinks import kinks_are_held
from minikeras.backend.op import Op
from minikeras.backend.tape import differentiate
from minikeras.kernels import elementwise
from minikeras.kernels.matmul import column_sums


def bias_activation(z, b, activation):
    """Add a bias to the last axis and apply an activation: `(y, backward)`.

    Forward
        y = activation(z + b)                z is overwritten

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over all but the last axis

    Shapes
        z, y   (..., u)
        b      (u,), or None for no bias

    `backward(dy)` returns (dz, db); db is None without a bias.
    """
    if b is None:
        y, activation_backward = differentiate(activation, z)
        return y, lambda dy: (activation_backward(dy), None)
    rows, relu = as_rows(z), is_relu(activation)
    elementwise.bias_relu(rows, b, relu)
    if relu:
        return z, _relu_backward(z, b)
    y, activation_backward = differentiate(activation, z)

    def backward(dy):
        dz = activation_backward(dy)
        return dz, column_sums(as_rows(dz))

    return y, backward


def is_relu(activation):
    """Whether a kernel may do the work of this activation: K.relu, no other relu.

    Not while kinks are held, for which each relu must be run by itself.
    """
    named_so = isinstance(activation, Op) and activation.__name__ == "relu"
    return named_so and not kinks_are_held()


def _relu_backward(y, b):
    """Back through relu and the sum over rows in one pass."""

    def backward(dy):
        dz, db = np.empty(y.shape, y.dtype), np.empty(b.shape, b.dtype)
        elementwise.relu_gradient(as_rows(dy), as_rows(y), as_rows(dz), db)
        return dz, db

    return backward


def as_rows(x):
    """x (..., u) as a matrix (rows, u)."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def from_rows(rows, shape):
    """Rows (..., v) in place of those of an array of this shape (..., u)."""
    return rows if len(shape) == 2 else rows.reshape(*shape[:-1], rows.shape[-1])
