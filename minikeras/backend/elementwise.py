"""Ops on every element by itself, and on pairs of elements (with broadcasting)."""

import numpy as np

from minikeras.backend.broadcast import broadcast_shape, operands, shape_of, sum_to
from minikeras.backend.common import floatx
from minikeras.backend.op import common_dtype, op


def _same(x, *args, **kwargs):
    return x


# ---- one operand -------------------------------------------------------------------


@op(shape=_same)
def negative(x):
    """-x"""

    def backward(dy):
        return -dy

    return -x, backward


@op(shape=_same)
def abs(x):
    """Absolute value."""

    def backward(dy):
        return dy * np.sign(x)

    return np.abs(x), backward


@op(shape=_same)
def exp(x):
    """e to the power of x."""
    y = np.exp(x)

    def backward(dy):
        return dy * y

    return y, backward


@op(shape=_same)
def log(x):
    """Natural logarithm."""

    def backward(dy):
        return dy / x

    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x)
    return y, backward


@op(shape=_same)
def sqrt(x):
    """Square root; 0 for negative x, as in Keras. The gradient at x <= 0 is 0."""
    y = np.sqrt(np.maximum(x, 0))

    def backward(dy):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(y > 0, 0.5 * dy / y, np.zeros((), y.dtype))

    return y, backward


@op(shape=_same)
def square(x):
    """x * x"""

    def backward(dy):
        return 2 * x * dy

    return x * x, backward


@op(shape=_same)
def sin(x):
    """Sine."""

    def backward(dy):
        return dy * np.cos(x)

    return np.sin(x), backward


@op(shape=_same)
def cos(x):
    """Cosine."""

    def backward(dy):
        return -dy * np.sin(x)

    return np.cos(x), backward


@op(shape=_same)
def sign(x):
    """-1, 0 or 1. The gradient is 0."""

    def backward(dy):
        return np.zeros_like(dy)

    return np.sign(x), backward


@op(shape=_same, gradient=False)
def round(x):
    """The nearest whole number, halves to the even one. No gradient."""
    return np.round(x), None


@op(shape=_same, gradient=False)
def floor(x):
    """The next whole number below. No gradient."""
    return np.floor(x), None


@op(shape=_same)
def clip(x, min_value, max_value):
    """x, but at least `min_value` and at most `max_value` (None: no limit).

    The gradient passes where x is within the limits.
    """
    x = np.asarray(x)
    low = -np.inf if min_value is None else min_value
    high = np.inf if max_value is None else max_value
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        high = low if high < low else high
    if x.dtype.kind in "iu":
        y = np.minimum(np.maximum(x, low), high).astype(x.dtype)
    else:
        y = np.minimum(np.maximum(x, _like(low, x)), _like(high, x))

    def backward(dy):
        return dy * ((x >= low) & (x <= high))

    return y, backward


def _like(limit, x):
    """A limit in the type of x; plain numbers adapt by themselves."""
    return limit if isinstance(limit, (int, float)) else np.asarray(limit, x.dtype)


# ---- two operands ------------------------------------------------------------------


@op(shape=broadcast_shape)
def add(x, y):
    """x + y"""
    x, y = operands(x, y)
    shape_x, shape_y = shape_of(x), shape_of(y)

    def backward(dz):
        return to_operand(dz, shape_x), to_operand(dz, shape_y)

    return x + y, backward


def to_operand(dz, shape):
    """Gradient of an operand that was broadcast; none for a plain number."""
    return None if shape is None else sum_to(dz, shape)


@op(shape=broadcast_shape)
def subtract(x, y):
    """x - y"""
    x, y = operands(x, y)
    shape_x, shape_y = shape_of(x), shape_of(y)

    def backward(dz):
        dy = None if shape_y is None else sum_to(-dz, shape_y)
        return to_operand(dz, shape_x), dy

    return x - y, backward


@op(shape=broadcast_shape)
def multiply(x, y):
    """x * y, element by element."""
    x, y = operands(x, y)
    shape_x, shape_y = shape_of(x), shape_of(y)

    def backward(dz):
        dx = None if shape_x is None else sum_to(dz * y, shape_x)
        dy = None if shape_y is None else sum_to(dz * x, shape_y)
        return dx, dy

    return x * y, backward


