"""The three kinds of tensor that K ops and layers take besides plain arrays.

    array      a NumPy array: ops compute at once and give an array.
    Recorded   an array on a tape: ops compute at once and note how to go back.
    Symbolic   a promise: ops compute nothing, they note what is to be done later.
    Variable   an array with a name that lives on: weights, optimizer slots, counters.
               On a tape it acts as Recorded, elsewhere as Symbolic.

`minikeras.backend.op` makes every op work on all four. Operators (`a + b`, `a[0]`) are
attached to `Tensor` in `minikeras.backend.operators`.
"""

import itertools
import threading

import numpy as np

from minikeras.backend.common import floatx
from minikeras.kernels import elementwise as kernels
from minikeras.kernels import team, workspace
from minikeras.kernels.matmul import matmul

_serial = itertools.count()


class _OfThread(threading.local):
    """What each thread is in the middle of."""

    captured, tracing = None, False


_thread = _OfThread()


class NotAnArrayError(TypeError):
    """A NumPy function was given a tensor, and no K op is its equal."""


class Tensor:
    """What the three kinds share: a shape (None for sizes not known yet), a dtype."""

    shape = ()
    dtype = "float32"
    name = None

    # Two tensors are equal when they are the same one, so that they can be dict keys.
    __hash__ = object.__hash__

    @property
    def ndim(self):
        """Number of axes."""
        return len(self.shape)

    def get_shape(self):
        """The shape, as TensorFlow's tensors offer it."""
        return ListedShape(self.shape)

    @property
    def _keras_shape(self):
        return self.shape

    def __len__(self):
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"{self!r} has no length that is known beforehand.")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        kind = type(self).__name__
        return f"<{kind} {self.name or ''} shape={self.shape} dtype={self.dtype}>"


class ListedShape(tuple):
    """A shape that can also be had as a list, as in `x.get_shape().as_list()`."""

    def as_list(self):
        """The sizes, None for those not known yet."""
        return list(self)


class Recorded(Tensor):
    """An array whose history is on a tape.

    Arguments
        value: the array.
        tape: the `Tape` that notes what is done with it.
    """

    def __init__(self, value, tape):
        self.value = value
        self.tape = tape

    @property
    def shape(self):
        return np.shape(self.value)

    @property
    def dtype(self):
        return str(self.value.dtype)

    def __bool__(self):
        return bool(self.value)

    def __array__(self, dtype=None, copy=None):
        raise NotAnArrayError(
            f"A NumPy function was called on {self!r}, whose gradient is being "
            "recorded. Use the function of the same name in minikeras.backend (K.mean "
            "for np.mean)."
        )


class Symbolic(Tensor):
    """The place of an array that is not there yet.

    Arguments
        shape: tuple; None for a size that is only known when data comes.
        dtype: name of the type.
        name: for messages and summaries.
        call: the `Call` whose result this is; None for a placeholder.
        index: which of the call's results.
    """

    _uses_learning_phase = False

    def __init__(self, shape, dtype=None, name=None, call=None, index=0):
        self.shape = tuple(shape)
        self.dtype = str(dtype or floatx())
        self.name = name or f"tensor_{next(_serial)}"
        self.call = call
        self.index = index
        # Small integer results (shapes, sizes) keep the values that probing gave them,
        # so that a shape computed from a shape can be followed. See `op.probe`.
        self.samples = {}

    def __bool__(self):
        raise TypeError(
            f"{self!r} has no value yet, so Python's `if` and `and` cannot ask for it. "
            "Use K.switch(condition, then, otherwise) or K.in_train_phase."
        )

    def __array__(self, dtype=None, copy=None):
        raise NotAnArrayError(
            f"A NumPy function was called on {self!r}, which has no value yet. Use the "
            "function of the same name in minikeras.backend (K.mean for np.mean), or "
            "K.eval(x) if x depends on variables only."
        )


