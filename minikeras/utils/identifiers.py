"""One way to read what users may write for an object, as in `activation="relu"`."""

import inspect

from minikeras.utils.checks import shorten
from minikeras.utils.generic_utils import deserialize_keras_object


def interpret(identifier, known, what, factories=(), custom_objects=None):
    """The object that an identifier stands for.

    Arguments
        identifier: a name, a config (dict of 'class_name' and 'config'), a class, an
            instance or a function.
        known: dict of the names that the calling module knows.
        what: what is looked up, for messages ('initializer').
        factories: functions that make such an object when called without arguments;
            any other function is the object itself.
        custom_objects: dict of further names.
    """
    found = identifier
    if isinstance(identifier, (str, dict)):
        found = deserialize_keras_object(identifier, known, custom_objects, what)
    if any(found is factory for factory in factories):
        return found()
    if inspect.isclass(found):
        return found if _needs_arguments(found) else found()
    if callable(found):
        return found
    raise ValueError(
        f"Could not interpret {what} identifier: {shorten(identifier)}. Expected a "
        f"name such as {next(iter(known))!r}, a config (dict of 'class_name' and "
        "'config'), an object, or a function."
    )


def _needs_arguments(cls):
    """Whether a class cannot be called without arguments; then it stands for itself."""
    parameters = inspect.signature(cls).parameters.values()
    return any(
        p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters
    )
