"""Convolution of each channel by itself, and its gradient by the kernel.

    x        (n, positions + 1, c)    all spatial axes in one, then a row of zeros
    W, dW    (taps, c)
    y, dy    (n, outputs, c)      y[o] = b + sum over taps t of x[table[o, t]] W[t]
    table    (outputs, taps)      see `windows`; -1, padding, means the row of zeros

The gradient by x is the same sum with the table read backwards: `backward_table`.
"""

import functools

import numpy as np

from minikeras.kernels.registry import Out, kernel
from minikeras.kernels.windows import window_table

GROUP = 3  # taps that the loops take at a time; W and the table come in whole groups


@functools.lru_cache(64)
def grouped_tables(sizes, window, geometry):
    """(table, backward table), both with whole groups of taps.

    backward[p, t] is the output whose tap t sees position p, or -1.
    """
    table = window_table(sizes, window, geometry)
    more = -table.shape[1] % GROUP
    table = np.pad(table, ((0, 0), (0, more)), constant_values=-1)
    backward = np.full((np.prod(sizes), table.shape[1]), -1, np.int32)
    outputs, taps = np.nonzero(table >= 0)
    backward[table[outputs, taps], taps] = outputs
    return table, backward


def grouped(W):
    """W (taps, c) with zeros for the taps that fill up the last group."""
    return np.pad(W, ((0, -len(W) % GROUP), (0, 0)))


def depthwise_spec(x, W, b, low, table, y):
    """y as above, but at least `low`."""
    np.sum(x[:, table] * W, axis=2, dtype=y.dtype, out=y)
    np.maximum(y + b, y.dtype.type(low), out=y)


@kernel(spec=depthwise_spec)
def depthwise(x, W, b, low, table, y: Out):
    """Three taps at a time, channels innermost."""
    low = y.dtype.type(low)
    for n in range(y.shape[0]):
        for o in range(y.shape[1]):
            total = y[n, o]
            for f in range(total.size):
                total[f] = b[f]
            for t in range(0, table.shape[1], GROUP):
                p0, p1, p2 = table[o, t], table[o, t + 1], table[o, t + 2]
                v0, v1, v2 = x[n, p0], x[n, p1], x[n, p2]
                w0, w1, w2 = W[t], W[t + 1], W[t + 2]
                for f in range(total.size):
                    total[f] += v0[f] * w0[f] + v1[f] * w1[f] + v2[f] * w2[f]
            for f in range(total.size):
                total[f] = low if total[f] < low else total[f]


def depthwise_gradient_spec(x, dy, table, dW):
    """dW[t] = sum over samples and outputs of x[table[o, t]] dy[o]."""
    np.sum(x[:, table] * dy[:, :, None], axis=(0, 1), dtype=dW.dtype, out=dW)


@kernel(spec=depthwise_gradient_spec)
def depthwise_gradient(x, dy, table, dW: Out):
    """Three taps at a time; sums of one sample first, then of all, to round less."""
    part = np.zeros(dW.shape, dW.dtype)
    dW[:] = 0
    for n in range(dy.shape[0]):
        part[:] = 0
        for o in range(dy.shape[1]):
            g = dy[n, o]
            for t in range(0, table.shape[1], GROUP):
                p0, p1, p2 = table[o, t], table[o, t + 1], table[o, t + 2]
                v0, v1, v2 = x[n, p0], x[n, p1], x[n, p2]
                d0, d1, d2 = part[t], part[t + 1], part[t + 2]
                for f in range(g.size):
                    d0[f] += v0[f] * g[f]
                    d1[f] += v1[f] * g[f]
                    d2[f] += v2[f] * g[f]
        dW += part
