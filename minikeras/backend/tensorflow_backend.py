"""The path under which scripts look for Keras's TensorFlow backend.

It has all names of `minikeras.backend`. What only TensorFlow has is refused with an
error that says what to use.
"""

from minikeras import backend


def __getattr__(name):
    return getattr(backend, name)


def __dir__():
    return dir(backend)
