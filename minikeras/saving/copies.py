"""Pickling and copying of models: as the bytes of one of our files.

What a model uses that is not minikeras's own (classes, functions) travels beside the
bytes, by name; pickle stores such things as references, `copy.deepcopy` shares them.
"""

from minikeras.saving.errors import UnsavableModel
from minikeras.saving.models import from_bytes, to_bytes

_PACKAGE = __name__.partition(".")[0]


def reduced(model):
    """What pickle and copy keep of a model that is a graph of layers."""
    return restored, (to_bytes(model), foreign_objects(model))


def restored(data, custom_objects):
    """The model again."""
    return from_bytes(data, custom_objects)


def foreign_objects(model):
    """Name -> class or function, for those that are not minikeras's own."""
    found, seen = {}, set()
    _collect(model, found, seen)
    _collect(getattr(model, "_compile_arguments", None), found, seen)
    _collect(getattr(model, "optimizer", None), found, seen)
    return found


def _collect(value, found, seen):
    if id(value) in seen or value is None or isinstance(value, (str, int, float)):
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for each in value.values():
            _collect(each, found, seen)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _collect(each, found, seen)
    elif isinstance(value, type) or hasattr(value, "__code__"):
        _add(value, found)
    elif hasattr(value, "get_config"):
        _add(type(value), found)
        for name, each in vars(value).items():
            if name not in ("_inbound_nodes", "_outbound_nodes", "_nodes"):
                _collect(each, found, seen)


def _add(thing, found):
    if thing.__module__.partition(".")[0] == _PACKAGE:
        return
    other = found.setdefault(thing.__name__, thing)
    if other is not thing:
        raise UnsavableModel(
            f"the model uses two things called {thing.__name__!r}: {other}, {thing}. "
            "A model is copied by names; give one of them another."
        )
