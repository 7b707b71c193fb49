"""Regularizers: penalties on weights or outputs, added to the loss.

Dense(64, kernel_regularizer="l2")
Dense(64, kernel_regularizer=regularizers.l1_l2(l1=0.001, l2=0.01))
Dense(64, kernel_regularizer=lambda w: 0.1 * K.sum(K.abs(w)))
"""

from minikeras import backend as K
from minikeras.utils.checks import number
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret


class Regularizer:
    """Base: `regularizer(x)` gives the penalty for the tensor x, a single number."""

    def __call__(self, x):
        """The penalty. 0 by default."""
        return 0.0 * K.sum(x)

    def get_config(self):
        """Arguments with which `from_config` makes the regularizer again."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Make a regularizer from what `get_config` gave."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 * sum of |x| + l2 * sum of x^2.

    Arguments
        l1: pulls values to exactly zero.
        l2: keeps values small.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = float(number(l1, "l1")), float(number(l2, "l2"))

    def __call__(self, x):
        if not self.l1:
            return self.l2 * K.sum(K.square(x))
        if not self.l2:
            return self.l1 * K.sum(K.abs(x))
        return self.l1 * K.sum(K.abs(x)) + self.l2 * K.sum(K.square(x))

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


def l1(l=0.01):  # noqa: E741  Keras's name
    """l * sum of |x|"""
    return L1L2(l1=l)


def l2(l=0.01):  # noqa: E741  Keras's name
    """l * sum of x^2"""
    return L1L2(l2=l)


def l1_l2(l1=0.01, l2=0.01):
    """l1 * sum of |x| + l2 * sum of x^2"""
    return L1L2(l1=l1, l2=l2)


FACTORIES = (l1, l2, l1_l2)
KNOWN = {"l1": l1, "l2": l2, "l1_l2": l1_l2, "L1L2": L1L2}


def serialize(regularizer):
    """The config of a regularizer; the name of a function."""
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer that a config or a name stands for."""
    return interpret(config, KNOWN, "regularizer", FACTORIES, custom_objects)


def get(identifier):
    """The regularizer that a name, config, object or function stands for, or None."""
    if identifier is None:
        return None
    return interpret(identifier, KNOWN, "regularizer", FACTORIES)
