"""Move the pixels of an image by an affine map.

The conventions at the border are those of scipy.ndimage.affine_transform.
"""

import numpy as np

from minikeras.kernels import helper, kernel

FILL_MODES = ("nearest", "constant", "reflect", "wrap")
TINY = 1e-9  # a position this far outside is on the border but for rounding


def warp_spec(x, matrix, order, mode, cval):
    """Pixel (i, j) of y shows x at the position (p, q) that the matrix sends it to.

        p = matrix[0, 2] + matrix[0, 0] i + matrix[0, 1] j
        q = matrix[1, 2] + matrix[1, 0] i + matrix[1, 1] j

    Arguments
        x: image (h, w, c).
        matrix: (2, 3), from positions in y to positions in x.
        order: 0 takes the nearest pixel, 1 interpolates linearly between four.
        mode: number in FILL_MODES of the rule for positions outside x: the nearest
            pixel, the constant cval, x mirrored at its edge, x repeated (with a period
            of one pixel less than its length, as in scipy).
        cval: the constant of mode 'constant'.

    Returns
        y of the shape and type of x.
    """
    h, w, _ = x.shape
    i, j = np.arange(h)[:, None], np.arange(w)
    p = fold_spec(matrix[0, 2] + matrix[0, 0] * i + matrix[0, 1] * j, h, mode)
    q = fold_spec(matrix[1, 2] + matrix[1, 0] * i + matrix[1, 1] * j, w, mode)
    outside = ((p < 0) | (q < 0))[..., None]
    if order == 0:
        p, q = np.floor(p + 0.5), np.floor(q + 0.5)
    p, q = np.maximum(p, 0), np.maximum(q, 0)
    top, left = p.astype(int), q.astype(int)
    down, right = (p - top).astype(x.dtype), (q - left).astype(x.dtype)
    bottom, end = top + (down > 0), left + (right > 0)
    down, right = down[..., None], right[..., None]
    upper = (1 - right) * x[top, left] + right * x[top, end]
    lower = (1 - right) * x[bottom, left] + right * x[bottom, end]
    y = (1 - down) * upper + down * lower
    return np.where(outside, x.dtype.type(cval), y)


def fold_spec(position, size, mode):
    """Bring positions on an axis of `size` pixels into 0 .. size - 1; -1: outside."""
    last = size - 1
    if mode == 1:
        folded = np.full_like(position, -1)
    elif mode == 2:
        around = np.mod(position + 0.5, 2 * size)
        folded = np.clip(np.minimum(around, 2 * size - around) - 0.5, 0, last)
    elif mode == 3 and last > 0:
        turns = np.floor(np.abs(position) / last)
        folded = position + last * np.where(position < 0, turns + 1, -turns)
    else:
        folded = np.clip(position, 0, last)
    outside = (position < -TINY) | (position > last + TINY)
    return np.where(outside, folded, np.clip(position, 0, last))


@helper
def fold(at, start, step, size, mode):
    """Fill `at` with start + step j, brought into 0 .. size - 1; -1: outside."""
    last = size - 1.0
    for j in range(at.size):
        p = start + step * j
        if mode != 0 and (p < -TINY or p > last + TINY):
            if mode == 1:
                at[j] = -1
                continue
            if mode == 2:
                p = p + 0.5
                p -= 2 * size * np.floor(p / (2 * size))
                p = min(p, 2 * size - p) - 0.5
            elif last > 0:
                turns = np.floor(abs(p) / last)
                p += last * (turns + 1) if p < 0 else -last * turns
        p = p if p > 0 else 0.0
        at[j] = p if p < last else last


@helper
def blend(x, y, to, corner, end, bottom, right, down, c):
    """y[to] = mean of x at `corner` and the pixels after it, c channels."""
    one = x.dtype.type(1)
    top_left, top_right = (one - down) * (one - right), (one - down) * right
    bottom_left, bottom_right = down * (one - right), down * right
    for channel in range(np.uint64(c)):
        k = np.uint64(channel)  # uncompiled, NumPy 1 adds an int as float
        y[to + k] = (
            top_left * x[corner + k]
            + top_right * x[corner + end + k]
            + bottom_left * x[corner + bottom + k]
            + bottom_right * x[corner + bottom + end + k]
        )


@kernel(spec=warp_spec)
def warp(x, matrix, order: int, mode: int, cval):
    """Row by row: positions, then corners and weights, then means, on flat arrays.

    25x on (32, 32, 3) and (224, 224, 3). Unsigned indices (no check for negative ones)
    and a constant number of channels take half of the loop's time off.
    """
    h, w, c = x.shape
    pixels = x.reshape(-1)
    y = np.empty_like(pixels)
    p, q = np.empty(w), np.empty(w)
    down, right = np.empty(w, x.dtype), np.empty(w, x.dtype)
    corner = np.empty(w, np.int64)
    for i in range(h):
        fold(p, matrix[0, 2] + matrix[0, 0] * i, matrix[0, 1], h, mode)
        fold(q, matrix[1, 2] + matrix[1, 0] * i, matrix[1, 1], w, mode)
        if order == 0:
            for j in range(w):
                p[j], q[j] = np.floor(p[j] + 0.5), np.floor(q[j] + 0.5)
        for j in range(w):
            top, left = int(p[j]), int(q[j])
            down[j], right[j] = p[j] - top, q[j] - left
            corner[j] = (top * w + left) * c
        for j in range(w):
            to = np.uint64((i * w + j) * c)
            if p[j] < 0 or q[j] < 0:
                y[to : to + np.uint64(c)] = cval
                continue
            start = np.uint64(corner[j])
            end = np.uint64(c if right[j] > 0 else 0)
            bottom = np.uint64(w * c if down[j] > 0 else 0)
            if c == 3:
                blend(pixels, y, to, start, end, bottom, right[j], down[j], 3)
            elif c == 1:
                blend(pixels, y, to, start, end, bottom, right[j], down[j], 1)
            else:
                blend(pixels, y, to, start, end, bottom, right[j], down[j], c)
    return y.reshape(x.shape)