@op(shape=broadcast_shape, dtype=lambda x, y: common_dtype(1.0, x, y))
def divide(x, y):
    """x / y, element by element."""
    x, y = _floats(*operands(x, y))
    shape_x, shape_y = shape_of(x), shape_of(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = x / y

    def backward(dz):
        dx = dz / y
        dy = None if shape_y is None else sum_to(-dx * z, shape_y)
        return to_operand(dx, shape_x), dy

    return z, backward


def _floats(x, y):
    """Whole numbers are divided in the float type of the library, not in float64."""
    if np.result_type(x, y).kind in "iub":
        return np.asarray(x, floatx()), np.asarray(y, floatx())
    return x, y


@op(shape=broadcast_shape, gradient=False)
def floor_divide(x, y):
    """x // y: the quotient rounded down. No gradient."""
    x, y = operands(x, y)
    return x // y, None


@op(shape=broadcast_shape)
def mod(x, y):
    """x % y: what is left of x after whole multiples of y."""
    x, y = operands(x, y)
    shape_x, shape_y = shape_of(x), shape_of(y)

    def backward(dz):
        dy = None if shape_y is None else sum_to(-dz * (x // y), shape_y)
        return to_operand(dz, shape_x), dy

    return x % y, backward


@op(shape=broadcast_shape)
def pow(x, a):
    """x to the power of `a`."""
    x, a = operands(x, a)
    shape_x, shape_a = shape_of(x), shape_of(a)
    y = x**a

    def backward(dy):
        with np.errstate(divide="ignore", invalid="ignore"):
            dx = None if shape_x is None else sum_to(dy * a * x ** (a - 1), shape_x)
            if shape_a is None:
                return dx, None
            log_x = np.where(np.asarray(x) > 0, np.log(x), 0).astype(y.dtype)
        return dx, sum_to(dy * y * log_x, shape_a)

    return y, backward


@op(shape=broadcast_shape)
def maximum(x, y):
    """The larger of x and y; where they are equal, the gradient goes to x."""
    x, y = operands(x, y)
    return np.maximum(x, y), _to_the_chosen(np.greater_equal, x, y)


@op(shape=broadcast_shape)
def minimum(x, y):
    """The smaller of x and y; where they are equal, the gradient goes to x."""
    x, y = operands(x, y)
    return np.minimum(x, y), _to_the_chosen(np.less_equal, x, y)


def _to_the_chosen(x_is_chosen, x, y):
    shape_x, shape_y = shape_of(x), shape_of(y)

    def backward(dz):
        chosen = x_is_chosen(x, y)
        dx = dz * chosen
        dy = None if shape_y is None else sum_to(dz - dx, shape_y)
        return to_operand(dx, shape_x), dy

    return backward


@op(shape=broadcast_shape, dtype=lambda condition, x, y: common_dtype(x, y))
def where(condition, x, y):
    """x where `condition` holds, y elsewhere."""
    x, y = operands(x, y)
    shape_x, shape_y = shape_of(x), shape_of(y)
    condition = np.asarray(condition, bool)
    z = np.where(condition, x, y)

    def backward(dz):
        dx = None if shape_x is None else sum_to(dz * condition, shape_x)
        dy = None if shape_y is None else sum_to(dz * ~condition, shape_y)
        return None, dx, dy

    return z, backward


# ---- comparisons and logic: no gradients -------------------------------------------


@op(shape=broadcast_shape, dtype="bool")
def equal(x, y):
    """Whether the elements are equal."""
    return np.equal(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def not_equal(x, y):
    """Whether the elements differ."""
    return np.not_equal(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def greater(x, y):
    """x > y"""
    return np.greater(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def greater_equal(x, y):
    """x >= y"""
    return np.greater_equal(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def less(x, y):
    """x < y"""
    return np.less(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def less_equal(x, y):
    """x <= y"""
    return np.less_equal(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def logical_and(x, y):
    """Whether both hold."""
    return np.logical_and(x, y), None


@op(shape=broadcast_shape, dtype="bool")
def logical_or(x, y):
    """Whether at least one holds."""
    return np.logical_or(x, y), None


@op(shape=_same, dtype="bool")
def logical_not(x):
    """Whether it does not hold."""
    return np.logical_not(x), None
