"""Callbacks that save the model while it trains."""

import os
import string
import warnings

import numpy as np

from minikeras.callbacks.monitor import MonitorCallback
from minikeras.utils.checks import path, whole


class ModelCheckpoint(MonitorCallback):
    """Save the model after every epoch, or after the best one so far.

    Arguments
        filepath: where to; may hold `{epoch}` and names of the logs, formatted as in
            `"model.{epoch:02d}-{val_loss:.2f}.h5"`. The suffix chooses the format, as
            in `model.save`.
        monitor: the number that says which epoch is best.
        verbose: 1 to print what is done.
        save_best_only: whether to save only when `monitor` has improved.
        save_weights_only: whether to save the weights alone.
        mode: 'min', 'max' or 'auto'; see `MonitorCallback`.
        period: save every so many epochs.

    A path that cannot work (a folder that is missing, a name that the logs will not
    have) is an error at the start of `fit`. With `save_best_only`, weights that became
    NaN never replace good ones.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        period=1,
    ):
        super().__init__(monitor, mode)
        self.filepath = os.fspath(path(filepath, "filepath"))
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.period = whole(period, "period")
        self.best = self.worst
        self.epochs_since_last_save = 0

    @property
    def purpose(self):
        return "Can save best model only" if self.save_best_only else "ModelCheckpoint"

    def check(self, available_logs):
        """Raise ValueError for a path or a monitor that this training cannot fill."""
        if self.save_best_only:
            super().check(available_logs)
        for name in self._names():
            if name not in ("epoch", *available_logs):
                raise ValueError(
                    f"ModelCheckpoint: filepath={self.filepath!r} has {name!r}, which "
                    "the logs of this training do not have. They have: epoch, "
                    f"{', '.join(available_logs)}."
                )
        self._check_folder()

    def _names(self):
        """Names in the braces of the path."""
        try:
            fields = [f for _, f, _, _ in string.Formatter().parse(self.filepath) if f]
        except ValueError as error:
            raise ValueError(
                f"ModelCheckpoint: filepath={self.filepath!r} is no format: {error}. "
                "Write {{ and }} for braces that are meant."
            ) from None
        return [field.split(".")[0].split("[")[0] for field in fields]

    def _check_folder(self):
        folder = os.path.dirname(self.filepath)
        if "{" in folder:
            return
        folder = folder or "."
        if not os.path.isdir(folder):
            raise ValueError(
                f"ModelCheckpoint: the folder {folder!r} of filepath={self.filepath!r} "
                f"does not exist. Make it first: os.makedirs({folder!r})."
            )
        if not os.access(folder, os.W_OK):
            raise ValueError(
                f"ModelCheckpoint: the folder {folder!r} cannot be written to. Choose "
                "another filepath."
            )

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        if self.save_best_only:
            self._save_if_better(epoch, logs)
        else:
            self._save(epoch, logs, "saving model to {}")

    def _save_if_better(self, epoch, logs):
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if not self.monitor_op(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {self.best:0.5f}")
        elif not self._is_finite():
            warnings.warn(
                f"ModelCheckpoint: {self.monitor} improved in epoch {epoch + 1}, but "
                "the weights hold NaN or infinity; the file from before is kept.",
                RuntimeWarning,
                stacklevel=2,
            )
        else:
            change = f"{self.monitor} improved from {self.best:0.5f} to {current:0.5f}"
            self.best = current
            self._save(epoch, logs, change + ", saving model to {}")

    def _is_finite(self):
        return all(np.isfinite(w.value).all() for w in self.model.weights)

    def _save(self, epoch, logs, text):
        try:
            path = self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            warnings.warn(
                f"ModelCheckpoint: epoch {epoch + 1} has no {error} for the path "
                f"{self.filepath!r} (no validation in this epoch); nothing was saved.",
                RuntimeWarning,
                stacklevel=3,
            )
            return
        self._say(epoch, text.format(path))
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _say(self, epoch, text):
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: {text}")
