"""Variables, constants, placeholders; their values and what can be asked about them."""

import math

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.graph import Graph, must_be_fed, placeholders_of
from minikeras.backend.op import op
from minikeras.backend.tape import current_tape
from minikeras.backend.tensor import (
    Recorded,
    Symbolic,
    Tensor,
    Variable,
    is_tracing,
)
from minikeras.backend.updates import update_later
from minikeras.utils.checks import known_dtype, known_sizes, shorten, sizes, whole

# ---- making -------------------------------------------------------------------------


def variable(value, dtype=None, name=None, constraint=None):
    """A variable that starts with `value` (array, number or tensor)."""
    if isinstance(value, Tensor):
        value = eval(value)
    value = _numbers(value, dtype, "K.variable")
    return Variable(value, dtype=dtype, name=name, constraint=constraint)


def _numbers(value, dtype, what):
    """The value as an array of numbers, or an error that says what it is instead."""
    if value is None:
        raise ValueError(f"{what}: None values not supported. Give a number or array.")
    try:
        return np.asarray(value, known_dtype(dtype or floatx()))
    except (TypeError, ValueError) as error:
        if np.ndim(value) or "dtype" in str(error):
            raise
        raise TypeError(
            f"{what} needs a number or an array of numbers; got {shorten(value)}."
        ) from error


def constant(value, dtype=None, shape=None, name=None):
    """An array of type `floatx()`; with `shape`, the value is repeated to fill it."""
    array = _numbers(value, dtype, "K.constant")
    if shape is None or array.shape == tuple(shape):
        return array
    shape = sizes(shape, "shape")
    if array.size == 1:
        return np.full(shape, array.reshape(()))
    return array.reshape(shape)


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A tensor that is fed with data: the input of a `K.function`.

    Arguments
        shape: its shape, None for sizes that vary.
        ndim: number of axes, if nothing else is known of the shape.
        dtype: type, `floatx()` by default.
        sparse: must be False: all tensors are dense.
        name: for messages.
    """
    if sparse:
        raise ValueError("sparse=True is not supported: feed dense arrays.")
    if shape is None:
        shape = (None,) * (ndim or 0)
    made = Symbolic(sizes(shape, "shape"), dtype, name=name)
    made.is_placeholder = True
    return made


def zeros(shape, dtype=None, name=None):
    """A variable full of zeros; with sizes that are tensors, a tensor."""
    return _filled(shape, 0, dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable full of ones; with sizes that are tensors, a tensor."""
    return _filled(shape, 1, dtype, name)


def _filled(shape, value, dtype, name):
    if isinstance(shape, Tensor):
        return _fill(shape, value, dtype or floatx())
    if isinstance(shape, (list, tuple)) and any(isinstance(n, Tensor) for n in shape):
        return _fill(shape, value, dtype or floatx())
    shape = known_sizes(shape)
    return Variable(np.full(shape, value), dtype=known_dtype(dtype), name=name)


@op
def _fill(shape, value, dtype):
    return np.full([int(n) for n in shape], value, dtype), None


def eye(size, dtype=None, name=None):
    """A variable with ones on the diagonal; `size` is a number or (rows, columns)."""
    both = size if isinstance(size, (list, tuple)) else (size, size)
    rows, columns = (whole(n, "size", least=0) for n in both)
    return Variable(np.eye(rows, columns), dtype=known_dtype(dtype), name=name)


def _same_shape(x, dtype=None, name=None):
    return x


def _own_dtype(x, dtype=None, name=None):
    return dtype or x


@op(shape=_same_shape, dtype=_own_dtype, gradient=False)
def zeros_like(x, dtype=None, name=None):
    """Zeros in the shape and type of x."""
    return np.zeros_like(x, dtype), None


@op(shape=_same_shape, dtype=_own_dtype, gradient=False)
def ones_like(x, dtype=None, name=None):
    """Ones in the shape and type of x."""
    return np.ones_like(x, dtype), None


def arange(start, stop=None, step=1, dtype="int32"):
    """The numbers from `start` up to, but not including, `stop`; from 0 if alone."""
    if stop is None:
        start, stop = 0, start
    if any(isinstance(bound, Tensor) for bound in (start, stop, step)):
        return _arange(start, stop, step, dtype)
    return np.arange(start, stop, step, dtype)


@op
def _arange(start, stop, step, dtype):
    return np.arange(start, stop, step, dtype), None


# ---- values ------------------------------------------------------------------------


