"""Random tensors: drawn now as arrays, or, in a graph, anew at every run.

Without a seed, `np.random.seed(n)` alone makes a script reproducible: every draw takes
its own seed from NumPy's global generator. With a seed, a draw of an array always gives
the same numbers; on a tape or in a graph, where a draw is repeated, the seed starts a
sequence that every repetition continues.
"""

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.graph import Call
from minikeras.backend.op import op, tensors_in
from minikeras.backend.tape import current_tape
from minikeras.backend.tensor import Symbolic, Tensor, is_tracing
from minikeras.backend.variables import variable
from minikeras.kernels import elementwise, workspace
from minikeras.utils.checks import number


def generator(seed=None):
    """A fast generator; its seed comes from `np.random` if none is given."""
    if seed is None:
        seed = np.random.randint(2**31 - 1)
    return np.random.Generator(np.random.SFC64(seed))


_sequences = {}


def sequence(seed):
    """The generator that repeated draws with the same seed have in common."""
    if seed not in _sequences:
        _sequences[seed] = generator(seed)
    return _sequences[seed]


def forget_sequences():
    """Let every seed start anew."""
    _sequences.clear()


class Draw:
    """Numbers from a distribution, new ones at every call: the `forward` of random ops.

    Arguments
        sample: function of (generator, shape, *parameters).
        dtype: type of the result.
        source: the generator; None for a new one each time, seeded by `np.random`.
    """

    def __init__(self, sample, dtype, source=None):
        self.sample = sample
        self.dtype = dtype
        self.source = source

    def __call__(self, shape, *parameters):
        random = self.source or generator()
        shape = tuple(int(n) for n in np.atleast_1d(shape))
        return np.asarray(self.sample(random, shape, *parameters), self.dtype), None


def _draw(sample, shape, parameters, dtype, seed):
    """An array; a symbolic tensor if an argument is one or a graph is written."""
    dtype = dtype or floatx()
    args = (shape if isinstance(shape, Tensor) else tuple(shape), *parameters)
    tensors = tensors_in(args)
    tape = current_tape()
    if any(isinstance(t, Symbolic) for t in tensors) or (is_tracing() and tape is None):
        source = None if seed is None else generator(seed)
        call = Call(Draw(sample, dtype, source), args)
        return call.outputs_like(static_shape(shape), dtype)
    source = sequence(seed) if seed is not None and tape else generator(seed)
    values = [_value(arg) for arg in args]
    return Draw(sample, dtype, source)(*values)[0]


def _value(arg):
    if isinstance(arg, tuple):
        return tuple(_value(member) for member in arg)
    return arg.value if isinstance(arg, Tensor) else arg


def static_shape(shape):
    """A shape with None for the sizes that are tensors and depend on the data."""
    if not isinstance(shape, Tensor):
        return tuple(_static_size(n) for n in shape)
    rows = zip(*shape.samples.values(), strict=True)
    sizes = tuple(int(row[0]) if len(set(row)) == 1 else None for row in rows)
    return sizes or (None,) * shape.shape[0]


def _static_size(size):
    if not isinstance(size, Tensor):
        return int(size)
    samples = {int(sample) for sample in size.samples.values()}
    return samples.pop() if len(samples) == 1 else None


# ---- distributions -----------------------------------------------------------------


def _parameter(value, name):
    """A number, or an array or tensor of numbers."""
    return value if hasattr(value, "dtype") else number(value, name)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers."""
    parameters = _parameter(mean, "mean"), _parameter(stddev, "stddev")
    return _draw(_normal, shape, parameters, dtype, seed)


def _normal(random, shape, mean, stddev):
    return random.standard_normal(shape, np.float32) * np.float32(stddev) + mean


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Evenly distributed numbers from `minval` up to, but not including, `maxval`."""
    whole = np.dtype(dtype or floatx()).kind in "iu"
    sample = _whole_uniform if whole else _uniform
    parameters = _parameter(minval, "minval"), _parameter(maxval, "maxval")
    return _draw(sample, shape, parameters, dtype, seed)


def _uniform(random, shape, low, high):
    return random.random(shape, np.float32) * np.float32(high - low) + np.float32(low)


def _whole_uniform(random, shape, low, high):
    return random.integers(low, high, shape)


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """1 with probability p, else 0."""
    return _draw(_binomial, shape, (_parameter(p, "p"),), dtype, seed)


def _binomial(random, shape, p):
    return random.random(shape, np.float32) < p


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers; those beyond two `stddev` are drawn again."""
    parameters = _parameter(mean, "mean"), _parameter(stddev, "stddev")
    return _draw(_truncated, shape, parameters, dtype, seed)


def _truncated(random, shape, mean, stddev):
    z = random.standard_normal(shape, np.float32)
    outside = np.abs(z) > 2
    while outside.any():
        z[outside] = random.standard_normal(int(outside.sum()), np.float32)
        outside = np.abs(z) > 2
    return z * np.float32(stddev) + np.float32(mean)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable with evenly distributed numbers."""
    value = _draw_now(_uniform, shape, (low, high), seed)
    return variable(value, dtype=dtype, name=name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable with normally distributed numbers."""
    value = _draw_now(_normal, shape, (mean, scale), seed)
    return variable(value, dtype=dtype, name=name)


def _draw_now(sample, shape, parameters, seed):
    return Draw(sample, floatx(), generator(seed))(tuple(shape), *parameters)[0]


# ---- dropout -----------------------------------------------------------------------


def dropout(x, level, noise_shape=None, seed=None):
    """Set each element to 0 with probability `level`; scale the others to keep the sum.

    Arguments
        x: array or tensor.
        level: share of elements to drop, from 0 to below 1.
        noise_shape: shape of the random mask, to be broadcast; that of x by default.
        seed: see the top of this file.
    """
    if not 0 <= number(level, "level") < 1:
        raise ValueError(f"level must be from 0 to below 1; got {level}.")
    repeated = isinstance(x, Tensor)
    source = None if seed is None else sequence(seed) if repeated else generator(seed)
    noise_shape = None if noise_shape is None else tuple(noise_shape)
    return _dropout(x, level, noise_shape, source)


@op(shape=lambda x, *args: x)
def _dropout(x, level, noise_shape, source):
    seed = _draw_seed(source)
    if noise_shape is None:
        return drop(x, seed, level), lambda dy: drop(dy, seed, level)
    sizes = zip(noise_shape, x.shape, strict=True)
    shape = [size if n is None else int(n) for n, size in sizes]
    m = drop(np.ones(shape, x.dtype), seed, level)

    def backward(dy):
        return dy * m

    return x * m, backward


def _draw_seed(source):
    if source is None:
        return np.random.randint(2**31 - 1)
    return int(source.integers(2**31 - 1))


def drop(x, seed, rate):
    """x / (1 - rate), or zero with probability `rate`; the same m for the same seed."""
    y = workspace.empty(x.shape, x.dtype)
    elementwise.dropout(x.ravel(), seed, rate, y.ravel())
    return y
