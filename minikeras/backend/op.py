"""The decorator `op`: one NumPy function with its gradient, usable on every tensor.

    @op
    def square(x):
        '''Element-wise square.'''
        y = x * x

        def backward(dy):
            return 2 * x * dy

        return y, backward

`square(array)` is an array; on a recorded tensor the op is noted on the tape; on a
symbolic tensor it becomes a `Call` of the graph, to be replayed when data comes.
`square.forward(array)` is the function as written: `(y, backward)`.
"""

import functools
import inspect

import numpy as np

from minikeras.backend.graph import Call
from minikeras.backend.tape import current_tape
from minikeras.backend.tensor import Recorded, Symbolic, Tensor, Variable


def op(forward=None, *, shape=None):
    """Make a K op of a function that returns `(y, backward)`.

    Arguments
        forward: the function, on plain arrays. `backward(dy)` returns the gradient of
            the first argument, or a tuple for the leading arguments; a list argument
            has a list. An op without a gradient returns `(y, None)`.
        shape: function of the same arguments, with shapes (tuples, None for sizes not
            known yet) where the tensors stand; gives the shape of the result. Without
            it, the op is tried on zeros to find out.
    """
    if forward is None:
        return functools.partial(op, shape=shape)
    return Op(forward, shape)


class Op:
    """A K op; see `op`."""

    def __init__(self, forward, shape=None):
        functools.update_wrapper(self, forward)
        self.forward = forward
        self.shape = shape

    def __call__(self, *args, **kwargs):
        tensors = tensors_in(args)
        if kwargs:
            args, kwargs = self._positional(args, kwargs)
            tensors = tensors_in(args)
        if not tensors:
            return self.forward(*args, **kwargs)[0]
        return apply(self.forward, args, kwargs, tensors, self.shape)

    def __repr__(self):
        return f"<K op {self.__name__}>"

    def __reduce__(self):
        return self.__qualname__  # pickled by name, as functions are

    def _positional(self, args, kwargs):
        """Tensors may come by keyword; move those, and what stands before them, in line."""
        if not tensors_in(kwargs.values()):
            return args, kwargs
        bound = _signature(self.forward).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs


@functools.lru_cache(None)
def _signature(function):
    return inspect.signature(function)


def tensors_in(args):
    """The tensors among arguments, and inside lists and tuples among them."""
    found = []
    for arg in args:
        if isinstance(arg, Tensor):
            found.append(arg)
        elif type(arg) is list or type(arg) is tuple:
            found.extend(member for member in arg if isinstance(member, Tensor))
    return found


def replace_tensors(args, function):
    """The arguments with every tensor, also inside lists, replaced by function(tensor)."""
    return [
        function(arg)
        if isinstance(arg, Tensor)
        else type(arg)(function(m) if isinstance(m, Tensor) else m for m in arg)
        if type(arg) is list or type(arg) is tuple
        else arg
        for arg in args
    ]


def apply(forward, args, kwargs, tensors, shape=None, **call_options):
    """Apply `forward` to arguments with tensors among them: on the tape or in the graph."""
    tape = next((t.tape for t in tensors if isinstance(t, Recorded)), current_tape())
    if tape is None or any(isinstance(t, Symbolic) for t in tensors):
        return Call(forward, args, kwargs, **call_options).outputs_like(
            *infer(forward, args, kwargs, shape)
        )
    y, backward = forward(*replace_tensors(args, _value), **kwargs)
    return tape.record(args, y, backward)


def _value(tensor):
    return tensor.value


# ---- shapes of results that are not there yet ------------------------------------------

# What an unknown size is tried with. Sizes that come out different in the two trials
# depend on it. Both have many divisors, so that reshapes to them are possible.
TRIAL_SIZES = (12, 24)


def infer(forward, args, kwargs, shape=None):
    """Shape(s), dtype(s) and small integer values of a result, without data.

    Returns (shape, dtype, samples), or three lists if the op has several results.
    """
    if shape is not None:
        shapes = shape(*replace_tensors(args, lambda t: t.shape), **kwargs)
        if shapes is not NotImplemented:
            dtype = next(t.dtype for t in tensors_in(args))
            return shapes, dtype, {}
    first, second = (probe(forward, args, kwargs, size) for size in TRIAL_SIZES)
    if isinstance(first, (list, tuple)):
        return tuple(map(list, zip(*map(_compare, first, second), strict=True)))
    return _compare(first, second)


def probe(forward, args, kwargs, size):
    """The op's result on zeros, with `size` for every size that is not known."""

    def example(tensor):
        if isinstance(tensor, Variable):
            return tensor.value
        if size in tensor.samples:
            return tensor.samples[size]
        sizes = [size if n is None else n for n in tensor.shape]
        return np.zeros(sizes, tensor.dtype)

    with np.errstate(all="ignore"):
        return forward(*replace_tensors(args, example), **kwargs)[0]


def _compare(first, second):
    first, second = np.asarray(first), np.asarray(second)
    shape = tuple(
        a if a == b else None for a, b in zip(first.shape, second.shape, strict=True)
    )
    samples = {}
    if first.dtype.kind == "i" and max(first.size, second.size) <= 32:
        samples = dict(zip(TRIAL_SIZES, (first, second), strict=True))
    return shape, str(first.dtype), samples
