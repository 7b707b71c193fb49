"""Largest value, or mean, of each window; and the gradients.

    x, dx   (n, positions, c)     all spatial axes in one
    y, dy   (n, outputs, c)
    table   (outputs, taps)       see `windows`
    once                          whether each position is in one window, as it mostly
                                  is: then gradients need no zeros and no sums

Padding does not count: it is neither a value nor a part of a mean. NaN is larger than
any number.
"""

import numpy as np

from minikeras.kernels.registry import Out, kernel
from minikeras.kernels.windows import values_at

# ------------------------------------------------------------------------- maximum


def max_pool_spec(x, table, y, where):
    """y: the largest value of each window; where: the first tap at which it stands."""
    values, inside = values_at(x, table), (table >= 0)[:, :, None]
    y[...] = np.where(inside, values, -np.inf).max(axis=2)
    best = inside & ((values == y[:, :, None]) | np.isnan(values))
    where[...] = best.argmax(axis=2)


@kernel(spec=max_pool_spec)
def max_pool(x, table, y: Out, where: Out):
    """One pass, channels innermost. 28x on (32, 28, 28, 32), window 2."""
    for n in range(y.shape[0]):
        for o in range(y.shape[1]):
            best, taps = y[n, o], where[n, o]
            for f in range(best.size):
                best[f] = -np.inf
                taps[f] = 0
            first = True
            for t in range(table.shape[1]):
                if table[o, t] < 0:
                    continue
                values, tap = x[n, table[o, t]], where.dtype.type(t)
                for f in range(best.size):
                    v, m = values[f], best[f]
                    larger = first | (v > m) | ((v != v) & (m == m))
                    best[f] = v if larger else m
                    taps[f] = tap if larger else taps[f]
                first = False


def max_pool_gradient_spec(dy, where, table, once, dx):
    """dx: each dy at the position that its maximum came from, zero elsewhere."""
    dx[...] = 0
    for t, positions in enumerate(table.T):
        inside = positions >= 0
        share = np.where(where == t, dy, 0)
        np.add.at(dx, (slice(None), positions[inside]), share[:, inside])


@kernel(spec=max_pool_gradient_spec)
def max_pool_gradient(dy, where, table, once: bool, dx: Out):
    """One pass, channels innermost."""
    zero = dx.dtype.type(0)
    for n in range(dy.shape[0]):
        if not once:
            dx[n] = zero
        for o in range(dy.shape[1]):
            g, taps = dy[n, o], where[n, o]
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    into, tap = dx[n, table[o, t]], where.dtype.type(t)
                    for f in range(g.size):
                        before = zero if once else into[f]
                        into[f] = before + (g[f] if taps[f] == tap else zero)


# ---------------------------------------------------------------------------- mean


def average_pool_spec(x, table, y):
    """y: the mean of each window."""
    inside = (table >= 0)[:, :, None]
    np.sum(np.where(inside, values_at(x, table), 0), axis=2, dtype=y.dtype, out=y)
    y /= inside.sum(axis=1).astype(y.dtype)


@kernel(spec=average_pool_spec)
def average_pool(x, table, y: Out):
    """One pass, channels innermost."""
    for n in range(y.shape[0]):
        for o in range(y.shape[1]):
            total, count = y[n, o], 0
            total[:] = 0
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    values = x[n, table[o, t]]
                    count += 1
                    for f in range(total.size):
                        total[f] += values[f]
            for f in range(total.size):
                total[f] /= y.dtype.type(count)


def average_pool_gradient_spec(dy, table, once, dx):
    """dx: each dy spread evenly over its window."""
    dx[...] = 0
    counts = (table >= 0).sum(axis=1).astype(dy.dtype)[:, None]
    for positions in table.T:
        inside = positions >= 0
        np.add.at(dx, (slice(None), positions[inside]), (dy / counts)[:, inside])


@kernel(spec=average_pool_gradient_spec)
def average_pool_gradient(dy, table, once: bool, dx: Out):
    """One pass, channels innermost."""
    zero = dx.dtype.type(0)
    for n in range(dy.shape[0]):
        if not once:
            dx[n] = zero
        for o in range(dy.shape[1]):
            count = 0
            for t in range(table.shape[1]):
                count += table[o, t] >= 0
            for t in range(table.shape[1]):
                if table[o, t] >= 0:
                    g, into = dy[n, o], dx[n, table[o, t]]
                    for f in range(g.size):
                        before = zero if once else into[f]
                        into[f] = before + g[f] / dx.dtype.type(count)
