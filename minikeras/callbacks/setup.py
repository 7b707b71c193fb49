"""Which callbacks accompany training, testing and predicting."""

from minikeras.callbacks.base import CallbackList
from minikeras.callbacks.history import BaseLogger
from minikeras.callbacks.progress import EvaluationProgress, ProgbarLogger


def training_callbacks(model, callbacks, verbose, feed, epochs, validates):
    """The user's callbacks between those that every training has, ready to begin.

    First the means of the epoch, then the progress bar, then the user's, then history.
    """
    names = list(model.metrics_names)
    averaging = names[model.loss_count() :]
    own = [BaseLogger(stateful_metrics=averaging)]
    if verbose:
        count_mode = "steps" if feed.samples is None else "samples"
        own.append(ProgbarLogger(count_mode, stateful_metrics=averaging))
    made = CallbackList([*own, *_listed(callbacks), model.history])
    validation = [f"val_{name}" for name in names] if validates else []
    made.set_model(model)
    made.set_params(
        {
            **size_of(feed),
            "epochs": epochs,
            "verbose": verbose,
            "do_validation": validates,
            "metrics": names + validation,
        }
    )
    made.check(names + validation)
    return made


def evaluation_callbacks(model, callbacks, verbose, feed, metrics=None):
    """The user's callbacks, with a progress bar if one is wanted.

    `metrics` are the names of what is measured; None where nothing is, in `predict`.
    """
    if isinstance(callbacks, CallbackList):
        return callbacks
    given = _listed(callbacks)
    if verbose:
        given.append(EvaluationProgress(feed.samples or feed.steps))
    made = CallbackList(given)
    made.set_model(model)
    params = {**size_of(feed), "verbose": verbose}
    made.set_params(params if metrics is None else {**params, "metrics": metrics})
    return made


def _listed(callbacks):
    """Callbacks as a list; a single one is one of one."""
    single = hasattr(callbacks, "on_epoch_end") or not hasattr(callbacks, "__iter__")
    return [callbacks] if callbacks and single else list(callbacks or ())


def announce(feed, validation):
    """Tell how many samples are trained and validated on, where both are known."""
    if validation and validation.samples and feed.samples:
        print(
            f"Train on {feed.samples} samples, validate on {validation.samples} samples"
        )


def size_of(feed):
    """How much a feed gives: samples of arrays, else steps; the other one is None."""
    steps = feed.steps if feed.samples is None else None
    return {"batch_size": feed.batch_size, "steps": steps, "samples": feed.samples}
