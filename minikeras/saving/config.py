"""Configurations as JSON text: written plainly, read within limits, names checked.

A configuration is data. It can name classes, which are looked up in a closed registry;
it cannot name a module, a file or a piece of code.
"""

import difflib
import json
import re

import numpy as np

from minikeras.saving.errors import InvalidConfig, TooLarge, UnsavableModel, kilo
from minikeras.utils.checks import shorten

MAX_JSON = 16 * 2**20
MAX_DEPTH = 100
MAX_LAYERS = 10_000
_MAX_BRACKETS = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,128}")


def to_json(value, **options):
    """JSON text of a configuration; NumPy numbers and tuples become plain ones."""
    return json.dumps(value, default=_plain, **options)


def parse_json(data, what="the configuration"):
    """The value of JSON text or bytes from outside, within the limits above."""
    if not hasattr(data, "__len__"):
        raise TypeError(f"{what} must be JSON text. Got {shorten(data)}.")
    if len(data) > MAX_JSON:
        raise TooLarge(
            f"{what} has {kilo(len(data))} of JSON; at most {kilo(MAX_JSON)}"
        )
    try:
        text = data if isinstance(data, str) else bytes(data).decode("utf-8")
        if text.count("[") + text.count("{") > _MAX_BRACKETS:
            raise TooLarge(f"{what} has more than {_MAX_BRACKETS} lists and objects")
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except RecursionError:
        raise TooLarge(f"{what} is nested too deeply") from None
    except (InvalidConfig, TooLarge):
        raise
    except ValueError as error:
        raise InvalidConfig(f"{what} is not valid JSON: {str(error)[:200]}") from None
    check_limits(value, what)
    return value


def check_limits(value, what="the configuration"):
    """Raise unless depth, number of layers and every layer's name are acceptable."""
    layers, level = 0, [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        for inner in level:
            layers += _check_entry(inner, what)
        if layers > MAX_LAYERS:
            raise TooLarge(f"{what} has more than {MAX_LAYERS} layers")
        if not level:
            return
    raise TooLarge(f"{what} is nested more than {MAX_DEPTH} deep")


def check_name(name, what="a layer's name"):
    """Return `name` if it may stand in a file; names are never used as paths."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidConfig(
            f"{what} is {str(name)[:140]!r}. Names in files have 1 to 128 letters, "
            "digits, '_', '.' or '-'. Rename it with the argument name=."
        )
    return name


def check_keys(given, known, what):
    """Raise if a dictionary has a key that is not known, and name the nearest one."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise InvalidConfig(f"{what} has no argument {str(key)[:80]!r}.{hint}")


def refuse_lambdas(config):
    """Raise if a configuration that is to be saved names a function without a name."""
    waiting = [(config, "the model")]
    while waiting:
        value, where = waiting.pop()
        if value == "<lambda>":
            raise UnsavableModel(
                f"{where} uses a lambda, which has no name to be found by when the "
                "model is loaded. Write it as a function:\n"
                "    def my_function(x):\n"
                "        return ...\n"
                "and load the model with custom_objects={'my_function': my_function}."
            )
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            where = f"layer {value['name']!r}"
        waiting += [(each, where) for each in _inside(value)]


def wanted(config, key, kind, what="the configuration"):
    """`config[key]`, which must be there and of this type."""
    if not isinstance(config, dict):
        raise InvalidConfig(f"{what} is a {type(config).__name__}, not a dictionary")
    if key not in config:
        raise InvalidConfig(
            f"{what} lacks {key!r}; it has {sorted(map(str, config))[:8]}"
        )
    if not isinstance(config[key], kind):
        raise InvalidConfig(
            f"{what}: {key!r} is {str(config[key])[:80]!r}, which is of another type"
        )
    return config[key]


def _inside(value):
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def _check_entry(value, what):
    """1 for a layer's entry, whose name is checked; 0 for anything else."""
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return 0
    name = value["config"].get("name")
    if name is not None:
        check_name(name, f"{what}: the name of a {str(value.get('class_name'))[:40]}")
    return "class_name" in value and name is not None


def _without_duplicates(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidConfig("the configuration has the same key twice in one object")
    return value


def _plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise UnsavableModel(
        f"{value!r} (a {type(value).__name__}) cannot be written to a file. Give a "
        "number, text, list or dictionary, or a function or class registered with "
        "minikeras.utils.custom_object_scope or passed by name."
    )
