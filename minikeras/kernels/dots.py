"""Convolution that gives few channels: dot products, vectors along those that it reads.

The tile of `microkernel` gives a vector of channels; where there are only one or three
of them, most of it stays empty. Here vectors lie along the channels of the sum instead:

    for each tap, each vector of channels:
        w = W[tap]                                     one vector
        for i in range(vector):
            sums[i] += x[place + i * step + tap] * w   vector times vector
    y[place + i] = max(b + sum of the numbers of sums[i], low)

Each of a vector's worth of neighbouring places has a vector of sums in a register; the
last line adds these up side by side, with one addition for two of them at a time.

So that no tap is outside and no vector half full, a picture is first copied into a room
with zeros around it and behind its channels, which stays in the second cache.

Arguments and results are those of the specifications in `convolution`.
"""

import dataclasses
import functools
import math

import numpy as np

from minikeras.kernels import microkernel, team, workspace
from minikeras.kernels.direct import WHOLE, ZEROS, contiguous, phases_of
from minikeras.kernels.registry import Out, Room, helper, kernel

NANOSECONDS = 0.03  # for each multiply-add of one thread


def convolve(x, W, b, geometry, low):
    """Each number of y is a dot product of what it sees of x and a filter."""
    sizes = geometry.output_size(x.shape[1:4], W.shape[:3])
    y = workspace.empty((len(x), *sizes, W.shape[-1]), W.dtype)
    moves = geometry.padding, geometry.strides, geometry.dilation
    _correlate(x, W, b, low, y, *moves)
    return y


def input_gradient(dy, W, b, geometry, sizes, low):
    """A convolution of dy with the flipped kernel, for each phase."""
    dx = workspace.empty((len(dy), *sizes, W.shape[3]), W.dtype)
    padding, phases = phases_of(W, geometry, sizes, dy.shape[1:4])
    for part, start, lattice in phases:
        moves = padding, (1, 1, 1), geometry.dilation, start, lattice
        _correlate(dy, part, b, low, dx, *moves)
    return dx


def _correlate(
    x, W, b, low, y, padding, strides, dilation, x_start=ZEROS, y_part=WHOLE
):
    """As `direct._correlate`, but x gets its zeros here."""
    *kernel, c, f = W.shape
    vector = microkernel.shape(W.itemsize)[1]
    shapes = x.shape[1:], tuple(kernel), y.shape[1:4]
    plan = _plan(*shapes, padding, strides, dilation, x_start, y_part, vector)
    filters = np.zeros((f, math.prod(kernel), plan.width), W.dtype)
    filters[..., :c] = W.reshape(-1, c, f).transpose(2, 0, 1)
    bias = np.zeros(f, W.dtype) if b is None else b
    source = _filled(x, plan.width).reshape(len(x), len(plan.rows), plan.length)
    flat = y.reshape(len(y), math.prod(y.shape[1:4]), f)
    rooms = iter(_rooms(team.num_threads(), plan.room, W.dtype))

    def some_pictures(lo, hi):
        share(slice(lo, hi), slice(None))

    def some_tiles(lo, hi):
        share(slice(None), slice(lo, hi))

    def share(pictures, tiles):
        starts, into = plan.starts[tiles], plan.into[tiles]
        places = plan.rows, plan.left, plan.taps, starts, into, plan.step
        given = source[pictures], filters, bias, low
        dots(*given, *places, next(rooms), flat[pictures])

    work = NANOSECONDS * flat.size * filters[0].size
    if len(x) >= team.num_threads():
        team.split(some_pictures, len(x), work)
    else:
        team.split(some_tiles, len(plan.starts), work)


def _filled(x, width):
    """Contiguous x with zeros behind its channels, if they are less than `width`."""
    if x.shape[-1] == width:
        return contiguous(x)
    whole = workspace.empty((*x.shape[:-1], width), x.dtype)

    def part(lo, hi):
        whole[lo:hi, ..., : x.shape[-1]] = x[lo:hi]
        whole[lo:hi, ..., x.shape[-1] :] = 0

    team.split(part, len(x), work=0.2 * whole.nbytes)
    return whole