class Variable(Tensor):
    """An array with a name, and the gradient of the loss with respect to it.

    Arguments
        value: initial array; copied.
        dtype: type, `floatx()` by default.
        name: for messages, summaries and files.
        constraint: function applied to the value after each optimizer step, or None.
        trainable: whether optimizers may change it.

    `value` is only ever written in place (`assign`): it may be a view into a buffer
    that many weights share.

    `grad_rows` lists the rows outside of which the gradient is known to be zero, as
    arrays of row numbers; it is None if any row may differ from zero.
    """

    def __init__(self, value, dtype=None, name=None, constraint=None, trainable=True):
        self.value = np.array(value, dtype=dtype or floatx(), order="C")
        self.name = name or f"variable_{next(_serial)}"
        self.constraint = constraint
        self.regularizer = None
        self.trainable = trainable
        self.accumulate = True
        self.has_grad = False
        self.in_buffer = False
        self._grad = None
        self.grad_rows = None

    @property
    def shape(self):
        return self.value.shape

    @property
    def dtype(self):
        return str(self.value.dtype)

    def assign(self, value):
        """Overwrite the value in place."""
        if getattr(value, "shape", None) != self.value.shape:
            if np.shape(value) != self.value.shape:
                raise ValueError(
                    f"Variable {self.name!r} has shape {self.shape}; cannot assign a "
                    f"value of shape {np.shape(value)}."
                )
        self.value[...] = value

    def move(self, values, grads):
        """Become a view of two flat arrays, one for the value, one for the gradient."""
        place = values.reshape(self.shape)
        place[...] = self.value
        self.value = place
        self._grad = grads.reshape(self.shape)
        self.has_grad, self.grad_rows = False, None
        self.in_buffer = True

    def __getstate__(self):
        """For copies and pickles: the value alone, out of any buffer."""
        state = vars(self).copy()
        state.update(
            value=self.value.copy(),
            _grad=None,
            has_grad=False,
            grad_rows=None,
            in_buffer=False,
        )
        return state

    # ---- gradient --------------------------------------------------------------------

    @property
    def grad(self):
        """Gradient added up so far: an array of the variable's shape."""
        if not self.has_grad:
            self._grad_buffer()[...] = 0
            self.grad_rows = None
        return self._grad

    def zero_grad(self):
        """Forget the gradient; the next `add_grad` starts afresh."""
        self.has_grad = False

    def add_grad(self, grad):
        """Add to the gradient. The shape must be the variable's own."""
        captured = _thread.captured
        if captured is not None:
            captured.add(self, grad)
            return
        if not self.accumulate:
            return
        if getattr(grad, "shape", ()) != self.value.shape:
            raise ValueError(
                f"The gradient of {self.name!r} must have its shape {self.shape}; "
                f"got {np.shape(grad)}."
            )
        if self.has_grad:
            self._grad += grad
        else:
            self._grad_buffer()[...] = grad
            self.has_grad = True
        self.grad_rows = None

    def add_grad_product(self, a, b):
        """Add the matrix product a b to the gradient, without a temporary if possible.

        Shapes
            a   (rows, k)
            b   (k, columns)     the variable has shape (rows, columns)
        """
        captured = _thread.captured
        if captured is None and not self.accumulate:
            return
        buffer = self._grad_buffer()
        alike = buffer.dtype == a.dtype == b.dtype
        if captured is None and alike and not self.has_grad:
            matmul(a, b, out=buffer)
            self.has_grad, self.grad_rows = True, None
        else:
            self.add_grad(matmul(a, b))

    def add_grad_rows(self, rows, grads):
        """Add gradients to some rows; a row that is named twice gets both.

        Shapes
            rows    (k,) whole numbers
            grads   (k, ...)         the variable has shape (number of rows, ...)

        Only these rows of the gradient are touched, and those of the step before.
        """
        captured = _thread.captured
        if captured is not None:
            full = np.zeros_like(self.value)
            add_rows(rows, grads, full)
            captured.add(self, full)
            return
        if not self.accumulate:
            return
        afresh = not self.has_grad and not self._clear_rows()
        touched = self.grad_rows if self.has_grad else []
        self.has_grad, self.grad_rows = True, None  # in case this is interrupted
        rows = rows.astype(np.int64)  # a copy: the caller may write into `rows` again
        add_rows(rows, grads, self._grad_buffer(), afresh)
        if touched is not None:
            self.grad_rows = [*touched, rows]

    def _clear_rows(self):
        """Make the gradient's rows in use zero and return True, if they are few."""
        rows_in_use = self.grad_rows
        if rows_in_use is None or sum(map(len, rows_in_use)) > len(self.value) // 2:
            return False
        for rows in rows_in_use:
            self._grad[rows] = 0
        return True

    def _grad_buffer(self):
        if self._grad is None:
            self._grad = np.empty_like(self.value)
        return self._grad

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype=dtype)


def take_rows(table, rows):
    """table[rows], shared among threads; all of `rows` (...) must be in the table."""
    k = rows.reshape(-1)
    taken = workspace.empty((len(k), *table.shape[1:]), table.dtype)

    def part(lo, hi):  # NumPy writes into `out` directly only in this mode
        np.take(table, k[lo:hi], axis=0, out=taken[lo:hi], mode="clip")

    team.split(part, len(k), work=0.2 * taken.size)
    return taken.reshape(*rows.shape, *table.shape[1:])


def add_rows(rows, grads, table, afresh=False):
    """table[rows] += grads, where rows may repeat; `afresh`: make the table zero first.

    Each thread has some rows of the table.
    """
    flat, rows = table.reshape(len(table), -1), rows.astype(np.int64, copy=False)
    grads = grads.reshape(len(rows), -1).astype(table.dtype, copy=False)

    def part(lo, hi):
        if afresh:
            flat[lo:hi] = 0
        kernels.add_rows(rows, grads, lo, flat[lo:hi])

    team.split(part, len(flat), work=0.3 * grads.size)


class capturing_gradients:
    """Inside, `add_grad` fills `gradients` and leaves the variables' own alone.

    Arguments
        variables: those whose gradients are wanted.
    """

    def __init__(self, variables):
        self.gradients = dict.fromkeys(variables)

    def add(self, variable, gradient):
        if variable in self.gradients:
            before = self.gradients[variable]
            self.gradients[variable] = gradient if before is None else before + gradient

    def __enter__(self):
        self.outer = _thread.captured
        _thread.captured = self
        return self.gradients

    def __exit__(self, *exc):
        _thread.captured = self.outer


class tracing:
    """Inside `with tracing():` random ops are noted for later instead of drawn now.

    `with tracing(False):` is for what must happen now even there: making weights.
    """

    def __init__(self, on=True):
        self.on = on

    def __enter__(self):
        self.before = is_tracing()
        _thread.tracing = self.on

    def __exit__(self, *exc):
        _thread.tracing = self.before


def is_tracing():
    """Whether a graph is being written down by this thread."""
    return _thread.tracing
