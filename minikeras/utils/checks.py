"""Checks of single arguments: values of the right kind, or an error that says so."""

import math
import numbers
import os
import warnings

import numpy as np

from minikeras.utils.messages import did_you_mean

DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")


def whole(value, name, least=1):
    """The value as an int of at least `least`; TypeError or ValueError if it is none.

    With least=None it may be any whole number.

    Whole numbers that are floats (64 / 2) are taken as they are; of others the
    fraction is dropped with a warning, as Keras does without one.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"`{name}` must be a whole number. Got {shorten(value)}.")
    if not math.isfinite(value) or (least is not None and value < least):
        bound = "finite" if least is None else f"at least {least}"
        raise ValueError(f"{name} must be {bound}; got {value!r}.")
    if int(value) != value:
        warnings.warn(
            f"`{name}` is a whole number: {int(value)} is used for {value!r}. Use // "
            "to divide whole numbers.",
            stacklevel=4,
        )
    return int(value)


def number(value, name, least=-math.inf, most=math.inf):
    """The value, a number from `least` to `most`; TypeError or ValueError if not.

    Variables and arrays without axes stand for numbers that may change.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        if hasattr(value, "dtype") and getattr(value, "shape", None) == ():
            return value
        raise TypeError(f"`{name}` must be a number. Got {shorten(value)}.")
    if not least <= value <= most:
        raise ValueError(f"`{name}` must be {_limits(least, most)}; got {value!r}.")
    return value


def _limits(least, most):
    if least > -math.inf and most < math.inf:
        return f"from {least:g} to {most:g}"
    if least > -math.inf:
        return f"at least {least:g}"
    return "a number" if most == math.inf else f"at most {most:g}"


def share(value, name="rate"):
    """The value, a number; a warning if it is no share from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"`{name}` must be a number from 0 to 1. Got {shorten(value)}.")
    if not 0 <= value <= 1:
        hint = f" For {value:g} percent: {value / 100:g}." if 1 < value <= 100 else ""
        warnings.warn(
            f"`{name}` is a share from 0 to 1; {value!r} is outside.{hint}",
            stacklevel=4,
        )
    return value


def axis_of(axis, ndim, name="axis"):
    """The axis counted from the front; TypeError or ValueError if there is none."""
    if type(axis) is not int:
        axis = whole(axis, name, least=None)
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"{name}={axis} is out of range: the array has {ndim} axes, so that "
            f"{name} must be from {-ndim} to {ndim - 1}."
        )
    return axis % ndim


def sizes(shape, name="input_shape"):
    """A shape as a tuple of positive ints, with None for open sizes."""
    shape = shape if isinstance(shape, (list, tuple)) else (shape,)
    for size in shape:
        fits = isinstance(size, numbers.Real) and int(size) == size > 0
        if size is not None and not fits:
            raise ValueError(
                f"{name}={tuple(shape)!r}: the sizes of a shape are whole numbers from "
                f"1 on, or None where any size may come. Found {size!r}."
            )
    return tuple(size if size is None else int(size) for size in shape)


def known_sizes(shape, name="shape"):
    """A shape as a tuple of ints from 0 on; an error if one of them is not known."""
    if isinstance(shape, str) or not hasattr(shape, "__iter__"):
        raise TypeError(
            f"`{name}` must be a tuple of sizes, such as (3, 4). Got {shorten(shape)}."
        )
    shape = tuple(shape)
    if None in shape:
        raise ValueError(
            f"{name}={shape} has a size that is not known yet: None stands for that of "
            "data to come. For values like another tensor's: K.zeros_like(x)."
        )
    return tuple(whole(size, name, least=0) for size in shape)


def choice(value, name, known):
    """The value, one of those that are known; ValueError if it is none of them."""
    known = tuple(known)
    if value not in known:
        raise ValueError(
            f"`{name}` must be one of {known}; got {shorten(value)}."
            f"{did_you_mean(value, known)}"
        )
    return value


def model_like(value, name="model"):
    """The value, a model; TypeError if it has no layers."""
    if not hasattr(value, "layers") or isinstance(value, type):
        raise TypeError(f"`{name}` must be a model. Got {shorten(value)}.")
    return value


def function(value, name, example=None):
    """The value, a function; TypeError if it cannot be called."""
    if not callable(value):
        example = f", such as {example}" if example else ""
        raise TypeError(f"`{name}` must be a function{example}. Got {shorten(value)}.")
    return value


def path(value, name, error=TypeError):
    """The value, a path as text or as a `pathlib.Path`; an error if it is none."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise error(
            f"`{name}` must be a path, as text or pathlib.Path. Got {shorten(value)}."
        )
    return value


def check_arrays(weights, where):
    """An error if what is given to `set_weights` is no list of arrays."""
    if isinstance(weights, str) or not hasattr(weights, "__len__"):
        raise TypeError(
            f"{where}: set_weights takes a list of arrays, as get_weights gives it. "
            f"Got {shorten(weights)}."
        )


def known_dtype(value, name="dtype"):
    """The value, a type of numbers that NumPy knows; TypeError if it is none."""
    try:
        np.dtype(value)
    except TypeError:
        raise TypeError(
            f"`{name}` must be a type of numbers, such as 'float32'. Got "
            f"{shorten(value)}.{did_you_mean(value, DTYPES)}"
        ) from None
    return value


def shorten(value, length=60):
    """What a value is, in a few characters: never a whole array."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."
