"""Convolution without patches in memory: strided contractions over padded input.

In a row of x, the numbers under a row of W lie side by side, w and c together; so a
row of y is a matrix product whose first factor is x itself, read with a stride. The
gradient by W is the same with the roles of places and taps exchanged. The gradient by x
is a convolution of padded dy with the flipped kernel; a stride s splits it into s
interleaved parts, each with every s-th element of W.

Arguments and results are those of the specifications in `convolution`.
"""

import dataclasses
import functools
import itertools
import math

import numpy as np

from minikeras.kernels import microkernel, team, workspace
from minikeras.kernels.contraction import Plan

ZEROS = (0, 0, 0)
WHOLE = ((0, 1), (0, 1), (0, 1))
_NEAR = 2048  # bytes from row to row of W, up to which tiles read W itself
_SHORT = 128  # numbers of a row, up to which zeros everywhere are the quicker border
_L2 = 150_000  # bytes of x and dy that stay in the second cache beside a tile's W


def convolve(x, W, b, geometry, low):
    """Rows of y from rows of padded x. Bias and bound cost nothing."""
    sizes = geometry.output_size(x.shape[1:4], W.shape[:3])
    y = workspace.empty((len(x), *sizes, W.shape[-1]), W.dtype)
    source = padded(x, geometry.padding)
    _correlate(source, W, b, low, y, geometry.strides, geometry.dilation)
    return y


def input_gradient(dy, W, b, geometry, sizes, low):
    """A convolution of padded dy with the flipped kernel, for each phase."""
    dx = workspace.empty((len(dy), *sizes, W.shape[3]), W.dtype)
    padding, phases = phases_of(W, geometry, sizes, dy.shape[1:4])
    source = padded(dy, padding)
    for part, start, lattice in phases:
        if part.size:
            moves = (1, 1, 1), geometry.dilation, start, lattice
            _correlate(source, part, b, low, dx, *moves)
        else:  # a stride beyond the kernel: nothing meets these places
            places = (slice(first, None, step) for first, step in lattice)
            dx[(slice(None), *places)] = np.maximum(0 if b is None else b, low)
    return dx


def weight_gradient(x, dy, geometry, kernel_sizes):
    """Tiles of dW stay in registers while a few rows of x and dy pass."""
    c, f = x.shape[-1], dy.shape[-1]
    source, readable = padded(x, geometry.padding), _readable(dy)
    shapes = source.shape, dy.shape, tuple(kernel_sizes), dy.itemsize
    plans = _weight_plans(*shapes, geometry)
    source = source.reshape(-1)

    def part(lo, hi):
        dW = np.zeros((*kernel_sizes, c, f), dy.dtype)
        flat = dW.reshape(-1)
        for plan in plans:
            if len(dy) == 1:
                plan.run(source, readable, flat, flat)
            else:
                plan.run_part(lo, hi, 0, source, readable, flat, flat)
        return dW

    work = sum(plan.nanoseconds for plan in plans)
    return sum(team.split(part, len(dy), work))


def turned_weight_gradient(x, dy, geometry, kernel_sizes):
    """The same with x and dy in each other's place: vectors lie along c, not along f.

    The sum over o of x[o + k - pad]^T dy[o] is the sum over places i of x[i]^T
    dy[i - k + pad]: what x sees of dy, k taken from its end. None if it is not finite:
    NaN and infinity meet other zeros around the pictures here.
    """
    padding = turned_padding(geometry, kernel_sizes)
    turned = dataclasses.replace(geometry, padding=padding)
    dW = weight_gradient(dy, x, turned, kernel_sizes)[::-1, ::-1, ::-1].swapaxes(3, 4)
    return np.ascontiguousarray(dW) if np.isfinite(dW).all() else None


def turned_padding(geometry, kernel_sizes):
    """(before, after): zeros around dy for all that x sees of it, for each axis."""
    pads = zip(kernel_sizes, geometry.padding, strict=True)
    return tuple((k - 1 - before, k - 1 - after) for k, (before, after) in pads)


# ---- forward -----------------------------------------------------------------------


def _correlate(x, W, b, low, y, strides, dilation, x_start=ZEROS, y_part=WHOLE):
    """y[o] = max(b + sum over k of x[o * stride + k * dilation] W[k], low).

    x is padded already; x_start is the index that o = 0, k = 0 means. y_part is three
    pairs (first index, step): the lattice of y that is written.
    """
    (panels, *steps), bias, flat_y = filter_panels(W), _bias_panels(b, W), y.reshape(-1)
    shapes = x.shape, W.shape, y.shape, *steps
    plans = _plans(*shapes, strides, dilation, x_start, y_part)
    for plan in plans:  # if several, they add up in y
        S = bias if plan is plans[0] else flat_y
        bound = low if plan is plans[-1] else -np.inf
        plan.run_shared(x.reshape(-1), panels, flat_y, S, bound)


