"""Larger pictures and volumes, and zeros around them."""

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.backend.op import op
from minikeras.backend.shapes import pad


def _factors(ndim, factors, data_format):
    """One factor for each axis of an array."""
    if normalize_data_format(data_format) == "channels_first":
        return (1, 1, *factors)
    return (1, *factors, 1)


def _enlarged(x, factors):
    return tuple(None if n is None else n * f for n, f in zip(x, factors, strict=True))


def repeat_axes(x, factors):
    """Every element repeated `factor` times along each axis: `(y, backward)`."""
    y = x
    for axis, factor in enumerate(factors):
        y = np.repeat(y, factor, axis=axis) if factor > 1 else y

    def backward(dy):
        for axis, factor in enumerate(factors):
            if factor > 1:
                n = dy.shape[axis] // factor
                split = (*dy.shape[:axis], n, factor, *dy.shape[axis + 1 :])
                dy = dy.reshape(split).sum(axis=axis + 1)
        return dy

    return y, backward


def _interpolated(x, factors):
    """Bilinear: each axis in turn; output i lies at i / factor of the input."""
    steps = []
    for axis, factor in enumerate(factors):
        if factor > 1:
            M = _interpolation_matrix(x.shape[axis], factor, x.dtype)
            x = _along(x, M, axis)
            steps.append((axis, M))

    def backward(dy):
        for axis, M in reversed(steps):
            dy = _along(dy, M.T, axis)
        return dy

    return x, backward


def _interpolation_matrix(size, factor, dtype):
    """(size * factor, size): the share of each input in each output."""
    place = np.arange(size * factor) / factor
    before = place.astype(int)
    after = np.minimum(before + 1, size - 1)
    M = np.zeros((size * factor, size))
    rows = np.arange(len(M))
    np.add.at(M, (rows, before), 1 - (place - before))
    np.add.at(M, (rows, after), place - before)
    return M.astype(dtype)


def _along(x, M, axis):
    return np.moveaxis(np.tensordot(M, x, (1, axis)), 0, axis)


def _images_shape(x, height_factor, width_factor, data_format, interpolation="nearest"):
    return _enlarged(x, _factors(4, (height_factor, width_factor), data_format))


@op(shape=_images_shape)
def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Pictures enlarged by whole factors.

    Arguments
        x: (n, height, width, c), or (n, c, height, width) for channels_first.
        interpolation: 'nearest' (repeat) or 'bilinear'.
    """
    factors = _factors(4, (height_factor, width_factor), data_format)
    if interpolation == "nearest":
        return repeat_axes(x, factors)
    if interpolation == "bilinear":
        return _interpolated(x, factors)
    raise ValueError(
        "interpolation should be one of 'nearest' or 'bilinear'; got "
        f"{interpolation!r}."
    )


def _volumes_shape(x, depth_factor, height_factor, width_factor, data_format):
    factors = depth_factor, height_factor, width_factor
    return _enlarged(x, _factors(5, factors, data_format))


@op(shape=_volumes_shape)
def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes enlarged by whole factors, by repetition."""
    factors = depth_factor, height_factor, width_factor
    return repeat_axes(x, _factors(5, factors, data_format))


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around pictures: ((top, bottom), (left, right))."""
    return _spatial_padding(x, padding, data_format, 2)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes: (before, behind) for each of three axes."""
    return _spatial_padding(x, padding, data_format, 3)


def _spatial_padding(x, padding, data_format, rank):
    if len(padding) != rank or any(len(pair) != 2 for pair in padding):
        raise ValueError(
            f"padding must be {rank} pairs (before, behind); got {padding!r}."
        )
    pairs = tuple(tuple(pair) for pair in padding)
    if normalize_data_format(data_format) == "channels_first":
        return pad(x, ((0, 0), (0, 0), *pairs))
    return pad(x, ((0, 0), *pairs, (0, 0)))
