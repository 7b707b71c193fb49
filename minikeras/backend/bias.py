"""Bias and activation: the last two steps of Dense and of convolutions."""

import numpy as np

from minikeras.backend.tape import differentiate
from minikeras.kernels import elementwise


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
    if getattr(activation, "__name__", None) == "relu":
        return _bias_relu(z, b)
    z += b
    y, activation_backward = differentiate(activation, z)

    def backward(dy):
        dz = activation_backward(dy)
        rows = dz.reshape(-1, b.size)
        return dz, np.ones(len(rows), dz.dtype) @ rows

    return y, backward


def _bias_relu(z, b):
    """The same in one pass forward and one pass back."""
    y = z.reshape(-1, b.size)
    elementwise.bias_relu(y, b, True)

    def backward(dy):
        dz, db = np.empty_like(y), np.empty_like(b)
        elementwise.relu_gradient(dy.reshape(y.shape), y, dz, db)
        return dz.reshape(z.shape), db

    return y.reshape(z.shape), backward
