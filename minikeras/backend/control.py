"""Choosing between tensors, the learning phase, and stopping gradients."""

import threading

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.elementwise import where
from minikeras.backend.graph import LEARNING_PHASE
from minikeras.backend.indexing import getitem
from minikeras.backend.op import common_dtype, op
from minikeras.backend.tape import current_tape
from minikeras.backend.tensor import Recorded, Symbolic, Tensor, Variable, is_tracing

# ---- learning phase -----------------------------------------------------------------

_set_by_user = None


class _OfThread(threading.local):
    training = None


_thread = _OfThread()


class running:
    """Inside `with running(training):` the learning phase is known to be `training`."""

    def __init__(self, training):
        self.training = None if training is None else int(training)

    def __enter__(self):
        self.before = _thread.training
        _thread.training = self.training

    def __exit__(self, *exc):
        _thread.training = self.before


def learning_phase():
    """1 while training, 0 in use; a tensor to be fed where that is not known yet."""
    if _set_by_user is not None:
        return _set_by_user
    running_now = _thread.training
    return LEARNING_PHASE if running_now is None else running_now


def set_learning_phase(value):
    """Fix the learning phase to 0 or 1 for everything that follows."""
    global _set_by_user
    if value not in (0, 1):
        raise ValueError(f"The learning phase must be 0 or 1; got {value!r}.")
    _set_by_user = int(value)


def forget_learning_phase():
    """Undo `set_learning_phase`."""
    global _set_by_user
    _set_by_user = None


def in_train_phase(x, alt, training=None):
    """x while training, else `alt`; both may be functions without arguments."""
    training = learning_phase() if training is None else training
    if training is LEARNING_PHASE and _is_run_now():
        training = 0
    if not isinstance(training, (Symbolic, Variable)):
        return _called(x if training else alt)
    return switch(training, x, alt)


def in_test_phase(x, alt, training=None):
    """x in use, `alt` while training; both may be functions without arguments."""
    return in_train_phase(alt, x, training=training)


def _is_run_now():
    return current_tape() is not None and not is_tracing()


def _called(x):
    return x() if callable(x) else x


# ---- choice ------------------------------------------------------------------------


def switch(condition, then_expression, else_expression):
    """`then_expression` where the condition holds, `else_expression` elsewhere.

    Arguments
        condition: a single truth value, or a tensor whose shape is that of the
            expressions, or their leading axes.
        then_expression, else_expression: tensors, or functions that give them. In a
            graph both are computed.
    """
    if isinstance(condition, Recorded):
        condition = condition.value
    if not isinstance(condition, Tensor) and np.ndim(condition) == 0:
        return _called(then_expression if condition else else_expression)
    x, y = _called(then_expression), _called(else_expression)
    if condition.ndim == 0:
        return _choose(condition, x, y)
    return _where_leading(condition, x, y)


def _where_leading(condition, x, y):
    ndim = max(v.ndim if isinstance(v, Tensor) else np.ndim(v) for v in (x, y))
    if condition.ndim > ndim:
        raise ValueError(
            f"The condition has {condition.ndim} axes, more than the {ndim} of the "
            "expressions to choose from."
        )
    index = (Ellipsis,) + (None,) * (ndim - condition.ndim)
    return where(getitem(condition, index), x, y)


def _chosen(condition, x, y):
    if not isinstance(x, tuple) or not isinstance(y, tuple):
        return NotImplemented
    if len(x) != len(y):
        return NotImplemented
    return tuple(a if a == b else None for a, b in zip(x, y, strict=True))


@op(shape=_chosen, dtype=lambda condition, x, y: common_dtype(x, y))
def _choose(condition, x, y):
    """One of two whole tensors."""
    x, y = (np.asarray(v, floatx()) if isinstance(v, float) else v for v in (x, y))

    def backward(dz):
        if condition:
            return None, dz, np.zeros(np.shape(y), dz.dtype)
        return None, np.zeros(np.shape(x), dz.dtype), dz

    return x if condition else y, backward


# ---- identity, gradients stopped ---------------------------------------------------


def identity(x, name=None):
    """x itself, as a new tensor."""
    return _identity(x)


@op(shape=lambda x: x)
def _identity(x):
    def backward(dy):
        return dy

    return x, backward


def stop_gradient(variables):
    """The same values, through which no gradient flows; a tensor or a list of them."""
    if isinstance(variables, (list, tuple)):
        return [_stop_gradient(x) for x in variables]
    return _stop_gradient(variables)


@op(shape=lambda x: x, gradient=False)
def _stop_gradient(x):
    return x, None


def print_tensor(x, message=""):
    """x itself; prints the message and the values whenever it is computed."""
    return _printed(x, message)


@op(shape=lambda x, message: x)
def _printed(x, message):
    print(message, x)

    def backward(dy):
        return dy

    return x, backward
