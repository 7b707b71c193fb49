"""What a callback is, the list that calls several, and callbacks from functions."""

import time
import warnings
from collections import deque
from statistics import median

from minikeras.utils.checks import function, shorten
from minikeras.utils.messages import did_you_mean

SLOW_HOOK_SECONDS = 0.1
OWN_PACKAGE = __name__.partition(".")[0]


class Callback:
    """Something that happens at given moments of training, testing or predicting.

    Override the hooks that you need; every other one does nothing.

        on_train_begin(logs)                on_train_end(logs)
        on_epoch_begin(epoch, logs)         on_epoch_end(epoch, logs)
        on_train_batch_begin(batch, logs)   on_train_batch_end(batch, logs)
        on_batch_begin(batch, logs)         on_batch_end(batch, logs)
        on_test_begin, on_test_batch_begin, on_test_batch_end, on_test_end
        on_predict_begin, on_predict_batch_begin, on_predict_batch_end, on_predict_end

    `on_batch_*` and `on_train_batch_*` are two names of one moment.

    What `logs` hold
        on_train_batch_begin: `batch` (number), `size` (samples in it).
        on_train_batch_end, on_test_batch_end: also `loss` and the metrics.
        on_predict_batch_end: also `outputs`, the list of predictions.
        on_epoch_end: means over the epoch: `loss`, the metrics, and `val_...` of both.
          A callback may add names of its own; those after it see them.

    Attributes
        model: the model in training; set `model.stop_training = True` to end after
          this epoch.
        params: dict of `epochs`, `steps`, `samples`, `batch_size`, `verbose`,
          `do_validation` and `metrics` (the names that `logs` can hold).
        validation_data: the validation arrays of `fit`, as in Keras; else None.
        adds_logs: names that the callback itself puts into the logs of on_epoch_end.

    Example
        >>> class Diary(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"After epoch {epoch} the loss is {logs['loss']:.2f}.")
        >>> model.fit(x, y, callbacks=[Diary()])
    """

    adds_logs = ()

    def __init__(self):
        self.validation_data = None
        self.model = None

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self.model = model

    def check(self, available_logs):
        """Raise ValueError where training with these names in the logs is useless.

        Called once, before training. `available_logs` lists what on_epoch_end will
        see: `loss`, the metrics, their `val_...`, and what callbacks add (`lr`).
        """

    def on_epoch_begin(self, epoch, logs=None):
        """Before the first batch of epoch number `epoch` (from 0)."""

    def on_epoch_end(self, epoch, logs=None):
        """After the last batch of an epoch, and after its validation."""

    def on_batch_begin(self, batch, logs=None):
        """The same moment as on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """The same moment as on_train_batch_end."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a training batch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """After a training batch, weights updated."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Before a batch of `evaluate`, or of validation in `fit`."""

    def on_test_batch_end(self, batch, logs=None):
        """After a batch of `evaluate`, or of validation in `fit`."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a batch of `predict`."""

    def on_train_begin(self, logs=None):
        """Once, at the start of training."""

    def on_train_end(self, logs=None):
        """Once, at the end of training."""

    def on_test_begin(self, logs=None):
        """At the start of `evaluate`, and of each validation in `fit`."""

    def on_test_end(self, logs=None):
        """At the end of `evaluate`, and of each validation in `fit`."""

    def on_predict_begin(self, logs=None):
        """At the start of `predict`."""

    def on_predict_end(self, logs=None):
        """At the end of `predict`."""


