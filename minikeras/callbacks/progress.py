"""The callback that shows how training gets on."""

from minikeras.callbacks.base import Callback
from minikeras.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Show the progress of every epoch, with the metrics so far.

    `fit` adds one if verbose is 1 (a bar) or 2 (one line an epoch).

    Arguments
        count_mode: 'samples' or 'steps', what the bar counts.
        stateful_metrics: names of metrics that average by themselves; their last value
          is shown as it is.
    """

    def __init__(self, count_mode="samples", stateful_metrics=None):
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(
                f"Unknown `count_mode`: {count_mode}. Use 'samples' or 'steps'."
            )
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())

    def on_train_begin(self, logs=None):
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch, logs=None):
        if not self.verbose:
            return
        self.seen = 0
        self.target = self.params["steps" if self.use_steps else "samples"]
        self.progbar = Progbar(
            self.target,
            verbose=self.verbose,
            stateful_metrics=self.stateful_metrics,
        )
        self.progbar.begin(f"Epoch {epoch + 1}/{self.epochs}")

    def on_batch_end(self, batch, logs=None):
        if not self.verbose:
            return
        logs = logs or {}
        self.seen += 1 if self.use_steps else logs.get("size", 0)
        # The last batch waits for the validation that comes with the epoch's end.
        if self.target is None or self.seen < self.target:
            self.progbar.update(self.seen, self._values(logs))

    def on_epoch_end(self, epoch, logs=None):
        if self.verbose:
            self.progbar.finish(self.seen, self._values(logs or {}))

    def _values(self, logs):
        return [(name, logs[name]) for name in self.params["metrics"] if name in logs]


class EvaluationProgress(Callback):
    """Show how far `evaluate` or `predict` has come.

    Arguments
        target: samples, or batches where the samples are not known; None if neither is.
    """

    def __init__(self, target):
        super().__init__()
        self.target = target

    def on_test_begin(self, logs=None):
        self.seen = 0
        self.progbar = Progbar(self.target)

    def on_test_batch_end(self, batch, logs=None):
        by_samples = self.params.get("samples") is not None
        self.seen += (logs or {}).get("size", 1) if by_samples else 1
        if self.target is None or self.seen < self.target:
            self.progbar.update(self.seen)

    def on_test_end(self, logs=None):
        self.progbar.finish(self.seen)

    on_predict_begin = on_test_begin
    on_predict_batch_end = on_test_batch_end
    on_predict_end = on_test_end