def eval(x):
    """The value of a tensor, as an array.

    Works on variables and everything computed from them; what depends on a placeholder
    needs data: `K.function([placeholder], [x])`. An `Update` is carried out.
    """
    if isinstance(x, (Variable, Recorded)):
        return np.array(x.value)
    if isinstance(x, Update):
        x.variable.assign(eval(x.value))
        return np.array(x.variable.value)
    if not isinstance(x, Tensor):
        return np.asarray(x)
    missing = [t for t in placeholders_of([x]) if must_be_fed(t)]
    if missing:
        names = ", ".join(repr(t.name) for t in missing)
        raise ValueError(
            f"{x!r} has no value without data for {names}. Use "
            "K.function([inputs], [x]), which takes the data."
        )
    return np.asarray(Graph([], [x]).run([])[0])


def get_value(x):
    """The value of a variable, or of anything computed from variables, as an array."""
    return eval(x)


def batch_get_value(ops):
    """The values of several variables or tensors, as a list of arrays."""
    return [get_value(x) for x in ops]


def set_value(x, value):
    """Overwrite a variable."""
    if not isinstance(x, Variable):
        raise TypeError(f"K.set_value needs a variable; got {x!r}.")
    x.assign(_numbers(value, x.value.dtype, "K.set_value"))


def batch_set_value(tuples):
    """Overwrite several variables, given as pairs (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


# ---- changes -----------------------------------------------------------------------


class Update:
    """A new value for a variable, computed and assigned when it is carried out.

    That is when a `K.function(updates=[...])` runs, after a training step (of
    `layer.add_update` and metrics), or by `K.eval(update)`.
    """

    def __init__(self, variable, value):
        self.variable = variable
        self.value = value

    def __iter__(self):
        return iter((self.variable, self.value))

    def __repr__(self):
        return f"<Update of {self.variable.name} with {self.value!r}>"


def update(x, new_x):
    """The change of the variable x to a new value, as an `Update`.

    Inside a layer that runs on arrays it is carried out with the batch.
    """
    if not isinstance(x, Variable):
        raise TypeError(f"K.update needs a variable; got {x!r}.")
    if not _runs_now(new_x):
        return Update(x, new_x)
    update_later(x, getattr(new_x, "value", new_x))
    return x


def update_add(x, increment):
    """The change of the variable x by an increment; see `update`."""
    now = _runs_now(increment)
    return update(x, (x.value if now else x) + _value(increment, now))


def update_sub(x, decrement):
    """The change of the variable x by a decrement; see `update`."""
    now = _runs_now(decrement)
    return update(x, (x.value if now else x) - _value(decrement, now))


def moving_average_update(x, value, momentum):
    """The change of x to momentum * x + (1 - momentum) * value; see `update`."""
    now = _runs_now(value)
    old, new = x.value if now else x, _value(value, now)
    return update(x, old * momentum + new * (1 - momentum))


def _runs_now(value):
    """Whether a layer is running on arrays, and the value is there."""
    if isinstance(value, Recorded):
        return True
    waits = isinstance(value, (Symbolic, Variable)) or is_tracing()
    return current_tape() is not None and not waits


def _value(x, now):
    return x.value if now and isinstance(x, Recorded) else x


# ---- questions ---------------------------------------------------------------------


def int_shape(x):
    """The shape as a tuple, None for sizes that are not known."""
    shape = x._keras_shape if hasattr(x, "_keras_shape") else np.shape(x)
    return tuple(None if n is None else int(n) for n in shape)


def ndim(x):
    """Number of axes."""
    return x.ndim if isinstance(x, Tensor) else np.ndim(x)


def dtype(x):
    """The type, as a string."""
    return str(x.dtype)


def count_params(x):
    """Number of elements of a variable."""
    return math.prod(int_shape(x))


def is_tensor(x):
    """Whether x is a tensor or an array."""
    return isinstance(x, (Tensor, np.ndarray))


def is_variable(x):
    """Whether x is a variable."""
    return isinstance(x, Variable)


def is_placeholder(x):
    """Whether x waits for data."""
    return isinstance(x, Symbolic) and x.call is None


def is_keras_tensor(x):
    """Whether x is the output of a layer (or an `Input`)."""
    if not isinstance(x, (Tensor, np.ndarray, np.generic)):
        raise ValueError(
            f"K.is_keras_tensor needs a tensor; got {x!r} of type {type(x).__name__}."
        )
    return hasattr(x, "_keras_history")


def is_sparse(tensor):
    """False: all tensors are dense. (SciPy's sparse matrices: True.)"""
    return type(tensor).__module__.startswith("scipy.sparse")


def to_dense(tensor):
    """The tensor itself; a SciPy sparse matrix as an array."""
    return tensor.toarray() if is_sparse(tensor) else tensor
