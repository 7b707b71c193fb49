"""A path that scripts import from: what they call there to set up TensorFlow.

There is no TensorFlow below. `set_session` accepts its session and does nothing; all
other names of `minikeras.backend` are here, too, and what only TensorFlow has is
refused with an error that says what to use.
"""

from minikeras import backend


def __getattr__(name):
    return getattr(backend, name)


def __dir__():
    return dir(backend)
