"""Where each window of a pooling or depthwise convolution looks: a table."""

import functools
import math

import numpy as np


@functools.lru_cache(64)
def window_table(sizes, window, geometry):
    """(outputs, taps): which input position each tap of each window sees.

    Positions are counted through all spatial axes; -1 is a tap in the padding.

    Example
        >>> window_table((1, 1, 5), (1, 1, 2), Geometry(strides=(1, 1, 2)))
        array([[0, 1], [2, 3]])
    """
    out_sizes = geometry.output_size(sizes, window)
    moves = geometry.strides, geometry.dilation, geometry.padding
    seen = np.zeros((1, 1), np.int64)
    for size, out, k, stride, dilation, (before, _) in zip(
        sizes, out_sizes, window, *moves, strict=True
    ):
        places = np.arange(out)[:, None] * stride + np.arange(k) * dilation - before
        outside = (places < 0) | (places >= size)
        joined = seen[:, None, :, None] * size + places[:, None]
        joined[(seen < 0)[:, None, :, None] | outside[:, None]] = -1
        seen = joined.reshape(seen.shape[0] * out, seen.shape[1] * k)
    assert len(seen) == math.prod(out_sizes)
    return seen.astype(np.int32)


def values_at(x, table):
    """(n, outputs, taps, c): what the windows see of x (n, positions, c)."""
    return x[:, np.maximum(table, 0)]
