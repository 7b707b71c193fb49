"""LSTM and GRU over whole sequences, for tanh and sigmoid, in float32.

    n samples, t time steps, u units

Samples do not depend on one another. So a loop takes some of them, one tile of the
processor's registers high (see `microkernel`), through all time steps, and threads
share the samples. Everything lies with the batch axis first.

The recurrent matrix U comes in panels, two vectors wide, as the tile reads it, with the
bias as one more row.
`fed` is the state as the products read it: h m, where m drops states in training.
"""

import numpy as np

from minikeras.kernels import team, workspace
from minikeras.kernels.microkernel import short_tile
from minikeras.kernels.registry import Out, Room, helper, kernel
from minikeras.kernels.smooth import sigmoid, tanh

# ------------------------------------------------------------------------- products


def in_panels(W, wide, b=None):
    """W (rows, columns) with b below it, cut into panels (count, rows + 1, wide).

    What is over in the last panel is zero.
    """
    rows, columns = W.shape
    count = -(-columns // wide)
    if columns % wide:
        W = np.pad(W, ((0, 0), (0, count * wide - columns)))
    panels = workspace.empty((count, rows + 1, wide), W.dtype)
    whole = W.reshape(rows, count, wide).swapaxes(0, 1)

    def part(lo, hi):
        panels[lo:hi, :rows] = whole[lo:hi]

    team.split(part, count, work=1.5 * W.size)
    panels[:, rows] = 0
    if b is not None:
        panels[:, rows].flat[:columns] = b
    return panels


def from_panels(panels, columns):
    """W and b again, for specifications."""
    whole = panels.swapaxes(0, 1).reshape(panels.shape[1], -1)[:, :columns]
    return whole[:-1], whole[-1]


def room_for(count, *panels):
    """`count` arrays for one tile's rows, wide enough for products with `panels`.

    Kernels do not make them themselves: np.empty alone is 0.08 s of compilation.
    """
    wide = max(max(p.shape[1] - 1, p.shape[0] * p.shape[2]) for p in panels)
    return np.empty((count, 8, wide), panels[0].dtype)


@helper
def multiply(A, begin, step, panels, C, rows):
    """The first rows of C = A W + b, for W and b in panels.

    The rows of A start at `begin`, and `step` numbers apart.
    """
    count, depth, wide = panels.shape
    n, a, b = (1, 1, depth - 1), (step, 0, 0, 1), (0, 0, wide)
    low = C.dtype.type(-np.inf)
    for p in range(count):
        first = p * depth * wide
        at = (begin, first, p * wide, first + (depth - 1) * wide)
        short_tile(rows, 2, at, n, a, b, C.shape[1], 0, A, panels, C, panels, low)


@helper
def height(left, most):
    """How many of the samples left go through the time steps together: 8, 4, 2 or 1."""
    rows = 8
    while rows > left or rows > most:
        rows >>= 1
    return rows


# ----------------------------------------------------------------------------- LSTM


def lstm_spec(z, panels, m, keep, most, hs, cs, room):
    """All steps of LSTM.

    For step t
        z_t += (h_t m) U + b
        i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the parts of z_t
        c_(t+1) = f c_t + i g
        h_(t+1) = o tanh(c_(t+1))
    and where not keep: z_t stays, c_(t+1) = c_t, h_(t+1) = h_t

    Arguments
        z (n, t, 4u): projected inputs; becomes the gates i, f, g, o.
        panels: of U (u, 4u) and b (4u).
        m (n, u), keep (n, t).
        most: how many rows a tile may have.
        hs, cs (n, t + 1, u): states; the first of each is given.
        room (2, 8, ...): see `room_for`.
    """
    u = hs.shape[2]
    U, b = from_panels(panels, 4 * u)
    for t in range(z.shape[1]):
        a = z[:, t] + (hs[:, t] * m) @ U + b
        gates = 1 / (1 + np.exp(-a))
        gates[:, 2 * u : 3 * u] = np.tanh(a[:, 2 * u : 3 * u])
        i, f, g, o = np.split(gates, 4, axis=1)
        c = f * cs[:, t] + i * g
        count = keep[:, t, None]
        cs[:, t + 1] = np.where(count, c, cs[:, t])
        hs[:, t + 1] = np.where(count, o * np.tanh(c), hs[:, t])
        z[:, t] = np.where(count, gates, z[:, t])


@kernel(spec=lstm_spec)
def lstm(z: Out, panels, m, keep, most: int, hs: Out, cs: Out, room: Room):
    """Some samples through all steps."""
    n, steps, wide = z.shape
    u = wide // 4
    fed, v = room[0], room[1]
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for t in range(steps):
            for r in range(rows):
                for j in range(u):
                    fed[r, j] = hs[lo + r, t, j] * m[lo + r, j]
            multiply(fed, 0, fed.shape[1], panels, v, rows)
            for r in range(rows):
                b = lo + r
                if keep[b, t]:
                    lstm_gates(z[b, t], v[r], cs[b, t], cs[b, t + 1], hs[b, t + 1])
                else:
                    for j in range(u):
                        cs[b, t + 1, j] = cs[b, t, j]
                        hs[b, t + 1, j] = hs[b, t, j]
        lo += rows


@helper(once=True)
def lstm_gates(z, v, c, c_new, h_new):
    """One sample: the equations of `lstm_spec`, in loops that LLVM makes vectors of."""
    u = c.size
    i, f, g, o = 0, u, 2 * u, 3 * u  # where these gates begin in z
    for lo, hi in ((i, g), (o, 4 * u)):
        part, fed = z[lo:hi], v[lo:hi]
        for j in range(part.size):
            part[j] = sigmoid(part[j] + fed[j])
    for j in range(u):
        z[g + j] = tanh(z[g + j] + v[g + j])
    for j in range(u):
        c_new[j] = z[f + j] * c[j] + z[i + j] * z[g + j]
    for j in range(u):
        h_new[j] = z[o + j] * tanh(c_new[j])


def lstm_gradient_spec(z, panels, m, keep, most, cs, dy, dh, dc, room):
    """All steps of LSTM back, the last first.

    For step t
        dh += dy_t
        do = dh tanh(c_(t+1)),  dc += dh o (1 - tanh(c_(t+1))^2)
        di = dc g,  df = dc c_t,  dg = dc i,  dc = dc f
        dz_t = (di i (1 - i), df f (1 - f), dg (1 - g^2), do o (1 - o))
        dh = (dz_t U^T) m
    and where not keep: dz_t = 0; dh, dc stay

    Arguments
        z (n, t, 4u): gates from `lstm`; becomes dz.
        panels: of U^T (4u, u).
        dy (n, t, u), or (n, 0, u) where only last states have gradients.
        dh, dc (n, u): gradients of the last states; become those of the first.
        room (2, 8, ...): see `room_for`.
        others: as in `lstm`.
    """
    u = cs.shape[2]
    U_T, _ = from_panels(panels, u)
    for t in reversed(range(z.shape[1])):
        i, f, g, o = np.split(z[:, t], 4, axis=1)
        if dy.shape[1]:
            dh += dy[:, t]
        shown = np.tanh(cs[:, t + 1])
        total = dc + dh * o * (1 - shown**2)
        parts = (
            total * g * i * (1 - i),
            total * cs[:, t] * f * (1 - f),
            total * i * (1 - g**2),
            dh * shown * o * (1 - o),
        )
        count = keep[:, t, None]
        dc[...] = np.where(count, total * f, dc)
        dz = np.where(count, np.concatenate(parts, axis=1), 0)
        dh[...] = np.where(count, (dz @ U_T) * m, dh)
        z[:, t] = dz


@kernel(spec=lstm_gradient_spec)
def lstm_gradient(
    z: Out, panels, m, keep, most: int, cs, dy, dh: Out, dc: Out, room: Room
):
    """Some samples through all steps, the last first."""
    n, steps, wide = z.shape
    u = wide // 4
    v, shown = room[0], room[1, 0]
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for back in range(steps):
            t = steps - 1 - back
            for r in range(rows):
                b = lo + r
                if dy.shape[1] > 0:
                    for j in range(u):
                        dh[b, j] += dy[b, t, j]
                if keep[b, t]:
                    state = (cs[b, t], cs[b, t + 1], dh[b], dc[b])
                    lstm_gates_gradient(z[b, t], state, shown)
                else:
                    for j in range(wide):
                        z[b, t, j] = 0
            multiply(z, (lo * steps + t) * wide, steps * wide, panels, v, rows)
            for r in range(rows):
                if keep[lo + r, t]:
                    for j in range(u):
                        dh[lo + r, j] = v[r, j] * m[lo + r, j]
        lo += rows


@helper(once=True)
def lstm_gates_gradient(z, state, shown):
    """One sample: the equations of `lstm_gradient_spec`.

    Short loops over few arrays: LLVM must prove that they do not overlap.
    """
    c, c_new, dh, dc = state
    u = c.size
    i, f, g, o = 0, u, 2 * u, 3 * u  # where these gates begin in z
    one = dh.dtype.type(1)
    for j in range(u):
        shown[j] = tanh(c_new[j])
    for j in range(u):
        dc[j] += dh[j] * z[o + j] * (one - shown[j] * shown[j])
    for j in range(u):
        z[o + j] *= dh[j] * shown[j] * (one - z[o + j])
    for j in range(u):
        shown[j] = dc[j] * z[g + j] * z[i + j] * (one - z[i + j])
    for j in range(u):
        z[g + j] = dc[j] * z[i + j] * (one - z[g + j] * z[g + j])
    for j in range(u):
        kept = dc[j] * z[f + j]
        z[f + j] = kept * c[j] * (one - z[f + j])
        dc[j] = kept
    for j in range(u):
        z[i + j] = shown[j]


# ------------------------------------------------------------------------------ GRU


def gru_spec(x, panels, panels_h, m, keep, after, most, hs, vs, room):
    """All steps of GRU.

    For step t, with fed = h_t m
        v_z, v_r = parts of fed U + b
        z, r = sigmoid(x_z + v_z), sigmoid(x_r + v_r)
        v_h = (r fed) U_h + b_h            or, if `after`: v_h = fed U_h + b_h
        q = tanh(x_h + v_h)                or, if `after`: q = tanh(x_h + r v_h)
        h_(t+1) = z fed + (1 - z) q
    and where not keep: h_(t+1) = h_t

    Arguments
        x (n, t, 3u): projected inputs; becomes z, r, q.
        panels, panels_h: of U_zr (u, 2u) and b (2u), of U_h (u, u) and b_h (u).
        m (n, u), keep (n, t).
        hs (n, t + 1, u): states; the first is given.
        vs (n, t, u): becomes r fed, or v_h if `after`.
        room (3, 8, ...): see `room_for`.
        others: as in `lstm_spec`.
    """
    u = hs.shape[2]
    (U_zr, b), (U_h, b_h) = from_panels(panels, 2 * u), from_panels(panels_h, u)
    for t in range(x.shape[1]):
        h = hs[:, t]
        fed = h * m
        v = fed @ U_zr + b
        z, r = np.split(1 / (1 + np.exp(-x[:, t, : 2 * u] - v)), 2, axis=1)
        vs[:, t] = fed @ U_h + b_h if after else r * fed
        v_h = r * vs[:, t] if after else vs[:, t] @ U_h + b_h
        q = np.tanh(x[:, t, 2 * u :] + v_h)
        x[:, t] = np.concatenate([z, r, q], axis=1)
        hs[:, t + 1] = np.where(keep[:, t, None], z * fed + (1 - z) * q, h)


@kernel(spec=gru_spec)
def gru(
    x: Out,
    panels,
    panels_h,
    m,
    keep,
    after: bool,
    most: int,
    hs: Out,
    vs: Out,
    room: Room,
):
    """Some samples through all steps."""
    n, steps, wide = x.shape
    u = wide // 3
    fed, v, v_h = room[0], room[1], room[2]
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for t in range(steps):
            for r in range(rows):
                for j in range(u):
                    fed[r, j] = hs[lo + r, t, j] * m[lo + r, j]
            multiply(fed, 0, fed.shape[1], panels, v, rows)
            for r in range(rows):
                for j in range(2 * u):
                    x[lo + r, t, j] = sigmoid(x[lo + r, t, j] + v[r, j])
                if not after:
                    for j in range(u):
                        fed[r, j] *= x[lo + r, t, u + j]
            multiply(fed, 0, fed.shape[1], panels_h, v_h, rows)
            for r in range(rows):
                b = lo + r
                read = v_h[r] if after else fed[r]
                gru_output(x[b, t], read, v_h[r], after, vs[b, t])
                if keep[b, t]:
                    gru_state(x[b, t], hs[b, t], m[b], hs[b, t + 1])
                else:
                    for j in range(u):
                        hs[b, t + 1, j] = hs[b, t, j]
        lo += rows


@helper(once=True)
def gru_output(x, read, v_h, after, stored):
    """One sample: q from v_h; `stored` becomes `read`."""
    u = stored.size
    for j in range(u):
        stored[j] = read[j]
    if after:
        for j in range(u):
            v_h[j] *= x[u + j]
    for j in range(u):
        x[2 * u + j] = tanh(x[2 * u + j] + v_h[j])


@helper(once=True)
def gru_state(x, h, m, h_new):
    """One sample: h_new = z h m + (1 - z) q."""
    u = h.size
    one = h.dtype.type(1)
    for j in range(u):
        h_new[j] = x[j] * (h[j] * m[j]) + (one - x[j]) * x[2 * u + j]


def gru_gradient_spec(x, panels, panels_h, m, keep, after, most, hs, vs, dy, dh, room):
    """All steps of GRU back, the last first.

    For step t, with fed = h_t m
        dh += dy_t
        dx_z = dh (fed - q) z (1 - z)
        dx_h = dh (1 - z) (1 - q^2)
        dr = (dx_h U_h^T) fed              or, if `after`: dr = dx_h v_h
        dx_r = dr r (1 - r)
        dfed = (dx_z, dx_r) U_zr^T + (dx_h U_h^T) r
                                           or, if `after`: ... + (dx_h r) U_h^T
        dh = (dh z + dfed) m
    and where not keep: dx_t = 0; dh stays

    Arguments
        x (n, t, 3u): gates from `gru`; becomes dx.
        panels, panels_h: of U_zr^T (2u, u) and of U_h^T (u, u).
        vs (n, t, u): from `gru`; if `after` it becomes dx_h r.
        dy (n, t, u), or (n, 0, u) where only the last state has a gradient.
        dh (n, u): gradient of the last state; becomes that of the first.
        room (3, 8, ...): see `room_for`.
        others: as in `gru`.
    """
    u = hs.shape[2]
    (U_zr_T, _), (U_h_T, _) = from_panels(panels, u), from_panels(panels_h, u)
    for t in reversed(range(x.shape[1])):
        z, r, q = np.split(x[:, t].copy(), 3, axis=1)
        fed, count = hs[:, t] * m, keep[:, t, None]
        if dy.shape[1]:
            dh += dy[:, t]
        dx_z = np.where(count, dh * (fed - q) * z * (1 - z), 0)
        dx_h = np.where(count, dh * (1 - z) * (1 - q**2), 0)
        drh = (dx_h * r if after else dx_h) @ U_h_T
        dr = dx_h * vs[:, t] if after else drh * fed
        dx_zr = np.concatenate([dx_z, dr * r * (1 - r)], axis=1)
        dfed = dx_zr @ U_zr_T + (drh if after else drh * r)
        if after:
            vs[:, t] = dx_h * r
        x[:, t] = np.concatenate([dx_zr, dx_h], axis=1)
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
    room: Room,
):
    """Some samples through all steps, the last first."""
    n, steps, wide = x.shape
    u = wide // 3
    read, drh, v = room[0], room[1], room[2]
    lo = 0
    while lo < n:
        rows = height(n - lo, most)
        for back in range(steps):
            t = steps - 1 - back
            for r in range(rows):
                b = lo + r
                if dy.shape[1] > 0:
                    for j in range(u):
                        dh[b, j] += dy[b, t, j]
                if keep[b, t]:
                    gru_gradient_to_q(x[b, t], hs[b, t], m[b], dh[b], read[r])
                else:
                    for j in range(wide):
                        x[b, t, j] = 0
                for j in range(u):
                    read[r, j] = x[b, t, 2 * u + j]
                if after:
                    for j in range(u):
                        read[r, j] *= x[b, t, u + j]
            multiply(read, 0, read.shape[1], panels_h, drh, rows)
            for r in range(rows):
                b = lo + r
                if after:
                    gru_gradient_to_r_after(x[b, t], read[r], vs[b, t])
                else:
                    gru_gradient_to_r(x[b, t], hs[b, t], m[b], drh[r])
            multiply(x, (lo * steps + t) * wide, steps * wide, panels, v, rows)
            for r in range(rows):
                if keep[lo + r, t]:
                    for j in range(u):
                        total = dh[lo + r, j] + v[r, j] + drh[r, j]
                        dh[lo + r, j] = total * m[lo + r, j]
        lo += rows


