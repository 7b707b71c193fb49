"""Sums over rows and scaling of columns: what batch normalization repeats.

All arrays are (rows, c) or (c).
"""

import numpy as np

from minikeras.kernels.registry import Out, kernel

BLOCK = 256  # rows summed in the type of x before float64 takes over


def moments_spec(x, shift, sums, squares):
    """Sums of x - shift and of its square over all rows, in float64.

    With a shift near the mean, the variance loses no digits.
    """
    centred = x - shift
    centred.sum(axis=0, dtype=np.float64, out=sums)
    np.square(centred).sum(axis=0, dtype=np.float64, out=squares)


@kernel(spec=moments_spec)
def moments(x, shift, sums: Out, squares: Out):
    """One pass for both."""
    zero = x.dtype.type(0)
    a, b = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    sums[:] = 0
    squares[:] = 0
    for begin in range(0, x.shape[0], BLOCK):
        a[:] = zero
        b[:] = zero
        for i in range(begin, min(begin + BLOCK, x.shape[0])):
            for j in range(x.shape[1]):
                v = x[i, j] - shift[j]
                a[j] += v
                b[j] += v * v
        for j in range(x.shape[1]):
            sums[j] += a[j]
            squares[j] += b[j]


def products_spec(x, shift, dy, sums, products):
    """Sums of dy and of dy * (x - shift) over all rows, in float64."""
    dy.sum(axis=0, dtype=np.float64, out=sums)
    (dy * (x - shift)).sum(axis=0, dtype=np.float64, out=products)


@kernel(spec=products_spec)
def products(x, shift, dy, sums: Out, products: Out):
    """One pass for both."""
    zero = x.dtype.type(0)
    a, b = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    sums[:] = 0
    products[:] = 0
    for begin in range(0, x.shape[0], BLOCK):
        a[:] = zero
        b[:] = zero
        for i in range(begin, min(begin + BLOCK, x.shape[0])):
            for j in range(x.shape[1]):
                a[j] += dy[i, j]
                b[j] += dy[i, j] * (x[i, j] - shift[j])
        for j in range(x.shape[1]):
            sums[j] += a[j]
            products[j] += b[j]


def scale_spec(x, scale, offset, y):
    """y = x * scale + offset."""
    np.multiply(x, scale, out=y)
    y += offset


@kernel(spec=scale_spec)
def scale(x, scale, offset, y: Out):
    """One pass."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] * scale[j] + offset[j]


def mix_spec(x, dy, x_scale, dy_scale, offset, dx):
    """dx = x * x_scale + dy * dy_scale + offset."""
    np.multiply(x, x_scale, out=dx)
    dx += dy * dy_scale
    dx += offset


@kernel(spec=mix_spec)
def mix(x, dy, x_scale, dy_scale, offset, dx: Out):
    """One pass."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            dx[i, j] = x[i, j] * x_scale[j] + dy[i, j] * dy_scale[j] + offset[j]
