"""Activation functions: K ops, usable by name in every layer.

Dense(64, activation="relu")
Dense(64, activation=lambda x: x * K.sigmoid(x))
"""

import numpy as np

from minikeras.backend.nn import (
    elu,
    hard_sigmoid,
    relu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    tanh,
)
from minikeras.backend.op import op
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret

__all__ = [
    "elu", "exponential", "hard_sigmoid", "linear", "relu", "selu", "sigmoid",
    "softmax", "softplus", "softsign", "tanh", "deserialize", "get", "serialize",
]  # fmt: skip

# Constants with which the mean 0 and the variance 1 of inputs are kept.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _same(x):
    return x


@op(shape=_same)
def linear(x):
    """x itself."""

    def backward(dy):
        return dy

    return x, backward


@op(shape=_same)
def exponential(x):
    """e to the power of x."""
    y = np.exp(x)

    def backward(dy):
        return dy * y

    return y, backward


@op(shape=_same)
def selu(x):
    """scale * elu(x, alpha): outputs keep mean 0 and variance 1 from layer to layer.

    Goes with the initializer 'lecun_normal' and with AlphaDropout.

    Reference: Klambauer et al. (2017): Self-Normalizing Neural Networks.
        https://arxiv.org/abs/1706.02515
    """
    y, elu_backward = elu.forward(x, SELU_ALPHA)

    def backward(dy):
        return elu_backward(SELU_SCALE * dy)

    return SELU_SCALE * y, backward


KNOWN = {
    each.__name__: each
    for each in (
        elu,
        exponential,
        hard_sigmoid,
        linear,
        relu,
        selu,
        sigmoid,
        softmax,
        softplus,
        softsign,
        tanh,
    )
}


def serialize(activation):
    """The name of an activation function; the config of a layer used as one."""
    return serialize_keras_object(activation)


def deserialize(name, custom_objects=None):
    """The activation that a name stands for; for a config, a layer used as one."""
    if isinstance(name, dict):
        from minikeras import layers

        return layers.deserialize(name, custom_objects)
    return interpret(name, KNOWN, "activation function", custom_objects=custom_objects)


def get(identifier):
    """The activation that a name, config or function stands for; linear for None."""
    return linear if identifier is None else deserialize(identifier)
