"""Everything besides weights that training goes on from, as plain data and arrays.

Numbers, text, lists and dicts are kept as they are, to the last bit; arrays go into a
list of their own. What is of another kind (models, files, functions) is left out.
"""

import random

import numpy as np

from minikeras.saving.errors import DamagedFile

_LEFT_OUT = ("model", "params", "validation_data")


class Packer:
    """Turns values into plain data; arrays are collected in `arrays`."""

    def __init__(self):
        self.arrays = []

    def pack(self, value):
        """Plain data for a value; raises TypeError for what has no such form."""
        if value is None or isinstance(value, (bool, str)) or type(value) is int:
            return value
        if type(value) is float:
            return value
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fiub":
            self.arrays.append((f"a{len(self.arrays)}", np.array(value)))
            kind = "array" if isinstance(value, np.ndarray) else "number"
            return {kind: len(self.arrays) - 1}
        if isinstance(value, (list, tuple)):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [self.pack(each) for each in value]}
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {"dict": {key: self.pack(each) for key, each in value.items()}}
        raise TypeError(f"{type(value).__name__} cannot be kept")

    def attributes(self, thing):
        """The attributes of an object that can be kept."""
        kept = {}
        for name, value in vars(thing).items():
            if name not in _LEFT_OUT:
                before = len(self.arrays)
                try:
                    kept[name] = self.pack(value)
                except TypeError:
                    del self.arrays[before:]
        return kept


def unpack(data, arrays):
    """The value that `Packer.pack` was given."""
    if not isinstance(data, dict):
        return data
    ((kind, value),) = data.items()
    if kind in ("array", "number"):
        array = np.array(arrays[value][1])
        return array if kind == "array" else array[()]
    if kind in ("list", "tuple"):
        values = [unpack(each, arrays) for each in value]
        return values if kind == "list" else tuple(values)
    if kind != "dict":
        raise DamagedFile(f"the state holds an unknown {kind[:40]!r}")
    return {key: unpack(each, arrays) for key, each in value.items()}


def random_state():
    """The state of the generators of NumPy and Python."""
    return {"numpy": np.random.get_state(), "python": random.getstate()}


def set_random_state(state):
    """Let both generators go on where they were."""
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])


def layer_states(model):
    """What layers keep besides weights: generators of their own, recurrent states."""
    return [_layer_state(layer) for layer in _all_layers(model)]


def set_layer_states(model, states):
    """Put back what `layer_states` gave."""
    for layer, state in zip(_all_layers(model), states, strict=True):
        for name, value in state.get("generators", {}).items():
            getattr(layer, name).set_state(value)
        for own, value in zip(_recurrent(layer), state["states"], strict=True):
            _array_of(own)[...] = value


def _layer_state(layer):
    generators = {
        name: value.get_state()
        for name, value in vars(layer).items()
        if isinstance(value, np.random.RandomState)
    }
    states = [np.array(_array_of(each)) for each in _recurrent(layer)]
    return {"generators": generators, "states": states}


def _recurrent(layer):
    states = (
        getattr(layer, "states", None) if getattr(layer, "stateful", False) else None
    )
    return [each for each in states or () if each is not None]


def _array_of(state):
    return getattr(state, "value", state)


def _all_layers(layer):
    """All layers inside a model, in order."""
    found = {}
    for each in layer.sublayers():
        found[each] = True
        found.update(dict.fromkeys(_all_layers(each)))
    return list(found)
