"""`Step`: a call of a graph, ready to run on a list of values."""

import functools
import operator
import types

import numpy as np

from minikeras.backend.errors import say_where
from minikeras.backend.tensor import Tensor


class Step:
    """A call with its tensors replaced by positions in the list of values."""

    def __init__(self, call, args, keywords, out, wants_dx, wanted):
        self.call = call
        self.forward = call.forward
        self.args = args
        self.kwargs = call.kwargs
        self.keywords = keywords
        self.out = out
        self.wants_dx = wants_dx
        self.wanted = wanted
        self.several = isinstance(out, list)
        self.arguments = _taker(args)
        flat = [s for arg in args for s in (arg if isinstance(arg, list) else [arg])]
        self.out_slots = out if self.several else [out]
        self.touched = [*flat, *keywords.values(), *self.out_slots]
        self.last_uses, self.inner_slots = [], []
        self.kept = []
        self.reusable = call.layer is None and isinstance(
            call.forward, types.FunctionType
        )

    def run(self, values):
        """(y, backward) of the call on the values that are there now; y joins them."""
        try:
            options = self.kwargs
            if self.keywords:
                options = {**options}
                for keyword, slot in self.keywords.items():
                    options[keyword] = values[slot]
            y, backward = self.forward(*self.arguments(values), **options)
        except Exception as error:
            self._say_where(error, values)
            raise
        if self.several:
            self.store(values, y)
        else:
            values[self.out] = y
        return y, backward

    def store(self, values, parts):
        """Put several results where later calls look for them."""
        for slot, part in zip(self.out, parts, strict=True):
            values[slot] = part

    def keep_backward(self, graph):
        """Have `backward` put into a slot at each run, for a `K.gradients`: the slot.

        A layer's `backward` may be called once only; who comes next gets another one.
        """
        if not self.kept or not self.reusable:
            self.kept.append(graph.slot(None))
            self.run = self._run_and_keep
        return self.kept[-1]

    def _run_and_keep(self, values):
        """Run once for each `backward` that is needed; dropout draws the same mask."""
        count = len(self.kept) + (self.wanted and not self.reusable)
        state = np.random.get_state() if count > 1 else None
        backwards = []
        for _ in range(count):
            if backwards:
                np.random.set_state(state)
            y, backward = type(self).run(self, values)
            backwards.append(backward)
        shapes = shapes_and_dtypes(y) if self.several else None
        for slot, each in zip(self.kept, backwards):  # noqa: B905  one may be left
            values[slot] = each, shapes
        return y, backward

    def gradient(self, grads, shapes):
        """The gradient of the call's result; None if nothing depends on it."""
        if not self.several:
            return grads[self.out]
        dys = [grads[slot] for slot in self.out]
        if all(dy is None for dy in dys):
            return None
        return [
            np.zeros(*shape_and_dtype) if dy is None else dy
            for shape_and_dtype, dy in zip(shapes, dys, strict=True)
        ]

    def spread(self, backward, dy, grads):
        """Go back through the call and add to its arguments' gradients."""
        if self.wants_dx or backward.__code__.co_argcount == 1:
            dx = backward(dy)
        else:
            dx = backward(dy, False)
        if not self.wants_dx:
            return
        if type(dx) is not tuple:
            add_gradient(grads, self.args[0], dx)
        elif type(self.args[0]) is list and len(self.args) == 1:  # a layer's inputs
            add_gradient(grads, self.args[0], list(dx))
        else:
            for slot, part in zip(self.args, dx):  # noqa: B905  the rest has no gradient
                add_gradient(grads, slot, part)

    def _say_where(self, error, values):
        layer = self.call.layer
        if layer is None:
            what = f"K.{name_of(self.forward)}".replace("._", ".")
        else:
            what = f"layer {layer.name!r}, {type(layer).__name__}"
        used = [values[slot] for slot in self.touched]
        say_where(error, what, [np.shape(x) for x in used if x is not None])


def _taker(slots):
    """A function that takes the arguments in these slots out of the list of values."""
    if any(type(slot) is list for slot in slots):
        return functools.partial(_take, slots)
    if len(slots) > 1:
        return operator.itemgetter(*slots)
    start = slots[0] if slots else 0
    return operator.itemgetter(slice(start, start + len(slots)))  # a list of one


def _take(slots, values):
    return [
        values[slot] if type(slot) is int else [values[each] for each in slot]
        for slot in slots
    ]


def shapes_and_dtypes(arrays):
    """What zeros in the place of each array would be made of."""
    return [(np.shape(x), np.asarray(x).dtype) for x in arrays]


def members(arg):
    """The tensors that an argument is or holds."""
    if isinstance(arg, Tensor):
        return (arg,)
    if isinstance(arg, (list, tuple)):
        return tuple(member for member in arg if isinstance(member, Tensor))
    return ()


def add_gradient(grads, slot, gradient):
    """Add to the gradient in a slot; a list of slots has a list of gradients."""
    if gradient is None:
        return
    if type(slot) is list:
        for each, part in zip(slot, gradient, strict=True):
            add_gradient(grads, each, part)
        return
    before = grads[slot]
    grads[slot] = gradient if before is None else before + gradient


def name_of(function):
    """The name of a function, for messages."""
    return getattr(function, "__qualname__", None) or repr(function)
