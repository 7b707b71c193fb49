"""Small helpers that Keras 2 scripts take from `keras.utils.generic_utils`."""

import inspect

import numpy as np

from minikeras.utils.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    serialize_keras_object,
)
from minikeras.utils.progbar import Progbar

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "check_for_unexpected_keys",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "has_arg",
    "is_all_none",
    "object_list_uid",
    "serialize_keras_object",
    "slice_arrays",
    "to_list",
    "transpose_shape",
    "unpack_singleton",
]


def has_arg(fn, name, accept_all=False):
    """Whether a function can be called with `name=...`.

    Arguments
        fn: the function, method or class.
        name: name of the argument.
        accept_all: whether `**kwargs` counts as having it.

    False for built-in functions that do not tell their arguments.
    """
    try:
        parameters = inspect.signature(fn).parameters
    except ValueError:
        return False
    if name not in parameters:
        kinds = [parameter.kind for parameter in parameters.values()]
        return accept_all and inspect.Parameter.VAR_KEYWORD in kinds
    by_name = (
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    return parameters[name].kind in by_name


def to_list(x, allow_tuple=False):
    """`x` itself if it is a list, else a list of it alone.

    Arguments
        allow_tuple: whether a tuple becomes a list of its elements.
    """
    if isinstance(x, list):
        return x
    if allow_tuple and isinstance(x, tuple):
        return list(x)
    return [x]


def unpack_singleton(x):
    """The element of a list or tuple of length 1; any other `x` as it is."""
    return x[0] if isinstance(x, (list, tuple)) and len(x) == 1 else x


def object_list_uid(object_list):
    """A string that names the very objects of a list."""
    return ", ".join(str(id(each)) for each in to_list(object_list))


def is_all_none(iterable_or_element):
    """Whether an element, or every element of a list or tuple, is None."""
    elements = to_list(iterable_or_element, allow_tuple=True)
    return all(element is None for element in elements)


def slice_arrays(arrays, start=None, stop=None):
    """The same rows of an array, or of each array in a list.

    Arguments
        arrays: an array, a list of arrays (None in it stays None), or None.
        start: first row; or a list of row numbers, and then `stop` is not used.
        stop: row behind the last.
    """
    if arrays is None:
        return [None]
    rows = np.asarray(start) if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if array is None else array[rows] for array in arrays]
    return arrays[rows]


def transpose_shape(shape, target_format, spatial_axes):
    """A channels-last shape in another data format.

    Arguments
        shape: tuple whose last axis is the channels.
        target_format: 'channels_last' or 'channels_first'.
        spatial_axes: tuple of the axes in space.
    """
    if target_format == "channels_last":
        return shape
    if target_format != "channels_first":
        raise ValueError(
            "The `data_format` argument must be one of 'channels_first', "
            f"'channels_last'. Received: {target_format!r}"
        )
    leading = tuple(shape[: spatial_axes[0]])
    return leading + (shape[-1],) + tuple(shape[axis] for axis in spatial_axes)


def check_for_unexpected_keys(name, input_dict, expected_values):
    """Raise ValueError for keys of a dict that mean nothing.

    Arguments
        name: what the dict is, for the message.
        input_dict: the dict.
        expected_values: the keys that are known.
    """
    unknown = sorted(set(input_dict).difference(expected_values))
    if unknown:
        raise ValueError(
            f"Unknown entries in {name} dictionary: {unknown}. Only expected following "
            f"keys: {list(expected_values)}"
        )
