"""Constraints: functions that bring a weight back into bounds after each step.

    Dense(64, kernel_constraint="non_neg")
    Dense(64, kernel_constraint=constraints.MaxNorm(2))

The norm of a unit's incoming weights is meant by `axis=0` for a Dense kernel
(inputs, units), by `axis=[0, 1, 2]` for a Conv2D kernel (h, w, inputs, filters).
"""

from minikeras import backend as K
from minikeras.utils.checks import number, whole
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret


class Constraint:
    """Base: `constraint(w)` gives the value that the weight w shall have instead."""

    def __call__(self, w):
        """The constrained value. w itself by default."""
        return w

    def get_config(self):
        """Arguments to make the constraint again."""
        return {}


def _norm(w, axis):
    return K.sqrt(K.sum(K.square(w), axis=axis, keepdims=True))


def _checked(axis):
    """Axes of a constraint: a number, or several."""
    for each in axis if isinstance(axis, (list, tuple)) else [axis]:
        if each is not None:
            whole(each, "axis", least=None)
    return axis


class MaxNorm(Constraint):
    """Scale weights down whose norm is larger than `max_value`.

    Arguments
        max_value: largest norm.
        axis: axis or axes over which the norm is taken.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = number(max_value, "max_value", least=0)
        self.axis = _checked(axis)

    def __call__(self, w):
        norm = _norm(w, self.axis)
        return w * (K.clip(norm, 0, self.max_value) / (K.epsilon() + norm))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Set negative weights to zero."""

    def __call__(self, w):
        return w * K.cast(K.greater_equal(w, 0.0), K.dtype(w))


class UnitNorm(Constraint):
    """Scale weights to norm 1.

    Arguments
        axis: axis or axes over which the norm is taken.
    """

    def __init__(self, axis=0):
        self.axis = _checked(axis)

    def __call__(self, w):
        return w / (K.epsilon() + _norm(w, self.axis))

    def get_config(self):
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Scale weights so that their norm is between two bounds.

    Arguments
        min_value, max_value: the bounds.
        rate: 1 enforces them at once; less goes that part of the way at each step.
        axis: axis or axes over which the norm is taken.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = number(min_value, "min_value", least=0)
        self.max_value = number(max_value, "max_value", least=min_value)
        self.rate = number(rate, "rate", 0, 1)
        self.axis = _checked(axis)

    def __call__(self, w):
        norm = _norm(w, self.axis)
        within = K.clip(norm, self.min_value, self.max_value)
        wanted = self.rate * within + (1 - self.rate) * norm
        return w * (wanted / (K.epsilon() + norm))

    def get_config(self):
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm

KNOWN = {
    "MaxNorm": MaxNorm, "max_norm": MaxNorm, "maxnorm": MaxNorm,
    "NonNeg": NonNeg, "non_neg": NonNeg, "nonneg": NonNeg,
    "UnitNorm": UnitNorm, "unit_norm": UnitNorm, "unitnorm": UnitNorm,
    "MinMaxNorm": MinMaxNorm, "min_max_norm": MinMaxNorm,
}  # fmt: skip


def serialize(constraint):
    """The config of a constraint; the name of a function."""
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint that a config or a name stands for."""
    return interpret(config, KNOWN, "constraint", custom_objects=custom_objects)


def get(identifier):
    """The constraint that a name, config, object or function stands for, or None."""
    return None if identifier is None else interpret(identifier, KNOWN, "constraint")
