"""Activations, cross-entropies and other ops that neural networks are made of."""

import numpy as np

from minikeras.backend.common import epsilon, normalize_data_format
from minikeras.backend.op import op
from minikeras.kernels import elementwise


def _same(x, *args, **kwargs):
    return x


# ---- activations -------------------------------------------------------------------


@op(shape=_same)
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
        return dy * np.where(above, np.ones((), dy.dtype), alpha) * within

    return y.astype(x.dtype, copy=False), backward


def _plain_relu(x):
    y = np.maximum(x, 0)

    def backward(dy):
        return dy * (y > 0)

    return y, backward


@op(shape=_same)
def elu(x, alpha=1.0):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    above = x > 0
    y = np.where(above, x, alpha * np.expm1(np.minimum(x, 0)))

    def backward(dy):
        return dy * np.where(above, np.ones((), dy.dtype), y + alpha)

    return y, backward


@op(shape=_same)
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis: positive numbers that add up to 1."""
    if axis in (-1, x.ndim - 1) and x.ndim > 1 and x.shape[-1] <= 50:
        return _softmax_of_short_rows(x)
    exp_x = np.exp(x - x.max(axis=axis, keepdims=True))
    y = exp_x / exp_x.sum(axis=axis, keepdims=True)

    def backward(dy):
        return y * (dy - (dy * y).sum(axis=axis, keepdims=True))

    return y, backward


def _softmax_of_short_rows(x):
    """The same with a loop, where the rows are too short for NumPy to be quick."""
    rows = (-1, x.shape[-1])
    y = np.empty(x.shape, x.dtype)
    elementwise.softmax(x.reshape(rows), y.reshape(rows))

    def backward(dy):
        dx = np.empty(x.shape, x.dtype)
        elementwise.softmax_gradient(*(a.reshape(rows) for a in (dy, y, dx)))
        return dx

    return y, backward


@op(shape=_same)
def softplus(x):
    """log(exp(x) + 1), without overflow."""
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def backward(dy):
        return dy * _sigmoid(x)

    return y, backward


@op(shape=_same)
def softsign(x):
    """x / (1 + |x|)"""
    below = 1 + np.abs(x)

    def backward(dy):
        return dy / (below * below)

    return x / below, backward


def _sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1)


@op(shape=_same)
def sigmoid(x):
    """1 / (1 + exp(-x))"""
    y = _sigmoid(x)

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
    axis = tuple(axis) if isinstance(axis, list) else axis
    squares = np.square(x).sum(axis=axis, keepdims=True)
    long_enough = squares > 1e-12
    scale = 1 / np.sqrt(np.maximum(squares, np.asarray(1e-12, x.dtype)))
    y = x * scale

    def backward(dy):
        along = (dy * y).sum(axis=axis, keepdims=True) * long_enough
        return scale * (dy - y * along)

    return y, backward


# ---- cross-entropies ---------------------------------------------------------------


@op(shape=lambda target, output, *args, **kwargs: output)
def binary_crossentropy(target, output, from_logits=False):
    """-(t log(p) + (1 - t) log(1 - p)) for every element.

    Arguments
        target: the truth, 0 to 1.
        output: probabilities, or any numbers if `from_logits`.

    Probabilities are kept `epsilon()` away from 0 and 1, and `epsilon()` is added under
    the logarithms, as Keras 2.3 does.
    """
    target = np.asarray(target, output.dtype)
    if from_logits:
        return _binary_crossentropy_of_logits(target, output)
    e = np.asarray(epsilon(), output.dtype)
    p = np.minimum(np.maximum(output, e), 1 - e)
    rest = (1 + e) - p
    log_p, log_rest = np.log(p + e), np.log(rest)

    def backward(dy):
        inside = (output >= e) & (output <= 1 - e)
        dp = (1 - target) / rest - target / (p + e)
        return dy * (log_rest - log_p), dy * dp * inside

    return -(target * log_p + (1 - target) * log_rest), backward


def _binary_crossentropy_of_logits(target, z):
    y = np.maximum(z, 0) - z * target + np.log1p(np.exp(-np.abs(z)))

    def backward(dy):
        return -dy * z, dy * (_sigmoid(z) - target)

    return y, backward


def _without_class_axis(target, output, from_logits=False, axis=-1):
    _check_class_axis(output, axis)
    axis %= len(output)
    return (*output[:axis], *output[axis + 1 :])


def _check_class_axis(output, axis):
    if not -len(output) <= axis < len(output):
        raise ValueError(
            f"axis={axis} is out of range: the output has shape {output}, so that axis "
            f"must be from {-len(output)} to {len(output) - 1}."
        )


def _output_dtype(target, output, *args, **kwargs):
    return output


@op(shape=_without_class_axis, dtype=_output_dtype)
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-sum(t log(p)) over the classes.

    Arguments
        target: the truth, one number per class (one-hot).
        output: probabilities, or any numbers if `from_logits`; probabilities that do
            not add up to 1 are scaled.
        axis: where the classes are.
    """
    _check_class_axis(output.shape, axis)
    target = np.asarray(target, output.dtype)
    if target.shape != output.shape:
        raise ValueError(
            f"target and output must have the same shape; got {target.shape} and "
            f"{output.shape}. If target holds class numbers, use the sparse version."
        )
    if from_logits:
        return _crossentropy_of_logits(target, output, axis)
    total = output.sum(axis=axis, keepdims=True)
    p = output / total
    low, high = epsilon(), 1 - np.asarray(epsilon(), p.dtype)
    log_p = np.log(np.clip(p, low, high))
    loss = -(target * log_p).sum(axis=axis)

    def backward(dy):
        dy = np.expand_dims(dy, axis)
        inside = (p >= low) & (p <= high)
        with np.errstate(divide="ignore", invalid="ignore"):
            dp = np.where(inside, -dy * target / p, np.zeros((), p.dtype))
        return -dy * log_p, (dp - (dp * p).sum(axis=axis, keepdims=True)) / total

    return loss, backward


