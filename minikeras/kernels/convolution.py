"""Convolution over one to three axes, and its two gradients.

Channels last, always three spatial axes (a picture has depth 1):

    x   (n, d, h, w, c)          input
    W   (kd, kh, kw, c, f)       kernel: f filters
    y   (n, od, oh, ow, f)       output

    y[o] = b + sum over k of x[o * stride + k * dilation - pad] W[k]

The specifications are here. `ALGORITHMS` says which of the faster ways of `direct`,
`dots`, `winograd` and `matmul` serves which shape.
"""

import contextlib
import dataclasses
import functools
import math
import os

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minikeras.kernels import direct, dots, microkernel, winograd
from minikeras.kernels.matmul import matmul
from minikeras.kernels.registry import algorithm


@dataclasses.dataclass(frozen=True)
class Geometry:
    """How a kernel moves: three strides, dilations and (before, after) paddings."""

    strides: tuple = (1, 1, 1)
    dilation: tuple = (1, 1, 1)
    padding: tuple = ((0, 0), (0, 0), (0, 0))

    @functools.lru_cache(256)  # noqa: B019  geometries are few, and small
    def output_size(self, sizes, kernel_sizes):
        """Spatial sizes of y for those of x and of W."""
        moves = zip(self.padding, self.strides, self.dilation, strict=True)
        return tuple(
            max(0, (size + sum(pad) - (k - 1) * dilation - 1) // stride + 1)
            for size, k, (pad, stride, dilation) in zip(
                sizes, kernel_sizes, moves, strict=True
            )
        )


# ----------------------------------------------------------- which algorithm serves


@dataclasses.dataclass(frozen=True)
class Task:
    """What decides about the algorithm.

    A sum over `reads` channels gives `writes` channels: (c, f) forward and in the
    gradient by W, (f, c) in the gradient by x. `outputs` are the spatial sizes of the
    result, or those of dy in the gradient by W.
    """

    what: str
    dtypes: frozenset
    outputs: tuple
    kernel: tuple
    reads: int
    writes: int
    geometry: Geometry

    def is_plain(self):
        """Neither strides nor dilation."""
        return self.geometry == Geometry(padding=self.geometry.padding)

    def has_kernels(self):
        """Whether there are compiled loops for this type and these moves."""
        geometry = self.geometry
        both = max(geometry.strides) > 1 and max(geometry.dilation) > 1
        return not both and self.dtypes in ({"float32"}, {"float64"})

    def is_large_product(self):
        """Whether every output sees its own place of x only, through many weights.

        One thread, (100352, 64)^T (100352, 256): 44 ms by BLAS, 42 by the direct
        algorithm; (6272, 256)^T (6272, 1024): 34 and 46; (32768, 32)^T (32768, 64):
        1.8 and 1.3.
        """
        is_pointwise = self.kernel == (1, 1, 1) and self.geometry == Geometry()
        return is_pointwise and self.reads * self.writes >= 1 << 15

    def gives_few_channels(self):
        """Whether vectors along the sum are fuller than those of results.

        One thread, 3x3 and 5x5, 16 to 128 channels read, in multiples of the direct
        algorithm's speed: 1 channel written 6 to 8, 3 channels 3, 5 channels 2, 8
        channels 1.3 to 1.8, 13 channels 0.9 to 1.1. From 13 channels to 1: 2.6, to 3:
        1.7, to 6: 1.2. Short sums are not worth it: 1x1, 16 channels to 1: 1.5, to 3:
        0.9.
        """
        is_long = self.reads * math.prod(self.kernel) >= 64
        return self.what != "weights" and self.reads_fuller() >= 2 and is_long

    def is_better_turned(self):
        """Whether vectors along c are fuller than those along f, and x may see dy.

        Gradient by W, one thread, in multiples of the direct algorithm's speed: 1
        filter 2 to 11, 3 filters 2 to 5, 13 filters 1.4 to 1.8, 100 filters 1.2.
        """
        fuller = self.what == "weights" and self.reads_fuller() > 1
        pads = direct.turned_padding(self.geometry, self.kernel)
        return fuller and self.is_plain() and min(map(min, pads)) >= 0

    def reads_fuller(self):
        """How much fuller vectors of the sum are than vectors of results."""
        vector = self.vector()
        return _filled(self.reads, vector) / _filled(self.writes, vector)

    def vector(self):
        """How many numbers a vector has."""
        return microkernel.shape(np.dtype(min(self.dtypes)).itemsize)[1]

    def suits_winograd(self):
        """3x3 or 5x5 over pictures, channels in whole vectors, no tiny pictures.

        1.5 to 3 times the direct algorithm's speed on all shapes tried from 16 channels
        on; it rounds more, see `winograd`.
        """
        vector = self.vector()
        return (
            self.kernel in [(1, r, r) for r in winograd.TAPS]
            and self.is_plain()
            and self.geometry.padding[0] == (0, 0)
            and self.writes % vector == 0
            and self.reads % vector == 0
            and min(self.outputs[1:]) >= 4
        )


def _filled(channels, vector):
    """The share of their vectors that channels fill."""
    return channels / (-(-channels // vector) * vector)


@functools.lru_cache(None)
def _names(*dtypes):
    return frozenset(dtype.name for dtype in dtypes)  # NumPy takes 3 us to find each


# The first row whose condition holds serves.
ALGORITHMS = [
    ("specification", lambda task: not task.has_kernels()),
    ("product", lambda task: task.what == "weights" and task.is_large_product()),
    ("winograd", lambda task: task.suits_winograd()),
    ("dot products", lambda task: task.gives_few_channels()),
    ("turned", lambda task: task.is_better_turned()),
    ("direct", lambda task: True),
]
_use_winograd = os.environ.get("MINIKERAS_WINOGRAD", "1") not in ("", "0")


def algorithm_for(task):
    """The name of the algorithm that serves a task."""
    return _decided(task, _use_winograd)


@functools.lru_cache(1024)
def _decided(task, winograd_too):
    """Decided once for each task, because Python is slow after a kernel."""
    left_out = () if winograd_too else ("winograd",)
    rows = [row for row in ALGORITHMS if row[0] not in left_out]
    return next(name for name, suits in rows if suits(task))


def _by_the_table(ways, task, *args):
    """What the algorithm that serves gives; some give up at NaN and infinity."""
    result = ways[algorithm_for(task)](*args)
    return ways["direct"](*args) if result is None else result


@contextlib.contextmanager
def use_winograd(on=True):
    """Allow or forbid the algorithm that rounds more; MINIKERAS_WINOGRAD=0 does too.

    Example
        >>> with use_winograd(False):
        ...     model.fit(x, y)
    """
    global _use_winograd
    before, _use_winograd = _use_winograd, on
    try:
        yield
    finally:
        _use_winograd = before


# ------------------------------------------------------------------------- forward


def convolve_spec(x, W, b, geometry, low):
    """y = max(b + convolution of x with W, low).

    b (f) or None; low = 0 is a relu, low = -inf changes nothing.
    """
    y = np.tensordot(_windows(x, W.shape, geometry), W, [(4, 5, 6, 7), (3, 0, 1, 2)])
    y = y if b is None else y + b
    return np.maximum(y, W.dtype.type(low))


def _windows(x, kernel_shape, geometry):
    """(n, od, oh, ow, c, kd, kh, kw): what each output sees, a view of padded x."""
    x = np.pad(x, ((0, 0), *geometry.padding, (0, 0)))
    taps = zip(kernel_shape, geometry.dilation, strict=False)
    spans = [(k - 1) * d + 1 for k, d in taps]
    windows = sliding_window_view(x, spans, axis=(1, 2, 3))
    outputs = tuple(slice(None, None, s) for s in geometry.strides)
    inside = tuple(slice(None, None, d) for d in geometry.dilation)
    return windows[(slice(None), *outputs, slice(None), *inside)]


@algorithm(spec=convolve_spec)
def convolve(x, W, b, geometry, low):
    """As `ALGORITHMS` says."""
    *kernel, c, f = W.shape
    dtypes = _names(x.dtype, W.dtype)
    outputs = geometry.output_size(x.shape[1:4], tuple(kernel))
    task = Task("forward", dtypes, outputs, tuple(kernel), c, f, geometry)
    ways = {
        "specification": convolve_spec,
        "winograd": winograd.convolve,
        "dot products": dots.convolve,
        "direct": direct.convolve,
    }
    return _by_the_table(ways, task, x, W, b, geometry, low)


# -------------------------------------------------------------------- gradient by x


def input_gradient_spec(dy, W, b, geometry, sizes, low):
    """dx = max(b + what each y takes from x, given back, low).

    dy (n, od, oh, ow, f), b (c) or None, sizes (3) of x  ->  dx (n, d, h, w, c)
    dx[o * stride + k * dilation - pad] gets dy[o] W[k]^T. With b and low this is the
    forward pass of a transposed convolution.
    """
    around = np.add(sizes, np.sum(geometry.padding, axis=1))
    dx = np.zeros((len(dy), *around, W.shape[3]), W.dtype)
    for k in np.ndindex(*W.shape[:3]):
        first = np.multiply(k, geometry.dilation)
        last = first + np.multiply(geometry.strides, np.subtract(dy.shape[1:4], 1))
        places = map(slice, first, last + 1, geometry.strides)
        dx[(slice(None), *places)] += dy @ W[k].T
    before = [pad[0] for pad in geometry.padding]
    inside = map(slice, before, np.add(before, sizes))
    dx = dx[(slice(None), *inside)]
    return np.maximum(dx if b is None else dx + b, W.dtype.type(low))


@algorithm(spec=input_gradient_spec)
def input_gradient(dy, W, b, geometry, sizes, low):
    """As `ALGORITHMS` says."""
    *kernel, c, f = W.shape
    dtypes = _names(dy.dtype, W.dtype)
    task = Task("input", dtypes, tuple(sizes), tuple(kernel), f, c, geometry)
    ways = {
        "specification": input_gradient_spec,
        "winograd": winograd.input_gradient,
        "dot products": dots.input_gradient,
        "direct": direct.input_gradient,
    }
    has_one_tap = W.size == c * f  # else others put zeros around dy, which NaN sees
    if not has_one_tap and not np.isfinite(W).all():
        return input_gradient_spec(dy, W, b, geometry, sizes, low)
    return _by_the_table(ways, task, dy, W, b, geometry, sizes, low)


# -------------------------------------------------------------------- gradient by W


def weight_gradient_spec(x, dy, geometry, kernel_sizes):
    """dW[k] = sum over samples and o of x[o * stride + k * dilation - pad]^T dy[o].

    x (n, d, h, w, c), dy (n, od, oh, ow, f)  ->  dW (kd, kh, kw, c, f)
    """
    windows = _windows(x, kernel_sizes, geometry)
    dW = np.tensordot(windows, dy, [(0, 1, 2, 3), (0, 1, 2, 3)])
    return np.ascontiguousarray(np.moveaxis(dW, 0, 3))


@algorithm(spec=weight_gradient_spec)
def weight_gradient(x, dy, geometry, kernel_sizes):
    """As `ALGORITHMS` says."""
    c, f = x.shape[-1], dy.shape[-1]
    dtypes = _names(x.dtype, dy.dtype)
    task = Task("weights", dtypes, dy.shape[1:4], tuple(kernel_sizes), c, f, geometry)
    if x.size == 0 or dy.size == 0:
        return np.zeros((*kernel_sizes, c, f), dy.dtype)
    ways = {
        "specification": weight_gradient_spec,
        "product": _product_gradient,
        "winograd": winograd.weight_gradient,
        "turned": direct.turned_weight_gradient,
        "direct": direct.weight_gradient,
    }
    return _by_the_table(ways, task, x, dy, geometry, kernel_sizes)


def _product_gradient(x, dy, geometry, kernel_sizes):
    """dW = x^T dy, for a pointwise convolution."""
    c, f = x.shape[-1], dy.shape[-1]
    dW = matmul(x.reshape(-1, c).T, dy.reshape(-1, f))
    return dW.reshape(*kernel_sizes, c, f)
