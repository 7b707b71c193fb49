"""LSTM and GRU over whole sequences, for tanh and sigmoid, in float32.

    n samples, t time steps, u units

Samples do not depend on one another. So a loop takes some of them, one tile of the
processor's registers high (see `microkernel`), through all time steps, and threads
share the samples. Everything lies with the batch axis first.

The recurrent matrix U comes in panels, two vectors wide, as the tile reads it.
`fed` is the state as the products read it: h m, where m drops states in training.
"""

import numpy as np

from minikeras.kernels.microkernel import short_tile
from minikeras.kernels.registry import Out, helper, kernel
from minikeras.kernels.smooth import sigmoid, tanh

# ------------------------------------------------------------------------- products


def in_panels(W, wide):
    """W (rows, columns) cut into panels (count, rows, wide), zeros in what is over."""
    rows, columns = W.shape
    count = -(-columns // wide)
    if columns % wide:
        W = np.pad(W, ((0, 0), (0, count * wide - columns)))
    return np.ascontiguousarray(W.reshape(rows, count, wide).transpose(1, 0, 2))


def from_panels(panels, columns):
    """W (rows, columns) again, for specifications."""
    return panels.transpose(1, 0, 2).reshape(panels.shape[1], -1)[:, :columns]


@helper
def multiply(A, panels, C):
    """C = A W, for W in panels; `height` says how many rows A and C may have."""
    count, depth, wide = panels.shape
    rows, columns = C.shape
    numbers, B, flat = A.reshape(-1), panels.reshape(-1), C.reshape(-1)
    zeros = np.empty((1, wide), C.dtype)
    clear(zeros[0])
    n, a, b = (1, 1, depth), (depth, 0, 0, 1), (0, 0, wide)
    low = C.dtype.type(-np.inf)
    for p in range(count):
        at = (0, p * depth * wide, p * wide, 0)
        short_tile(rows, 2, at, n, a, b, columns, 0, numbers, B, flat, zeros[0], low)


@helper
def rows_for(columns, like):
    """Room for one tile's rows of A, and for its rows of C (`columns_of`)."""
    return np.empty((8, columns), like.dtype)


@helper
def columns_of(panels):
    """Room for as many rows as a tile has, in whole panels of columns."""
    return np.empty((8, panels.shape[0] * panels.shape[2]), panels.dtype)


@helper
def height(left, most):
    """How many of the samples left go through the time steps together: 8, 4, 2 or 1."""
    rows = 8
    while rows > left or rows > most:
        rows //= 2
    return rows


# Loops, not `y[:] = x`: for that Numba compiles much code, most of it for errors.


@helper
def copy(x, y):
    """y = x"""
    for j in range(y.size):
        y[j] = x[j]


@helper
def add(x, y):
    """y += x"""
    for j in range(y.size):
        y[j] += x[j]


@helper
def times(x, m, y):
    """y = x m"""
    for j in range(y.size):
        y[j] = x[j] * m[j]


@helper
def clear(y):
    """y = 0"""
    for j in range(y.size):
        y[j] = 0


# ----------------------------------------------------------------------------- LSTM


def lstm_spec(z, panels, m, keep, most, hs, cs):
    """All steps of LSTM.

    For step i
        z_i += (h_i m) U
        i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the parts of z_i
        c_(i+1) = f c_i + i g
        h_(i+1) = o tanh(c_(i+1))
    and where not keep: z_i stays, c_(i+1) = c_i, h_(i+1) = h_i

    Arguments
        z (n, t, 4u): projected inputs; becomes the gates i, f, g, o.
        panels: of U (u, 4u).
        m (n, u), keep (n, t).
        most: how many rows a tile may have.
        hs, cs (n, t + 1, u): states; the first of each is given.
    """
    u = hs.shape[2]
    U = from_panels(panels, 4 * u)
    for step in range(z.shape[1]):
        a = z[:, step] + (hs[:, step] * m) @ U
        gates = 1 / (1 + np.exp(-a))
        gates[:, 2 * u : 3 * u] = np.tanh(a[:, 2 * u : 3 * u])
        i, f, g, o = np.split(gates, 4, axis=1)
        c = f * cs[:, step] + i * g
        count = keep[:, step, None]
        cs[:, step + 1] = np.where(count, c, cs[:, step])
        hs[:, step + 1] = np.where(count, o * np.tanh(c), hs[:, step])
        z[:, step] = np.where(count, gates, z[:, step])


@kernel(spec=lstm_spec)
def lstm(z: Out, panels, m, keep, most: int, hs: Out, cs: Out):
    """Some samples through all steps."""
    n, steps, wide = z.shape
    u = wide // 4
    fed, v = rows_for(u, z), columns_of(panels)
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for i in range(steps):
            for r in range(rows):
                times(hs[lo + r, i], m[lo + r], fed[r])
            multiply(fed, panels, v[:rows])
            for r in range(rows):
                b = lo + r
                if keep[b, i]:
                    lstm_gates(z[b, i], v[r], cs[b, i], cs[b, i + 1], hs[b, i + 1])
                else:
                    copy(cs[b, i], cs[b, i + 1])
                    copy(hs[b, i], hs[b, i + 1])
        lo += rows


@helper
def lstm_gates(z, v, c, c_new, h_new):
    """One sample: the equations of `lstm_spec`, in loops that LLVM makes vectors of."""
    u = c.size
    i, f, g, o = z[:u], z[u : 2 * u], z[2 * u : 3 * u], z[3 * u :]
    for gates, fed in ((z[: 2 * u], v[: 2 * u]), (o, v[3 * u : 4 * u])):
        for j in range(gates.size):
            gates[j] = sigmoid(gates[j] + fed[j])
    fed = v[2 * u : 3 * u]
    for j in range(u):
        g[j] = tanh(g[j] + fed[j])
    for j in range(u):
        c_new[j] = f[j] * c[j] + i[j] * g[j]
    for j in range(u):
        h_new[j] = o[j] * tanh(c_new[j])


def lstm_gradient_spec(z, panels, m, keep, most, cs, dy, dh, dc):
    """All steps of LSTM back, the last first.

    For step i
        dh += dy_i
        do = dh tanh(c_(i+1)),  dc += dh o (1 - tanh(c_(i+1))^2)
        di = dc g,  df = dc c_i,  dg = dc i,  dc = dc f
        dz_i = (di i (1 - i), df f (1 - f), dg (1 - g^2), do o (1 - o))
        dh = (dz_i U^T) m
    and where not keep: dz_i = 0; dh, dc stay

    Arguments
        z (n, t, 4u): gates from `lstm`; becomes dz.
        panels: of U^T (4u, u).
        dy (n, t, u), or (n, 0, u) where only last states have gradients.
        dh, dc (n, u): gradients of the last states; become those of the first.
        others: as in `lstm`.
    """
    U_T = from_panels(panels, cs.shape[2])
    for step in reversed(range(z.shape[1])):
        i, f, g, o = np.split(z[:, step], 4, axis=1)
        if dy.shape[1]:
            dh += dy[:, step]
        shown = np.tanh(cs[:, step + 1])
        total = dc + dh * o * (1 - shown**2)
        parts = (
            total * g * i * (1 - i),
            total * cs[:, step] * f * (1 - f),
            total * i * (1 - g**2),
            dh * shown * o * (1 - o),
        )
        count = keep[:, step, None]
        dc[...] = np.where(count, total * f, dc)
        dz = np.where(count, np.concatenate(parts, axis=1), 0)
        dh[...] = np.where(count, (dz @ U_T) * m, dh)
        z[:, step] = dz


@kernel(spec=lstm_gradient_spec)
def lstm_gradient(z: Out, panels, m, keep, most: int, cs, dy, dh: Out, dc: Out):
    """Some samples through all steps, the last first."""
    n, steps, wide = z.shape
    u = wide // 4
    dz, v = rows_for(wide, z), columns_of(panels)
    scratch = rows_for(u, z)
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for back in range(steps):
            i = steps - 1 - back
            for r in range(rows):
                b = lo + r
                if dy.shape[1] > 0:
                    add(dy[b, i], dh[b])
                if keep[b, i]:
                    state = (cs[b, i], cs[b, i + 1], dh[b], dc[b])
                    lstm_gates_gradient(z[b, i], state, scratch)
                else:
                    clear(z[b, i])
                copy(z[b, i], dz[r])
            multiply(dz, panels, v[:rows])
            for r in range(rows):
                if keep[lo + r, i]:
                    times(v[r], m[lo + r], dh[lo + r])
        lo += rows


@helper
def lstm_gates_gradient(z, state, scratch):
    """One sample: the equations of `lstm_gradient_spec`.

    Short loops over few arrays: LLVM must prove that they do not overlap.
    """
    c, c_new, dh, dc = state
    u = c.size
    i, f, g, o = z[:u], z[u : 2 * u], z[2 * u : 3 * u], z[3 * u :]
    shown, rest = scratch[0], scratch[1]
    one = dh.dtype.type(1)
    for j in range(u):
        shown[j] = tanh(c_new[j])
    for j in range(u):
        dc[j] += dh[j] * o[j] * (one - shown[j] * shown[j])
    for j in range(u):
        o[j] = dh[j] * shown[j] * o[j] * (one - o[j])
    for j in range(u):
        rest[j] = dc[j] * f[j]
    for j in range(u):
        f[j] = rest[j] * c[j] * (one - f[j])
    for j in range(u):
        shown[j] = dc[j] * g[j] * i[j] * (one - i[j])
    for j in range(u):
        g[j] = dc[j] * i[j] * (one - g[j] * g[j])
    copy(shown, i)
    copy(rest, dc)


# ------------------------------------------------------------------------------ GRU


def gru_spec(x, panels, panels_h, b, m, keep, after, most, hs, vs):
    """All steps of GRU.

    For step i, with fed = h_i m
        v_z, v_r = parts of fed U + b
        z, r = sigmoid(x_z + v_z), sigmoid(x_r + v_r)
        v_h = (r fed) U_h                  or, if `after`: v_h = fed U_h + b_h
        q = tanh(x_h + v_h)                or, if `after`: q = tanh(x_h + r v_h)
        h_(i+1) = z fed + (1 - z) q
    and where not keep: h_(i+1) = h_i

    Arguments
        x (n, t, 3u): projected inputs; becomes z, r, q.
        panels, panels_h: of U_zr (u, 2u) and of U_h (u, u).
        b (3u), m (n, u), keep (n, t); b is zero unless `after`.
        hs (n, t + 1, u): states; the first is given.
        vs (n, t, u): becomes r fed, or v_h if `after`.
        others: as in `lstm_spec`.
    """
    u = hs.shape[2]
    U_zr, U_h = from_panels(panels, 2 * u), from_panels(panels_h, u)
    for step in range(x.shape[1]):
        h = hs[:, step]
        fed = h * m
        v = fed @ U_zr + b[: 2 * u]
        z, r = np.split(1 / (1 + np.exp(-x[:, step, : 2 * u] - v)), 2, axis=1)
        vs[:, step] = fed @ U_h + b[2 * u :] if after else r * fed
        v_h = r * vs[:, step] if after else vs[:, step] @ U_h
        q = np.tanh(x[:, step, 2 * u :] + v_h)
        x[:, step] = np.concatenate([z, r, q], axis=1)
        hs[:, step + 1] = np.where(keep[:, step, None], z * fed + (1 - z) * q, h)


@kernel(spec=gru_spec)
def gru(x: Out, panels, panels_h, b, m, keep, after: bool, most: int, hs: Out, vs: Out):
    """Some samples through all steps."""
    n, steps, wide = x.shape
    u = wide // 3
    fed, v, v_h = rows_for(u, x), columns_of(panels), columns_of(panels_h)
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for i in range(steps):
            for r in range(rows):
                times(hs[lo + r, i], m[lo + r], fed[r])
            multiply(fed, panels, v[:rows])
            for r in range(rows):
                gates, row = x[lo + r, i, : 2 * u], v[r]
                for j in range(2 * u):
                    gates[j] = sigmoid(gates[j] + row[j] + b[j])
                if not after:
                    times(gates[u:], fed[r], fed[r])
            multiply(fed, panels_h, v_h[:rows])
            for r in range(rows):
                h, h_new = hs[lo + r, i], hs[lo + r, i + 1]
                read = b[2 * u :] if after else fed[r]
                times(h, m[lo + r], h_new)
                gru_output(x[lo + r, i], read, after, v_h[r, :u], vs[lo + r, i], h_new)
                if not keep[lo + r, i]:
                    copy(h, h_new)
        lo += rows


@helper
def gru_output(x, read, after, v_h, stored, h):
    """One sample: q, and h_new in the place of fed (h), from v_h.

    `read` is b_h, if `after`, or r fed.
    """
    u = h.size
    z, r, q = x[:u], x[u : 2 * u], x[2 * u :]
    one = h.dtype.type(1)
    copy(read, stored)
    if after:
        add(v_h, stored)
        times(stored, r, v_h)
    for j in range(u):
        q[j] = tanh(q[j] + v_h[j])
    for j in range(u):
        h[j] = z[j] * h[j] + (one - z[j]) * q[j]


def gru_gradient_spec(x, panels, panels_h, m, keep, after, most, hs, vs, dy, dh):
    """All steps of GRU back, the last first.

    For step i, with fed = h_i m
        dh += dy_i
        dx_z = dh (fed - q) z (1 - z)
        dx_h = dh (1 - z) (1 - q^2)
        dr = (dx_h U_h^T) fed              or, if `after`: dr = dx_h v_h
        dx_r = dr r (1 - r)
        dfed = (dx_z, dx_r) U_zr^T + (dx_h U_h^T) r
                                           or, if `after`: ... + (dx_h r) U_h^T
        dh = (dh z + dfed) m
    and where not keep: dx_i = 0; dh stays

    Arguments
        x (n, t, 3u): gates from `gru`; becomes dx.
        panels, panels_h: of U_zr^T (2u, u) and of U_h^T (u, u).
        vs (n, t, u): from `gru`; if `after` it becomes dx_h r.
        dy (n, t, u), or (n, 0, u) where only the last state has a gradient.
        dh (n, u): gradient of the last state; becomes that of the first.
        others: as in `gru`.
    """
    u = hs.shape[2]
    U_zr_T, U_h_T = from_panels(panels, u), from_panels(panels_h, u)
    for step in reversed(range(x.shape[1])):
        z, r, q = np.split(x[:, step].copy(), 3, axis=1)
        fed, count = hs[:, step] * m, keep[:, step, None]
        if dy.shape[1]:
            dh += dy[:, step]
        dx_z = np.where(count, dh * (fed - q) * z * (1 - z), 0)
        dx_h = np.where(count, dh * (1 - z) * (1 - q**2), 0)
        drh = (dx_h * r if after else dx_h) @ U_h_T
        dr = dx_h * vs[:, step] if after else drh * fed
        dx_zr = np.concatenate([dx_z, dr * r * (1 - r)], axis=1)
        dfed = dx_zr @ U_zr_T + (drh if after else drh * r)
        if after:
            vs[:, step] = dx_h * r
        x[:, step] = np.concatenate([dx_zr, dx_h], axis=1)
        dh[...] = np.where(count, (dh * z + dfed) * m, dh)


@kernel(spec=gru_gradient_spec)
def gru_gradient(
    x: Out,
    panels,
    panels_h,
    m,
    keep,
    after: bool,
    most: int,
    hs,
    vs: Out,
    dy,
    dh: Out,
):
    """Some samples through all steps, the last first."""
    n, steps, wide = x.shape
    u = wide // 3
    scratch, fed = rows_for(u, x)[0], rows_for(u, x)[0]
    read, v_h = rows_for(u, x), columns_of(panels_h)
    dx_zr, v = rows_for(2 * u, x), columns_of(panels)
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for back in range(steps):
            i = steps - 1 - back
            for r in range(rows):
                b = lo + r
                if dy.shape[1] > 0:
                    add(dy[b, i], dh[b])
                if keep[b, i]:
                    times(hs[b, i], m[b], fed)
                    gru_gradient_to_q(x[b, i], fed, dh[b], after, read[r], scratch)
                else:
                    clear(x[b, i])
                    clear(read[r])
            multiply(read, panels_h, v_h[:rows])
            for r in range(rows):
                b = lo + r
                if after:
                    gru_gradient_to_r_after(x[b, i], read[r], vs[b, i], scratch)
                else:
                    times(hs[b, i], m[b], fed)
                    gru_gradient_to_r(x[b, i], fed, v_h[r, :u], scratch)
                copy(x[b, i, : 2 * u], dx_zr[r])
            multiply(dx_zr, panels, v[:rows])
            for r in range(rows):
                if keep[lo + r, i]:
                    into, kept, first, second = dh[lo + r], m[lo + r], v[r], v_h[r]
                    for j in range(u):
                        into[j] = (into[j] + first[j] + second[j]) * kept[j]
        lo += rows


@helper
def gru_gradient_to_q(x, fed, dh, after, read, scratch):
    """One sample: dx_z, dx_h, dh z, and what U_h^T is multiplied by (read)."""
    u = fed.size
    z, r, q = x[:u], x[u : 2 * u], x[2 * u :]
    one = dh.dtype.type(1)
    for j in range(u):
        scratch[j] = dh[j] * (fed[j] - q[j]) * z[j] * (one - z[j])
    for j in range(u):
        q[j] = dh[j] * (one - z[j]) * (one - q[j] * q[j])
    times(dh, z, dh)
    copy(scratch, z)
    if after:
        times(q, r, read)
    else:
        copy(q, read)


@helper
def gru_gradient_to_r(x, fed, drh, scratch):
    """One sample: dx_r, and drh r in the place of drh."""
    u = fed.size
    r = x[u : 2 * u]
    one = fed.dtype.type(1)
    for j in range(u):
        scratch[j] = drh[j] * fed[j] * r[j] * (one - r[j])
    times(drh, r, drh)
    copy(scratch, r)


@helper
def gru_gradient_to_r_after(x, read, v_h, scratch):
    """One sample: dx_r, and read = dx_h r in the place of v_h."""
    u = v_h.size
    r, dx_h = x[u : 2 * u], x[2 * u :]
    one = v_h.dtype.type(1)
    for j in range(u):
        scratch[j] = dx_h[j] * v_h[j] * r[j] * (one - r[j])
    copy(scratch, r)
    copy(read, v_h)