@functools.lru_cache(256)
def _plans(x, W, y, width, panel, strides, dilation, x_start, y_part):
    """The contractions of `_correlate`; x, W, y are shapes.

    width, panel: see `filter_panels`.
    """
    (kd, kh, kw, c, f), A, C = W, _steps(x), _steps(y)
    plane, row = kh * kw * c * width, kw * c * width
    outer = [(y[0], A[0], 0, C[0], 0)]
    for axis, (first, step) in enumerate(y_part):
        length = len(range(first, y[axis + 1], step))
        outer.append((length, A[axis + 1] * strides[axis], 0, C[axis + 1] * step, 0))
    taps = [(kd, A[1] * dilation[0], plane, 0, 0), (kh, A[2] * dilation[1], row, 0, 0)]
    if dilation[2] == 1:
        taps.append((kw * c, 1, width, 0, 0))
    else:
        taps += [(kw, A[3] * dilation[2], c * width, 0, 0), (c, 1, width, 0, 0)]
    if 0 in [loop[0] for loop in outer]:
        return []
    starts = (
        sum(i * step for i, step in zip(x_start, A[1:], strict=False)),
        0,
        sum(i * step for (i, _), step in zip(y_part, C[1:], strict=False)),
        0,
    )
    if len(taps) == 3 or kd == 1:
        return [Plan(starts, outer[:3], [outer[3], *taps[-3:]], f, panel)]
    plans = []
    for i in range(kd):  # four loops of taps: plane after plane
        sums = [(*loop[:4], loop[3] if i else 0) for loop in outer]
        begin = starts[0] + i * taps[0][1], i * plane, starts[2], starts[2] if i else 0
        plans.append(Plan(begin, sums[:3], [sums[3], *taps[1:]], f, panel))
    return plans