def _rooms(count, shape, dtype):
    """Working memory for some threads; each part begins with a line of the cache."""
    line = workspace.LINE // np.dtype(dtype).itemsize
    size = -(-math.prod(shape) // line) * line
    numbers = workspace.empty((count * size + line,), dtype)
    begin = workspace.to_a_line(numbers) // numbers.itemsize
    rooms = numbers[begin : begin + count * size].reshape(count, size)
    return rooms[:, : math.prod(shape)].reshape(count, *shape)


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where everything lies in the room, in numbers from its beginning.

    Attributes
        width: numbers of a place, whole vectors.
        length: numbers of a row of the picture.
        room: (rows, numbers of a row).
        rows: which of them each row of the picture becomes.
        left: zeros before it.
        taps: from a place to what its taps see.
        starts: first places of the tiles; step: from one to the next of a tile.
        into (tiles, vector): where in y their sums belong, or -1.
    """

    width: int
    length: int
    room: tuple
    rows: np.ndarray
    left: int
    taps: np.ndarray
    starts: np.ndarray
    step: int
    into: np.ndarray


@functools.lru_cache(64)
def _plan(x, kernel, y, padding, strides, dilation, x_start, y_part, vector):
    """The plan for a picture x (d, h, w, c) and these sizes of W and y.

    Rows of the room are whole strides long, so that tiles may run on from row to row.
    """
    width = -(-x[3] // vector) * vector
    room = [size + sum(pad) for size, pad in zip(x[:3], padding, strict=True)]
    room[2] = -(-room[2] // strides[2]) * strides[2]
    targets = [
        range(first, size, step) for size, (first, step) in zip(y, y_part, strict=True)
    ]
    places = [
        range(start, start + stride * len(axis), stride)
        for start, stride, axis in zip(x_start, strides, targets, strict=True)
    ]
    taps = [range(0, k * step, step) for k, step in zip(kernel, dilation, strict=True)]
    rows = [range(pad[0], pad[0] + size) for pad, size in zip(padding, x, strict=False)]
    places, taps = _positions(places, room), _positions(taps, room)
    tiles = _tiles(places, vector * strides[2])
    reach = tiles[:, None] + strides[2] * np.arange(vector)
    last = int(reach.max(initial=0) + taps.max(initial=0))
    into = np.full(last + 1, -1)
    into[places] = _positions(targets, y)
    return Plan(
        width,
        x[2] * width,
        (max(room[0] * room[1], last // room[2] + 1), room[2] * width),
        _positions([*rows[:2], [0]], [*room[:2], 1]),
        padding[2][0] * width,
        taps * width,
        tiles * width,
        strides[2] * width,
        into[reach],
    )


def _positions(axes, sizes):
    """Where in an array of three axes the elements with these indices lie."""
    planes, rows, columns = np.ix_(*axes)
    return ((planes * sizes[1] + rows) * sizes[2] + columns).reshape(-1)


def _tiles(places, length):
    """Beginnings of as few stretches of this length as cover all places."""
    starts, i = [], 0
    while i < len(places):
        starts.append(places[i])
        i = np.searchsorted(places, places[i] + length)
    return np.array(starts, np.int64)


# ---------------------------------------------------------------------------- kernels


def dots_spec(x, W, b, low, rows, left, taps, starts, into, step, room, y):
    """y[into] = max(b + dot products of filters and what tiles of places see, low).

    Arguments
        x (n, rows, length): pictures, channels in whole vectors.
        W (f, taps, width), b (f), low: filters, bias, lower bound.
        rows, left, taps, starts, into, step: see `Plan`.
        room: for one picture with its zeros.
        y (n, places, f).
    """
    padded = np.zeros((len(x), *room.shape), x.dtype)
    padded[:, rows, left : left + x.shape[2]] = x
    at = starts[:, None] + step * np.arange(into.shape[1])
    at = at[into >= 0][:, None, None] + taps[:, None] + np.arange(W.shape[2])
    seen = padded.reshape(len(x), room.size)[:, at]
    sums = np.tensordot(seen, W, [(2, 3), (1, 2)]) + b
    y[:, into[into >= 0]] = np.where(sums < low, y.dtype.type(low), sums)


@kernel(spec=dots_spec)
def dots(
    x, W, b, low, rows, left: int, taps, starts, into, step: int, room: Room, y: Out
):
    """Picture after picture, tile after tile, all filters for each.

    While one is computed, the next picture is fetched from memory: up to 17% faster.
    (32, 32, 32, 32) to 1 channel, 5x5, one thread: 0.80 ms, of which multiplications
    need 0.50; one product for all taps with sums behind it took 2.6.
    """
    low, f, width = y.dtype.type(low), W.shape[0], W.shape[2]
    sums = np.empty(into.shape[1], y.dtype)
    flat_x, flat_W, flat_room = x.reshape(-1), W.reshape(-1), room.reshape(-1)
    size, near = x.shape[1] * x.shape[2], workspace.LINE // x.itemsize
    share = size // max(1, starts.size) + 1
    flat_room[:] = 0
    for image in range(x.shape[0]):
        for r in range(x.shape[1]):
            row, line = x[image, r], room[rows[r], left:]
            for i in range(x.shape[2]):
                line[i] = row[i]
        for t in range(starts.size):
            first = (image + 1) * size + t * share
            for at in range(first, min(first + share, flat_x.size), near):
                fetch(flat_x, at)
            for channel in range(f):
                filters = channel * W.shape[1] * width
                vector_of_dots(
                    flat_room, starts[t], step, taps, flat_W, filters, width, sums
                )
                for i in range(into.shape[1]):
                    if into[t, i] >= 0:
                        v = sums[i] + b[channel]
                        y[image, into[t, i], channel] = low if v < low else v


def _fetch_intrinsic():
    from numba import types
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        code = microkernel.VectorCode(context, builder, signature.args[0].dtype)
        code.fetch(code.pointer(signature.args[0], *args))
        return context.get_dummy_value()

    @intrinsic
    def fetch(typing, x, at):
        return types.void(x, at), generate

    return fetch


@helper(build=_fetch_intrinsic)
def fetch(x, at):
    """Ask for the line of x[at], so that the second cache has it when it is needed."""


def _dots_intrinsic():
    from numba import types
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        _DotsCode(context, builder, signature.args, args).emit()
        return context.get_dummy_value()

    @intrinsic
    def vector_of_dots(typing, x, start, step, taps, W, filters, width, sums):
        return types.void(x, start, step, taps, W, filters, width, sums), generate

    return vector_of_dots


@helper(build=_dots_intrinsic)
def vector_of_dots(x, start, step, taps, W, filters, width, sums):
    """sums[i] = the sum over taps of x[start + i * step + tap:] times a row of W.

    Arguments
        x, W: flat; rows of `width` numbers.
        taps: where they see x.
        filters: where in W the first of their rows lies; the others follow.
        sums: one vector.
    """
    at = start + step * np.arange(len(sums))[:, None] + taps
    seen = x[at[..., None] + np.arange(width)]
    rows = W[filters : filters + len(taps) * width].reshape(len(taps), width)
    sums[:] = np.tensordot(seen, rows, 2)


class _DotsCode(microkernel.VectorCode):
    """Emits LLVM code for a call of `vector_of_dots` at the builder's position."""

    def __init__(self, context, builder, kinds, args):
        super().__init__(context, builder, kinds[0].dtype)
        _, start, self.step, _, _, filters, self.row, _ = args
        self.x = self.pointer(kinds[0], args[0], start)
        self.taps = self.pointer(kinds[3], args[3])
        taps = context.make_array(kinds[3])(context, builder, args[3])
        self.turns = builder.extract_value(taps.shape, 0)
        self.W = self.pointer(kinds[4], args[4], filters)
        self.sums = self.pointer(kinds[7], args[7])

    def emit(self):
        build, width = self.builder, self.integer(self.width)
        steps = [build.mul(self.step, self.integer(i)) for i in range(self.width)]
        sums = [self.cgutils.alloca_once(build, self.vector) for _ in steps]
        for total in sums:
            build.store(self.constant(0), total)
        with self.loop(self.turns) as t, self.loop(build.udiv(self.row, width)) as k:
            channel = build.mul(k, width)
            tap = build.load(build.gep(self.taps, [t]))
            x = build.gep(self.x, [build.add(tap, channel)])
            w = build.add(build.mul(t, self.row), channel)
            w = self.load(build.gep(self.W, [w]))
            for step, total in zip(steps, sums, strict=True):
                seen = self.load(build.gep(x, [step]))
                build.store(self.multiply_add(seen, w, build.load(total)), total)
        self.store(self.side_by_side([build.load(total) for total in sums]), self.sums)

    def side_by_side(self, vectors):
        """The vector of the sums of vectors; as many of them as each has numbers.

        In each round two vectors become one: where there were runs of numbers that
        belong to one sum, now there are runs half as long, of both.
        """
        run = self.width
        while run > 1:
            half = [i for i in range(self.width) if i % run < run // 2]
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [self.halves(a, b, half, run // 2) for a, b in pairs]
            run //= 2
        return vectors[0]

    def halves(self, a, b, half, more):
        """First halves of all runs of a and b, plus second halves."""
        ir, count = self.ir, self.width
        numbers = half + [count + i for i in half]
        first, second = (
            self.builder.shuffle_vector(
                a, b, ir.Constant(ir.VectorType(ir.IntType(32), count), places)
            )
            for places in (numbers, [i + more for i in numbers])
        )
        return self.builder.fadd(first, second)
