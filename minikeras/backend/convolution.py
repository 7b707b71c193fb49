"""Convolutions of sequences, pictures and volumes.

The loops are in `kernels.convolution` and `kernels.depthwise`; this file gives them the
arguments and the gradients that Keras's ops have.
"""

import math

import numpy as np

from minikeras.backend import volumes
from minikeras.backend.bias import as_rows, is_relu
from minikeras.backend.op import op
from minikeras.backend.tape import differentiate
from minikeras.backend.volumes import lift, lower, several, shape_of, spatial
from minikeras.kernels import depthwise, elementwise, team, workspace
from minikeras.kernels.convolution import (
    convolve,
    input_gradient,
    weight_gradient,
)
from minikeras.kernels.direct import contiguous
from minikeras.kernels.matmul import column_sums

# ---- convolution -------------------------------------------------------------------


def convolution(x, W, b, activation, strides, padding, data_format, dilation):
    """activation(x * W + b), for one to three spatial axes: `(y, backward)`.

    Shapes
        x   (n, ..., c)          or (n, c, ...) for channels_first
        W   (k, ..., c, f)
        b   (f), or None
        y   (n, ..., f)          or (n, f, ...)

    `backward(dy, dx_wanted=True, weights_wanted=True)` returns (dx, dW, db).
    """
    _check_fit(x.shape, W.shape, len(strides), data_format)
    rank, x = W.ndim - 2, x.astype(W.dtype, copy=False)
    wide_x, wide_W = lift(x, data_format), W[(None,) * (3 - rank)]
    sizes, window = spatial(x.shape, data_format), W.shape[:rank]
    moves = volumes.geometry(sizes, window, strides, padding, dilation)

    def linear(low):
        return convolve(wide_x, wide_W, b, moves, low)

    y, activation_backward = _activated(linear, b, activation, rank, data_format)

    def backward(dy, dx_wanted=True, weights_wanted=True):
        dz, sums = activation_backward(dy)
        dx = dW = db = None
        if weights_wanted:
            dW = weight_gradient(wide_x, dz, moves, wide_W.shape[:3]).reshape(W.shape)
            db = sums()
        if dx_wanted:
            dx = input_gradient(dz, wide_W, None, moves, wide_x.shape[1:4], -np.inf)
            dx = lower(dx, rank, data_format)
        return dx, dW, db

    return y, backward


def _activated(linear, b, activation, rank, data_format):
    """y = activation(linear(lower bound)), and `backward(dy) -> (dz, sums)`.

    The kernels bound their results from below for nothing, so a relu costs no pass.
    dz is in the kernels' form, with three spatial axes; sums() is db.
    """
    if is_relu(activation):
        y = linear(0)
        return (
            lower(y, rank, data_format),
            lambda dy: _relu_gradient(contiguous(lift(dy, data_format)), y),
        )
    z = lower(linear(-np.inf), rank, data_format)
    y, activation_backward = differentiate(activation, z)

    def backward(dy):
        dz = contiguous(lift(activation_backward(dy), data_format))
        return dz, lambda: None if b is None else column_sums(as_rows(dz))

    return y, backward


def _relu_gradient(dy, y):
    """dz of y = max(z + b, 0), and db, which the same pass gives."""
    rows_y, rows_dy = y.reshape(-1, y.shape[-1]), dy.reshape(-1, y.shape[-1])
    dz = workspace.empty(rows_y.shape, y.dtype)

    def part(lo, hi):
        db = np.empty(dz.shape[1], dz.dtype)
        elementwise.relu_gradient(rows_dy[lo:hi], rows_y[lo:hi], dz[lo:hi], db)
        return db

    sums = team.split(part, len(dz), work=0.3 * dz.size)
    return dz.reshape(y.shape), lambda: sum(sums)


