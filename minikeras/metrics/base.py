"""`Metric`: something that is averaged, or counted, over all batches of an epoch."""

import functools

import numpy as np

from minikeras import backend as K
from minikeras.backend.graph import Graph, placeholders_of
from minikeras.backend.op import op
from minikeras.backend.tensor import Symbolic, is_tracing
from minikeras.backend.variables import Update
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import function
from minikeras.utils.generic_utils import to_list
from minikeras.utils.losses_utils import align_weights, squeeze_or_expand_dimensions


class Metric(Layer):
    """Base of stateful metrics.

    A metric keeps its state in weights. `update_state` takes in a batch, `result` is
    the value over all batches since `reset_states`. Both are written with K ops:
    `compile` notes them once, and on arrays they act at once.

    Methods that subclasses override
        update_state(y_true, y_pred, sample_weight=None): a list of K.update(...).
        result(): a tensor, computed from the weights.

    Arguments
        name: for the history and the progress bar.
        dtype: type of the state; `floatx()` by default.

    Example
        >>> metric = Precision()
        >>> metric.update_state([0, 1, 1], [0.2, 0.3, 0.9])
        >>> float(K.eval(metric.result()))
        1.0
    """

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = True
        self.built = True

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "update_state" in vars(cls):
            cls.update_state = carried_out(cls.update_state)

    def __call__(self, *args, **kwargs):
        """Take in a batch, and give the result with it."""
        updates = self.update_state(*args, **kwargs)
        self.add_update([u for u in to_list(updates) if isinstance(u, Update)])
        return self.result()

    def update_state(self, *args, **kwargs):
        """Take in a batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `update_state`.")

    def result(self):
        """The value over all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} must define `result`.")

    def reset_states(self):
        """Forget all batches."""
        for weight in self._non_trainable_weights:
            weight.value.fill(0)

    def add_weight(self, name, shape=(), initializer=None, dtype=None):
        """Make a part of the state; zeros by default."""
        return super().add_weight(
            name, shape, dtype, initializer=initializer or "zeros", trainable=False
        )

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


def carried_out(update_state):
    """Make an `update_state` act at once, unless it is noted in a graph."""

    @functools.wraps(update_state)
    def update(self, *args, **kwargs):
        updates = to_list(update_state(self, *args, **kwargs), allow_tuple=True)
        updates = [u for u in updates if isinstance(u, Update)]
        if is_tracing() or placeholders_of([u.value for u in updates if _waits(u)]):
            return updates
        values = Graph([], [u.value for u in updates]).run([])
        for each, value in zip(updates, values, strict=True):
            each.variable.assign(value)
        return None

    return update


def _waits(update):
    return isinstance(update.value, Symbolic)


@op(shape=lambda *args: [(), ()], dtype=lambda total, *others: [total, total])
def take_in(total, count, values, weights=None):
    """Add values times weights to `total`, and the weights to `count`."""
    values = np.asarray(values, total.dtype)
    if weights is None:
        return [total + values.sum(), count + values.dtype.type(values.size)], None
    weights = np.asarray(weights, total.dtype)
    if values.ndim == 0:
        values = np.broadcast_to(values, weights.shape)
    aligned = align_weights(weights, values.shape)
    weight = aligned.sum() * values.dtype.type(values.size / max(1, aligned.size))
    return [total + (values * aligned).sum(), count + weight], None


@op(shape=lambda x, y: x, dtype=lambda x, y: x)
def divide_no_nan(x, y):
    """x / y, and 0 where y is 0."""
    return np.divide(x, y, out=np.zeros_like(x), where=np.not_equal(y, 0)), None


@op(shape=lambda total, count: (), dtype=lambda total, count: total)
def mean_of(total, count):
    """total / count, NaN before anything was taken in."""
    if count:
        return total / count, None
    return np.full_like(total, np.nan), None


class Reduce(Metric):
    """The sum or the mean of values.

    Arguments
        reduction: 'sum', or 'weighted_mean' (by sample weights).
        name, dtype: see Metric.
    """

    def __init__(self, reduction, name, dtype=None):
        super().__init__(name=name, dtype=dtype)
        if reduction not in ("sum", "weighted_mean"):
            raise ValueError(
                f"Unknown reduction {reduction!r}. Expected 'sum' or 'weighted_mean'."
            )
        self.reduction = reduction
        self.total = self.add_weight("total")
        self.count = self.add_weight("count") if reduction != "sum" else None

    def update_state(self, values, sample_weight=None):
        """Take in values; `sample_weight` has one weight for each, or for each row."""
        if self.count is None:
            total, _ = take_in(self.total, 0, values, sample_weight)
            return [K.update(self.total, total)]
        total, count = take_in(self.total, self.count, values, sample_weight)
        return [K.update(self.total, total), K.update(self.count, count)]

    def result(self):
        if self.count is None:
            return K.identity(self.total)
        return mean_of(self.total, self.count)


class Sum(Reduce):
    """The (weighted) sum of values."""

    def __init__(self, name="sum", dtype=None):
        super().__init__("sum", name, dtype)


class Mean(Reduce):
    """The (weighted) mean of values."""

    def __init__(self, name="mean", dtype=None):
        super().__init__("weighted_mean", name, dtype)


class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions.

    Arguments
        fn: function of (y_true, y_pred, **kwargs).
        name, dtype: see Metric.
        kwargs: further arguments of the function.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = function(fn, "fn", "losses.mean_squared_error")
        self._fn_kwargs = kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred, y_true = matched(y_pred, y_true)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if values is None or isinstance(values, str):
            raise ValueError(
                f"The function of metric {self.name!r} must give a tensor; it gave "
                f"{values!r}. Does it end without `return`?"
            )
        return super().update_state(values, sample_weight)

    def get_config(self):
        fn = {"fn": self._fn} if type(self) is MeanMetricWrapper else {}
        return {**fn, **super().get_config(), **self._fn_kwargs}


def matched(y_pred, y_true):
    """Predictions and targets, without a last axis of 1 that only one of them has."""
    y_pred, y_true = (x if K.is_tensor(x) else np.asarray(x) for x in (y_pred, y_true))
    y_pred, y_true, _ = squeeze_or_expand_dimensions(y_pred, y_true)
    return y_pred, y_true


def clone_metric(metric):
    """A metric of the same kind with a state of its own; a function as it is."""
    if isinstance(metric, Metric):
        return type(metric).from_config(metric.get_config())
    return metric


def clone_metrics(metrics):
    """Clones of several metrics: a list, or a dict by name."""
    if isinstance(metrics, dict):
        return {name: clone_metric(metric) for name, metric in metrics.items()}
    return [clone_metric(metric) for metric in metrics]
