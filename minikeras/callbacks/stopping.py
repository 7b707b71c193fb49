"""Callbacks that end training early."""

import numpy as np

from minikeras.callbacks.base import Callback
from minikeras.callbacks.monitor import MonitorCallback
from minikeras.utils.checks import number


class EarlyStopping(MonitorCallback):
    """Stop training when a monitored number has stopped improving.

    Arguments
        monitor: name in the logs, such as 'val_loss'. A name that training will not
          report is an error at the start of `fit`.
        min_delta: a change must be larger than this to count as improvement.
        patience: number of epochs without improvement after which training stops.
        verbose: 1 to print what happened.
        mode: 'min', 'max' or 'auto' (by the name).
        baseline: value that must be improved on to begin with.
        restore_best_weights: whether the weights of the best epoch are put back when
          training stops early; else those of the last epoch stay.

    Example
        >>> stop = EarlyStopping(patience=5, restore_best_weights=True)
        >>> model.fit(x, y, validation_split=0.2, epochs=500, callbacks=[stop])
    """

    purpose = "Early stopping"

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = number(patience, "patience")
        self.verbose = verbose
        self.baseline = baseline if baseline is None else number(baseline, "baseline")
        self.restore_best_weights = restore_best_weights
        self._start()

    def _start(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best_weights = None
        self.best = self.worst if self.baseline is None else self.baseline

    def on_train_begin(self, logs=None):
        self._start()

    def on_epoch_end(self, epoch, logs=None):
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.improved(current, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self._stop(epoch)

    def _stop(self, epoch):
        self.stopped_epoch = epoch
        self.model.stop_training = True
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print("Restoring model weights from the end of the best epoch")
            self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")


class TerminateOnNaN(Callback):
    """Stop training as soon as the loss of a batch is NaN or infinite."""

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch:d}: Invalid loss, terminating training")
            self.model.stop_training = True
