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

from minikeras.backend import limits
from minikeras.backend.common import floatx
from minikeras.backend.errors import say_where
from minikeras.backend.graph import Call
from minikeras.backend.tape import current_tape
from minikeras.backend.tensor import Recorded, Symbolic, Tensor, Variable
from minikeras.utils.checks import shorten


def op(forward=None, *, shape=None, dtype=None, gradient=True):
    """Make a K op of a function that returns `(y, backward)`.

    Arguments
        forward: the function, on plain arrays. `backward(dy)` returns the gradient of
            the first argument, or a tuple for the leading arguments; a list argument
            has a list. An op without a gradient returns `(y, None)`.
        shape: function of the same arguments, with shapes (tuples, None for sizes not
            known yet) where the tensors stand; gives the shape of the result. Without
            it, the op is tried on zeros to find out.
        dtype: only with `shape`: the type of the result, or a function of the same
            arguments, with types where the tensors stand; without it, the type that
            they have in common.
        gradient: False for an op on floats that has none; `K.gradients` gives None for
            what a loss depends on through such ops only.

    Tensors for keyword-only arguments of `forward` get no gradient.
    """
    if forward is None:
        return functools.partial(op, shape=shape, dtype=dtype, gradient=gradient)
    forward.has_gradient = gradient
    return Op(forward, shape, dtype)


