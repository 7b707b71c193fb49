"""Losses that are the mean, over the last axis, of something computed per element.

t is a target, p a prediction, d = p - t.
"""

import numpy as np

from minikeras.backend.broadcast import sum_to
from minikeras.backend.common import epsilon
from minikeras.losses.op import (
    LossOp,
    as_floats,
    averaged,
    like_predictions,
    prediction_type,
)


@averaged
def mean_squared_error(t, p):
    """Mean of d^2."""
    d = p - t
    return d * d, lambda: 2 * d, lambda: -2 * d


@averaged
def mean_absolute_error(t, p):
    """Mean of |d|."""
    d = p - t
    return np.abs(d), lambda: np.sign(d), lambda: -np.sign(d)


@averaged
def mean_absolute_percentage_error(t, p):
    """Mean of 100 |d| / |t|, with |t| at least epsilon."""
    d = p - t
    size = np.maximum(np.abs(t), epsilon())
    values = 100 * np.abs(d) / size

    def slope_p():
        return 100 * np.sign(d) / size

    def slope_t():
        through_size = np.where(np.abs(t) >= epsilon(), -values / size, 0)
        return through_size * np.sign(t) - slope_p()

    return values, slope_p, slope_t


@averaged
def mean_squared_logarithmic_error(t, p):
    """Mean of (log(1 + p) - log(1 + t))^2, with t and p at least epsilon."""
    t_positive, p_positive = np.maximum(t, epsilon()), np.maximum(p, epsilon())
    d = np.log(p_positive + 1) - np.log(t_positive + 1)

    def slope_p():
        return np.where(p >= epsilon(), 2 * d / (p_positive + 1), 0)

    def slope_t():
        return np.where(t >= epsilon(), -2 * d / (t_positive + 1), 0)

    return d * d, slope_p, slope_t


def signs(t):
    """(targets -1 and 1, their slope): if all targets are 0 or 1, 0 stands for -1."""
    return (2 * t - 1, 2) if np.all((t == 0) | (t == 1)) else (t, 1)


@averaged
def hinge(t, p):
    """Mean of max(1 - t p, 0), for targets -1 and 1 (or 0 and 1)."""
    t, dt = signs(t)
    margin = 1 - t * p
    below = margin >= 0
    return np.maximum(margin, 0), lambda: -t * below, lambda: -dt * p * below


@averaged
def squared_hinge(t, p):
    """Mean of max(1 - t p, 0)^2, for targets -1 and 1 (or 0 and 1)."""
    t, dt = signs(t)
    missing = np.maximum(1 - t * p, 0)
    return missing**2, lambda: -2 * missing * t, lambda: -2 * dt * missing * p


@averaged
def logcosh(t, p):
    """Mean of log(cosh(d)): about d^2 / 2 for small d, |d| - log(2) for large."""
    d = p - t
    size = np.abs(d)
    values = size + np.log1p(np.exp(-2 * size)) - float(np.log(2))
    return values, lambda: np.tanh(d), lambda: -np.tanh(d)


@averaged
def poisson(t, p):
    """Mean of p - t log(p): how unlikely the counts t are for the expected counts p."""
    with np.errstate(invalid="ignore", divide="ignore"):
        log_p = np.log(p + epsilon())
    return p - t * log_p, lambda: 1 - t / (p + epsilon()), lambda: -log_p


def _huber_loss(y_true, y_pred, delta=1.0, target_gradient=False):
    """d^2 / 2 for |d| up to delta, delta (|d| - delta / 2) beyond.

    One value for each element, not for each row, as in Keras.
    """
    t, p = as_floats(y_true, y_pred)
    d = p - t
    near = np.clip(d, -delta, delta)

    def backward(dy):
        dd = dy * near
        return sum_to(-dd, t.shape) if target_gradient else None, sum_to(dd, p.shape)

    return near * (d - 0.5 * near), backward


_huber_loss.__name__ = _huber_loss.__qualname__ = "huber_loss"
huber_loss = LossOp(_huber_loss, shape=like_predictions, dtype=prediction_type)

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
