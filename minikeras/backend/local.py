"""Convolution-like ops that have filters of their own at every place."""

import math

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.backend.op import op
from minikeras.backend.volumes import lift, lower, several
from minikeras.kernels.convolution import Geometry
from minikeras.kernels.windows import window_table


def local_convolution(x, W, kernel_size, strides, data_format):
    """y[o] = window o of x, as one row, times W[o]: `(y, backward)`.

    Shapes
        x   (n, ..., c)              or (n, c, ...) for channels_first
        W   (outputs, k, f)          k = numbers in a window
        y   (n, ..., f)              or (n, f, ...)

    With channels_first, the numbers of a window are ordered by channel first too.
    """
    rank, wide = len(kernel_size), lift(x, data_format)
    more = (1,) * (3 - rank)
    moves, window = Geometry((*more, *strides)), (*more, *kernel_size)
    table = window_table(wide.shape[1:4], window, moves)
    out = moves.output_size(wide.shape[1:4], window)
    n, c, f = len(x), wide.shape[-1], W.shape[-1]
    first = normalize_data_format(data_format) == "channels_first"
    taps = math.prod(kernel_size)
    positions = wide.reshape(n, math.prod(wide.shape[1:4]), c)
    seen = positions[:, table]  # (n, outputs, taps, c)
    seen = seen.swapaxes(2, 3) if first else seen
    rows = seen.reshape(n, len(table), taps * c).swapaxes(0, 1)  # (outputs, n, k)
    if W.shape[:2] != (len(table), taps * c):
        raise ValueError(
            f"{len(table)} outputs that see {taps} places with {c} channels need a "
            f"kernel of shape ({len(table)}, {taps * c}, filters); got {W.shape}."
        )
    y = np.matmul(rows, W).swapaxes(0, 1)

    def backward(dy):
        dy = lift(dy, data_format).reshape(n, len(table), f).swapaxes(0, 1)
        dW = np.matmul(rows.swapaxes(1, 2), dy)
        drows = np.matmul(dy, W.swapaxes(1, 2)).swapaxes(0, 1)
        if first:
            drows = drows.reshape(n, len(table), c, taps).swapaxes(2, 3)
        dx = np.zeros_like(positions)
        np.add.at(dx, (slice(None), table), drows.reshape(n, len(table), taps, c))
        return lower(dx.reshape(wide.shape), rank, data_format), dW

    return lower(y.reshape(n, *out, f), rank, data_format), backward


@op
def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """Unshared convolution of sequences.

    Arguments
        inputs: (n, steps, c), or (n, c, steps) for channels_first.
        kernel: (outputs, k * c, f): a matrix for every output step.
        kernel_size, strides: tuples of one number.
    """
    return _local(inputs, kernel, 1, kernel_size, strides, data_format)


@op
def local_conv2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """Unshared convolution of pictures; see `local_conv1d`.

    The kernel is (outputs, kh * kw * c, f), outputs counted row by row; `output_shape`
    is (rows, columns) of the result, which follows from the other arguments.
    """
    return _local(inputs, kernel, 2, kernel_size, strides, data_format)


def _local(x, W, rank, kernel_size, strides, data_format):
    moves = several(kernel_size, rank, "kernel_size"), several(strides, rank, "strides")
    return local_convolution(x, W, *moves, data_format)
