"""Batch normalization: zero mean and unit variance along some axes."""

import numpy as np

from minikeras.backend.op import op
from minikeras.kernels import normalization as kernels
from minikeras.kernels import team, workspace


def normalize_rows(x, gamma, beta, epsilon):
    """Normalize the columns of x by their own mean and variance.

    Forward
        y = gamma (x - mean) / sqrt(var + epsilon) + beta

    Backward
        dbeta = sum of dy
        dgamma = sum of dy (x - mean) / sqrt(var + epsilon)
        dx = gamma / sqrt(var + epsilon) (dy - dbeta / n - xhat dgamma / n)

    Shapes
        x, y                (n, c)
        gamma, beta         (c), or None for 1 and 0
        mean, var           (c)

    Returns y, mean, var, backward; `backward(dy)` gives (dx, dgamma, dbeta).
    """
    n = len(x)
    mean, var = moments_of_rows(x)
    inverse = 1 / np.sqrt(var + epsilon)
    scale = inverse if gamma is None else gamma * inverse
    offset = (0 if beta is None else beta) - mean * scale
    y = _scaled(x, scale, offset)

    def backward(dy):
        dbeta, products = _products(x, mean, dy)
        dgamma = products * inverse
        x_scale = -scale * inverse * dgamma / n
        offset = -scale * dbeta / n - x_scale * mean
        dx = _mixed(x, dy, x_scale, scale, offset)
        return dx, dgamma.astype(x.dtype), dbeta.astype(x.dtype)

    return y, mean.astype(x.dtype), var.astype(x.dtype), backward


def scale_rows(x, mean, var, gamma, beta, epsilon):
    """The same for a given mean and variance: `(y, backward)`.

    Backward
        dbeta, dgamma as in `normalize_rows`
        dx = gamma / sqrt(var + epsilon) dy
    """
    inverse = 1 / np.sqrt(var.astype(np.float64) + epsilon)
    scale = inverse if gamma is None else gamma * inverse
    y = _scaled(x, scale, (0 if beta is None else beta) - mean * scale)

    def backward(dy):
        dbeta, products = _products(x, mean, dy)
        dx = _scaled(dy, scale, np.zeros_like(scale))
        return dx, (products * inverse).astype(x.dtype), dbeta.astype(x.dtype)

    return y, backward


def moments_of_rows(x):
    """Mean and variance (divided by n) of each column of x, in float64."""
    n, c = x.shape
    shift = x[0].copy() if n else np.zeros(c, x.dtype)

    def part(lo, hi):
        sums, squares = np.empty(c), np.empty(c)
        kernels.moments(x[lo:hi], shift, sums, squares)
        return np.stack([sums, squares])

    sums, squares = sum(team.split(part, n, work=0.15 * x.size)) / max(n, 1)
    return sums + shift, np.maximum(squares - sums * sums, 0)


def _products(x, mean, dy):
    shift = mean.astype(x.dtype)

    def part(lo, hi):
        sums, products = np.empty(len(shift)), np.empty(len(shift))
        kernels.products(x[lo:hi], shift, dy[lo:hi], sums, products)
        return np.stack([sums, products])

    return sum(team.split(part, len(x), work=0.2 * x.size))


def _scaled(x, scale, offset):
    y = workspace.empty(x.shape, x.dtype)
    scale, offset = scale.astype(x.dtype), offset.astype(x.dtype)

    def part(lo, hi):
        kernels.scale(x[lo:hi], scale, offset, y[lo:hi])

    team.split(part, len(x), work=0.15 * x.size)
    return y


def _mixed(x, dy, x_scale, dy_scale, offset):
    dx = workspace.empty(x.shape, x.dtype)
    columns = [a.astype(x.dtype) for a in (x_scale, dy_scale, offset)]

    def part(lo, hi):
        kernels.mix(x[lo:hi], dy[lo:hi], *columns, dx[lo:hi])

    team.split(part, len(x), work=0.2 * x.size)
    return dx


def rows_of(x, axes):
    """x as (n, c): `axes` become rows, the others columns; and the way back."""
    kept = [i for i in range(x.ndim) if i not in axes]
    order = [*axes, *kept]
    moved = x.transpose(order)
    columns = int(np.prod([x.shape[i] for i in kept], dtype=int))

    def back(rows):
        return rows.reshape(moved.shape).transpose(np.argsort(order))

    return np.ascontiguousarray(moved).reshape(-1, columns), back


@op
def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """Normalize x over some axes, then scale and shift: [y, mean, var].

    Arguments
        gamma, beta: scale and offset of the axes that are left; None for 1 and 0.
        reduction_axes: axes to take mean and variance over.
        epsilon: added to the variance.

    For pictures (4 axes, all but the channels reduced) var is an estimate for more data
    than this batch, n / (n - 1) times larger, and mean and var pass no gradient on: so
    does the op of TensorFlow that Keras calls there.
    """
    axes = sorted(axis % x.ndim for axis in reduction_axes)
    rows, back = rows_of(x, axes)
    flat = [None if a is None else np.asarray(a).reshape(-1) for a in (gamma, beta)]
    y, mean, var, rows_backward = normalize_rows(rows, *flat, epsilon)
    left = [n for i, n in enumerate(x.shape) if i not in axes]
    is_picture = axes in ([0, 1, 2], [0, 2, 3]) and x.ndim == 4
    if is_picture:
        var = var * x.dtype.type(len(rows) / max(len(rows) - 1, 1))

    def backward(dys):
        dx, dgamma, dbeta = rows_backward(rows_of(dys[0], axes)[0])
        if not is_picture:
            dx = _with_moments(dx, rows, mean, dys[1], dys[2])
        pairs = zip((gamma, beta), (dgamma, dbeta), strict=True)
        return back(dx), *(None if a is None else d.reshape(a.shape) for a, d in pairs)

    return [back(y), mean.reshape(left), var.reshape(left)], backward


def _with_moments(dx, x, mean, dmean, dvar):
    """Add what comes through the returned mean and variance."""
    if dmean is not None:
        dx = dx + dmean.reshape(-1) / len(x)
    if dvar is not None:
        dx = dx + dvar.reshape(-1) * 2 * (x - mean) / len(x)
    return dx


@op(shape=lambda x, *args, **kwargs: x, dtype=lambda x, *args, **kwargs: x)
def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, for a given mean and variance.

    Arguments
        mean, var, beta, gamma: of the channels, or of a shape that fits x; beta and
            gamma may be None.
        axis: where the channels are.
    """
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]

    def fit(a):
        return a if a is None or a.ndim == x.ndim else a.reshape(shape)

    wide_mean, wide_var, wide_beta, wide_gamma = map(fit, (mean, var, beta, gamma))
    inverse = 1 / np.sqrt(wide_var + np.asarray(epsilon, x.dtype))
    xhat = (x - wide_mean) * inverse
    y = xhat if gamma is None else xhat * wide_gamma
    y = y if beta is None else y + wide_beta

    def backward(dy):
        dxhat = dy if gamma is None else dy * wide_gamma
        dx = dxhat * inverse
        dvar = -0.5 * dxhat * xhat * inverse * inverse
        grads = (dx, -dx, dvar, dy, dy * xhat)
        given = (x, mean, var, beta, gamma)
        return tuple(map(_sum_like, grads, given, map(fit, given)))

    return y, backward


def _sum_like(grad, given, wide):
    """The gradient for `given`, which was spread over the shape of `grad`."""
    if given is None:
        return None
    axes = tuple(i for i, n in enumerate(wide.shape) if n == 1 and grad.shape[i] != 1)
    return grad.sum(axis=axes, keepdims=True).reshape(given.shape)
