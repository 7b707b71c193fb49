"""TensorFlow's session in name only: what scripts call to set it up or to tidy up."""

import contextlib

from minikeras.backend import control, random
from minikeras.backend.names import reset_uids
from minikeras.kernels import workspace


def backend():
    """The name of the backend."""
    return "numpy"


def clear_session():
    """Forget automatic names, the learning phase, the sequences of seeds, idle memory.

    Models need no clearing: they go when nothing refers to them any more.
    """
    workspace.clear()
    reset_uids()
    control.forget_learning_phase()
    random.forget_sequences()


def get_session():
    """There are no sessions: an error that says what to use."""
    raise RuntimeError(
        "minikeras has no TensorFlow session. Use K.function([inputs], [outputs]) or "
        "K.eval(x) for values, K.get_value and K.set_value for variables."
    )


def set_session(session):
    """Accepted and ignored: there are no sessions and no devices to choose from."""


def manual_variable_initialization(value):
    """Accepted and ignored: variables always have a value."""


def symbolic(func):
    """Decorator that changes nothing: ops take arrays and symbolic tensors alike."""
    return func


def eager(func):
    """Decorator that changes nothing: ops take arrays and symbolic tensors alike."""
    return func


def control_dependencies(control_inputs):
    """A context that does nothing: ops run in the order of their arguments."""
    return contextlib.nullcontext()
