"""Convolution of each channel by itself, and its two gradients.

    x, dx    (n, positions, c)    all spatial axes in one
    W, dW    (taps, c)
    y, dy    (n, outputs, c)      y[o] = b + sum over taps t of x[table[o, t]] W[t]

`windows` makes the table; -1 means padding. Neighbouring outputs look at neighbouring
positions, so the loop does not read the table but `Runs` of it. The gradient by x is
the same sum with the table read backwards. The gradient by W is the same sum again with
the roles of outputs and taps exchanged: dW[t] = sum over o of x[table[o, t]] dy[o].
"""

import dataclasses
import functools

import numpy as np

from minikeras.kernels import microkernel, team, workspace
from minikeras.kernels.contraction import next_height
from minikeras.kernels.lanes import COUNTS, lanes
from minikeras.kernels.registry import Out, kernel
from minikeras.kernels.windows import window_table

NANOSECONDS = 0.05  # for each multiply-add of one thread


@dataclasses.dataclass(frozen=True)
class Runs:
    """Which products make which sums, in runs: each with all of its i meets all its j.

        place[i] + step[j] is the row of the one factor, weight[j] that of the other,
        into[i] that of the sum

    bounds (runs, 4): begin and end of i in `first`, begin and end of j in `second`.
    first (all, 2): place, into.
    second (all, 2): step, weight.
    """

    bounds: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def turned(self):
        """The same products, with the roles of i and j exchanged."""
        bounds = np.ascontiguousarray(self.bounds[:, [2, 3, 0, 1]])
        return Runs(bounds, self.second, self.first)


def runs_of(table, row, every):
    """The runs of a table: i stands for outputs that see the same taps, j for taps.

    Arguments
        table: (outputs, taps), -1 for taps that are not there.
        row: outputs in a row; a run does not reach beyond its row.
        every: a run holds every this many outputs: 1, or a stride.
    """
    bounds, first, second = [(0, 0, 0, 0)], [np.empty((0, 2))], [np.empty((0, 2))]
    for start in range(0, len(table), row):
        for begin in range(start, start + min(every, row)):
            outputs = np.arange(begin, start + row, every)
            inside = table[outputs] >= 0
            changes = (inside[1:] != inside[:-1]).any(axis=1)
            for into in np.split(outputs, 1 + np.flatnonzero(changes)):
                taps = np.flatnonzero(table[into[0]] >= 0)
                positions = table[into][:, taps[:1]].reshape(-1)
                place = positions - positions[:1] if len(taps) else np.zeros(len(into))
                first.append(np.stack([place, into], axis=1))
                second.append(np.stack([table[into[0], taps], taps], axis=1))
                _, i, _, j = bounds[-1]
                bounds.append((i, i + len(into), j, j + len(taps)))
    return Runs(
        np.array(bounds[1:], np.int64).reshape(-1, 4),
        np.concatenate(first).astype(np.int64),
        np.concatenate(second).astype(np.int64),
    )


@functools.lru_cache(64)
def runs_for(sizes, window, geometry):
    """The runs of y, of dx and of dW, for a window that moves over these sizes."""
    table = window_table(sizes, window, geometry)
    backward = np.full((np.prod(sizes), table.shape[1]), -1)
    outputs, taps = np.nonzero(table >= 0)
    backward[table[outputs, taps], taps] = outputs
    row = geometry.output_size(sizes, window)[-1]
    forward = runs_of(table, row, 1)
    backward = runs_of(backward, sizes[-1], geometry.strides[-1])
    return forward, backward, forward.turned()


def sums_of_rows_spec(X, V, S, low, bounds, first, second, vector, Y):
    """Sums of products of rows, each channel by itself, for every run:

        Y[into[i]] = max(S[into[i]] + sum over j of X[place[i] + step[j]] V[weight[j]],
                         low)

    Arguments
        X, V, S, Y (n or 1, rows, c): one for each sample, or one for all. A single Y
            gets the sum over all samples. S may have a single row; or none, then Y is
            added to.
        low: lower bound of the result; -inf for none. NaN stays NaN.
        bounds (runs, 4): begin and end of i, begin and end of j.
        first (all, 2): place, into.
        second (all, 2): step, weight.
        vector: channels in a vector.
    """
    for i0, i1, j0, j1 in bounds:
        (place, into), (step, weight) = first[i0:i1].T, second[j0:j1].T
        weights = np.broadcast_to(V[:, weight], (len(X), j1 - j0, X.shape[-1]))
        kept = "n" if len(Y) == len(X) else ""
        sums = np.einsum(f"nijc,njc->{kept}ic", X[:, place[:, None] + step], weights)
        first_rows = (
            S[:, 0 * into if S.shape[1] == 1 else into] if S.size else Y[:, into]
        )
        sums = sums + first_rows
        Y[:, into] = np.where(sums < low, Y.dtype.type(low), sums)


@kernel(spec=sums_of_rows_spec)
def sums_of_rows(X, V, S, low, bounds, first, second, vector: int, Y: Out):
    """Up to five sums at a time, in registers; see `lanes`.

    (32, 32, 32, 32) with nine taps, one thread: y 0.57 ms, dx 0.49 ms, dW 0.51 ms.
    """
    low = Y.dtype.type(low)
    for n in range(len(X)):
        x, v, y = X[n], V[n % len(V)], Y[n % len(Y)]
        s = S[n % len(S)] if S.size else y
        for r in range(len(bounds)):
            i, i1, j, j1 = bounds[r, 0], bounds[r, 1], bounds[r, 2], bounds[r, 3]
            while i < i1:
                count = next_height(i1 - i, COUNTS)
                for f in range(0, y.shape[1], vector):
                    lanes(count, j1 - j, x, v, s, y, first[i:], second[j:], f, low)
                i += count


def sums(x, W, b, low, runs, rows):
    """(n, rows, c): what `runs` make of x and W, plus b (c), but at least `low`."""
    y = workspace.empty((len(x), rows, x.shape[-1]), x.dtype)
    vector = microkernel.shape(x.itemsize)[1]
    lists = runs.bounds, runs.first, runs.second, vector
    weights, bias = W[None], b[None, None]

    def part(lo, hi):
        sums_of_rows(x[lo:hi], weights, bias, low, *lists, y[lo:hi])

    team.split(part, len(x), NANOSECONDS * y.size * len(W))
    return y


def sums_over_samples(x, dy, runs, rows):
    """(rows, c): what `runs` make of x and dy, summed over all samples."""
    vector = microkernel.shape(x.itemsize)[1]
    lists = runs.bounds, runs.first, runs.second, vector
    none = np.empty((1, 0, x.shape[-1]), x.dtype)

    def part(lo, hi):
        dW = np.zeros((1, rows, x.shape[-1]), x.dtype)
        sums_of_rows(x[lo:hi], dy[lo:hi], none, -np.inf, *lists, dW)
        return dW[0]

    return sum(team.split(part, len(x), NANOSECONDS * dy.size * rows))