def _check_fit(x, kernel, rank, data_format, reads=-2):
    """Refuse shapes of an input and a kernel that do not belong together.

    Arguments
        x, kernel: the shapes; unknown sizes are None.
        rank: number of spatial axes.
        reads: the axis of the kernel for the channels of x.
    """
    if (len(x), len(kernel)) != (rank + 2, rank + 2):
        raise ValueError(
            f"With {rank} spatial axes the input and the kernel have {rank + 2} axes "
            f"each; got shapes {x} and {kernel}. One sample is a batch of one: x[None]."
        )
    found, wanted = volumes.channels(x, data_format), kernel[reads]
    if None not in (found, wanted) and found != wanted:
        raise ValueError(
            f"The input has {found} channels (shape {x}); the kernel reads {wanted} "
            f"(shape {kernel}). Is data_format right?"
        )


def _conv_shape(rank):
    def shape(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
        _check_fit(x, kernel, rank, data_format)
        strides = several(strides, rank, "strides")
        dilation = several(dilation_rate, rank, "dilation_rate")
        sizes = spatial(x, data_format), kernel[:rank], strides, padding, dilation
        return shape_of(x[0], volumes.out_sizes(*sizes), kernel[-1], data_format)

    return shape


def _conv(x, kernel, rank, strides, padding, data_format, dilation_rate):
    strides = several(strides, rank, "strides")
    dilation = several(dilation_rate, rank, "dilation_rate")
    moves = strides, padding, data_format, dilation
    y, backward = convolution(x, kernel, None, _linear, *moves)
    return y, lambda dy: backward(dy)[:2]


def _linear(x):
    return x


_linear.forward = lambda x: (x, lambda dy: dy)


@op(shape=_conv_shape(1))
def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of sequences.

    Arguments
        x: (n, steps, c), or (n, c, steps) for channels_first.
        kernel: (k, c, f).
        strides: steps between neighbouring outputs.
        padding: 'valid', 'same', or 'causal' (no output looks ahead).
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: steps between neighbouring taps of the kernel.
    """
    return _conv(x, kernel, 1, strides, padding, data_format, dilation_rate)


@op(shape=_conv_shape(2))
def conv2d(
    x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of pictures; see `conv1d`.

    x is (n, height, width, c), or (n, c, height, width); the kernel is (kh, kw, c, f).
    """
    return _conv(x, kernel, 2, strides, padding, data_format, dilation_rate)


@op(shape=_conv_shape(3))
def conv3d(
    x,
    kernel,
    strides=(1, 1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1, 1),
):
    """Convolution of volumes; see `conv1d`.

    x is (n, depth, height, width, c), or (n, c, ...); the kernel is (kd, kh, kw, c, f).
    """
    return _conv(x, kernel, 3, strides, padding, data_format, dilation_rate)


# ---- transposed convolution --------------------------------------------------------


def transposed_convolution(
    x, W, b, activation, sizes, strides, padding, data_format, dilation
):
    """The gradient of a convolution, as a forward pass: `(y, backward)`.

    Each number of x is a weight with which W is put into y.

    Shapes
        x   (n, ..., f)          or (n, f, ...) for channels_first
        W   (k, ..., c, f)
        b   (c), or None
        y   (n, *sizes, c)       or (n, c, *sizes)

    `backward(dy, dx_wanted=True, weights_wanted=True)` returns (dx, dW, db).
    """
    _check_fit(x.shape, W.shape, len(strides), data_format, reads=-1)
    rank, x = W.ndim - 2, x.astype(W.dtype, copy=False)
    wide_x, wide_W = lift(x, data_format), W[(None,) * (3 - rank)]
    moves = volumes.geometry(sizes, W.shape[:rank], strides, padding, dilation)
    wide_sizes = (1,) * (3 - rank) + tuple(sizes)
    given = moves.output_size(wide_sizes, wide_W.shape[:3])
    if given != wide_x.shape[1:4]:
        raise ValueError(
            f"An output of {volumes.by(sizes)} has inputs of "
            f"{volumes.by(given[3 - rank :])} with these strides and this padding; got "
            f"an input of {volumes.by(spatial(x.shape, data_format))}. A layer's "
            "output_padding, if it is given, must fit its kernel and padding."
        )

    def linear(low):
        return input_gradient(wide_x, wide_W, b, moves, wide_sizes, low)

    y, activation_backward = _activated(linear, b, activation, rank, data_format)

    def backward(dy, dx_wanted=True, weights_wanted=True):
        dz, sums = activation_backward(dy)
        dx = dW = db = None
        if weights_wanted:
            dW = weight_gradient(dz, wide_x, moves, wide_W.shape[:3]).reshape(W.shape)
            db = sums()
        if dx_wanted:
            dx = convolve(dz, wide_W, None, moves, -np.inf)
            dx = lower(dx, rank, data_format)
        return dx, dW, db

    return y, backward


def _transpose_shape(x, kernel, output_shape, *args, **kwargs):
    data_format = args[2] if len(args) > 2 else kwargs.get("data_format")
    _check_fit(x, kernel, len(kernel) - 2, data_format, reads=-1)
    sizes = spatial(output_shape, data_format)
    return shape_of(x[0], sizes, kernel[-2], data_format)


def _transpose(x, kernel, output_shape, strides, padding, data_format, dilation):
    output_shape = tuple(output_shape)
    sizes, made = spatial(output_shape, data_format), kernel.shape[-2]
    if volumes.channels(output_shape, data_format) not in (made, None):
        raise ValueError(
            f"The kernel of shape {kernel.shape} makes {made} channels; "
            f"output_shape={output_shape} wants others. Is data_format right?"
        )
    strides = several(strides, len(sizes), "strides")
    dilation = several(dilation, len(sizes), "dilation_rate")
    moves = sizes, strides, padding, data_format, dilation
    y, backward = transposed_convolution(x, kernel, None, _linear, *moves)
    return y, lambda dy: backward(dy)[:2]


@op(shape=_transpose_shape)
def conv2d_transpose(
    x,
    kernel,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """Transposed convolution ("deconvolution") of pictures.

    Arguments
        x: (n, height, width, f), or (n, f, height, width) for channels_first.
        kernel: (kh, kw, c, f).
        output_shape: shape of the result, samples first.
        strides, padding, dilation_rate: of the convolution that leads from the result
            to the shape of x.
    """
    return _transpose(
        x, kernel, output_shape, strides, padding, data_format, dilation_rate
    )


@op(shape=_transpose_shape)
def conv3d_transpose(
    x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None
):
    """Transposed convolution of volumes; see `conv2d_transpose`."""
    return _transpose(x, kernel, output_shape, strides, padding, data_format, 1)


# ---- each channel by itself --------------------------------------------------------


def depthwise_convolution(x, W, b, activation, strides, padding, data_format, dilation):
    """Every channel with its own m filters: `(y, backward)`.

    Shapes
        x   (n, ..., c)          or (n, c, ...) for channels_first
        W   (k, ..., c, m)
        b   (c * m), or None
        y   (n, ..., c * m)      the m results of a channel side by side

    `backward(dy, dx_wanted=True)` returns (dx, dW, db).
    """
    _check_fit(x.shape, W.shape, len(strides), data_format)
    rank, (c, m), x = W.ndim - 2, W.shape[-2:], x.astype(W.dtype, copy=False)
    sizes, window = spatial(x.shape, data_format), W.shape[:rank]
    moves = volumes.geometry(sizes, window, strides, padding, dilation)
    wide, window = lift(x, data_format), (1,) * (3 - rank) + window
    runs_y, runs_dx, runs_dW = depthwise.runs_for(wide.shape[1:4], window, moves)
    out = moves.output_size(wide.shape[1:4], window)
    seen = wide.reshape(len(x), math.prod(sizes), c)
    seen = seen if m == 1 else np.repeat(seen, m, axis=-1)
    taps = W.reshape(-1, c * m)
    none = np.zeros(c * m, W.dtype)

    def linear(low):
        bias = none if b is None else b
        y = depthwise.sums(seen, taps, bias, low, runs_y, math.prod(out))
        return y.reshape(len(x), *out, c * m)

    y, activation_backward = _activated(linear, b, activation, rank, data_format)

    def backward(dy, dx_wanted=True):
        dz, sums = activation_backward(dy)
        dz = dz.reshape(len(x), math.prod(out), c * m)
        dW = depthwise.sums_over_samples(seen, dz, runs_dW, len(taps))
        if not dx_wanted:
            return None, dW.reshape(W.shape), sums()
        dx = depthwise.sums(dz, taps, none, -np.inf, runs_dx, seen.shape[1])
        dx = dx if m == 1 else dx.reshape(*wide.shape, m).sum(axis=-1)
        dx = lower(dx.reshape(wide.shape), rank, data_format)
        return dx, dW.reshape(W.shape), sums()

    return y, backward


def _depthwise_shape(x, kernel, *args, **kwargs):
    c, m = kernel[-2:]
    return _conv_shape(2)(x, (*kernel[:-2], c, c * m), *args, **kwargs)


@op(shape=_depthwise_shape)
def depthwise_conv2d(
    x,
    depthwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """Convolution of each channel with filters of its own; see `conv2d`.

    The kernel is (kh, kw, c, m); the result has c * m channels.
    """
    strides = several(strides, 2, "strides")
    dilation = several(dilation_rate, 2, "dilation_rate")
    moves = strides, padding, data_format, dilation
    y, backward = depthwise_convolution(x, depthwise_kernel, None, _linear, *moves)
    return y, lambda dy: backward(dy)[:2]


def separable_convolution(
    x, D, P, b, activation, strides, padding, data_format, dilation
):
    """A depthwise convolution with D, then a pointwise one with P: `(y, backward)`.

    Shapes
        x   (n, ..., c)          or (n, c, ...) for channels_first
        D   (k, ..., c, m)
        P   (1, ..., c * m, f)
        y   (n, ..., f)

    `backward(dy, dx_wanted=True)` returns (dx, dD, dP, db).
    """
    moves = strides, padding, data_format, dilation
    h, depthwise_backward = depthwise_convolution(x, D, None, _linear, *moves)
    ones = (1,) * len(strides)
    moves = ones, "valid", data_format, ones
    y, pointwise_backward = convolution(h, P, b, activation, *moves)

    def backward(dy, dx_wanted=True):
        dh, dP, db = pointwise_backward(dy)
        dx, dD, _ = depthwise_backward(dh, dx_wanted)
        return dx, dD, dP, db

    return y, backward


def _separable_shape(rank):
    def shape(x, depthwise_kernel, pointwise_kernel, *args, **kwargs):
        kernel = (*depthwise_kernel[:-1], pointwise_kernel[-1])
        return _conv_shape(rank)(x, kernel, *args, **kwargs)

    return shape


def _separable(x, D, P, rank, strides, padding, data_format, dilation_rate):
    strides = several(strides, rank, "strides")
    dilation = several(dilation_rate, rank, "dilation_rate")
    moves = strides, padding, data_format, dilation
    y, backward = separable_convolution(x, D, P, None, _linear, *moves)
    return y, lambda dy: backward(dy)[:3]


@op(shape=_separable_shape(1))
def separable_conv1d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """Depthwise, then pointwise convolution of sequences; see `conv1d`.

    The kernels are (k, c, m) and (1, c * m, f).
    """
    kernels = depthwise_kernel, pointwise_kernel
    return _separable(x, *kernels, 1, strides, padding, data_format, dilation_rate)


@op(shape=_separable_shape(2))
def separable_conv2d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """Depthwise, then pointwise convolution of pictures; see `conv2d`.

    The kernels are (kh, kw, c, m) and (1, 1, c * m, f).
    """
    kernels = depthwise_kernel, pointwise_kernel
    return _separable(x, *kernels, 2, strides, padding, data_format, dilation_rate)
