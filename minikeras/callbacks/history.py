"""Callbacks that keep the numbers of training: an epoch's means, and the history."""

import warnings

import numpy as np

from minikeras.callbacks.base import Callback
from minikeras.utils.messages import did_you_mean


class BaseLogger(Callback):
    """Put the means of an epoch's batches into the logs of on_epoch_end.

    A batch counts by its number of samples, `logs['size']`. `fit` puts one in front of
    the other callbacks, so they find `loss` and the metrics in their logs.

    Arguments
        stateful_metrics: names of metrics that average by themselves; their last value
          is kept as it is.
    """

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch, logs=None):
        self.seen = 0
        self.totals = {}

    def on_batch_end(self, batch, logs=None):
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0) + value * size

    def on_epoch_end(self, epoch, logs=None):
        if logs is None:
            return
        for name in self.params["metrics"]:
            if name not in self.totals:
                continue
            total = self.totals[name]
            stateful = name in self.stateful_metrics
            logs[name] = total if stateful else total / max(1, self.seen)


class History(Callback):
    """Remember the logs of every epoch; `fit` returns it.

    Attributes
        epoch: list of the epochs' numbers, from 0.
        history: dict of a list for each name in the logs, one number an epoch:
          `history['loss']`, `history['val_accuracy']`.

    Example
        >>> history = model.fit(x, y, epochs=3)
        >>> history.history["loss"]
        [0.71, 0.42, 0.33]
    """

    def __init__(self):
        super().__init__()
        self.epoch = []
        self.history = Records()

    def on_train_begin(self, logs=None):
        self.epoch = []
        self.history = Records()

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(_plain_number(value))


class Records(dict):
    """A dict of lists that answers to 'acc' where it holds 'accuracy', and the like.

    Books use the short name or the long one, depending on their age and on what
    `compile` was given. The name that was meant is told once.
    """

    told = False

    def __missing__(self, name):
        other = self._other_name(name)
        if other not in self:
            raise KeyError(self._explain(name))
        if not Records.told:
            Records.told = True
            warnings.warn(
                f"history[{name!r}] gives history[{other!r}]: the name is the one "
                f"that `compile` was given. Known names: {', '.join(self)}.",
                stacklevel=2,
            )
        return self[other]

    def _other_name(self, name):
        name = str(name)
        if "accuracy" in name:
            return name.replace("accuracy", "acc")
        return name.replace("acc", "accuracy")

    def _explain(self, name):
        text = f"history has no {name!r}; it holds: {', '.join(self)}."
        if str(name).startswith("val_") and not any(n.startswith("val_") for n in self):
            return text + " `fit` was given no validation_data or validation_split."
        return text + did_you_mean(name, self)


def _plain_number(value):
    """A NumPy scalar as the Python number that json and repr like better."""
    return value.item() if isinstance(value, np.generic) else value
