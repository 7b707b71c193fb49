"""What Python and NumPy may do with tensors: a + b, a < b, a[0], np.exp(a).

`==` and `!=` stay questions of identity (as in TensorFlow 1), so that tensors can be
keys of dictionaries and members of lists; use `K.equal` for the elements.
"""

import numpy as np

from minikeras.backend import (
    elementwise,
    indexing,
    linear,
    nn,
    reduce,
    shapes,
    variables,
)
from minikeras.backend.tensor import NotAnArrayError, Recorded, Tensor


def _swapped(function):
    def operator(x, y):
        return function(y, x)

    return operator


_BINARY = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.mod,
    "pow": elementwise.pow,
    "and": elementwise.logical_and,
    "or": elementwise.logical_or,
    "matmul": linear.matmul,
}

_COMPARISONS = {
    "lt": elementwise.less,
    "le": elementwise.less_equal,
    "gt": elementwise.greater,
    "ge": elementwise.greater_equal,
}

_UNARY = {
    "neg": elementwise.negative,
    "abs": elementwise.abs,
    "invert": elementwise.logical_not,
}


def _method(function):
    """An op as a method: instances of Op are not bound to the object by themselves."""

    def method(self, *others):
        return function(self, *others)

    return method


for _name, _op in _BINARY.items():
    setattr(Tensor, f"__{_name}__", _method(_op))
    setattr(Tensor, f"__r{_name}__", _method(_swapped(_op)))
for _name, _op in {**_COMPARISONS, **_UNARY}.items():
    setattr(Tensor, f"__{_name}__", _method(_op))
Tensor.__getitem__ = indexing.getitem


# ---- recorded tensors have a value that Python may look at -------------------------


def _of_value(convert):
    def method(self):
        return convert(self.value)

    return method


Recorded.__float__ = _of_value(float)
Recorded.__int__ = _of_value(int)
Recorded.__index__ = _of_value(int)


# ---- NumPy functions ---------------------------------------------------------------

_UFUNCS = {
    np.add: elementwise.add,
    np.subtract: elementwise.subtract,
    np.multiply: elementwise.multiply,
    np.divide: elementwise.divide,
    np.floor_divide: elementwise.floor_divide,
    np.remainder: elementwise.mod,
    np.power: elementwise.pow,
    np.maximum: elementwise.maximum,
    np.minimum: elementwise.minimum,
    np.negative: elementwise.negative,
    np.absolute: elementwise.abs,
    np.exp: elementwise.exp,
    np.log: elementwise.log,
    np.sqrt: elementwise.sqrt,
    np.square: elementwise.square,
    np.sin: elementwise.sin,
    np.cos: elementwise.cos,
    np.tanh: nn.tanh,
    np.sign: elementwise.sign,
    np.rint: elementwise.round,
    np.floor: elementwise.floor,
    np.equal: elementwise.equal,
    np.not_equal: elementwise.not_equal,
    np.less: elementwise.less,
    np.less_equal: elementwise.less_equal,
    np.greater: elementwise.greater,
    np.greater_equal: elementwise.greater_equal,
    np.logical_and: elementwise.logical_and,
    np.logical_or: elementwise.logical_or,
    np.logical_not: elementwise.logical_not,
    np.bitwise_and: elementwise.logical_and,
    np.bitwise_or: elementwise.logical_or,
    np.matmul: linear.matmul,
}

_FUNCTIONS = {
    np.sum: reduce.sum,
    np.mean: reduce.mean,
    np.max: reduce.max,
    np.min: reduce.min,
    np.prod: reduce.prod,
    np.var: reduce.var,
    np.std: reduce.std,
    np.any: reduce.any,
    np.all: reduce.all,
    np.cumsum: reduce.cumsum,
    np.cumprod: reduce.cumprod,
    np.clip: elementwise.clip,
    np.where: elementwise.where,
    np.round: elementwise.round,
    np.reshape: shapes.reshape,
    np.transpose: lambda x, axes=None: (
        shapes.transpose(x) if axes is None else shapes.permute_dimensions(x, axes)
    ),
    np.expand_dims: shapes.expand_dims,
    np.squeeze: shapes.squeeze,
    np.concatenate: lambda arrays, axis=0: shapes.concatenate(arrays, axis),
    np.stack: shapes.stack,
    np.tile: shapes.tile,
    np.flip: shapes.reverse,
    np.zeros_like: variables.zeros_like,
    np.ones_like: variables.ones_like,
    np.shape: variables.int_shape,
    np.ndim: variables.ndim,
}


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    function = _UFUNCS.get(ufunc)
    if function is None or method != "__call__" or kwargs:
        raise NotAnArrayError(_no_equal(f"np.{ufunc.__name__}", self))
    return function(*inputs)


def _array_function(self, function, types, args, kwargs):
    own = _FUNCTIONS.get(function)
    if own is None:
        raise NotAnArrayError(_no_equal(f"np.{function.__name__}", self))
    return own(*args, **kwargs)


def _no_equal(name, tensor):
    return (
        f"{name} was called on {tensor!r}, which is not an array. Use functions of "
        "minikeras.backend instead; or, where no gradient is needed, call it on an "
        "array: K.eval(x), or tensor.value while the gradient is recorded."
    )


Tensor.__array_ufunc__ = _array_ufunc
Tensor.__array_function__ = _array_function
