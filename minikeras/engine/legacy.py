"""Names of arguments from Keras 1 and 2.0, accepted with Keras's warning."""

import functools
import inspect
import warnings

from minikeras.utils.messages import did_you_mean

RENAMED = {
    "nb_epoch": "epochs",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
    "nb_worker": "workers",
    "max_q_size": "max_queue_size",
    "pickle_safe": "use_multiprocessing",
}


def accept_old_names(kwargs, function, known=()):
    """Rename old arguments in `kwargs`; TypeError for those that nobody knows.

    `known` are the names of today, for 'did you mean'. Returns `kwargs` with the new
    names.
    """
    for old in list(kwargs):
        if old not in RENAMED:
            raise TypeError(
                f"Unrecognized keyword arguments: {old!r} in {function}()."
                f"{did_you_mean(old, known)}"
            )
        new = RENAMED[old]
        warnings.warn(
            f"The `{old}` argument in `{function}` has been renamed `{new}`.",
            stacklevel=3,
        )
        kwargs[new] = kwargs.pop(old)
    return kwargs


def with_old_names(**renamed):
    """Decorate a method so that it takes old names of its arguments, with a warning.

    Arguments
        renamed: old name = new name. Counts of samples become counts of batches where
            the generator tells its `batch_size`.
    """

    def decorate(method):
        signature = inspect.signature(method)

        @functools.wraps(method)
        def accepting(*args, **kwargs):
            old_names = [name for name in kwargs if name in renamed]
            if old_names:
                kwargs = _with_new_names(method, args, kwargs, old_names, renamed)
                signature.bind(*args, **kwargs)
            return method(*args, **kwargs)

        return accepting

    return decorate


def _with_new_names(method, args, kwargs, old_names, renamed):
    taken = {*list(inspect.signature(method).parameters)[: len(args)], *kwargs}
    told = []
    for old in old_names:
        new = renamed[old]
        if new in taken:
            raise TypeError(
                f"{method.__name__}() got `{new}` and also `{old}`, its old name. "
                f"Leave out `{old}`."
            )
        taken.add(new)
        kwargs[new] = _in_batches(old, kwargs.pop(old), args, kwargs)
        told.append(f"`{old}` is now `{new}`")
        if "samples" in old:
            told[-1] += ", which counts batches, not samples"
    warnings.warn(
        f"Update your `{method.__name__}` call to the Keras 2 API: {'; '.join(told)}.",
        stacklevel=4,
    )
    return kwargs


def _in_batches(old, value, args, kwargs):
    """A count of samples in batches, if the size of the batches is known."""
    if "samples" not in old:
        return value
    generator = args[1] if len(args) > 1 else kwargs.get("generator")
    if old == "nb_val_samples":
        generator = kwargs.get("validation_data")
    size = getattr(generator, "batch_size", None)
    return -(-value // size) if isinstance(size, int) else value
