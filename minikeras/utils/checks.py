"""Checks of single arguments: numbers of the right kind, or an error that says so."""

import numbers
import warnings


def whole(value, name, least=1):
    """The value as an int of at least `least`; TypeError or ValueError if it is none.

    Whole numbers that are floats (64 / 2) are taken as they are; of others the
    fraction is dropped with a warning, as Keras does without one.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"`{name}` must be a whole number. Got {shorten(value)}.")
    if not value >= least:
        raise ValueError(f"{name} must be at least {least}; got {value!r}.")
    if int(value) != value:
        warnings.warn(
            f"`{name}` is a whole number: {int(value)} is used for {value!r}. Use // "
            "to divide whole numbers.",
            stacklevel=4,
        )
    return int(value)


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


def sizes(shape, name="input_shape"):
    """A shape as a tuple of positive ints, with None for open sizes."""
    shape = shape if isinstance(shape, (list, tuple)) else (shape,)
    for size in shape:
        number = isinstance(size, numbers.Real) and int(size) == size > 0
        if size is not None and not number:
            raise ValueError(
                f"{name}={tuple(shape)!r}: the sizes of a shape are whole numbers from "
                f"1 on, or None where any size may come. Found {size!r}."
            )
    return tuple(size if size is None else int(size) for size in shape)


def shorten(value, length=60):
    """What a value is, in a few characters: never a whole array."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."
