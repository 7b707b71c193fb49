"""What callbacks share that follow one number of the logs."""

import warnings

import numpy as np

from minikeras.callbacks.base import Callback
from minikeras.utils.checks import number
from minikeras.utils.messages import did_you_mean

LARGER_IS_BETTER = ("acc", "auc", "precision", "recall", "fmeasure", "f1")


class MonitorCallback(Callback):
    """Base of the callbacks that follow one number, called `monitor`, of the logs.

    Arguments
        monitor: name in the logs of on_epoch_end, such as 'val_loss'.
        mode: 'min' if smaller is better, 'max' if larger is, 'auto' to decide by the
          name: accuracy, AUC, precision, recall and F1 should grow, the rest shrink.
        min_delta: a change must be larger than this to count.

    As in Keras, the attribute `min_delta` is negative where smaller is better. Unlike
    Keras 2.3.1, mode 'auto' knows names other than accuracy that should grow.
    """

    def __init__(self, monitor, mode="auto", min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode {mode} is unknown, fallback to auto mode. "
                f"Known are 'auto', 'min' and 'max'.",
                RuntimeWarning,
                stacklevel=3,
            )
            mode = "auto"
        number(min_delta, "min_delta")
        self.monitor = monitor
        self.mode = mode
        larger_is_better = mode == "max" or (mode == "auto" and _should_grow(monitor))
        self.monitor_op = np.greater if larger_is_better else np.less
        self.min_delta = abs(min_delta) if larger_is_better else -abs(min_delta)
        self._expected = False

    @property
    def worst(self):
        """The value that anything improves on."""
        return -np.inf if self.monitor_op is np.greater else np.inf

    def improved(self, current, best):
        """Whether `current` is better than `best` by more than min_delta."""
        return self.monitor_op(current - self.min_delta, best)

    def check(self, available_logs):
        """Refuse a name that will never be in the logs."""
        self._expected = self.monitor in available_logs
        if self._expected:
            return
        no_validation = not any(name.startswith("val_") for name in available_logs)
        hint = did_you_mean(self.monitor, available_logs)
        if no_validation and str(self.monitor).startswith("val_"):
            hint = " Give fit validation_data or validation_split."
        raise ValueError(
            f"{type(self).__name__}: monitor={self.monitor!r} unknown. With this "
            f"compile and validation data you can use: {', '.join(available_logs)}."
            f"{hint}"
        )

    def get_monitor_value(self, logs):
        """The monitored number; None, with a warning, where the logs lack it.

        There is no warning in an epoch whose validation `validation_freq` left out.
        """
        value = (logs or {}).get(self.monitor)
        if value is None and not self._expected:
            warnings.warn(
                f"{self.purpose} conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs or {})}."
                f"{did_you_mean(self.monitor, logs or {})}",
                RuntimeWarning,
                stacklevel=3,
            )
        return value

    @property
    def purpose(self):
        """What the callback is called in the warning."""
        return type(self).__name__


def _should_grow(monitor):
    name = str(monitor)
    return not name.endswith("loss") and any(w in name for w in LARGER_IS_BETTER)
