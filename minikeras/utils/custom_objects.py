"""Objects by name: what a user registers, and how a config becomes an object.

A name is looked up in three places: the custom objects of the call, those of the open
scopes, and the table of the module that asks. There is no fourth: nothing is ever
imported because a file says so.
"""

import inspect
from collections import ChainMap

from minikeras.utils.checks import shorten
from minikeras.utils.messages import did_you_mean

_custom_objects = {}


def get_custom_objects():
    """The dict of registered custom objects; change it to register for good.

    Example
        >>> get_custom_objects()["swish"] = swish
        >>> Dense(4, activation="swish")
    """
    return _custom_objects


class CustomObjectScope:
    """Register custom objects inside a `with` block.

    Arguments
        args: dicts of name -> class or function.

    Example
        >>> with CustomObjectScope({"swish": swish}):
        ...     model = load_model("model.h5")
    """

    def __init__(self, *args):
        self.custom_objects = args
        self.backup = None

    def __enter__(self):
        self.backup = dict(_custom_objects)
        for objects in self.custom_objects:
            _custom_objects.update(objects)
        return self

    def __exit__(self, *exception):
        _custom_objects.clear()
        _custom_objects.update(self.backup)


def custom_object_scope(*args):
    """A CustomObjectScope of these dicts of name -> class or function."""
    return CustomObjectScope(*args)


def serialize_keras_object(instance):
    """The config of an object: its class and arguments, or the name of a function."""
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not isinstance(instance, type):
        return {
            "class_name": type(instance).__name__,
            "config": instance.get_config(),
        }
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError(
        f"Cannot serialize {instance!r}: it has neither get_config nor a name."
    )


def deserialize_keras_object(
    identifier, module_objects=None, custom_objects=None, printable_module_name="object"
):
    """The object that a name or a config stands for.

    Arguments
        identifier: a name, a dict of 'class_name' and 'config', or None.
        module_objects: dict of the names that the calling module knows.
        custom_objects: dict of further names, which win over the others.
        printable_module_name: what is looked up, for messages ('activation').

    Returns
        None for None. For a name the function or class of that name; for a config an
        instance of the class, or what the function returns for these arguments.
    """
    if identifier is None:
        return None
    known = ChainMap(custom_objects or {}, _custom_objects, module_objects or {})
    if isinstance(identifier, str):
        return _look_up(identifier, known, printable_module_name)
    if not isinstance(identifier, dict):
        raise ValueError(
            f"Could not interpret serialized {printable_module_name}: {identifier!r}. "
            "Expected a name, or a dict of 'class_name' and 'config'."
        )
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(
            f"Improper config format: {identifier}. "
            "Expected a dict of 'class_name' and 'config'."
        )
    made_by = _look_up(identifier["class_name"], known, printable_module_name)
    with CustomObjectScope(custom_objects or {}):
        return _from_config(made_by, identifier["config"], custom_objects)


def _from_config(made_by, config, custom_objects):
    if not isinstance(config, (dict, list)):
        raise ValueError(
            f"Improper config format: the config of {made_by.__name__} must be a dict "
            f"of its arguments. Got {shorten(config)}."
        )
    if not hasattr(made_by, "from_config"):
        return made_by(**config)
    if "custom_objects" in inspect.signature(made_by.from_config).parameters:
        everything = {**_custom_objects, **(custom_objects or {})}
        return made_by.from_config(config, custom_objects=everything)
    return made_by.from_config(config)


def _look_up(name, known, what):
    found = known.get(name) if isinstance(name, str) else None
    if callable(found) and not name.startswith("__"):
        return found
    if name == "<lambda>":
        raise ValueError(
            f"Unknown {what}: a lambda has no name to be found by. Write it as a "
            "function with `def`, and give that in custom_objects."
        )
    candidates = [n for n, each in known.items() if _is_offered(n, each)]
    raise ValueError(
        f"Unknown {what}: {name!r}.{did_you_mean(name, candidates)} If it is your own, "
        f"give it as custom_objects={{{name!r}: {_as_identifier(name)}}}, or work "
        f"inside `with custom_object_scope({{{name!r}: {_as_identifier(name)}}}):`."
    )


def _is_offered(name, each):
    return callable(each) and not name.startswith("_")


def _as_identifier(name):
    return name if str(name).isidentifier() else "..."
