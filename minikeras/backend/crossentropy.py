"""Cross-entropies: how surprising the truth is to the predicted probabilities.

Probabilities are rounded: beyond z = 17 or so, softmax and sigmoid give exactly 1, and
neither the loss nor a gradient can be had from that. Where the probabilities are, in a
graph, the direct result of softmax or sigmoid, a cross-entropy takes their argument z
(the logits) instead. There the loss is log(sum of exp z) - z[true class], its gradient
softmax(z) - t, at any z; the probabilities come along and save computing them again.
Elsewhere, and on arrays, probabilities are kept `epsilon()` away from 0 and 1, and no
gradient passes where that changes them.
"""

import functools

import numpy as np

from minikeras.backend.common import epsilon
from minikeras.backend.nn import logistic, sigmoid, softmax
from minikeras.backend.op import Op, bound_arguments, op
from minikeras.backend.tensor import Symbolic


class CrossentropyOp(Op):
    """A K op of (target, output, from_logits, ..., *, probabilities).

    It prefers logits, and is told the probabilities that have been made of them.

    Arguments
        forward, shape, dtype: see `op`.
        activation: the op that makes probabilities of logits.
    """

    def __init__(self, forward, shape=None, dtype=None, activation=softmax):
        super().__init__(forward, shape, dtype)
        self.activation = activation

    def __call__(self, *args, **kwargs):
        if any(isinstance(arg, Symbolic) for arg in (*args[1:2], *kwargs.values())):
            args, kwargs = self._from_logits(args, kwargs)
        return super().__call__(*args, **kwargs)

    def _from_logits(self, args, kwargs):
        """The arguments, with logits instead of probabilities where they are known."""
        bound = bound_arguments(self.forward, args, kwargs)
        given = bound.arguments
        _, output, *_ = given
        if not given.get("from_logits"):
            axis = given.get("axis", -1)
            logits = logits_of(given[output], self.activation, axis)
            if logits is not None:
                told = {"from_logits": True, "probabilities": given[output]}
                given.update({output: logits, **told})
        return bound.args, bound.kwargs


def logits_of(output, activation, axis=-1):
    """What `activation` (softmax: along `axis`) has made `output` of; None if not."""
    call = getattr(output, "call", None)
    if call is None or call.forward is not activation.forward:
        return None
    given = bound_arguments(call.forward, call.args, call.kwargs).arguments
    same = (given.get("axis", -1) - axis) % len(output.shape) == 0
    return given["x"] if same or activation is sigmoid else None


def crossentropy_op(**options):
    """Decorate a function that returns `(loss, backward)`; see CrossentropyOp."""
    return functools.partial(CrossentropyOp, **options)


@crossentropy_op(
    shape=lambda target, output, *args, **kwargs: output, activation=sigmoid
)
def binary_crossentropy(target, output, from_logits=False, *, probabilities=None):
    """-(t log(p) + (1 - t) log(1 - p)) for every element.

    Arguments
        target: the truth, 0 to 1.
        output: probabilities, or any numbers if `from_logits`.
        probabilities: what sigmoid makes of the logits, if that is known.

    Probabilities are kept `epsilon()` away from 0 and 1, and `epsilon()` is added under
    the logarithms, as Keras 2.3 does.
    """
    target = np.asarray(target, output.dtype)
    if from_logits:
        return _binary_crossentropy_of_logits(target, output, probabilities)
    e = np.asarray(epsilon(), output.dtype)
    p = np.minimum(np.maximum(output, e), 1 - e)
    rest = (1 + e) - p
    log_p, log_rest = np.log(p + e), np.log(rest)

    def backward(dy):
        inside = (output >= e) & (output <= 1 - e)
        dp = (1 - target) / rest - target / (p + e)
        return dy * (log_rest - log_p), dy * dp * inside

    return -(target * log_p + (1 - target) * log_rest), backward


def _binary_crossentropy_of_logits(target, z, p):
    y = np.maximum(z, 0) - z * target + np.log1p(np.exp(-np.abs(z)))

    def backward(dy):
        return -dy * z, dy * ((logistic(z) if p is None else p) - target)

    return y, backward


def _without_class_axis(target, output, from_logits=False, axis=-1, **kwargs):
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


def _categorical_shape(target, output, from_logits=False, axis=-1, **kwargs):
    shape = np.shape(target) if not isinstance(target, tuple) else target
    differ = len(shape) != len(output) or any(
        None not in (a, b) and a != b for a, b in zip(shape, output, strict=True)
    )
    if differ:
        raise ValueError(
            f"target and output must have the same shape; got {shape} and {output}. "
            "If target holds class numbers, use the sparse version."
        )
    return _without_class_axis(target, output, from_logits, axis)


@crossentropy_op(shape=_categorical_shape, dtype=_output_dtype)
def categorical_crossentropy(
    target, output, from_logits=False, axis=-1, *, probabilities=None
):
    """-sum(t log(p)) over the classes.

    Arguments
        target: the truth, one number per class (one-hot).
        output: probabilities, or any numbers if `from_logits`; probabilities that do
            not add up to 1 are scaled.
        axis: where the classes are.
        probabilities: what softmax makes of the logits, if that is known.
    """
    _categorical_shape(np.shape(target), output.shape, from_logits, axis)
    target = np.asarray(target, output.dtype)
    if from_logits:
        return _crossentropy_of_logits(target, output, axis, probabilities)
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


def _crossentropy_of_logits(target, z, axis, p):
    p = softmax.forward(z, axis)[0] if p is None else p
    log_p = _log_softmax(z, p, axis)

    def backward(dy):
        dy = np.expand_dims(dy, axis)
        whole = target.sum(axis=axis, keepdims=True)
        return -dy * log_p, dy * (p * whole - target)

    return -(target * log_p).sum(axis=axis), backward


def _log_softmax(z, p, axis):
    """log(p) for p = softmax(z), exact where p is rounded to 0 or 1."""
    z = z - z.max(axis=axis, keepdims=True)
    return z + np.log(p.max(axis=axis, keepdims=True))


@crossentropy_op(shape=_without_class_axis, dtype=_output_dtype)
def sparse_categorical_crossentropy(
    target, output, from_logits=False, axis=-1, *, probabilities=None
):
    """-log(p of the true class).

    Arguments
        target: the number of the true class, from 0 on.
        output: probabilities, or any numbers if `from_logits`.
        axis: where the classes are.
        probabilities: what softmax makes of the logits, if that is known.
    """
    _check_class_axis(output.shape, axis)
    z, backward_z = (output, None) if from_logits else _safe_log.forward(output)
    p = softmax.forward(z, axis)[0] if probabilities is None else probabilities
    log_p = _log_softmax(z, p, axis)
    classes = np.asarray(target).astype(np.intp).reshape(log_p.max(axis=axis).shape)
    _check_classes(classes, output.shape[axis])
    where = np.expand_dims(classes, axis)

    def backward(dy):
        dy = np.expand_dims(dy, axis)
        dz = dy * p
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


@op(shape=lambda p: p)
def _safe_log(p):
    """log(p), p kept `epsilon()` away from 0 and 1."""
    low, high = epsilon(), 1 - np.asarray(epsilon(), p.dtype)
    clipped = np.clip(p, low, high).astype(p.dtype, copy=False)

    def backward(dy):
        return dy * ((p >= low) & (p <= high)) / clipped

    return np.log(clipped), backward
