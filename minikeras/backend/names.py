"""Automatic names: dense_1, dense_2, and the scopes that weights are named in."""

import collections
import contextlib
import re
import threading

_counters = collections.Counter()
_thread = threading.local()


def get_uid(prefix=""):
    """1, 2, 3, ... for each prefix: the number at the end of an automatic name."""
    _counters[prefix] += 1
    return _counters[prefix]


def reset_uids():
    """Start all numbers afresh."""
    _counters.clear()


def snake_case(class_name):
    """'MaxPooling2D' -> 'max_pooling2d'."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", class_name)
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return "private" + words if words.startswith("_") else words


def unique_name(class_name):
    """'Dense' -> 'dense_1' at the first call, 'dense_2' at the second."""
    prefix = snake_case(class_name)
    return f"{prefix}_{get_uid(prefix)}"


@contextlib.contextmanager
def name_scope(name):
    """Variables made inside are called 'name/...'; scopes nest."""
    outer = getattr(_thread, "scope", ())
    _thread.scope = (*outer, name)
    try:
        yield
    finally:
        _thread.scope = outer


def scoped(name):
    """`name` in the scopes of the moment: 'dense_1/kernel'."""
    return "/".join((*getattr(_thread, "scope", ()), name))
