"""Cross-entropies: minus the logarithm of the probability that the truth was given.

Where the predictions come straight from softmax or sigmoid, in the last layer's
activation, an Activation layer or a K op, the losses are computed from the logits, as
in Keras, and are exact however sure the model is. A layer behind it (Dropout, Reshape,
TimeDistributed around all) hides them. Then, and on arrays, probabilities are kept
`K.epsilon()` away from 0 and 1; no gradient passes where that changes them. See
`backend.crossentropy`.
"""

import numpy as np

from minikeras import backend as K
from minikeras.backend.bias import as_rows
from minikeras.backend.common import epsilon
from minikeras.backend.crossentropy import CrossentropyOp
from minikeras.backend.nn import logistic, sigmoid, softmax
from minikeras.kernels import elementwise as kernels
from minikeras.losses.op import (
    LossOp,
    as_floats,
    loss_op,
    mean_backward,
    mean_of_rows,
)


def _limits(dtype):
    return dtype.type(epsilon()), dtype.type(1 - epsilon())


class CrossentropyLoss(CrossentropyOp, LossOp):
    """A loss that prefers logits, and takes the probabilities made of them."""


@loss_op(kind=CrossentropyLoss)
def categorical_crossentropy(
    y_true,
    y_pred,
    from_logits=False,
    label_smoothing=0,
    target_gradient=False,
    *,
    probabilities=None,
):
    """-sum of t log(p) over the classes.

    Arguments
        y_true: one number for each class; one-hot, or a distribution.
        y_pred: probabilities; rows that do not add up to 1 are scaled.
        from_logits: whether y_pred is what a softmax would make probabilities of.
        label_smoothing: share of each target that is spread evenly over all classes.
        probabilities: what softmax makes of the logits, if that is known.
    """
    t, p = as_floats(y_true, y_pred)
    if label_smoothing:
        t = t * (1 - label_smoothing) + label_smoothing / p.shape[-1]
    if from_logits and not target_gradient and t.shape == p.shape:
        return _of_rows(kernels.crossentropy, as_rows(t), p, probabilities)
    loss, backward = K.categorical_crossentropy.forward(t, p, from_logits)
    return loss, _smoothed_backward(backward, label_smoothing)


def _of_rows(kernel, t, z, p):
    """From logits and probabilities, without a gradient for the targets."""
    p = softmax.forward(z)[0] if p is None else p
    loss, dz = np.empty(z.shape[:-1], z.dtype), np.empty(z.shape, z.dtype)
    kernel(t, as_rows(z), as_rows(p), loss.reshape(-1), as_rows(dz))

    def backward(dy):
        return None, np.multiply(dz, dy[..., None], out=dz)

    return loss, backward


def _smoothed_backward(inner, label_smoothing):
    def backward(dy):
        dt, dp = inner(dy)
        return dt * (1 - label_smoothing), dp

    return backward


@loss_op(kind=CrossentropyLoss, activation=sigmoid)
def binary_crossentropy(
    y_true,
    y_pred,
    from_logits=False,
    label_smoothing=0,
    target_gradient=False,
    *,
    probabilities=None,
):
    """Mean of -(t log(p) + (1 - t) log(1 - p)) over the last axis.

    Arguments
        y_true: 0 or 1, or a probability, for each output.
        y_pred: probabilities.
        from_logits: whether y_pred is what a sigmoid would make probabilities of.
        label_smoothing: how far targets move from 0 and 1 towards 1/2.
        probabilities: what sigmoid makes of the logits, if that is known.
    """
    t, p = as_floats(y_true, y_pred)
    if label_smoothing:
        t = t * (1 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        values, slope_p, slope_t = _of_logits(t, p, probabilities)
    else:
        values, slope_p, slope_t = _of_probabilities(t, p)
    inner = mean_backward(values, slope_p, slope_t, t, p, target_gradient)

    def backward(dy):
        dt, dp = inner(dy)
        return dt if dt is None else dt * (1 - label_smoothing), dp

    return mean_of_rows(values), backward


def _of_probabilities(t, p):
    """Keras adds epsilon inside the logarithms, besides the limits."""
    low, high = _limits(p.dtype)
    q = np.minimum(np.maximum(p, low), high)
    given, rest = q + low, p.dtype.type(1 + epsilon()) - q
    log_given, log_rest = np.log(given), np.log(rest)

    def slope_p():
        return ((1 - t) / rest - t / given) * (p == q)

    return -(t * log_given + (1 - t) * log_rest), slope_p, lambda: log_rest - log_given


def _of_logits(t, z, p):
    values = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return values, lambda: (logistic(z) if p is None else p) - t, lambda: -z


@loss_op(kind=CrossentropyLoss)
def sparse_categorical_crossentropy(
    y_true,
    y_pred,
    from_logits=False,
    axis=-1,
    target_gradient=False,
    *,
    probabilities=None,
):
    """-log(p of the true class).

    Arguments
        y_true: number of the true class, from 0 on.
        y_pred: probabilities; rows that do not add up to 1 are scaled.
        from_logits: whether y_pred is what a softmax would make probabilities of.
        axis: where the classes are in y_pred.
        probabilities: what softmax makes of the logits, if that is known.
    """
    _, p = as_floats(0, y_pred)
    if axis not in (-1, p.ndim - 1):
        return K.sparse_categorical_crossentropy.forward(y_true, p, from_logits, axis)
    if from_logits:
        classes = _class_numbers(y_true, as_rows(p))
        return _of_rows(kernels.crossentropy_of_classes, classes, p, probabilities)
    p = p.reshape(-1, y_pred.shape[-1])
    low, high = _limits(p.dtype)
    q = np.minimum(np.maximum(p, low), high)
    place = np.arange(len(q)), _class_numbers(y_true, q)
    total, own = q.sum(axis=-1), q[place]

    def backward(dy):
        dy = dy.reshape(-1)
        dq = np.repeat((dy / total)[:, None], q.shape[-1], axis=1)
        dq[place] -= dy / own
        return None, (dq * (p == q)).reshape(y_pred.shape)

    return np.log(total / own).reshape(y_pred.shape[:-1]), backward


def _class_numbers(y_true, q):
    """Whole numbers from 0 to the number of classes, one for each row of q."""
    classes = np.asarray(y_true).astype(np.intp).reshape(-1)
    count = q.shape[-1]
    if len(classes) != len(q):
        raise ValueError(
            "sparse_categorical_crossentropy wants one class number for each row: got "
            f"targets of shape {np.shape(y_true)} for {len(q)} rows of {count} "
            "classes. If each target is a row of 0 and 1, use "
            "categorical_crossentropy."
        )
    wrong = classes.view(np.uintp) >= count
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"Label {classes[row]} found at row {row}, but the output has {count} "
            f"units, so labels must be 0..{count - 1}. Subtract the smallest label, or "
            "give the last layer more units."
        )
    return classes
