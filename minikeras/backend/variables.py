"""Variables, constants, placeholders; their values and what can be asked about them."""

import math

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.graph import LEARNING_PHASE, Graph, placeholders_of
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

# ---- making -------------------------------------------------------------------------


def variable(value, dtype=None, name=None, constraint=None):
    """A variable that starts with `value` (array, number or tensor)."""
    if isinstance(value, Tensor):
        value = eval(value)
    return Variable(value, dtype=dtype, name=name, constraint=constraint)


def constant(value, dtype=None, shape=None, name=None):
    """An array of type `floatx()`; with `shape`, the value is repeated to fill it."""
    array = np.asarray(value, dtype or floatx())
    if shape is None or array.shape == tuple(shape):
        return array
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
    made = Symbolic(shape, dtype, name=name)
    made.is_placeholder = True
    return made


def zeros(shape, dtype=None, name=None):
    """A variable full of zeros; with sizes that are tensors, a tensor."""
    return _filled(shape, 0, dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable full of ones; with sizes that are tensors, a tensor."""
    return _filled(shape, 1, dtype, name)


def _filled(shape, value, dtype, name):
    if isinstance(shape, Tensor) or any(isinstance(n, Tensor) for n in shape):
        return _fill(shape, value, dtype or floatx())
    return Variable(np.full(shape, value), dtype=dtype, name=name)


@op
def _fill(shape, value, dtype):
    return np.full([int(n) for n in shape], value, dtype), None


def eye(size, dtype=None, name=None):
    """A variable with ones on the diagonal; `size` is a number or (rows, columns)."""
    rows, columns = size if isinstance(size, (list, tuple)) else (size, size)
    return Variable(np.eye(rows, columns), dtype=dtype, name=name)


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
    needs data: `K.function([placeholder], [x])`.
    """
    if isinstance(x, (Variable, Recorded)):
        return np.array(x.value)
    if not isinstance(x, Tensor):
        return np.asarray(x)
    missing = [t for t in placeholders_of([x]) if _must_be_fed(t)]
    if missing:
        names = ", ".join(repr(t.name) for t in missing)
        raise ValueError(
            f"{x!r} has no value without data for {names}. Use "
            "K.function([inputs], [x]), which takes the data."
        )
    return np.asarray(Graph([], [x]).run([])[0])


def _must_be_fed(tensor):
    return tensor is not LEARNING_PHASE and getattr(tensor, "default", None) is None


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
    x.assign(np.asarray(value, x.value.dtype))


def batch_set_value(tuples):
    """Overwrite several variables, given as pairs (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


# ---- changes -----------------------------------------------------------------------


class Update:
    """A new value for a variable, to be computed and assigned when a graph is run."""

    def __init__(self, variable, value):
        self.variable = variable
        self.value = value

    def __iter__(self):
        return iter((self.variable, self.value))

    def __repr__(self):
        return f"<Update of {self.variable.name} with {self.value!r}>"


def update(x, new_x):
    """Give the variable x a new value.

    An array or recorded tensor is assigned right away (inside `fit`: with the batch).
    A symbolic tensor makes an `Update` for `K.function(updates=...)` or
    `layer.add_update`; so does everything where a graph is being written down, as in an
    optimizer's `get_updates`.
    """
    if not isinstance(x, Variable):
        raise TypeError(f"K.update needs a variable; got {x!r}.")
    if isinstance(new_x, (Symbolic, Variable)):
        return Update(x, new_x)
    update_later(x, new_x.value if isinstance(new_x, Recorded) else new_x)
    return x


def update_add(x, increment):
    """Add to the variable x; see `update`."""
    return _update_by(x, increment, np.add)


def update_sub(x, decrement):
    """Subtract from the variable x; see `update`."""
    return _update_by(x, decrement, np.subtract)


def _waits(value):
    """Whether the value is to come later, or to be computed again at each run."""
    if isinstance(value, (Symbolic, Variable)):
        return True
    return is_tracing() and current_tape() is None


def _update_by(x, change, combine):
    if _waits(change):
        return Update(x, x + change if combine is np.add else x - change)
    change = change.value if isinstance(change, Recorded) else change
    return update(x, combine(x.value, change))


def moving_average_update(x, value, momentum):
    """x = momentum * x + (1 - momentum) * value; see `update`."""
    if _waits(value):
        return Update(x, x * momentum + value * (1 - momentum))
    value = value.value if isinstance(value, Recorded) else value
    return update(x, x.value * momentum + value * (1 - momentum))


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