def filter_panels(W):
    """(numbers, step to the next row, step to the next panel): filters for the tiles.

    A panel has two vectors of filters. W itself will do if its filters fill vectors and
    its rows are not far apart; else panels, filled up with zeros, lie one after the
    other. One thread, W itself instead of panels: 256 channels and 1024 filters 0.94
    times the speed, 512 filters 0.99 to 1.1, up to 256 filters 1.02 to 1.13.
    """
    vector = microkernel.shape(W.itemsize)[1]
    width, W = 2 * vector, W.reshape(-1, W.shape[-1])
    if W.shape[1] % vector == 0 and W.shape[1] * W.itemsize <= _NEAR:
        return np.ascontiguousarray(W).reshape(-1), W.shape[1], width
    count = -(-W.shape[1] // width)
    whole = np.zeros((len(W), count * width), W.dtype)
    whole[:, : W.shape[1]] = W
    panels = np.ascontiguousarray(whole.reshape(len(W), count, width).swapaxes(0, 1))
    return panels.reshape(-1), width, panels[0].size


def _bias_panels(b, W):
    """The bias, or zeros, as long as all panels."""
    width = 2 * microkernel.shape(W.itemsize)[1]
    whole = np.zeros(-(-W.shape[-1] // width) * width, W.dtype)
    whole[: W.shape[-1]] = 0 if b is None else b
    return whole


# ---- gradient by x -----------------------------------------------------------------


@dataclasses.dataclass
class _Phase:
    """Every `step`-th index of x from `first` on, along one axis.

    They meet only the taps `taps` of W; the first of them needs dy from index `start`
    on, the last one up to index `stop`.
    """

    first: int
    step: int
    taps: slice
    start: int
    stop: int


def phases_of(W, geometry, sizes, dy_sizes):
    """(padding, phases): convolutions of padded dy that make up dx.

    A phase is (its part of the flipped kernel, where in padded dy it starts, its
    lattice of dx).
    """
    padding, phases = _moves_of_phases(geometry, sizes, W.shape[:3], dy_sizes)
    flipped = W.swapaxes(3, 4)
    parts = [(flipped[taps][::-1, ::-1, ::-1], *where) for taps, *where in phases]
    return padding, parts


@functools.lru_cache(256)
def _moves_of_phases(geometry, sizes, kernel_sizes, dy_sizes):
    """(padding of dy, [(taps, start, lattice) of each phase])"""
    moves = geometry.strides, geometry.dilation, geometry.padding
    phases = list(map(_phases, sizes, kernel_sizes, *moves))
    padding = tuple(map(_room, phases, dy_sizes))
    found = []
    for phase in itertools.product(*phases):
        taps = tuple(axis.taps for axis in phase)
        start = tuple(map(_start, phase, padding))
        found.append((taps, start, tuple((axis.first, axis.step) for axis in phase)))
    return padding, found


def _phases(size, k, stride, dilation, pad):
    found = []
    for tap in range(stride):
        first = (tap - pad[0]) % stride
        count = len(range(tap, k, stride))
        o = (first + pad[0] - tap) // stride
        start = o - (count - 1) * dilation
        stop = o + len(range(first, size, stride)) - 1
        found.append(_Phase(first, stride, slice(tap, None, stride), start, stop))
    return found


def _room(phases, count):
    """(before, after): zeros that all phases need around `count` indices of dy."""
    before = max(-phase.start for phase in phases)
    after = max(phase.stop for phase in phases) - count + 1
    return max(before, 0), max(after, 0)


def _start(phase, pad):
    """Where in padded dy the sums for a phase begin."""
    return phase.start + pad[0]


# ---- gradient by W -----------------------------------------------------------------


@functools.lru_cache(256)
def _weight_plans(x, dy, kernel_sizes, itemsize, geometry):
    """Contractions over all images, rows in blocks that fit into the L2 cache.

    x and dy are shapes.
    """
    (kd, kh, kw), c, f = kernel_sizes, x[-1], dy[-1]
    A, B = _steps(x), _steps(dy)
    d, h, w = dy[1:4]
    steps = [a * s for a, s in zip(A[1:4], geometry.strides, strict=True)]
    jumps = [a * i for a, i in zip(A[1:4], geometry.dilation, strict=True)]
    taps = [(kd, jumps[0], 0, kh * kw * c * f), (kh, jumps[1], 0, kw * c * f)]
    rows = (kw * c, 1, 0, f)
    if geometry.dilation[2] != 1:
        taps.append((kw, jumps[2], 0, c * f))
        rows = (c, 1, 0, f)
    columns = (w, steps[2], B[3], 0)
    block = min(h, max(1, _L2 // (itemsize * (A[2] + B[2]))))
    plans = []
    for begin, turns, height in ((0, h // block, block), (h - h % block, 1, h % block)):
        blocks = (turns, steps[1] * block, B[2] * block, 0)
        outer = [(x[0], A[0], B[0], 0), (d, steps[0], B[1], 0), blocks, *taps]
        inner = [rows, (1, 0, 0, 0), (height, steps[1], B[2], 0), columns]
        loops = [[(*loop, loop[3]) for loop in part] for part in (outer, inner)]
        starts = begin * steps[1], begin * B[2], 0, 0
        if height:
            plans.append(Plan(starts, *loops, f, 2 * microkernel.shape(itemsize)[1]))
    return plans


# ---- common ------------------------------------------------------------------------


def _steps(shape):
    """Elements between neighbours along each axis of a contiguous array."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def padded(x, padding):
    """Contiguous x with zeros around it; x itself if it is both already."""
    if not any(map(any, padding)):
        return contiguous(x)
    sizes = [size + sum(pad) for size, pad in zip(x.shape[1:4], padding, strict=True)]
    y = workspace.empty((len(x), *sizes, x.shape[-1]), x.dtype)

    inside = tuple(
        slice(before, before + size)
        for size, (before, _) in zip(x.shape[1:4], padding, strict=True)
    )

    def part(lo, hi):
        if x.shape[3] * x.shape[4] <= _SHORT:
            y[lo:hi] = 0
        else:
            fill_borders(lo, hi)
        y[(slice(lo, hi), *inside)] = x[lo:hi]

    def fill_borders(lo, hi):
        for axis, places in enumerate(inside, start=1):
            if any(padding[axis - 1]):
                all_before = (slice(lo, hi), *(slice(None),) * (axis - 1))
                y[(*all_before, slice(0, places.start))] = 0
                y[(*all_before, slice(places.stop, None))] = 0

    team.split(part, len(x), work=0.07 * y.nbytes)
    return y


def contiguous(x):
    """x, channels last in memory; a copy is shared by all threads.

    Where channels come first, eight of them at a time: pictures of 32x32 lie so far
    apart that more of them push each other out of the first cache.
    """
    if x.flags.c_contiguous:
        return x
    y = workspace.empty(x.shape, x.dtype)
    block = 8 if x.strides[-1] > x.itemsize else max(x.shape[-1], 1)

    def part(lo, hi):
        for c in range(0, x.shape[-1], block):
            y[lo:hi, ..., c : c + block] = x[lo:hi, ..., c : c + block]

    team.split(part, len(x), work=0.2 * y.nbytes)
    return y


def _readable(dy):
    """Flat dy; behind its end a tile may read up to one vector, so leave room."""
    vector = microkernel.shape(dy.itemsize)[1]
    if dy.shape[-1] % vector == 0:
        return contiguous(dy).reshape(-1)
    flat = workspace.empty((dy.size + vector,), dy.dtype)
    flat[: dy.size] = dy.reshape(-1)
    flat[dy.size :] = 0
    return flat
