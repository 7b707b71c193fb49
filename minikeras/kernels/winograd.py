"""Convolution with 3x3 kernels in fewer multiplications, after Winograd.

Two outputs of a filter with three taps need six multiplications; after a few additions,
four are enough. In two dimensions, a tile of 2x2 outputs needs 16 in place of 36:

    Y = A^T [ (G W G^T) * (B^T X B) ] A          X (4, 4), W (3, 3), Y (2, 2)

* is the product of numbers at the same place. Summed over channels it becomes 16
matrix products, (tiles, c) by (c, f). The gradient by W is the same identity backwards:

    dW = G^T [ sum over tiles of (B^T X B) * (A dY A^T) ] G

Rounding: differences of sums cost about one binary digit. On normally distributed data
the largest error against float64 stays under 4 times that of the direct algorithm
(`tests/kernels/test_winograd.py`). A NaN or infinity makes the whole tile NaN.

References
    Lavin, Gray (2015): Fast algorithms for convolutional neural networks.
    https://arxiv.org/abs/1509.09308
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minikeras.kernels import microkernel, team, workspace
from minikeras.kernels.direct import filter_panels
from minikeras.kernels.microkernel import even_tile
from minikeras.kernels.registry import Out, helper, kernel

A = np.array([[1, 0], [1, 1], [1, -1], [0, -1]])
B = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]).T
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


NANOSECONDS = 0.006  # for each multiplication of the plain formula, on one thread


def convolve(x, W, b, geometry, low):
    """The specification `convolve_spec` of `convolution`, for 3x3 kernels."""
    sizes = geometry.output_size(x.shape[1:4], W.shape[:3])
    y = workspace.empty((len(x), *sizes, W.shape[-1]), W.dtype)
    (top, _), (left, _) = geometry.padding[1:]
    _correlate(x, W[0], b, low, top, left, y)
    return y


def input_gradient(dy, W, b, geometry, sizes, low):
    """The same for `input_gradient_spec`: a convolution with the flipped kernel."""
    dx = workspace.empty((len(dy), *sizes, W.shape[3]), W.dtype)
    (top, _), (left, _) = geometry.padding[1:]
    _correlate(dy, W[0, ::-1, ::-1].swapaxes(2, 3), b, low, 2 - top, 2 - left, dx)
    return dx


def _correlate(x, W, b, low, top, left, y):
    c, f = W.shape[2:]
    x, out = (
        np.ascontiguousarray(x).reshape(-1, *x.shape[2:]),
        y.reshape(-1, *y.shape[2:]),
    )
    U = np.stack([filter_panels(u) for u in transform_kernel(W)])
    b = np.zeros(f, W.dtype) if b is None else b
    even = microkernel.even_rows(W.itemsize)

    def part(lo, hi):
        winograd(x[lo:hi], U, b, low, top, left, even, out[lo:hi])

    team.split(part, len(x), NANOSECONDS * 9 * c * y.size)


def weight_gradient(x, dy, geometry, kernel_sizes):
    """The same for `weight_gradient_spec`."""
    x = np.ascontiguousarray(x).reshape(-1, *x.shape[2:])
    dy = np.ascontiguousarray(dy).reshape(-1, *dy.shape[2:])
    (top, _), (left, _) = geometry.padding[1:]
    c, f = x.shape[-1], dy.shape[-1]
    even, vector = microkernel.even_rows(x.itemsize), microkernel.shape(x.itemsize)[1]
    sizes = np.array([even, 2 * vector])

    def part(lo, hi):
        dU = np.empty((16, c, f), x.dtype)
        winograd_gradient(x[lo:hi], dy[lo:hi], top, left, sizes, dU)
        return dU

    dU = sum(team.split(part, len(x), NANOSECONDS * 9 * c * dy.size))
    return transform_back(dU).reshape(*kernel_sizes, c, f)


def transform_kernel(W):
    """G W G^T: (3, 3, c, f) -> (16, c, f)."""
    g = G.astype(W.dtype)
    U = np.tensordot(g, np.tensordot(g, W, (1, 0)), (1, 1))  # (b, a, c, f)
    return U.swapaxes(0, 1).reshape(16, *W.shape[2:])


def transform_back(dU):
    """G^T dU G: (16, c, f) -> (3, 3, c, f)."""
    g = G.astype(dU.dtype)
    dU = dU.reshape(4, 4, *dU.shape[1:])
    return np.tensordot(g, np.tensordot(g, dU, (0, 0)), (0, 1)).swapaxes(0, 1)


def _input_tiles(x, top, left, rows, columns):
    """B^T X B of all tiles: (4, 4, n, rows, columns, c)."""
    below = max(0, 2 * rows + 2 - top - x.shape[1])
    right = max(0, 2 * columns + 2 - left - x.shape[2])
    x = np.pad(x, ((0, 0), (top, below), (left, right), (0, 0)))
    tiles = sliding_window_view(x, (4, 4), axis=(1, 2))[:, ::2, ::2][:, :rows, :columns]
    b = B.astype(x.dtype)
    return np.einsum("ia,nhwcij,jb->abnhwc", b, tiles, b)


# --------------------------------------------------------------- forward (and dx)


def winograd_spec(x, U, b, low, top, left, even, y):
    """y = max(b + convolution, low), from a transformed kernel.

    Arguments
        x: (n, h, w, c), with `top` and `left` rows and columns of zeros before it, and
            as many as needed behind it.
        U: (16, panels, c, width): the transformed kernel, cut into panels of filters.
        b: (f) bias.
        low: lower bound.
        even: rows of `even_tile`.
        y: (n, oh, ow, f).
    """
    n, oh, ow, f = y.shape
    rows, columns = -(-oh // 2), -(-ow // 2)
    V = _input_tiles(x, top, left, rows, columns)
    U = U.swapaxes(1, 2).reshape(4, 4, x.shape[3], f)
    M = np.einsum("abnhwc,abcf->abnhwf", V, U)
    a = A.astype(x.dtype)
    Y = np.einsum("ai,abnhwf,bj->nhiwjf", a, M, a).reshape(n, 2 * rows, 2 * columns, f)
    y[...] = np.maximum(Y[:, :oh, :ow] + b, x.dtype.type(low))


@kernel(spec=winograd_spec)
def winograd(x, U, b, low, top: int, left: int, even: int, y: Out):
    """Some rows of tiles at a time: all 16 products stay in the second cache."""
    n, oh, ow, f = y.shape
    c, width = x.shape[3], U.shape[3]
    across = (ow + 1) // 2
    rows, V, strip = tile_buffers(x, across, left, even, c + f)
    M = np.zeros((16, V.shape[1], f), x.dtype)
    zero_row, zeros = np.zeros(x.shape[2:], x.dtype), np.zeros(f, x.dtype)
    sums = np.zeros((4, 2 * across, f), x.dtype)
    lowest, low = x.dtype.type(-np.inf), x.dtype.type(low)
    flat_U, flat_V, flat_M = U.reshape(-1), V.reshape(-1), M.reshape(-1)
    down = (oh + 1) // 2
    for begin in range(0, n * down, rows):
        end = min(n * down, begin + rows)
        for r in range(begin, end):
            image, i = r // down, r % down
            input_strip(x[image], 2 * i - top, left, zero_row, strip)
            input_columns(strip, across, V, (r - begin) * across)
        count = (end - begin) * across
        for k in range(16):
            for p in range(U.shape[1]):
                U_at = (k * U.shape[1] + p) * c * width
                for q in range(0, count, even):
                    V_at = (k * V.shape[1] + q) * c
                    M_at = (k * V.shape[1] + q) * f + p * width
                    even_tile(
                        even, 2, (V_at, U_at, M_at, 0), (1, 1, c), (c, 0, 0, 1),
                        (0, 0, width), f, 0, flat_V, flat_U, flat_M, zeros, lowest,
                    )  # fmt: skip
        for r in range(begin, end):
            image, i = r // down, r % down
            output_columns(M, across, (r - begin) * across, sums)
            output_rows(sums, b, low, i, y[image])


@helper
def tile_buffers(x, across, left, even, channels):
    """Rows of tiles in a block, room for their 16 transforms, room for a strip of x."""
    most = max(56, 400_000 // (64 * channels))
    rows = max(1, most // across)
    tiles = (rows * across + even - 1) // even * even
    V = np.zeros((16, tiles, x.shape[3]), x.dtype)
    columns = max(2 * across + 2, left + x.shape[2])
    return rows, V, np.zeros((4, columns, x.shape[3]), x.dtype)


@helper
def input_strip(x, first, left, zero_row, strip):
    """B^T X for a whole row of tiles: four rows of x, from row `first` on, combined."""
    h, size = x.shape[0], x.shape[1] * x.shape[2]
    at = left * x.shape[2]
    d0 = (x[first] if 0 <= first < h else zero_row).reshape(-1)
    d1 = (x[first + 1] if 0 <= first + 1 < h else zero_row).reshape(-1)
    d2 = (x[first + 2] if 0 <= first + 2 < h else zero_row).reshape(-1)
    d3 = (x[first + 3] if 0 <= first + 3 < h else zero_row).reshape(-1)
    s0, s1 = strip[0].reshape(-1)[at:], strip[1].reshape(-1)[at:]
    s2, s3 = strip[2].reshape(-1)[at:], strip[3].reshape(-1)[at:]
    for i in range(size):
        s0[i] = d0[i] - d2[i]
        s1[i] = d1[i] + d2[i]
        s2[i] = d2[i] - d1[i]
        s3[i] = d1[i] - d3[i]


@helper
def input_columns(strip, across, V, at):
    """(B^T X) B for each tile of a strip, into V[:, at...]."""
    for a in range(4):
        for q in range(across):
            d0, d1 = strip[a, 2 * q], strip[a, 2 * q + 1]
            d2, d3 = strip[a, 2 * q + 2], strip[a, 2 * q + 3]
            v0, v1 = V[4 * a, at + q], V[4 * a + 1, at + q]
            v2, v3 = V[4 * a + 2, at + q], V[4 * a + 3, at + q]
            for c in range(d0.size):
                v0[c] = d0[c] - d2[c]
                v1[c] = d1[c] + d2[c]
                v2[c] = d2[c] - d1[c]
                v3[c] = d1[c] - d3[c]


@helper
def output_columns(M, across, at, sums):
    """M A for each tile of a strip."""
    for a in range(4):
        for q in range(across):
            m0, m1 = M[4 * a, at + q], M[4 * a + 1, at + q]
            m2, m3 = M[4 * a + 2, at + q], M[4 * a + 3, at + q]
            s0, s1 = sums[a, 2 * q], sums[a, 2 * q + 1]
            for f in range(s0.size):
                s0[f] = m0[f] + m1[f] + m2[f]
                s1[f] = m1[f] - m2[f] - m3[f]


@helper
def output_rows(sums, b, low, i, y):
    """A^T (M A), bias and bound: two rows of y, if it has both."""
    for j in range(y.shape[1]):
        s0, s1, s2, s3 = sums[0, j], sums[1, j], sums[2, j], sums[3, j]
        first = y[2 * i, j]
        for f in range(b.size):
            v = s0[f] + s1[f] + s2[f] + b[f]
            first[f] = low if v < low else v
        if 2 * i + 1 < y.shape[0]:
            second = y[2 * i + 1, j]
            for f in range(b.size):
                v = s1[f] - s2[f] - s3[f] + b[f]
                second[f] = low if v < low else v


# ---------------------------------------------------------------------- gradient by W


def winograd_gradient_spec(x, dy, top, left, sizes, dU):
    """dU (16, c, f) = sum over tiles of (B^T X B) * (A dY A^T); see `winograd_spec`.

    sizes (2): rows and columns of `even_tile`; c and f are multiples of them.
    """
    n, oh, ow, f = dy.shape
    rows, columns = -(-oh // 2), -(-ow // 2)
    V = _input_tiles(x, top, left, rows, columns)
    dy = np.pad(dy, ((0, 0), (0, oh % 2), (0, ow % 2), (0, 0)))
    dY, a = dy.reshape(n, rows, 2, columns, 2, f), A.astype(x.dtype)
    D = np.einsum("ai,nhiwjf,bj->abnhwf", a, dY, a)
    dU[...] = np.einsum("abnhwc,abnhwf->abcf", V, D).reshape(dU.shape)


@kernel(spec=winograd_gradient_spec)
def winograd_gradient(x, dy, top: int, left: int, sizes, dU: Out):
    """Some rows of tiles at a time; dU grows in registers, `even` rows at once."""
    n, oh, ow, f = dy.shape
    c, even, width = x.shape[3], sizes[0], sizes[1]
    across = (ow + 1) // 2
    rows, V, strip = tile_buffers(x, across, left, even, c + f)
    D = np.zeros((16, V.shape[1], f), x.dtype)
    zero_x, zero_dy = np.zeros(x.shape[2:], x.dtype), np.zeros(dy.shape[2:], x.dtype)
    dy_strip = np.zeros((4, 2 * across, f), x.dtype)
    lowest = x.dtype.type(-np.inf)
    flat_V, flat_D, flat_dU = V.reshape(-1), D.reshape(-1), dU.reshape(-1)
    dU[:] = 0
    down = (oh + 1) // 2
    for begin in range(0, n * down, rows):
        end = min(n * down, begin + rows)
        for r in range(begin, end):
            image, i = r // down, r % down
            input_strip(x[image], 2 * i - top, left, zero_x, strip)
            input_columns(strip, across, V, (r - begin) * across)
            gradient_strip(dy[image], 2 * i, zero_dy, dy_strip)
            gradient_columns(dy_strip, across, D, (r - begin) * across)
        count = (end - begin) * across
        for k in range(16):
            for j in range(0, f, width):
                D_at = k * V.shape[1] * f + j
                for i in range(0, c, even):
                    V_at = k * V.shape[1] * c + i
                    dU_at = (k * c + i) * f + j
                    even_tile(
                        even, 2, (V_at, D_at, dU_at, dU_at), (1, 1, count),
                        (1, 0, 0, c), (0, 0, f), f, f, flat_V, flat_D, flat_dU,
                        flat_dU, lowest,
                    )  # fmt: skip


@helper
def gradient_strip(dy, first, zero_row, strip):
    """A dY for a whole row of tiles: two rows of dy combined."""
    g0 = dy[first].reshape(-1)
    g1 = (dy[first + 1] if first + 1 < dy.shape[0] else zero_row).reshape(-1)
    s0, s1 = strip[0].reshape(-1), strip[1].reshape(-1)
    s2, s3 = strip[2].reshape(-1), strip[3].reshape(-1)
    for i in range(g0.size):
        s0[i] = g0[i]
        s1[i] = g0[i] + g1[i]
        s2[i] = g0[i] - g1[i]
        s3[i] = -g1[i]


@helper
def gradient_columns(strip, across, D, at):
    """(A dY) A^T for each tile of a strip, into D[:, at...]."""
    for a in range(4):
        for q in range(across):
            g0, g1 = strip[a, 2 * q], strip[a, 2 * q + 1]
            d0, d1 = D[4 * a, at + q], D[4 * a + 1, at + q]
            d2, d3 = D[4 * a + 2, at + q], D[4 * a + 3, at + q]
            for f in range(g0.size):
                d0[f] = g0[f]
                d1[f] = g0[f] + g1[f]
                d2[f] = g0[f] - g1[f]
                d3[f] = -g1[f]
