"""Callbacks that change the learning rate while a model trains."""

import inspect
import numbers
import warnings

from minikeras import backend as K
from minikeras.callbacks.base import Callback
from minikeras.callbacks.monitor import MonitorCallback
from minikeras.utils.checks import number, whole


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of every epoch from a schedule.

    Arguments
        schedule: function of the epoch (from 0) and the present learning rate, or of
          the epoch alone, that returns the new learning rate.
        verbose: 1 to print every change.

    The rate in use stands in the logs as `lr`.

    Example
        >>> halve = LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** (epoch // 10))
    """

    adds_logs = ("lr",)

    def __init__(self, schedule, verbose=0):
        super().__init__()
        if not callable(schedule):
            raise TypeError(
                "LearningRateScheduler takes a function from the epoch to the learning "
                f"rate, such as lambda epoch: 0.1 * 0.9**epoch. Got {schedule!r}."
            )
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        rate = self._next_rate(epoch, learning_rate(self.model))
        set_learning_rate(self.model, rate)
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1:05d}: LearningRateScheduler setting learning "
                f"rate to {rate}."
            )

    def _next_rate(self, epoch, present):
        arguments = (epoch, present) if _takes_two(self.schedule) else (epoch,)
        try:
            rate = self.schedule(*arguments)
        except TypeError as error:
            if error.__traceback__.tb_next is None:  # it was not even entered
                error.args = (
                    "LearningRateScheduler calls its schedule with the epoch, or with "
                    f"the epoch and the present rate: {error}",
                )
            raise
        if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
            raise ValueError(
                'The output of the "schedule" function should be float. '
                f"For epoch {epoch} it returned {rate!r}."
            )
        return rate

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["lr"] = learning_rate(self.model)


class ReduceLROnPlateau(MonitorCallback):
    """Reduce the learning rate when a monitored number has stopped improving.

    Arguments
        monitor: name in the logs, such as 'val_loss'. A name that training will not
          report is an error at the start of `fit`.
        factor: the new rate is `lr * factor`; below 1.
        patience: number of epochs without improvement before a reduction.
        verbose: 1 to print every reduction.
        mode: 'min', 'max' or 'auto' (by the name).
        min_delta: a change must be larger than this to count as improvement.
        cooldown: number of epochs after a reduction in which patience rests.
        min_lr: the rate is never set lower than this.

    The rate at the start of the epoch's end stands in the logs as `lr`.
    """

    adds_logs = ("lr",)
    purpose = "Reduce LR on plateau"

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0,
        **kwargs,
    ):
        super().__init__(monitor, mode, _renamed_epsilon(min_delta, kwargs))
        if number(factor, "factor", least=0) >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau does not support a factor >= 1.0. Got {factor}."
            )
        self.factor = factor
        self.patience = number(patience, "patience", least=0)
        self.verbose = verbose
        self.cooldown = whole(cooldown, "cooldown", least=0)
        self.min_lr = number(min_lr, "min_lr")
        self._start()

    def _start(self):
        self.best = self.worst
        self.wait = 0
        self.cooldown_counter = 0

    def on_train_begin(self, logs=None):
        self._start()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        logs["lr"] = learning_rate(self.model)
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improved(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        old = learning_rate(self.model)
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        set_learning_rate(self.model, new)
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate "
                f"to {new}."
            )

    def in_cooldown(self):
        """Whether the last reduction was less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0


def learning_rate(model):
    """The learning rate of the model's optimizer, as a float."""
    _check_rate(model)
    return float(K.get_value(model.optimizer.lr))


def set_learning_rate(model, rate):
    """Give the model's optimizer another learning rate."""
    _check_rate(model)
    K.set_value(model.optimizer.lr, rate)


def _check_rate(model):
    if not hasattr(model.optimizer, "lr"):
        raise ValueError('Optimizer must have a "lr" attribute.')


def _takes_two(schedule):
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a built-in function that does not tell its arguments
        return True
    return True


def _renamed_epsilon(min_delta, kwargs):
    """The value of min_delta, which an older Keras called epsilon."""
    if "epsilon" in kwargs:
        min_delta = kwargs.pop("epsilon")
        warnings.warn(
            "`epsilon` argument is deprecated and will be removed, use `min_delta` "
            "instead.",
            stacklevel=4,
        )
    if kwargs:
        raise TypeError(
            "ReduceLROnPlateau got an unexpected keyword argument "
            f"{next(iter(kwargs))!r}"
        )
    return min_delta