class CallbackList:
    """Calls the same hook of several callbacks, in the order of the list.

    Batch hooks run thousands of times a second, so a callback that leaves one as it
    is in Callback is not called for it. Which hooks are in use is looked up anew at the
    start of training, of each epoch, of testing and of predicting.

    Arguments
        callbacks: list of Callback instances.
        queue_length: number of batches over which hooks are timed; one that takes
          longer than the batch itself gives a warning.
    """

    def __init__(self, callbacks=None, queue_length=10):
        if isinstance(callbacks, Callback):
            callbacks = [callbacks]
        self.callbacks = []
        self.queue_length = queue_length
        self._hooks = {}
        self._batch_times = deque([], maxlen=queue_length)
        self._hook_times = {}
        self._batch_begun = None
        for callback in callbacks or []:
            self.append(callback)

    def __iter__(self):
        return iter(self.callbacks)

    def append(self, callback):
        """Add a callback behind the others."""
        if isinstance(callback, type):
            raise TypeError(
                f"callbacks must hold instances, got the class {callback.__name__}. "
                f"Write {callback.__name__}(...) with its arguments."
            )
        if not hasattr(callback, "set_model"):
            raise TypeError(
                "callbacks must be a list of Callback objects, such as "
                f"[EarlyStopping(patience=3)]. Found {shorten(callback)}."
            )
        self.callbacks.append(callback)
        self._hooks.clear()

    def set_params(self, params):
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def check(self, available_logs):
        """Let every callback refuse what cannot work, before training starts.

        A callback from elsewhere may put further names into the logs of on_epoch_end,
        and nobody can know which; with such a one in the list nothing is refused, and a
        missing name is a warning at the end of the epoch.
        """
        if any(_may_add_logs(callback) for callback in self.callbacks):
            return
        names = list(available_logs)
        for callback in self.callbacks:
            names += [n for n in getattr(callback, "adds_logs", ()) if n not in names]
        for callback in self.callbacks:
            if hasattr(callback, "check"):
                callback.check(names)

    def resume(self, initial_epoch, feeds):
        """The epoch to begin with; callbacks such as BackupAndRestore may change it."""
        for callback in self.callbacks:
            if hasattr(callback, "resume"):
                initial_epoch = callback.resume(initial_epoch, self.callbacks, feeds)
        return initial_epoch

    def on_train_begin(self, logs=None):
        self._begin("on_train_begin", logs)

    def on_train_end(self, logs=None):
        self._call("on_train_end", logs)

    def on_test_begin(self, logs=None):
        self._begin("on_test_begin", logs)

    def on_test_end(self, logs=None):
        self._call("on_test_end", logs)

    def on_predict_begin(self, logs=None):
        self._begin("on_predict_begin", logs)

    def on_predict_end(self, logs=None):
        self._call("on_predict_end", logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._begin("on_epoch_begin", epoch, {} if logs is None else logs)

    def on_epoch_end(self, epoch, logs=None):
        self._call("on_epoch_end", epoch, {} if logs is None else logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._batch_begin("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._batch_end("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        self._batch_begin("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        self._batch_end("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch, logs=None):
        self._batch_begin("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._batch_end("on_predict_batch_end", batch, logs)

    on_batch_begin = on_train_batch_begin
    on_batch_end = on_train_batch_end

    def _begin(self, hook, *args):
        self._hooks.clear()
        self._batch_times.clear()
        self._hook_times.clear()
        self._call(hook, *args)

    def _call(self, hook, *args):
        for callback in self.callbacks:
            getattr(callback, hook)(*args)

    def _batch_begin(self, hook, batch, logs):
        self._run_batch_hook(hook, batch, logs)
        self._batch_begun = time.perf_counter()

    def _batch_end(self, hook, batch, logs):
        if self._batch_begun is not None:
            self._batch_times.append(time.perf_counter() - self._batch_begun)
        self._run_batch_hook(hook, batch, logs)

    def _run_batch_hook(self, hook, batch, logs):
        calls = self._hooks.get(hook)
        if calls is None:
            calls = self._hooks[hook] = _calls_in_use(self.callbacks, hook)
        if not calls:
            return
        logs = {} if logs is None else logs
        start = time.perf_counter()
        for call in calls:
            call(batch, logs)
        self._watch(hook, time.perf_counter() - start)

    def _watch(self, hook, seconds):
        """Warn of hooks that cost more than the batches that they accompany."""
        if seconds < SLOW_HOOK_SECONDS:
            self._hook_times.pop(hook, None)
            return
        times = self._hook_times.setdefault(hook, deque([], maxlen=self.queue_length))
        times.append(seconds)
        if len(times) < self.queue_length or not self._batch_times:
            return
        typical = median(times)
        if typical > 0.95 * median(self._batch_times):
            warnings.warn(
                f"Method ({hook}) is slow compared to the batch update ({typical:f}). "
                "Check your callbacks.",
                RuntimeWarning,
                stacklevel=4,
            )


class LambdaCallback(Callback):
    """A callback made of plain functions, for a line or two.

    Arguments
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_batch_begin, on_batch_end: functions of (batch, logs).
        on_train_begin, on_train_end: functions of (logs).
        kwargs: any other hook of Callback by name, such as on_test_end.

    Example
        >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_batch_begin=None,
        on_batch_end=None,
        on_train_begin=None,
        on_train_end=None,
        **kwargs,
    ):
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        for name in kwargs:
            if name.startswith("on_") and not hasattr(Callback, name):
                raise TypeError(
                    f"LambdaCallback has no hook {name!r}."
                    f"{did_you_mean(name, dir(Callback))}"
                )
        self.__dict__.update(kwargs)
        self.__dict__.update(
            {k: function(f, k) for k, f in given.items() if f is not None}
        )


def _calls_in_use(callbacks, hook):
    return [getattr(c, hook) for c in callbacks if _overrides(c, hook)]


def _overrides(callback, hook):
    """Whether a hook, or the older name that it calls, is not Callback's own."""
    names = {hook, hook.replace("train_batch", "batch")}
    return any(
        getattr(getattr(callback, name, None), "__func__", None)
        is not getattr(Callback, name)
        for name in names
    )


def _may_add_logs(callback):
    """Whether on_epoch_end was written outside this package."""
    module = getattr(callback.on_epoch_end, "__module__", None) or ""
    return module.partition(".")[0] != OWN_PACKAGE
