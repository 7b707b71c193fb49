"""Models made from configurations of files, within limits."""

import difflib

from minikeras.backend.limits import MemoryLimitExceeded, memory_limit
from minikeras.saving.archive import MAX_BYTES
from minikeras.saving.config import check_limits, parse_json, wanted
from minikeras.saving.errors import InvalidConfig, SavedFileError, TooLarge
from minikeras.saving.schema import check_arguments, own_layers
from minikeras.utils.checks import shorten

_REASONS = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    NotImplementedError,
)


def model_from_text(text, custom_objects=None, max_bytes=MAX_BYTES):
    """A model from JSON text, with fresh weights of at most `max_bytes`."""
    return build(parse_json(text, "the model"), custom_objects, max_bytes, fresh=True)


def build(config, custom_objects=None, max_bytes=MAX_BYTES, elements=None, fresh=False):
    """A model from its class and configuration.

    Arguments
        config: dict with 'class_name' and 'config'.
        custom_objects: dict of name -> class or function that the model uses besides
            those of minikeras.
        max_bytes: limit for all weights.
        elements: how many numbers the file holds for weights, if it does.
        fresh: whether weights get initial values; zeros else.
    """
    what = "the model's configuration"
    wanted(config, "class_name", str, what)
    wanted(config, "config", (dict, list), what)
    check_limits(config, what)
    theirs = _known_classes(custom_objects)
    check_arguments(config, {k: v for k, v in own_layers().items() if k not in theirs})
    try:
        with memory_limit(max_bytes, elements, fresh):
            return _deserialize(config, custom_objects)
    except SavedFileError:
        raise
    except MemoryLimitExceeded as error:
        raise TooLarge(f"{what}: {error}") from error
    except (MemoryError, RecursionError) as error:
        raise TooLarge(
            f"{what} needs too much memory or is nested too deeply"
        ) from error
    except _REASONS as error:
        raise InvalidConfig(f"no model can be made of {what}: {error}") from error


def _deserialize(config, custom_objects):
    from minikeras.layers import deserialize

    known = _known_classes(custom_objects)
    if config["class_name"] not in known and difflib.get_close_matches(
        config["class_name"], known, 1
    ):
        near = difflib.get_close_matches(config["class_name"], known, 1)[0]
        raise InvalidConfig(
            f"the model is of class {config['class_name'][:80]!r}, which is not known. "
            f"Did you mean {near!r}?"
        )
    return deserialize(config, custom_objects=custom_objects)


def _known_classes(custom_objects):
    from minikeras.utils.custom_objects import get_custom_objects

    if custom_objects is not None and not isinstance(custom_objects, dict):
        raise TypeError(
            "`custom_objects` must be a dict of names and classes or functions. Got "
            f"{shorten(custom_objects)}."
        )
    return {"Model", "Sequential", *get_custom_objects(), *(custom_objects or {})}
