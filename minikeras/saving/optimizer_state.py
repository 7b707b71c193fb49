"""An optimizer's state with names, out of it and into it.

The state is the step count and what the optimizer keeps beside each weight. It is
saved in the order of `optimizer.weights`; the names are for people, the order counts,
as in Keras.
"""

import warnings

import numpy as np

from minikeras.saving.errors import WeightsMismatch


def optimizer_state(model):
    """(name, array) pairs of the optimizer's state, which may be empty."""
    return [(w.name, w.value) for w in model.optimizer.weights]


def load_optimizer(model, saved):
    """Put a saved state into the optimizer of a compiled model."""
    if not saved:
        return
    optimizer = model.optimizer
    optimizer.build(model._collected)
    try:
        pairs = _pairs(saved, optimizer)
        optimizer.set_weights([_fitting(array, own) for (_, array), own in pairs])
    except (ValueError, TypeError) as error:
        raise WeightsMismatch(f"the optimizer's state does not fit: {error}") from error


def set_numbers(optimizer, config):
    """Give the optimizer the learning rate and other numbers of a configuration."""
    for name, value in config.items():
        if isinstance(value, (int, float)) and hasattr(optimizer, name):
            setattr(optimizer, name, value)


def load_optimizer_or_warn(model, saved):
    """The same for files of others: a state that does not fit is left out."""
    try:
        load_optimizer(model, saved)
    except WeightsMismatch as error:
        warnings.warn(
            f"the optimizer starts afresh, as if no step had been made: {error}",
            stacklevel=4,
        )


def _pairs(saved, optimizer):
    own = optimizer.weights
    if len(saved) == len(own) - 1:  # Keras before 2.3 left the step count out
        saved = [("iterations", np.array(0)), *saved]
    if len(saved) != len(own):
        raise WeightsMismatch(
            f"the file has {len(saved)} arrays for {type(optimizer).__name__}, which "
            f"has {len(own)}"
        )
    return zip(saved, own, strict=True)


def _fitting(array, variable):
    """The array; Keras's placeholder of one number for a slot that is not in use."""
    if array.shape == (1,) and variable.shape != (1,):
        return np.broadcast_to(array, variable.shape)
    return array
