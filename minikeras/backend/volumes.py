"""What convolutions and poolings share: axes, paddings and sizes.

Kernels always see (n, depth, height, width, channels). `lift` brings sequences and
pictures of either layout into that form, `lower` back again; neither copies.
"""

import functools

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.kernels.convolution import Geometry

AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def lift(x, data_format):
    """(n, depth, height, width, channels): a view of x, missing axes of size 1."""
    if normalize_data_format(data_format) == "channels_first":
        x = np.moveaxis(x, 1, -1)
    return x[(slice(None),) + (None,) * (5 - x.ndim)]


def lower(x, rank, data_format):
    """The inverse of `lift`, for `rank` spatial axes."""
    x = x[(slice(None),) + (0,) * (3 - rank)]
    if normalize_data_format(data_format) == "channels_first":
        x = np.moveaxis(x, -1, 1)
    return x


def several(value, rank, name):
    """`value` as a tuple of `rank` whole numbers above zero; one stands for all."""
    numbers = (value,) * rank if isinstance(value, (int, np.integer)) else value
    try:
        numbers = tuple(int(i) for i in numbers)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != rank or min(numbers) < 1:
        raise ValueError(
            f"The `{name}` argument must be a tuple of {rank} positive integers, or "
            f"one for all axes. Received: {value!r}"
        )
    return numbers


@functools.lru_cache(256)
def geometry(sizes, window, strides, padding, dilation=None):
    """The `Geometry` of a window on spatial axes of these sizes.

    Arguments
        sizes, window, strides, dilation: one number for each spatial axis.
        padding: 'valid' (none), 'same' (as many outputs as strides fit into the input),
            'causal' (all of it before, so that no output looks ahead).
    """
    rank = len(sizes)
    dilation = dilation or (1,) * rank
    check_window(sizes, window, strides, padding, dilation)
    pads = tuple(map(_pad, sizes, window, strides, dilation, [padding] * rank))
    more = 3 - rank
    return Geometry(
        (1,) * more + tuple(strides),
        (1,) * more + tuple(dilation),
        ((0, 0),) * more + pads,
    )


def _pad(size, window, stride, dilation, padding):
    span = (window - 1) * dilation + 1
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return span - 1, 0
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def out_sizes(sizes, window, strides, padding, dilation=None):
    """Spatial sizes of the result; None where the input's size is None."""
    dilation = dilation or (1,) * len(sizes)
    check_window(sizes, window, strides, padding, dilation)
    found = []
    for size, k, stride, dil in zip(sizes, window, strides, dilation, strict=True):
        less = (k - 1) * dil if padding == "valid" else 0
        found.append(None if size is None else -(-(size - less) // stride))
    return tuple(found)


class TooSmall(ValueError):
    """The input is smaller than the window that moves over it."""


def check_window(sizes, window, strides, padding, dilation):
    """Errors for a padding that does not exist, and windows that do not fit."""
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            "The `padding` argument must be one of 'valid', 'same' (or 'causal' only "
            f"for Conv1D). Received: {padding!r}"
        )
    if max(strides) > 1 and max(dilation) > 1:
        raise ValueError(
            f"strides={tuple(strides)} and dilation_rate={tuple(dilation)}: strides "
            "> 1 not supported in conjunction with dilation_rate > 1. Leave one of "
            "them at 1."
        )
    spans = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    if padding == "valid" and any(
        size is not None and size < span
        for size, span in zip(sizes, spans, strict=True)
    ):
        raise TooSmall(
            f"A window of {by(spans)} does not fit into an input of {by(sizes)} "
            f"({', '.join(AXES[len(sizes)])}). Use padding='same', a smaller window, "
            "or fewer layers that shrink the picture before this one."
        )


def by(sizes):
    """'3 x 5'"""
    return " x ".join("?" if size is None else str(size) for size in sizes)


def spatial(shape, data_format):
    """The spatial sizes of a shape."""
    if normalize_data_format(data_format) == "channels_first":
        return tuple(shape[2:])
    return tuple(shape[1:-1])


def channels(shape, data_format):
    """The number of channels of a shape."""
    return shape[1 if normalize_data_format(data_format) == "channels_first" else -1]


def shape_of(n, sizes, c, data_format):
    """A shape from its parts."""
    if normalize_data_format(data_format) == "channels_first":
        return (n, c, *sizes)
    return (n, *sizes, c)
