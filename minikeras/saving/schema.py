"""What values the arguments of layers may have in a configuration.

Every argument of minikeras's own layers is checked by its name before anything is made:
its type, its range, the words that are allowed. Names that are not listed here are
checked by the layer itself.
"""

import inspect

import numpy as np

from minikeras.saving.errors import InvalidConfig

_LARGEST = 2**48


def _whole(low, high=_LARGEST):
    def check(value):
        return type(value) is int and low <= value <= high

    check.expected = f"a whole number from {low} on"
    return check


def _number(low=float("-inf"), high=float("inf")):
    def check(value):
        return type(value) in (int, float) and low <= value <= high

    check.expected = (
        "a number" if high == float("inf") else f"a number, {low} to {high}"
    )
    return check


def _one_of(*words):
    def check(value):
        return value in words and isinstance(value, (str, type(None)))

    check.expected = " or ".join(map(repr, words))
    return check


def _flag(value):
    return type(value) is bool


def _thing(value):
    """A name, or class and configuration, of an initializer or the like."""
    return value is None or isinstance(value, (str, dict))


def _text(value):
    return isinstance(value, str)


_flag.expected = "true or false"
_thing.expected = "a name, or a dictionary of 'class_name' and 'config'"
_text.expected = "a name"


def _lists_of(check, most=8, none=False):
    """The same for one value, and for lists (and lists of lists) of them."""

    def check_all(value):
        if isinstance(value, (list, tuple)):
            return len(value) <= most and all(check_all(each) for each in value)
        return (none and value is None) or check(value)

    check_all.expected = f"{check.expected}, or a list of such"
    return check_all


_DATA_FORMAT = _one_of("channels_first", "channels_last", None)
_PADDING = ("valid", "same", "causal")
_DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8", "bool", None)
_SHAPE = _lists_of(_whole(0), 32, none=True)

RULES = {
    **dict.fromkeys(("units", "filters", "output_dim"), _whole(1)),
    **dict.fromkeys(("n", "depth_multiplier"), _whole(1, 2**31)),
    "input_dim": _lists_of(_whole(1), none=True),
    "input_length": _lists_of(_whole(1), none=True),
    **dict.fromkeys(("kernel_size", "pool_size", "size"), _lists_of(_whole(1, 2**31))),
    **dict.fromkeys(
        ("strides", "dilation_rate", "output_padding"),
        _lists_of(_whole(0, 2**31), none=True),
    ),
    **dict.fromkeys(("cropping",), _lists_of(_whole(0, 2**31))),
    **dict.fromkeys(
        (
            "use_bias",
            "trainable",
            "return_sequences",
            "return_state",
            "go_backwards",
            "stateful",
            "unroll",
            "unit_forget_bias",
            "reset_after",
            "mask_zero",
            "center",
            "scale",
            "normalize",
            "sparse",
        ),
        _flag,
    ),  # fmt: skip
    **dict.fromkeys(("dropout", "recurrent_dropout"), _number(0, 1)),
    **dict.fromkeys(("momentum",), _number(0, 1)),
    **dict.fromkeys(("stddev", "epsilon", "theta"), _number(0)),
    **dict.fromkeys(("mask_value", "threshold", "negative_slope"), _number()),
    "data_format": _DATA_FORMAT,
    "interpolation": _one_of("nearest", "bilinear"),
    "merge_mode": _one_of("sum", "mul", "concat", "ave", None),
    "dtype": _one_of(*_DTYPES),
    **dict.fromkeys(("activation", "recurrent_activation"), _thing),
    "name": _text,
    **dict.fromkeys(("batch_input_shape", "input_shape", "noise_shape"), _SHAPE),
    "target_shape": _lists_of(_whole(-1), 32),
    "dims": _lists_of(_whole(1, 32), 32),
    **dict.fromkeys(
        ("axis", "axes", "shared_axes"), _lists_of(_whole(-32, 32), none=True)
    ),
}
_SUFFIXES = ("_initializer", "_regularizer", "_constraint")


def check_arguments(config, known):
    """Check the arguments of every layer of minikeras's own in a configuration.

    Arguments
        config: the configuration of a model, or any part of one.
        known: dict of class name -> class, minikeras's own layers.
    """
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            name, inner = value.get("class_name"), value.get("config")
            if isinstance(name, str) and name in known and isinstance(inner, dict):
                _check_layer(name, inner)


def _check_layer(name, config):
    for key, value in config.items():
        value = value.item() if isinstance(value, np.generic) else value
        rule = _thing if key.endswith(_SUFFIXES) else RULES.get(key)
        if key == "padding":
            rule = _padding
        if rule is not None and not rule(value):
            shown = f"{name} ({str(config.get('name'))[:60]})"
            raise InvalidConfig(
                f"{shown}: {key} is {repr(value)[:80]}; expected {rule.expected}"
            )


def _padding(value):
    return value in _PADDING if isinstance(value, str) else _CROPPED(value)


_CROPPED = _lists_of(_whole(0, 2**31))
_padding.expected = "'valid', 'same', 'causal', or whole numbers"


def own_layers():
    """Class name -> class, of all layers that come with minikeras."""
    from minikeras.layers import KnownLayers, Layer

    return {
        name: value
        for name, value in KnownLayers().items()
        if inspect.isclass(value) and issubclass(value, Layer)
    }
