"""Activations and other ops that neural networks are made of."""

import numpy as np

from minikeras.backend.bias import as_rows
from minikeras.backend.common import normalize_data_format
from minikeras.backend.kinks import kinked
from minikeras.backend.op import op
from minikeras.backend.volumes import channels
from minikeras.kernels import elementwise, team, workspace
from minikeras.utils.checks import axis_of


def _same(x, *args, **kwargs):
    return x


# ---- activations -------------------------------------------------------------------


@op(shape=_same)
@kinked
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """x where x > threshold, alpha * (x - threshold) below, at most `max_value`."""
    if alpha == 0.0 and max_value is None and threshold == 0.0:
        return _plain_relu(x)
    above = x > threshold
    y = np.where(above, x, np.asarray(alpha, x.dtype) * (x - threshold))
    within = True if max_value is None else y <= max_value
    if max_value is not None:
        y = np.minimum(y, max_value)

    def backward(dy):
        slope = np.where(above, 1, alpha).astype(dy.dtype)
        return dy * slope * within

    return y.astype(x.dtype, copy=False), backward


def _plain_relu(x):
    if np.size(x) >= _LARGE:
        return _large_relu(x)
    y = np.maximum(x, 0)

    def backward(dy):
        return dy * (y > 0)

    return y, backward


_LARGE = 1 << 16


def _large_relu(x):
    """The same in memory that is used again, shared by all threads."""
    y = workspace.empty(x.shape, x.dtype)

    def rectify(lo, hi):
        np.maximum(x[lo:hi], 0, out=y[lo:hi])

    team.split(rectify, len(x), work=0.15 * x.size)

    def backward(dy):
        dx = workspace.empty(y.shape, y.dtype)

        def pass_on(lo, hi):
            np.multiply(dy[lo:hi], y[lo:hi] > 0, out=dx[lo:hi])

        team.split(pass_on, len(y), work=0.25 * y.size)
        return dx

    return y, backward


@op(shape=_same)
def elu(x, alpha=1.0):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    above = x > 0
    y = np.where(above, x, alpha * np.expm1(np.minimum(x, 0)))

    def backward(dy):
        return dy * np.where(above, np.ones((), dy.dtype), y + alpha)

    return y, backward


def _same_along(x, axis=-1):
    axis_of(axis, len(x))
    return x


@op(shape=_same_along)
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis: positive numbers that add up to 1."""
    axis = axis_of(axis, x.ndim)
    short = axis == x.ndim - 1 and x.ndim > 1 and x.shape[-1] <= 100
    if short and x.dtype == np.float32:
        return _softmax_of_short_rows(x)
    exp_x = np.exp(x - x.max(axis=axis, keepdims=True))
    y = exp_x / exp_x.sum(axis=axis, keepdims=True)

    def backward(dy):
        return y * (dy - (dy * y).sum(axis=axis, keepdims=True))

    return y, backward


def _softmax_of_short_rows(x):
    """The same with a loop, where the rows are too short for NumPy to be quick."""
    y = np.empty(x.shape, x.dtype)
    elementwise.softmax(as_rows(x), as_rows(y))

    def backward(dy):
        dx = np.empty(x.shape, x.dtype)
        elementwise.softmax_gradient(as_rows(dy), as_rows(y), as_rows(dx))
        return dx

    return y, backward


@op(shape=_same)
def softplus(x):
    """log(exp(x) + 1), without overflow."""
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def backward(dy):
        return dy * logistic(x)

    return y, backward


@op(shape=_same)
def softsign(x):
    """x / (1 + |x|)"""
    below = 1 + np.abs(x)

    def backward(dy):
        return dy / (below * below)

    return x / below, backward


def logistic(x):
    """1 / (1 + exp(-x)) of an array, without overflow."""
    return 0.5 * (np.tanh(0.5 * x) + 1)


@op(shape=_same)
def sigmoid(x):
    """1 / (1 + exp(-x))"""
    y = logistic(x)

    def backward(dy):
        return dy * (y * (1 - y))

    return y, backward


@op(shape=_same)
def hard_sigmoid(x):
    """0.2 x + 0.5, but at least 0 and at most 1: a cheap sigmoid."""
    z = 0.2 * x + 0.5
    y = np.clip(z, 0, 1)

    def backward(dy):
        return dy * (0.2 * (z == y).astype(dy.dtype))

    return y, backward


@op(shape=_same)
def tanh(x):
    """Hyperbolic tangent."""
    y = np.tanh(x)

    def backward(dy):
        return dy * (1 - y * y)

    return y, backward


@op(shape=_same)
def l2_normalize(x, axis=None):
    """x divided by its length (square root of the sum of squares) along an axis."""
    if axis is not None:
        axes = axis if isinstance(axis, (list, tuple)) else [axis]
        axis = tuple(axis_of(each, x.ndim) for each in axes)
    squares = np.square(x).sum(axis=axis, keepdims=True)
    long_enough = squares > 1e-12
    scale = 1 / np.sqrt(np.maximum(squares, np.asarray(1e-12, x.dtype)))
    y = x * scale

    def backward(dy):
        along = (dy * y).sum(axis=axis, keepdims=True) * long_enough
        return scale * (dy - y * along)

    return y, backward


# ---- other -------------------------------------------------------------------------


@op(shape=lambda predictions, targets, k: targets, dtype="bool")
def in_top_k(predictions, targets, k):
    """Whether the class `targets[i]` is among the k largest of `predictions[i]`.

    Classes that are equally large at the boundary all count as being among them; a row
    with NaN or infinity counts as wrong.
    """
    rows = np.arange(len(predictions))
    classes = np.asarray(targets).astype(np.intp)
    valid = (classes >= 0) & (classes < predictions.shape[1])
    own = predictions[rows, np.where(valid, classes, 0)]
    larger = (predictions > own[:, None]).sum(axis=1)
    return valid & (larger < k) & np.isfinite(predictions).all(axis=1), None


def _bias_added(x, bias, data_format=None):
    if len(bias) not in (1, len(x) - 1):
        raise ValueError(
            f"bias has shape {bias}; for x of shape {x} it must have 1 axis or "
            f"{len(x) - 1}."
        )
    found = channels(x, data_format)
    if len(bias) == 1 and bias[0] not in (1, found) and found is not None:
        raise ValueError(
            f"The bias has {bias[0]} numbers; x has {found} channels (shape {x}). Is "
            "data_format right?"
        )
    return x


def _bias_shape(x, bias, data_format=None):
    x, bias = (s if isinstance(s, tuple) else np.shape(s) for s in (x, bias))
    return _bias_added(x, bias, data_format)


@op(shape=_bias_shape)
def bias_add(x, bias, data_format=None):
    """x + bias; a bias of one axis goes along the channels, others fit a sample."""
    data_format = normalize_data_format(data_format)
    _bias_added(x.shape, bias.shape, data_format)
    first = data_format == "channels_first" and x.ndim > 2
    if bias.ndim == 1:
        shape = (1, -1) + (1,) * (x.ndim - 2) if first else (1,) * (x.ndim - 1) + (-1,)
        b = bias.reshape(shape)
    else:
        # Reshaped, not transposed, for channels_first: so are the weights of Keras.
        shape = (bias.shape[-1], *bias.shape[:-1]) if first else bias.shape
        b = bias.reshape(1, *shape)

    def backward(dy):
        axes = tuple(i for i, n in enumerate(b.shape) if n == 1 and dy.shape[i] != 1)
        db = dy.sum(axis=axes, keepdims=True) if axes else dy
        return dy, db.reshape(bias.shape)

    return x + b, backward