class Op:
    """A K op; see `op`."""

    def __init__(self, forward, shape=None, dtype=None):
        functools.update_wrapper(self, forward)
        self.forward = forward
        self.shape = shape
        self.dtype = dtype

    def __call__(self, *args, **kwargs):
        try:
            tape, values = (None, None) if kwargs else _recorded_and_numbers(args)
            if tape is not None:
                return tape.record(args, *self.forward(*values))
            if kwargs:
                args, kwargs = self._positional(args, kwargs)
            if args and type(args[0]) is list:
                args = (_array_of_numbers(args[0]), *args[1:])
            tensors = tensors_in((*args, *kwargs.values()))
            if not tensors:
                return self.forward(*args, **kwargs)[0]
            return apply(self.forward, args, kwargs, tensors, self.shape, self.dtype)
        except Exception as error:
            _check_first(self.__name__, args)
            shapes = [x.shape for x in _arrays_in(args)]
            others = self._other_arguments(args, kwargs)
            told = say_where(error, f"K.{self.__name__}", shapes, others)
            if told is error:
                raise
            raise told from None

    def __repr__(self):
        return f"<K op {self.__name__}>"

    def __reduce__(self):
        return self.__qualname__  # pickled by name, as functions are

    def _other_arguments(self, args, kwargs):
        """The arguments that are no tensors, as text for a message."""
        try:
            given = bound_arguments(self.forward, args, kwargs).arguments
        except TypeError:  # not the arguments of this op
            return ""
        return ", ".join(
            f"{name}={shorten(value)}"
            for name, value in given.items()
            if next(_arrays_in([value]), None) is None
        )

    def _positional(self, args, kwargs):
        """Tensors that came by keyword move in line, with all that stands before."""
        if not tensors_in(kwargs.values()):
            return args, kwargs
        bound = bound_arguments(self.forward, args, kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs


def _check_first(name, args):
    """An error if the first argument of an op, always a tensor, is a text or None."""
    if args and (args[0] is None or isinstance(args[0], (str, bytes, dict))):
        raise TypeError(
            f"K.{name} needs a tensor, an array or a number as its first argument; got "
            f"{shorten(args[0])}."
        ) from None


def _recorded_and_numbers(args):
    """The tape and the values of arguments that are recorded or numbers, as most are.

    (None, None) for anything else. Spares an op half a microsecond of `apply`.
    """
    tape, values = None, []
    for arg in args:
        kind = type(arg)
        if kind is Recorded:
            tape = arg.tape
            values.append(arg.value)
        elif kind is float or kind is int:
            values.append(arg)
        else:
            return None, None
    return tape, values


def _array_of_numbers(x):
    """A list of numbers, or of such lists, as an array; lists of tensors stay lists."""
    if any(isinstance(member, (Tensor, np.ndarray)) for member in x):
        return x
    try:
        array = np.asarray(x)
    except ValueError:  # lists of different lengths, for K.concatenate
        return x
    return array.astype(floatx()) if array.dtype.kind == "f" else array


def bound_arguments(function, args, kwargs):
    """The arguments of a call by their names; see `inspect.BoundArguments`."""
    return _signature(function).bind(*args, **kwargs)


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
    """The arguments with function(tensor) for every tensor, also inside lists."""
    return [
        function(arg)
        if isinstance(arg, Tensor)
        else type(arg)(function(m) if isinstance(m, Tensor) else m for m in arg)
        if type(arg) is list or type(arg) is tuple
        else arg
        for arg in args
    ]


def apply(forward, args, kwargs, tensors, shape=None, dtype=None, **call_options):
    """Apply `forward` where there are tensors: on the tape or in the graph."""
    for arg in args:
        if type(arg) is np.ndarray and arg.dtype is _FLOAT64:
            args = _like_tensors(args, tensors)
            break
    tape = _tape_for(tensors)
    if tape is None:
        keywords = {k: v for k, v in kwargs.items() if isinstance(v, Tensor)}
        constant = {k: v for k, v in kwargs.items() if k not in keywords}
        return Call(forward, args, constant, keywords, **call_options).outputs_like(
            *infer(forward, args, kwargs, shape, dtype)
        )
    kwargs = dict(zip(kwargs, _values(kwargs.values()), strict=True))
    y, backward = forward(*_values(args), **kwargs)
    return tape.record(args, y, backward)


def _tape_for(tensors):
    """The tape to record on; None if the op belongs into the graph."""
    tape = None
    for tensor in tensors:
        if type(tensor) is Recorded:
            tape = tensor.tape
        elif isinstance(tensor, Symbolic):
            return None
    return tape or current_tape()


def _values(args):
    """The arguments with arrays in the place of tensors."""
    return [
        arg.value
        if isinstance(arg, Tensor)
        else replace_tensors([arg], _value)[0]
        if type(arg) is list or type(arg) is tuple
        else arg
        for arg in args
    ]


def _value(tensor):
    return tensor.value


_FLOAT64 = np.dtype("float64")


def _like_tensors(args, tensors):
    """Constants of NumPy's default type take the tensors' type, as in TensorFlow."""
    dtypes = [t.dtype for t in tensors if t.dtype in ("float16", "float32")]
    if not dtypes or any(t.dtype == "float64" for t in tensors):
        return args
    return [
        arg.astype(dtypes[0])
        if type(arg) is np.ndarray and arg.dtype is _FLOAT64
        else arg
        for arg in args
    ]


# ---- shapes of results that are not there yet ----------------------------------------

# What an unknown size is tried with. Sizes that come out different in the two trials
# depend on it. Both have many divisors, so that reshapes to them are possible.
TRIAL_SIZES = (12, 24)


def infer(forward, args, kwargs, shape=None, dtype=None):
    """Shape(s), dtype(s) and small integer values of a result, without data.

    Returns (shape, dtype, samples), or three lists if the op has several results.
    """
    followed = any(t.samples for t in tensors_in(args) if isinstance(t, Symbolic))
    if shape is not None and not followed:
        shapes = _call_with(shape, args, kwargs, lambda t: t.shape)
        if shapes is not NotImplemented:
            if not isinstance(dtype, str):
                find = dtype or (lambda *dtypes, **kwargs: common_dtype(*dtypes))
                dtype = _call_with(find, args, kwargs, lambda t: t.dtype)
            return shapes, dtype, {}
    first, second = (probe(forward, args, kwargs, size) for size in TRIAL_SIZES)
    if isinstance(first, (list, tuple)):
        return tuple(map(list, zip(*map(_compare, first, second), strict=True)))
    return _compare(first, second)


def _call_with(function, args, kwargs, replace):
    """The function's result with replace(tensor) in the place of every tensor."""
    named = zip(kwargs, replace_tensors(kwargs.values(), replace), strict=True)
    return function(*replace_tensors(args, replace), **dict(named))


def common_dtype(*args):
    """The type of a combination: the floats' one if there are floats among them.

    The arguments are types, arrays, numbers, or lists of types. Numbers do not count,
    except that a float makes floats of whole numbers.
    """
    flat = [m for a in args for m in (a if isinstance(a, (list, tuple)) else [a])]
    dtypes = [a if isinstance(a, str) else str(a.dtype) for a in flat if _has_dtype(a)]
    floats = [d for d in dtypes if d.startswith("float")]
    if not floats and any(isinstance(a, float) for a in args):
        return floatx()
    return str(np.result_type(*(floats or dtypes)))


def _has_dtype(arg):
    return isinstance(arg, str) or getattr(arg, "ndim", 0) > 0


def probe(forward, args, kwargs, size):
    """The op's result on zeros, with `size` for every size that is not known."""

    def example(tensor):
        if isinstance(tensor, Variable):
            return tensor.value
        if size in getattr(tensor, "samples", ()):
            return tensor.samples[size]
        sizes = [size if n is None else n for n in tensor.shape]
        limits.check_trial(sizes, tensor.dtype)
        return np.zeros(sizes, tensor.dtype)

    with np.errstate(all="ignore"):
        return _call_with(forward, args, kwargs, example)[0]


def _compare(first, second):
    first, second = np.asarray(first), np.asarray(second)
    shape = tuple(
        a if a == b else None for a, b in zip(first.shape, second.shape, strict=True)
    )
    samples = {}
    if first.dtype.kind == "i" and max(first.size, second.size) <= 32:
        samples = dict(zip(TRIAL_SIZES, (first, second), strict=True))
    return shape, str(first.dtype), samples


def _arrays_in(args):
    """Tensors and arrays among arguments, and inside lists among them."""
    for arg in args:
        if isinstance(arg, (Tensor, np.ndarray)):
            yield arg
        elif isinstance(arg, (list, tuple)):
            yield from (m for m in arg if isinstance(m, (Tensor, np.ndarray)))
