"""The largest value or the mean of windows that move over pictures and volumes."""

import math
from operator import mul

import numpy as np

from minikeras.backend import volumes
from minikeras.backend.op import op
from minikeras.backend.volumes import lift, lower, several, shape_of, spatial
from minikeras.kernels import pooling as kernels
from minikeras.kernels import team, workspace
from minikeras.kernels.windows import window_table


def pooling(x, window, strides, padding, data_format, mode):
    """Pool over one to three spatial axes: `(y, backward)`.

    Forward
        y = max of each window          the first of equals counts
        y = mean of each window         over what is not padding

    Backward
        dx = dy, where the maximum stood
        dx = dy / count, everywhere in the window; windows that overlap add up
    """
    rank, wide = len(window), lift(x, data_format)
    sizes = spatial(x.shape, data_format)
    moves = volumes.geometry(sizes, window, strides, padding)
    window = (1,) * (3 - rank) + tuple(window)
    out = moves.output_size(wide.shape[1:4], window)
    table = window_table(wide.shape[1:4], window, moves)
    once = moves.strides == window and tuple(map(mul, out, window)) == wide.shape[1:4]
    positions = wide.reshape(len(x), math.prod(sizes), wide.shape[-1])
    pool = {"max": _max, "avg": _average}.get(mode)
    if pool is None:
        raise ValueError(f"Invalid pooling mode: {mode!r}. Use 'max' or 'avg'.")
    y, positions_backward = pool(positions, table, once)
    shape, wide_shape = y.shape, wide.shape  # all that backward needs of them

    def backward(dy):
        dx = positions_backward(lift(dy, data_format).reshape(shape))
        return lower(dx.reshape(wide_shape), rank, data_format)

    return lower(y.reshape(len(x), *out, y.shape[-1]), rank, data_format), backward


def _max(x, table, once):
    y = workspace.empty((len(x), len(table), x.shape[-1]), x.dtype)
    where = workspace.empty(y.shape, np.uint8 if table.shape[1] <= 256 else np.int32)
    work = 0.3 * len(x) * table.size * x.shape[-1]

    def part(lo, hi):
        kernels.max_pool(x[lo:hi], table, y[lo:hi], where[lo:hi])

    team.split(part, len(x), work)

    def backward(dy):
        dx = workspace.empty(x.shape, dy.dtype)

        def part(lo, hi):
            kernels.max_pool_gradient(dy[lo:hi], where[lo:hi], table, once, dx[lo:hi])

        team.split(part, len(x), work)
        return dx

    return y, backward


def _average(x, table, once):
    y = workspace.empty((len(x), len(table), x.shape[-1]), x.dtype)
    work = 0.3 * len(x) * table.size * x.shape[-1]

    def part(lo, hi):
        kernels.average_pool(x[lo:hi], table, y[lo:hi])

    team.split(part, len(x), work)

    def backward(dy):
        dx = workspace.empty(x.shape, dy.dtype)

        def part(lo, hi):
            kernels.average_pool_gradient(dy[lo:hi], table, once, dx[lo:hi])

        team.split(part, len(x), work)
        return dx

    return y, backward


def _pool_shape(rank):
    def shape(
        x, pool_size, strides=1, padding="valid", data_format=None, pool_mode="max"
    ):
        window = several(pool_size, rank, "pool_size")
        strides = several(strides, rank, "strides")
        sizes = volumes.out_sizes(spatial(x, data_format), window, strides, padding)
        return shape_of(x[0], sizes, volumes.channels(x, data_format), data_format)

    return shape


def _pool(x, rank, pool_size, strides, padding, data_format, pool_mode):
    window = several(pool_size, rank, "pool_size")
    strides = several(strides, rank, "strides")
    return pooling(x, window, strides, padding, data_format, pool_mode)


@op(shape=_pool_shape(2))
def pool2d(
    x,
    pool_size,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    pool_mode="max",
):
    """Pooling of pictures.

    Arguments
        x: (n, height, width, c), or (n, c, height, width) for channels_first.
        pool_size: height and width of the windows.
        strides: how far apart the windows are.
        padding: 'valid', or 'same': windows may reach beyond the border; only what is
            inside counts.
        pool_mode: 'max' or 'avg'.
    """
    return _pool(x, 2, pool_size, strides, padding, data_format, pool_mode)


@op(shape=_pool_shape(3))
def pool3d(
    x,
    pool_size,
    strides=(1, 1, 1),
    padding="valid",
    data_format=None,
    pool_mode="max",
):
    """Pooling of volumes; see `pool2d`."""
    return _pool(x, 3, pool_size, strides, padding, data_format, pool_mode)
