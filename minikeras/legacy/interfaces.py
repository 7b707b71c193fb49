"""Decorators that layers and optimizers of 2017 to 2019 put on their methods.

They renamed the arguments of Keras 1. Here they change nothing: built-in layers take
the old names by themselves (`minikeras.engine.old_arguments`).
"""


def generate_legacy_interface(*args, **kwargs):
    """A decorator that changes nothing, whatever renamings it is given."""
    return _unchanged


def _unchanged(function):
    return function


def __getattr__(name):
    if name.startswith("legacy_") and name.endswith("_support"):
        return _unchanged
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
