"""Move the pixels of an image by an affine map.

The conventions at the border are those of scipy.ndimage.affine_transform.
"""

import numpy as np

from minikeras.kernels import kernel

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
        before = last - np.fmod(-position, last)
        folded = np.where(position < 0, before, np.fmod(position, last))
    else:
        folded = np.clip(position, 0, last)
    outside = (position < -TINY) | (position > last + TINY)
    return np.where(outside, folded, np.clip(position, 0, last))


@kernel(spec=warp_spec)
def warp(x, matrix, order: int, mode: int, cval):
    """Row by row: fold all positions of a row, then interpolate."""
    h, w, c = x.shape
    y = np.empty_like(x)
    one = x.dtype.type(1)
    at = np.empty((2, w))
    for i in range(h):
        for axis in range(2):
            size = x.shape[axis]
            last = size - 1.0
            start = matrix[axis, 2] + matrix[axis, 0] * i
            for j in range(w):
                p = start + matrix[axis, 1] * j
                if p < -TINY or p > last + TINY:
                    if mode == 1:
                        at[axis, j] = -1
                        continue
                    if mode == 2:
                        p = (p + 0.5) % (2 * size)
                        p = min(p, 2 * size - p) - 0.5
                    elif mode == 3 and last > 0:
                        p = last - (-p) % last if p < 0 else p % last
                p = p if p > 0 else 0.0
                p = p if p < last else last
                at[axis, j] = np.floor(p + 0.5) if order == 0 else p
        for j in range(w):
            p, q = at[0, j], at[1, j]
            if p < 0 or q < 0:
                y[i, j] = cval
                continue
            top, left = int(p), int(q)
            down, right = x.dtype.type(p - top), x.dtype.type(q - left)
            bottom, end = top + int(down > 0), left + int(right > 0)
            for k in range(c):
                upper = (one - right) * x[top, left, k] + right * x[top, end, k]
                lower = (one - right) * x[bottom, left, k] + right * x[bottom, end, k]
                y[i, j, k] = (one - down) * upper + down * lower
    return y
