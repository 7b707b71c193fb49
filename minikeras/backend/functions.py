"""K.function and K.gradients: run a graph on arrays, and go back through it."""

import numpy as np

from minikeras.backend.graph import Graph
from minikeras.backend.tensor import Symbolic
from minikeras.backend.updates import LayerUpdates, apply_updates, collecting_updates
from minikeras.backend.variables import Update
from minikeras.utils.checks import shorten
from minikeras.utils.interrupts import interrupts_held_back


class Function:
    """A graph that can be called on arrays; see `function`."""

    def __init__(self, inputs, outputs, updates=None):
        self.several = isinstance(outputs, (list, tuple))
        self.outputs = list(outputs) if self.several else [outputs]
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(
                "K.function takes a list of inputs: K.function([x], [y]). Got "
                f"{shorten(inputs)}."
            )
        self.inputs = [_checked_input(x, i) for i, x in enumerate(inputs)]
        self.updates_layers = bool(updates) or isinstance(updates, LayerUpdates)
        self.updates = [_as_update(u) for u in updates or () if u is not None]
        wanted = [*self.outputs, *(u.value for u in self.updates)]
        self.graph = Graph(self.inputs, wanted, trainable=(), wrt=())

    def __call__(self, inputs):
        inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        _check_count(inputs, self.inputs)
        feeds = [_fed(x, t) for x, t in zip(inputs, self.inputs, strict=True)]
        results, updates = collecting_updates(self.graph.run, feeds)
        outputs, values = results[: len(self.outputs)], results[len(self.outputs) :]
        with interrupts_held_back():
            if self.updates_layers:
                apply_updates(updates)
            for update, value in zip(self.updates, values, strict=True):
                update.variable.assign(value)
        outputs = [np.array(y) if isinstance(y, np.ndarray) else y for y in outputs]
        return outputs if self.several else outputs[0]


def _checked_input(x, position):
    if not isinstance(x, Symbolic):
        raise TypeError(
            f"inputs[{position}] of K.function must be a placeholder or another "
            f"symbolic tensor; got {x!r}."
        )
    return x


def _as_update(update):
    return update if isinstance(update, Update) else Update(*update)


def _check_count(values, tensors):
    if len(values) != len(tensors):
        raise ValueError(
            f"The function has {len(tensors)} inputs {[t.name for t in tensors]}; got "
            f"{len(values)} values. Call it with one list: f([x1, x2])."
        )


def _fed(value, tensor):
    """A value as an array of the tensor's type and shape."""
    array = np.asarray(value, tensor.dtype)
    fits = array.ndim == tensor.ndim and all(
        want in (None, got) for want, got in zip(tensor.shape, array.shape, strict=True)
    )
    if not fits and tensor.shape:
        raise ValueError(
            f"Input {tensor.name!r} has shape {tensor.shape}; got an array of shape "
            f"{array.shape}."
        )
    return array


def function(inputs, outputs, updates=None, **kwargs):
    """A callable that computes `outputs` from `inputs`.

    Arguments
        inputs: list of placeholders, `Input`s or inner tensors; may have
            `K.learning_phase()` among them (0 unless it is fed).
        outputs: list of tensors, or one tensor.
        updates: list of `K.update(...)` or pairs (variable, new value), carried out
            with each call; so is then what layers update (moving statistics, states:
            give `model.updates`). None or [] leaves everything as it is.

    Example
        >>> x = K.placeholder((None, 2))
        >>> f = K.function([x], [K.sum(x, axis=1)])
        >>> f([np.ones((3, 2))])
        [array([2., 2., 2.], dtype=float32)]
    """
    return Function(inputs, outputs, updates)
