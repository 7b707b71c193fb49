"""A tape: what was computed, in order, so that it can be played backwards.

    with Tape() as tape:
        x = tape.watch(np.array([1.0, 2.0]))
        y = K.sum(K.square(x))
    tape.gradients(y, [x])            -> [array([2., 4.])]

This is reverse-mode automatic differentiation: each op left behind a function that
turns the gradient of its result into the gradients of its arguments; going through them
from last to first, and adding up where an argument was used more than once, is the
chain rule.
"""

import threading

import numpy as np

from minikeras.backend.tensor import Recorded, Tensor, Variable


class _OfThread(threading.local):
    tape = None


_thread = _OfThread()


class Tape:
    """Notes the ops on tensors it watches, and on variables while it is open."""

    def __init__(self):
        self.steps = []

    def watch(self, array):
        """A tensor with the value of `array` whose uses are noted."""
        return Recorded(np.asarray(array), self)

    def record(self, args, y, backward):
        """Note that an op with these arguments gave `y`; give the recorded result."""
        if isinstance(y, (list, tuple)):
            outputs = [Recorded(part, self) for part in y]
        else:
            outputs = Recorded(y, self)
        if backward is not None:
            self.steps.append((args, outputs, backward))
        return outputs

    def gradients(self, target, sources, dy=None):
        """Gradient of the sum of `target`, weighted with `dy`, for each of `sources`.

        Arguments
            target: a recorded tensor, or a list of them.
            sources: recorded tensors.
            dy: gradient with respect to `target`; ones by default.

        Variables get theirs through `add_grad`.
        """
        grads = Gradients()
        targets = target if isinstance(target, list) else [target]
        if dy is None:
            dys = [np.ones_like(each.value) for each in targets]
        else:
            dys = dy if isinstance(target, list) else [dy]
        for each, gradient in zip(targets, dys, strict=True):
            grads.add(each, gradient)
        by_tensor = grads.by_tensor
        for args, outputs, backward in reversed(self.steps):
            if type(outputs) is Recorded:
                dy = by_tensor.get(outputs)
            else:
                dy = grads.take(outputs)
            if dy is not None:
                spread(args, backward(dy), grads.add)
        return [grads.of(source) for source in sources]

    def __enter__(self):
        self.outer = current_tape()
        _thread.tape = self
        return self

    def __exit__(self, *exc):
        _thread.tape = self.outer


def current_tape():
    """The tape that this thread records on, or None."""
    return _thread.tape


class Gradients:
    """Gradients by tensor, added up; a variable keeps its own."""

    def __init__(self):
        self.by_tensor = {}

    def add(self, tensor, gradient):
        if gradient is None:
            return
        if type(tensor) is Recorded:
            before = self.by_tensor.get(tensor)
            self.by_tensor[tensor] = gradient if before is None else before + gradient
        elif isinstance(tensor, Variable):
            tensor.add_grad(gradient)

    def of(self, tensor):
        return self.by_tensor.get(tensor)

    def take(self, outputs):
        """The gradients of an op's several results, with zeros for unused ones."""
        dys = [self.of(each) for each in outputs]
        if all(dy is None for dy in dys):
            return None
        return [
            np.zeros_like(each.value) if dy is None else dy
            for each, dy in zip(outputs, dys, strict=True)
        ]


def spread(args, gradients, give):
    """Hand an op's gradients to its arguments.

    A tuple belongs to the leading arguments one by one, anything else to the first; the
    gradient of a list argument is a list.
    """
    if not isinstance(gradients, tuple):
        gradients = (gradients,)
    for arg, gradient in zip(args, gradients):  # noqa: B905  trailing arguments have none
        if gradient is None:
            continue
        if type(arg) is list or type(arg) is tuple:
            for member, part in zip(arg, gradient, strict=True):
                give(member, part)
        else:
            give(arg, gradient)


def differentiate(function, *args):
    """Apply a function of K ops to arrays: its value, and its `backward`.

    Arguments
        function: an op, or any function written with K ops.
        args: arrays, the arguments to differentiate for.

    `backward(dy)` gives the gradient for the argument, or a tuple for several.

    Example
        >>> y, backward = differentiate(K.square, np.array([3.0]))
        >>> y, backward(np.ones(1))
        (array([9.]), array([6.]))
    """
    forward = getattr(function, "forward", None)
    if forward is not None:
        return forward(*args)
    with Tape() as tape:
        watched = [tape.watch(arg) for arg in args]
        y = function(*watched)

    if not isinstance(y, Tensor):  # a constant, or a function outside the backend
        return _without_gradient(function, y, args)

    def backward(dy):
        gradients = tape.gradients(y, watched, dy)
        return gradients[0] if len(gradients) == 1 else tuple(gradients)

    return y.value, backward


def _without_gradient(function, y, args):
    def backward(dy):
        raise TypeError(
            f"No gradient: the result of {getattr(function, '__name__', function)!r} "
            "does not depend on its argument through K ops. Write it with "
            "minikeras.backend."
        )

    return np.asarray(y), backward
