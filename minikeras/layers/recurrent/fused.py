"""LSTM and GRU by kernels that go through the whole sequence.

They serve the usual activations in float32. Everything else takes the cells' `step`,
which says the same in a readable way; tests compare the two.
"""

import numpy as np

from minikeras import activations
from minikeras.kernels import microkernel, recurrent, team, workspace


def is_fused(cell, cls, z, masks):
    """Whether a kernel computes what this cell's `step` does."""
    return (
        (masks is None or len(masks) == 1)
        and type(cell).step is cls.step
        and cell.activation is activations.tanh
        and cell.recurrent_activation is activations.sigmoid
        and z.dtype == np.float32
        and cell.recurrent_kernel.value.dtype == np.float32
    )


def lstm_loop(cell, z, states, mask, masks, every):
    """All steps of LSTM: (outputs, last states, backward); see `Cell.loop`."""
    U, (most, wide) = cell.recurrent_matrix(), tile(z)
    share, keep = Shares(z, len(U)), keep_of(mask, z)
    m = masks[0] if masks else np.ones((len(z), len(U)), z.dtype)
    hs, cs = (begun(state, z) for state in states)
    panels = recurrent.in_panels(U, wide, cell.input_bias() if cell.use_bias else None)

    def forward_part(some):
        room = recurrent.room_for(2, panels)
        given = z[some], panels, m[some], keep[some], most
        recurrent.lstm(*given, hs[some], cs[some], room)

    share(forward_part)
    y, y_backward = outputs_of(hs, states[0], mask, every)

    def backward(dy, dstates):
        dy, (dh, dc) = y_backward(dy, dstates)

        panels = recurrent.in_panels(U.T, wide)

        def backward_part(some):
            room = recurrent.room_for(2, panels)
            given = z[some], panels, m[some], keep[some], most, cs[some], dy[some]
            recurrent.lstm_gradient(*given, dh[some], dc[some], room)

        share(backward_part)
        cell.add_recurrent_gradient(fed_rows(hs, m), rows_of(z))
        return z, [dh, dc]

    return y, [hs[:, -1].copy(), cs[:, -1].copy()], backward


def gru_loop(cell, x, h, mask, masks, every):
    """All steps of GRU: (outputs, last states, backward); see `Cell.loop`."""
    U, (most, wide) = cell.recurrent_matrix(), tile(x)
    u, after = len(U), cell.reset_after
    share, keep = Shares(x, u), keep_of(mask, x)
    m = masks[0] if masks else np.ones((len(x), u), x.dtype)
    hs, vs = begun(h, x), workspace.empty((*x.shape[:2], u), x.dtype)
    U_zr, U_h = U[:, : 2 * u], U[:, 2 * u :]
    b = np.zeros(3 * u, x.dtype)
    if cell.use_bias:
        b = cell.bias_rows()[-1]  # the state's; it is the inputs' too, unless `after`
        if after:
            cell.add_input_bias(x)
    panels = [
        recurrent.in_panels(U_zr, wide, b[: 2 * u]),
        recurrent.in_panels(U_h, wide, b[2 * u :]),
    ]

    def forward_part(some):
        room = recurrent.room_for(3, *panels)
        given = x[some], *panels, m[some], keep[some], after, most
        recurrent.gru(*given, hs[some], vs[some], room)

    share(forward_part)
    y, y_backward = outputs_of(hs, h, mask, every)

    def backward(dy, dstates):
        dy, (dh,) = y_backward(dy, dstates)

        panels = [recurrent.in_panels(part.T, wide) for part in (U_zr, U_h)]

        def backward_part(some):
            room = recurrent.room_for(3, *panels)
            given = x[some], *panels, m[some], keep[some], after, most
            recurrent.gru_gradient(*given, hs[some], vs[some], dy[some], dh[some], room)

        share(backward_part)
        h_kept, dx = fed_rows(hs, m), rows_of(x)
        if after:
            dv = np.concatenate([dx[:, : 2 * u], rows_of(vs)], axis=1)
            cell.add_recurrent_gradient(h_kept, dv)
        else:
            cell.add_recurrent_gradient(h_kept, rows_of(vs), dx)
        return x, [dh]

    return y, [hs[:, -1].copy()], backward


class Shares:
    """Calls a function with slices of the samples, shared among threads."""

    def __init__(self, z, u):
        n, t, wide = z.shape
        self.n = n
        self.work = n * t * wide * (0.01 * u + 1)

    def __call__(self, part):
        team.split(lambda lo, hi: part(slice(lo, hi)), self.n, self.work)


def tile(z):
    """(most rows of a tile, width of a panel)"""
    rows, vector = microkernel.shape(z.itemsize)
    return rows, 2 * vector


def keep_of(mask, z):
    """Which steps count (n, t)."""
    if mask is None:
        return np.ones(z.shape[:2], bool)
    return np.ascontiguousarray(mask)


def fed_rows(hs, m):
    """What the recurrent matrix was multiplied by (n t, u): h m of all steps."""
    n, later, u = hs.shape
    fed = workspace.empty((n, later - 1, u), hs.dtype)

    def part(lo, hi):
        np.multiply(hs[lo:hi, :-1], m[lo:hi, None], out=fed[lo:hi])

    team.split(part, n, work=0.5 * fed.size)
    return rows_of(fed)


def begun(state, z):
    """(n, t + 1, u) for a state at all times; the first is filled in."""
    n, t = z.shape[:2]
    states = workspace.empty((n, t + 1, state.shape[1]), z.dtype)
    states[:, 0] = state
    return states


def outputs_of(hs, h, mask, every):
    """The layer's output, and the gradients by states for those by it.

    Before the first step that counts the output is zero, whatever the state is.
    """
    y = hs[:, 1:] if every else hs[:, -1].copy()
    unseen = None
    if mask is not None and h.any():
        unseen = ~np.logical_or.accumulate(mask, axis=1)
        unseen = unseen if every else unseen[:, -1]
        y = np.where(unseen[..., None], 0, y).astype(hs.dtype)

    def backward(dy, dstates):
        """(dy for the kernel, new arrays of dstates)."""
        dy = np.asarray(dy, hs.dtype)
        if unseen is not None:
            dy = np.where(unseen[..., None], 0, dy).astype(hs.dtype)
        dstates = [np.array(ds, hs.dtype, order="C") for ds in dstates]
        if every:
            return np.ascontiguousarray(dy), dstates
        dstates[0] += dy
        return np.empty((len(dy), 0, dy.shape[1]), dy.dtype), dstates

    return y, backward


def rows_of(steps):
    """(n, t, u) as (n t, u)."""
    return steps.reshape(-1, steps.shape[-1])