def _crossentropy_of_logits(target, z, axis):
    log_p = _log_softmax(z, axis)

    def backward(dy):
        dy = np.expand_dims(dy, axis)
        whole = target.sum(axis=axis, keepdims=True)
        return -dy * log_p, dy * (np.exp(log_p) * whole - target)

    return -(target * log_p).sum(axis=axis), backward


def _log_softmax(z, axis):
    z = z - z.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


@op(shape=_without_class_axis, dtype=_output_dtype)
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log(p of the true class).

    Arguments
        target: the number of the true class, from 0 on.
        output: probabilities, or any numbers if `from_logits`.
        axis: where the classes are.
    """
    _check_class_axis(output.shape, axis)
    z, backward_z = (output, None) if from_logits else _safe_log.forward(output)
    log_p = _log_softmax(z, axis)
    classes = np.asarray(target).astype(np.intp).reshape(log_p.max(axis=axis).shape)
    _check_classes(classes, output.shape[axis])
    where = np.expand_dims(classes, axis)

    def backward(dy):
        dy = np.expand_dims(dy, axis)
        dz = dy * np.exp(log_p)
        np.put_along_axis(dz, where, np.take_along_axis(dz, where, axis) - dy, axis)
        return None, dz if backward_z is None else backward_z(dz)

    return -np.take_along_axis(log_p, where, axis).squeeze(axis), backward


def _check_classes(classes, count):
    if classes.size and not 0 <= classes.min() <= classes.max() < count:
        wrong = classes.max() if classes.max() >= count else classes.min()
        raise ValueError(
            f"Class number {wrong} in the targets, but the output has {count} classes: "
            f"numbers must be from 0 to {count - 1}."
        )


@op(shape=_same)
def _safe_log(p):
    """log(p), p kept `epsilon()` away from 0 and 1."""
    low, high = epsilon(), 1 - np.asarray(epsilon(), p.dtype)
    clipped = np.clip(p, low, high).astype(p.dtype, copy=False)

    def backward(dy):
        return dy * ((p >= low) & (p <= high)) / clipped

    return np.log(clipped), backward


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


@op(shape=lambda x, bias, data_format=None: x)
def bias_add(x, bias, data_format=None):
    """x + bias; a bias of one axis goes along the channels, others fit a sample."""
    data_format = normalize_data_format(data_format)
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            f"bias has shape {bias.shape}; for x of shape {x.shape} it must have 1 "
            f"axis or {x.ndim - 1}."
        )
    first = data_format == "channels_first" and x.ndim > 2
    if bias.ndim == 1:
        shape = (1, -1) + (1,) * (x.ndim - 2) if first else (1,) * (x.ndim - 1) + (-1,)
        b = bias.reshape(shape)
    else:
        b = (np.moveaxis(bias, -1, 0) if first else bias)[None]

    def backward(dy):
        axes = tuple(i for i, n in enumerate(b.shape) if n == 1 and dy.shape[i] != 1)
        db = dy.sum(axis=axes, keepdims=True) if axes else dy
        db = db[0] if bias.ndim > 1 else db
        db = np.moveaxis(db, 0, -1) if first and bias.ndim > 1 else db
        return dy, db.reshape(bias.shape)

    return x + b, backward
