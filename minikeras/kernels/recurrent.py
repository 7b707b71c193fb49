"""LSTM and GRU over whole sequences, for tanh and sigmoid, in float32.

    n samples, t time steps, u units

Samples do not depend on one another. So a loop takes some of them, one tile of the
processor's registers high (see `microkernel`), through all time steps, and threads
share the samples. Everything lies with the batch axis first.

`fed` is the state as the products read it: h m, where m drops states in training.
"""

import numpy as np

from minikeras.kernels.microkernel import short_tile
from minikeras.kernels.registry import Out, helper, kernel
from minikeras.kernels.smooth import sigmoid, tanh

# ------------------------------------------------------------------------- products


@helper
def in_panels(W, vector):
    """W (rows, columns) cut into panels of two vectors, the last filled with zeros."""
    rows, columns = W.shape
    wide = 2 * vector
    panels = np.empty(((columns + wide - 1) // wide, rows, wide), W.dtype)
    panels[-1:] = 0
    for p in range(panels.shape[0]):
        for i in range(rows):
            for j in range(min(wide, columns - p * wide)):
                panels[p, i, j] = W[i, p * wide + j]
    return panels


@helper
def multiply(A, start, stride, panels, C):
    """C = A W, for W in panels.

    The rows of A, as many as C has (see `height`), begin at `start` in a flat array,
    `stride` apart. C has whole panels of columns.
    """
    count, depth, wide = panels.shape
    B, flat = panels.reshape(-1), C.reshape(-1)
    zeros = np.empty(wide, C.dtype)
    zeros[:] = 0
    n, a, b = (1, 1, depth), (stride, 0, 0, 1), (0, 0, wide)
    rows, columns = C.shape
    low = C.dtype.type(-np.inf)
    for p in range(count):
        at = (start, p * depth * wide, p * wide, 0)
        short_tile(rows, 2, at, n, a, b, columns, 0, A, B, flat, zeros, low)


@helper
def height(left, most):
    """How many of the samples left go through the time steps together: 8, 4, 2 or 1."""
    rows = 8
    while rows > left or rows > most:
        rows //= 2
    return rows


# ----------------------------------------------------------------------------- LSTM


def lstm_spec(z, U, m, keep, sizes, hs, cs):
    """All steps of LSTM.

    For step i
        z_i += (h_i m) U
        i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the parts of z_i
        c_(i+1) = f c_i + i g
        h_(i+1) = o tanh(c_(i+1))
    and where not keep: c_(i+1) = c_i, h_(i+1) = h_i

    Arguments
        z (n, t, 4u): projected inputs; becomes the gates i, f, g, o.
        U (u, 4u), m (n, u), keep (n, t).
        sizes (2): `microkernel.shape`.
        hs, cs (n, t + 1, u): states; the first of each is given.
    """
    u = len(U)
    for step in range(z.shape[1]):
        a = z[:, step] + (hs[:, step] * m) @ U
        gates = 1 / (1 + np.exp(-a))
        gates[:, 2 * u : 3 * u] = np.tanh(a[:, 2 * u : 3 * u])
        i, f, g, o = np.split(gates, 4, axis=1)
        c = f * cs[:, step] + i * g
        count = keep[:, step, None]
        cs[:, step + 1] = np.where(count, c, cs[:, step])
        hs[:, step + 1] = np.where(count, o * np.tanh(c), hs[:, step])
        z[:, step] = gates


@kernel(spec=lstm_spec)
def lstm(z: Out, U, m, keep, sizes, hs: Out, cs: Out):
    """Some samples through all steps."""
    n, steps, wide = z.shape
    u = wide // 4
    panels = in_panels(U, sizes[1])
    lo = 0
    while lo < n:
        rows = height(n - lo, sizes[0])
        fed = np.empty((rows, u), z.dtype)
        v = np.empty((rows, panels.shape[0] * panels.shape[2]), z.dtype)
        for i in range(steps):
            for r in range(rows):
                h, kept = hs[lo + r, i], m[lo + r]
                for j in range(u):
                    fed[r, j] = h[j] * kept[j]
            multiply(fed.reshape(-1), 0, u, panels, v)
            for r in range(rows):
                b = lo + r
                lstm_gates(z[b, i], v[r], cs[b, i], cs[b, i + 1], hs[b, i + 1])
                if not keep[b, i]:
                    copy(cs[b, i], cs[b, i + 1])
                    copy(hs[b, i], hs[b, i + 1])
        lo += rows


@helper
def lstm_gates(z, v, c, c_new, h_new):
    """One sample: the equations of `lstm_spec`, in loops that LLVM makes vectors of."""
    u = c.size
    for part in range(4):  # a loop: each call of `activate` would be compiled anew
        at = part * u
        activate(z[at : at + u], v[at : at + u], part != 2)
    i, f, g, o = z[:u], z[u : 2 * u], z[2 * u : 3 * u], z[3 * u :]
    for j in range(u):
        c_new[j] = f[j] * c[j] + i[j] * g[j]
    for j in range(u):
        h_new[j] = o[j] * tanh(c_new[j])


@helper
def activate(z, v, gate):
    """z = sigmoid(z + v) for a gate, else tanh(z + v)."""
    if gate:
        for j in range(z.size):
            z[j] = sigmoid(z[j] + v[j])
    else:
        for j in range(z.size):
            z[j] = tanh(z[j] + v[j])


def lstm_gradient_spec(z, U, m, keep, sizes, cs, dy, dh, dc):
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
        dy (n, t, u), or (n, 0, u) where only last states have gradients.
        dh, dc (n, u): gradients of the last states; become those of the first.
        others: as in `lstm`.
    """
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
        dh[...] = np.where(count, (dz @ U.T) * m, dh)
        z[:, step] = dz


@kernel(spec=lstm_gradient_spec)
def lstm_gradient(z: Out, U, m, keep, sizes, cs, dy, dh: Out, dc: Out):
    """Some samples through all steps, the last first."""
    n, steps, wide = z.shape
    u = wide // 4
    panels = in_panels(U.T, sizes[1])
    flat = z.reshape(-1)
    scratch = np.empty((2, u), z.dtype)
    lo = 0
    while lo < n:
        rows = height(n - lo, sizes[0])
        v = np.empty((rows, panels.shape[0] * panels.shape[2]), z.dtype)
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
                    z[b, i] = 0
            multiply(flat, (lo * steps + i) * wide, steps * wide, panels, v)
            for r in range(rows):
                if keep[lo + r, i]:
                    into, kept = dh[lo + r], m[lo + r]
                    for j in range(u):
                        into[j] = v[r, j] * kept[j]
        lo += rows


@helper
def add(x, y):
    """y += x"""
    for j in range(y.size):
        y[j] += x[j]


@helper
def copy(x, y):
    """y = x; an assignment of arrays compiles for 2 s, because of its error message."""
    for j in range(y.size):
        y[j] = x[j]


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


def gru_spec(x, U, b, m, keep, after, sizes, hs, vs):
    """All steps of GRU.

    For step i, with fed = h_i m
        v_z, v_r = parts of fed U + b
        z, r = sigmoid(x_z + v_z), sigmoid(x_r + v_r)
        v_h = (r fed) U_h                  or, if `after`: v_h = fed U_h + b_h
        q = tanh(x_h + v_h)                or, if `after`: q = tanh(x_h + r v_h)
        h_(i+1) = z h_i + (1 - z) q
    and where not keep: h_(i+1) = h_i

    Arguments
        x (n, t, 3u): projected inputs; becomes z, r, q.
        U (u, 3u), b (3u), m (n, u), keep (n, t); b is zero unless `after`.
        hs (n, t + 1, u): states; the first is given.
        vs (n, t, u): becomes r fed, or v_h if `after`.
        others: as in `lstm_spec`.
    """
    u = len(U)
    for step in range(x.shape[1]):
        h = hs[:, step]
        fed = h * m
        v = fed @ U[:, : 2 * u] + b[: 2 * u]
        z, r = np.split(1 / (1 + np.exp(-x[:, step, : 2 * u] - v)), 2, axis=1)
        vs[:, step] = fed @ U[:, 2 * u :] + b[2 * u :] if after else r * fed
        v_h = r * vs[:, step] if after else vs[:, step] @ U[:, 2 * u :]
        q = np.tanh(x[:, step, 2 * u :] + v_h)
        x[:, step] = np.concatenate([z, r, q], axis=1)
        hs[:, step + 1] = np.where(keep[:, step, None], z * h + (1 - z) * q, h)


@kernel(spec=gru_spec)
def gru(x: Out, U, b, m, keep, after: bool, sizes, hs: Out, vs: Out):
    """Some samples through all steps."""
    n, steps, wide = x.shape
    u = wide // 3
    panels = in_panels(U[:, : 2 * u], sizes[1])
    panels_h = in_panels(U[:, 2 * u :], sizes[1])
    lo = 0
    while lo < n:
        rows = height(n - lo, sizes[0])
        fed = np.empty((rows, u), x.dtype)
        v = np.empty((rows, panels.shape[0] * panels.shape[2]), x.dtype)
        v_h = np.empty((rows, panels_h.shape[0] * panels_h.shape[2]), x.dtype)
        for i in range(steps):
            for r in range(rows):
                h, kept = hs[lo + r, i], m[lo + r]
                for j in range(u):
                    fed[r, j] = h[j] * kept[j]
            multiply(fed.reshape(-1), 0, u, panels, v)
            for r in range(rows):
                gates, row = x[lo + r, i, : 2 * u], v[r]
                add(b[: 2 * u], row[: 2 * u])
                activate(gates, row, True)
                if not after:
                    reset = gates[u:]
                    for j in range(u):
                        fed[r, j] *= reset[j]
            multiply(fed.reshape(-1), 0, u, panels_h, v_h)
            for r in range(rows):
                h, h_new = hs[lo + r, i], hs[lo + r, i + 1]
                read = b[2 * u :] if after else fed[r]
                gru_output(x[lo + r, i], read, after, v_h[r], vs[lo + r, i], h, h_new)
                if not keep[lo + r, i]:
                    copy(h, h_new)
        lo += rows


@helper
def gru_output(x, read, after, v_h, stored, h, h_new):
    """One sample: q and h_new from v_h; `read` is b_h, if `after`, or r fed."""
    u = h.size
    z, r, q = x[:u], x[u : 2 * u], x[2 * u :]
    one = h.dtype.type(1)
    copy(read, stored)
    if after:
        for j in range(u):
            stored[j] += v_h[j]
        for j in range(u):
            v_h[j] = stored[j] * r[j]
    activate(q, v_h, False)
    for j in range(u):
        h_new[j] = z[j] * h[j] + (one - z[j]) * q[j]


def gru_gradient_spec(x, U, m, keep, after, sizes, hs, vs, dy, dh):
    """All steps of GRU back, the last first.

    For step i, with fed = h_i m
        dh += dy_i
        dx_z = dh (h_i - q) z (1 - z)
        dx_h = dh (1 - z) (1 - q^2)
        dr = (dx_h U_h^T) fed              or, if `after`: dr = dx_h v_h
        dx_r = dr r (1 - r)
        dfed = (dx_z, dx_r) U_zr^T + (dx_h U_h^T) r
                                           or, if `after`: ... + (dx_h r) U_h^T
        dh = dh z + dfed m
    and where not keep: dx_i = 0; dh stays

    Arguments
        x (n, t, 3u): gates from `gru`; becomes dx.
        vs (n, t, u): from `gru`; if `after` it becomes dx_h r.
        dy (n, t, u), or (n, 0, u) where only the last state has a gradient.
        dh (n, u): gradient of the last state; becomes that of the first.
        others: as in `gru`.
    """
    u = len(U)
    for step in reversed(range(x.shape[1])):
        z, r, q = np.split(x[:, step].copy(), 3, axis=1)
        h, count = hs[:, step], keep[:, step, None]
        if dy.shape[1]:
            dh += dy[:, step]
        dx_z = np.where(count, dh * (h - q) * z * (1 - z), 0)
        dx_h = np.where(count, dh * (1 - z) * (1 - q**2), 0)
        drh = (dx_h * r if after else dx_h) @ U[:, 2 * u :].T
        dr = dx_h * vs[:, step] if after else drh * h * m
        dx_zr = np.concatenate([dx_z, dr * r * (1 - r)], axis=1)
        dfed = dx_zr @ U[:, : 2 * u].T + (drh if after else drh * r)
        if after:
            vs[:, step] = dx_h * r
        x[:, step] = np.concatenate([dx_zr, dx_h], axis=1)
        dh[...] = np.where(count, dh * z + dfed * m, dh)


@kernel(spec=gru_gradient_spec)
def gru_gradient(x: Out, U, m, keep, after: bool, sizes, hs, vs: Out, dy, dh: Out):
    """Some samples through all steps, the last first."""
    n, steps, wide = x.shape
    u = wide // 3
    panels = in_panels(U[:, : 2 * u].T, sizes[1])
    panels_h = in_panels(U[:, 2 * u :].T, sizes[1])
    flat = x.reshape(-1)
    scratch, fed = np.empty(u, x.dtype), np.empty(u, x.dtype)
    lo = 0
    while lo < n:
        rows = height(n - lo, sizes[0])
        read = np.empty((rows, u), x.dtype)
        v = np.empty((rows, panels.shape[0] * panels.shape[2]), x.dtype)
        v_h = np.empty((rows, panels_h.shape[0] * panels_h.shape[2]), x.dtype)
        for back in range(steps):
            i = steps - 1 - back
            for r in range(rows):
                b = lo + r
                if dy.shape[1] > 0:
                    add(dy[b, i], dh[b])
                if keep[b, i]:
                    gru_gradient_to_q(x[b, i], hs[b, i], dh[b], after, read[r], scratch)
                else:
                    x[b, i] = 0
                    read[r] = 0
            multiply(read.reshape(-1), 0, u, panels_h, v_h)
            for r in range(rows):
                b = lo + r
                if after:
                    gru_gradient_to_r_after(x[b, i], read[r], vs[b, i], scratch)
                else:
                    h, kept = hs[b, i], m[b]
                    for j in range(u):
                        fed[j] = h[j] * kept[j]
                    gru_gradient_to_r(x[b, i], fed, v_h[r], scratch)
            multiply(flat, (lo * steps + i) * wide, steps * wide, panels, v)
            for r in range(rows):
                if keep[lo + r, i]:
                    into, kept, first, second = dh[lo + r], m[lo + r], v[r], v_h[r]
                    for j in range(u):
                        into[j] += (first[j] + second[j]) * kept[j]
        lo += rows


@helper
def gru_gradient_to_q(x, h, dh, after, read, scratch):
    """One sample: dx_z, dx_h, dh z, and what U_h^T is multiplied by (read)."""
    u = h.size
    z, r, q = x[:u], x[u : 2 * u], x[2 * u :]
    one = dh.dtype.type(1)
    for j in range(u):
        scratch[j] = dh[j] * (h[j] - q[j]) * z[j] * (one - z[j])
    for j in range(u):
        q[j] = dh[j] * (one - z[j]) * (one - q[j] * q[j])
    for j in range(u):
        dh[j] *= z[j]
    copy(scratch, z)
    for j in range(u):
        read[j] = q[j] * r[j] if after else q[j]


@helper
def gru_gradient_to_r(x, fed, drh, scratch):
    """One sample: dx_r, and drh r in the place of drh."""
    u = fed.size
    r = x[u : 2 * u]
    one = fed.dtype.type(1)
    for j in range(u):
        scratch[j] = drh[j] * fed[j] * r[j] * (one - r[j])
    for j in range(u):
        drh[j] *= r[j]
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
