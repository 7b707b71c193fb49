"""Names of arguments from Keras 1 and 2.0, accepted with Keras's warning."""

import warnings

RENAMED = {
    "nb_epoch": "epochs",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
    "nb_worker": "workers",
    "max_q_size": "max_queue_size",
    "pickle_safe": "use_multiprocessing",
}


def accept_old_names(kwargs, function):
    """Rename old arguments in `kwargs`; TypeError for those that nobody knows.

    Returns `kwargs` with the new names.
    """
    for old in list(kwargs):
        if old not in RENAMED:
            raise TypeError(
                f"Unrecognized keyword arguments: {kwargs} in {function}()."
            )
        new = RENAMED[old]
        warnings.warn(
            f"The `{old}` argument in `{function}` has been renamed `{new}`.",
            stacklevel=3,
        )
        kwargs[new] = kwargs.pop(old)
    return kwargs