@helper(once=True)
def gru_gradient_to_q(x, h, m, dh, dx_z):
    """One sample: dx_z and dx_h in the places of z and q; dh z in that of dh."""
    u = h.size
    one = h.dtype.type(1)
    for j in range(u):
        change = (h[j] * m[j] - x[2 * u + j]) * (one - x[j])
        dx_z[j] = dh[j] * x[j] * change
    for j in range(u):
        change = (one - x[j]) * (one - x[2 * u + j] * x[2 * u + j])
        x[2 * u + j] = dh[j] * change
    for j in range(u):
        dh[j] *= x[j]
    for j in range(u):
        x[j] = dx_z[j]


@helper(once=True)
def gru_gradient_to_r(x, h, m, drh):
    """One sample: dx_r in the place of r; drh r in that of drh."""
    u = h.size
    one = h.dtype.type(1)
    for j in range(u):
        r = x[u + j]
        x[u + j] = drh[j] * (h[j] * m[j]) * r * (one - r)
        drh[j] *= r


@helper(once=True)
def gru_gradient_to_r_after(x, read, v_h):
    """One sample: dx_r in the place of r; dx_h r (read) in that of v_h."""
    u = v_h.size
    one = v_h.dtype.type(1)
    for j in range(u):
        x[u + j] *= x[2 * u + j] * v_h[j] * (one - x[u + j])
    for j in range(u):
        v_h[j] = read[j]
