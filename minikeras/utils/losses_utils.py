"""Weights and reductions of losses."""

import numpy as np

from minikeras import backend as K
from minikeras.backend.broadcast import sum_to
from minikeras.backend.op import op


class Reduction:
    """How one loss for each sample becomes the loss of a batch.

    NONE: not at all. SUM: their sum. SUM_OVER_BATCH_SIZE: their mean.
    """

    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """The three names."""
        return (cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key):
        """Raise ValueError unless `key` is one of the three."""
        if key not in cls.all():
            raise ValueError(
                f"Invalid Reduction Key {key!r}. Expected one of {list(cls.all())}."
            )


def squeeze_or_expand_dimensions(y_pred, y_true=None, sample_weight=None):
    """Make ranks agree that differ by an axis of size 1 at the end.

    Returns (y_pred, y_true, sample_weight); y_true and sample_weight may be None.
    """
    if y_true is not None:
        if K.ndim(y_pred) - K.ndim(y_true) == 1 and K.int_shape(y_pred)[-1] == 1:
            y_pred = K.squeeze(y_pred, -1)
        elif K.ndim(y_true) - K.ndim(y_pred) == 1 and K.int_shape(y_true)[-1] == 1:
            y_true = K.squeeze(y_true, -1)
    if sample_weight is None or K.ndim(sample_weight) == 0:
        return y_pred, y_true, sample_weight
    if K.ndim(sample_weight) - K.ndim(y_pred) == 1:
        sample_weight = K.squeeze(sample_weight, -1)
    elif K.ndim(y_pred) - K.ndim(sample_weight) == 1:
        sample_weight = K.expand_dims(sample_weight, -1)
    return y_pred, y_true, sample_weight


def align_weights(weights, shape):
    """An array of weights in a form that broadcasts to values of this shape.

    One weight for each sample, or each time step, holds for all values behind it; a
    last axis of size 1 that the values do not have is dropped.
    """
    if weights.ndim == len(shape) + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    weights = weights.reshape(weights.shape + (1,) * (len(shape) - weights.ndim))
    fits = weights.ndim == len(shape) or weights.ndim == 0
    if not fits or any(
        n not in (1, m) for n, m in zip(weights.shape, shape, strict=True)
    ):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but the values to be weighted "
            f"have shape {shape}: give one weight for each sample, or one for each."
        )
    return weights


def broadcast_weights(values, sample_weight):
    """The weights in the shape of the values, one for each."""
    return _broadcast_weights(sample_weight, values)


@op
def _broadcast_weights(weights, values):
    aligned = align_weights(np.asarray(weights, values.dtype), values.shape)

    def backward(dy):
        return sum_to(dy, aligned.shape).reshape(np.shape(weights))

    return np.broadcast_to(aligned, values.shape), backward


def _weighted_shape(losses, weights, reduction):
    return losses if reduction == Reduction.NONE else ()


@op(shape=_weighted_shape)
def _weighted(losses, weights, reduction):
    """Losses times weights, reduced."""
    aligned = align_weights(np.asarray(weights, losses.dtype), losses.shape)
    divisor = losses.size if reduction == Reduction.SUM_OVER_BATCH_SIZE else 1

    def backward(dy):
        dlosses = np.broadcast_to(dy / divisor * aligned, losses.shape)
        return dlosses.astype(losses.dtype, copy=False), None

    y = losses * aligned
    return y if reduction == Reduction.NONE else y.sum() / divisor, backward


@op(shape=lambda losses, reduction: () if reduction != Reduction.NONE else losses)
def _reduced(losses, reduction):
    """Losses without weights, reduced."""
    divisor = losses.size if reduction == Reduction.SUM_OVER_BATCH_SIZE else 1

    def backward(dy):
        return np.broadcast_to(np.asarray(dy / divisor, losses.dtype), losses.shape)

    return losses if reduction == Reduction.NONE else losses.sum() / divisor, backward


def reduce_weighted_loss(weighted_losses, reduction=Reduction.SUM_OVER_BATCH_SIZE):
    """The sum or mean of losses, or the losses themselves."""
    return _reduced(weighted_losses, reduction)


def compute_weighted_loss(
    losses, sample_weight=None, reduction=Reduction.SUM_OVER_BATCH_SIZE, name=None
):
    """Losses times weights, reduced.

    Arguments
        losses: one value for each sample, or more.
        sample_weight: a number, or one for each sample or each loss; None for 1.
        reduction: a name of `Reduction`. The mean is over all losses, whatever their
            weights.
        name: not used.
    """
    Reduction.validate(reduction)
    if sample_weight is None:
        return _reduced(losses, reduction)
    if not K.is_tensor(sample_weight):
        sample_weight = np.asarray(sample_weight, K.floatx())
    return _weighted(losses, sample_weight, reduction)
