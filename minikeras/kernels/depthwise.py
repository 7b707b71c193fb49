"""Convolution of each channel by itself, and its two gradients.

x, dx   (n, positions, c)     all spatial axes in one
W, dW   (taps, c)
y, dy   (n, outputs, c)       y[o] = sum over taps t of x[table[o, t]] W[t]
table   (outputs, taps)       see `windows`; a tap in the padding adds nothing
"""

import numpy as np

from minikeras.kernels.registry import Out, kernel
from minikeras.kernels.windows import values_at


def depthwise_spec(x, W, table, y):
    """y as above."""
    inside = (table >= 0)[:, :, None]
    np.sum(np.where(inside, values_at(x, table) * W, 0), axis=2, dtype=y.dtype, out=y)


@kernel(spec=depthwise_spec)
def depthwise(x, W, table, y: Out):
    """One pass, channels innermost."""
    for n in range(y.shape[0]):
        for o in range(y.shape[1]):
            total = y[n, o]
            total[:] = 0
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    values, weights = x[n, table[o, t]], W[t]
                    for f in range(total.size):
                        total[f] += values[f] * weights[f]


def depthwise_input_gradient_spec(dy, W, table, dx):
    """dx: each dy[o] times W[t], added up at table[o, t]."""
    dx[...] = 0
    for positions, weights in zip(table.T, W, strict=True):
        inside = positions >= 0
        np.add.at(dx, (slice(None), positions[inside]), (dy * weights)[:, inside])


@kernel(spec=depthwise_input_gradient_spec)
def depthwise_input_gradient(dy, W, table, dx: Out):
    """One pass, channels innermost."""
    for n in range(dy.shape[0]):
        dx[n] = 0
        for o in range(dy.shape[1]):
            g = dy[n, o]
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    into, weights = dx[n, table[o, t]], W[t]
                    for f in range(g.size):
                        into[f] += g[f] * weights[f]


def depthwise_weight_gradient_spec(x, dy, table, dW):
    """dW[t] = sum over samples and outputs of x[table[o, t]] dy[o]."""
    products = values_at(x, table) * dy[:, :, None]
    inside = (table >= 0)[:, :, None]
    np.sum(np.where(inside, products, 0), axis=(0, 1), dtype=dW.dtype, out=dW)


@kernel(spec=depthwise_weight_gradient_spec)
def depthwise_weight_gradient(x, dy, table, dW: Out):
    """One pass; sums of one sample first, then of all, for the sake of rounding."""
    dW[:] = 0
    part = np.zeros(dW.shape, dW.dtype)
    for n in range(dy.shape[0]):
        part[:] = 0
        for o in range(dy.shape[1]):
            g = dy[n, o]
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    values, into = x[n, table[o, t]], part[t]
                    for f in range(g.size):
                        into[f] += values[f] * g[f]
        dW += part
