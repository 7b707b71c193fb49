"""Convolution with 3x3 and 5x5 kernels in fewer multiplications, after Winograd.

A filter with r taps makes m outputs from n = m + r - 1 inputs. As products of two
polynomials are known from their values at n points, n multiplications are enough for
what takes m r by the formula. In two dimensions, with n = 6 points for each axis:

    3x3 taps: 36 multiplications for a tile of 4x4 outputs, in place of 144
    5x5 taps: 36 multiplications for a tile of 2x2 outputs, in place of 100

    Y = A^T [ (G W G^T) * (B^T X B) ] A          X (6, 6), W (r, r), Y (m, m)

* is the product of numbers at the same place. Summed over channels it becomes 36
matrix products, (tiles, c) by (c, f). The gradient by W is the same identity backwards:

    dW = G^T [ sum over tiles of (B^T X B) * (A dY A^T) ] G

Points are 0, 2/3, -2/3, 3/2, -3/2 and infinity, which round least of all we tried:
with the usual 0, 1, -1, 2, -2 errors are 2 to 4 times larger.

Rounding: on normally distributed data the largest error against float64 stays under 8
times that of the direct algorithm, and under 3e-6 of the largest result
(`tests/kernels/test_winograd.py`). A NaN or infinity spoils its whole tile, and so does
a sum that overflows; the kernels notice, and the functions here return None then, so
that the direct algorithm can do it again.

References
    Lavin, Gray (2015): Fast algorithms for convolutional neural networks.
    https://arxiv.org/abs/1509.09308
    Barabasz, Anderson, Soodhalter, Gregg (2020): Error analysis and improving the
    accuracy of Winograd convolution. https://arxiv.org/abs/1803.10986
"""

import functools
import math

import numpy as np

from minikeras.kernels import microkernel, team, workspace
from minikeras.kernels.direct import contiguous
from minikeras.kernels.microkernel import even_tile
from minikeras.kernels.registry import Out, Room, helper, kernel

N = 6  # points, and inputs of a tile, along each axis
P, Q = 2 / 3, 3 / 2
POINTS = (0, P, -P, Q, -Q)  # and infinity
TAPS = (3, 5)

# Values at p and at -p are even part + odd part and even part - odd part: so each
# transform is a product of two matrices that are mostly zero.
_HALVES = np.array(
    [
        [1, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0],
        [0, 1, -1, 0, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, -1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)


def _output_stages(m):
    """A^T (m, 6) = second @ first: polynomials of degree under m at the points."""
    second = np.zeros((m, N))
    for i in range(m):
        part = 1 if i % 2 == 0 else 2
        second[i, part], second[i, part + 2] = P**i, Q**i
    second[0, 0] = second[m - 1, N - 1] = 1
    return [_HALVES, second]


def _input_stages():
    """B^T (6, 6) = second @ first: the product of all (x - point) but one's."""
    p, q = P * P, Q * Q
    first = [
        [p * q, 0, -p - q, 0, 1, 0],
        [0, 0, -q, 0, 1, 0],
        [0, -q, 0, 1, 0, 0],
        [0, 0, -p, 0, 1, 0],
        [0, -p, 0, 1, 0, 0],
        [0, p * q, 0, -p - q, 0, 1],
    ]
    return [np.array(first), _HALVES.T @ np.diag([1, 1, P, 1, Q, 1])]


def _kernel_stages(r):
    """G (6, r) = second @ first: polynomials at the points, over the scale of B^T."""
    scales = [
        math.prod(point - other for other in POINTS if other != point)
        for point in POINTS
    ]
    values = _output_stages(r)[1].T
    return [np.diag(1 / np.array([*scales, 1])) @ values, _HALVES.T]


def _transposed(stages):
    return [stage.T for stage in reversed(stages)]


TO_POINTS = {r: _kernel_stages(r) for r in TAPS}  # G
FROM_POINTS = {N + 1 - r: _output_stages(N + 1 - r) for r in TAPS}  # A^T
TO_POINTS |= {m: _transposed(stages) for m, stages in FROM_POINTS.items()}  # A
FROM_POINTS |= {r: _transposed(TO_POINTS[r]) for r in TAPS}  # G^T
TO_POINTS[N] = _input_stages()  # B^T


# ------------------------------------------------------------------------ algorithms

NANOSECONDS = 0.004  # for each multiplication of the plain formula, on one thread
WIDE = 4_000_000  # bytes of U from which threads share filters in place of tiles
CHUNK = 32  # filters that they take at once
NEAR = 600_000  # bytes at the points of a block of tiles: the second cache holds them
FAR = 6_000_000  # the same where U is large: the third cache


def convolve(x, W, b, geometry, low):
    """The specification `convolve_spec` of `convolution`."""
    sizes = geometry.output_size(x.shape[1:4], W.shape[:3])
    y = workspace.empty((len(x), *sizes, W.shape[-1]), W.dtype)
    is_finite = _correlate(x, W[0], b, low, _before(geometry), y)
    return y if is_finite else None


def input_gradient(dy, W, b, geometry, sizes, low):
    """The same for `input_gradient_spec`: a convolution with the flipped kernel."""
    dx = workspace.empty((len(dy), *sizes, W.shape[3]), W.dtype)
    before = [W.shape[1] - 1 - pad for pad in _before(geometry)]
    turned = W[0, ::-1, ::-1].swapaxes(2, 3)
    return dx if _correlate(dy, turned, b, low, before, dx) else None


def _correlate(x, W, b, low, before, y):
    """y = max(b + correlation, low), from pictures with zeros before and behind.

    Returns whether all of the correlation is finite.
    """
    x, y = _pictures(x), _pictures(y)
    r, _, c, f = W.shape
    b = np.zeros(f, y.dtype) if b is None else b
    W = W if _is_wide(c, f, y.itemsize) else np.ascontiguousarray(W)
    tiling = _tiling(x.shape, y.shape, r, *before)
    even, vector = _tile_shape(y.dtype)

    def part(begin, end, first, last):
        filters = np.ascontiguousarray(W[..., first:last])
        wide = _is_wide(c, last - first, y.itemsize)
        width = min(CHUNK, last - first) if wide else last - first
        rows, tiles = tiling.block(FAR if wide else NEAR, c + width, end - begin, even)
        U = workspace.empty((N * N, c, width), y.dtype)
        V, M = (workspace.empty((N * N, tiles, i), y.dtype) for i in (c, width))
        places = [
            *_rows(tiling.x_places, begin, end),
            *_filter_places(filters.shape),
            *_rows(tiling.y_places, begin, end, first),
        ]
        seen = np.zeros(vector, y.dtype)
        bias, flat = b[first:last], (x.reshape(-1), filters.reshape(-1), y.reshape(-1))
        winograd(*flat, seen, *places, bias, low, rows, even, vector, U, V, M)
        return np.isfinite(seen).all()

    work = NANOSECONDS * r * r * c * y.size
    return all(_share(part, tiling.down, c, f, work, y.itemsize))


def weight_gradient(x, dy, geometry, kernel_sizes):
    """The same for `weight_gradient_spec`."""
    x, dy = _pictures(x), _pictures(dy)
    c, f, r = x.shape[-1], dy.shape[-1], kernel_sizes[1]
    tiling = _tiling(x.shape, dy.shape, r, *_before(geometry))
    even, vector = _tile_shape(dy.dtype)

    def part(begin, end, first, last):
        wide, count = _is_wide(c, last - first, dy.itemsize), last - first
        rows, tiles = tiling.block(FAR if wide else NEAR, c + count, end - begin, even)
        V, D = (workspace.empty((N * N, tiles, i), dy.dtype) for i in (c, count))
        dU = workspace.empty((N * N * c * count,), dy.dtype)
        dW = np.empty((r, r, c, count), dy.dtype)
        places = [
            *_rows(tiling.x_places, begin, end),
            *_rows(tiling.y_places, begin, end, first),
            *_filter_places(dW.shape),
        ]
        flat = x.reshape(-1), dy.reshape(-1), dW.reshape(-1)
        winograd_gradient(*flat, *places, rows, even, vector, V, D, dU)
        return dW

    work = NANOSECONDS * r * r * c * dy.size
    parts = _share(part, tiling.down, c, f, work, dy.itemsize)
    shared_filters = _is_wide(c, f, dy.itemsize)
    dW = np.concatenate(parts, axis=-1) if shared_filters else sum(parts)
    return dW.reshape(*kernel_sizes, c, f) if np.isfinite(dW).all() else None


def _share(part, rows, c, f, work, itemsize):
    """Call part(begin, end, first, last) for shares of the rows of tiles.

    Where there are many filters, for shares of these: then each thread transforms only
    its part of them.
    """
    if not _is_wide(c, f, itemsize):
        return team.split(lambda lo, hi: part(lo, hi, 0, f), rows, work)
    chunks = -(-f // CHUNK)

    def some_filters(lo, hi):
        return part(0, rows, lo * CHUNK, min(hi * CHUNK, f))

    return team.split(some_filters, chunks, work)


def _is_wide(c, f, itemsize):
    return N * N * c * f * itemsize >= WIDE


def _before(geometry):
    """Zeros above and to the left of a picture."""
    return [pad[0] for pad in geometry.padding[1:]]


def _pictures(x):
    """Contiguous (n, h, w, c): volumes with flat kernels are more pictures."""
    return contiguous(x).reshape(-1, *x.shape[2:])


def _tile_shape(dtype):
    """Rows of `even_tile`, numbers in a vector."""
    size = np.dtype(dtype).itemsize
    return microkernel.even_rows(size), microkernel.shape(size)[1]


@functools.lru_cache(64)
def _filter_places(shape):
    """[rows, columns] as in `Tiling`: a tile for each channel that filters read."""
    r, _, c, f = shape
    taps = np.arange(r) * c * f
    return [taps[None] * r, taps + np.arange(c)[:, None] * f]


def _rows(places, begin, end, first=0):
    """Rows of tiles from `begin` to `end`, channels from `first` on."""
    rows, columns = places
    return [rows[begin:end], columns + first if first else columns]


class Tiling:
    """How pictures are cut into tiles.

    The n pictures are laid out on a few sheets, some beside and some below each other,
    with as many zeros between them as the filters need; tiles cover a whole sheet. So
    less of them is wasted: of 8 pictures of 13x13, each takes 12 tiles in place of 16.

    Attributes
        down, across: rows of tiles on all sheets; tiles in a row.
        x_places, y_places: [rows, columns]: element (i, j) of the tile q in row r lies
            at rows[r, i] + columns[q, j] of the flat pictures, or nowhere if this is
            negative.
    """

    def __init__(self, x, y, taps, top, left):
        """Shapes of x and y, taps of the filters, zeros above and left of x."""
        self.m = N + 1 - taps
        n = x[0]
        axes = list(zip(x[1:3], y[1:3], (top, left), strict=True))
        periods = [
            size + max(before, out + taps - 1 - size - before)
            for size, out, before in axes
        ]

        def tiles(axis, pictures):
            return -(-((pictures - 1) * periods[axis] + y[axis + 1]) // self.m)

        grids = [
            (h, w)
            for h in range(1, 9)
            for w in range(1, 17)
            if max(n, 1) % (h * w) == 0
        ]
        grid = min(grids, key=lambda g: tiles(0, g[0]) * tiles(1, g[1]) / (g[0] * g[1]))
        sheets = n // (grid[0] * grid[1])
        counts = [tiles(axis, grid[axis]) for axis in (0, 1)]
        self.down, self.across = sheets * counts[0], counts[1]

        def places(shape, size, before):
            steps = shape[2] * shape[3], shape[3]
            picture = shape[1] * steps[0]
            found = []
            for axis, apart in ((0, grid[1] * picture), (1, picture)):
                starts = np.arange(counts[axis])[:, None] * self.m - before[axis]
                which, i = np.divmod(starts + np.arange(size), periods[axis])
                inside = (which >= 0) & (which < grid[axis]) & (i < shape[axis + 1])
                at = which * apart + i * steps[axis]
                found.append(np.where(inside, at, OUTSIDE))
            sheet = np.arange(sheets)[:, None, None] * (grid[0] * grid[1] * picture)
            return [(sheet + found[0]).reshape(-1, size), found[1]]

        self.x_places = places(x, N, (top, left))
        self.y_places = places(y, self.m, (0, 0))

    def block(self, room, channels, most, even):
        """Rows of tiles, and tiles to allocate, for a block of `room` bytes.

        Products come in `even` rows; one more makes their number odd, so that the 36
        places of a tile do not all fall into the same set of the cache.
        """
        tiles = max(56, room // (N * N * channels * 4))
        rows = max(1, min(most, tiles // self.across))
        return rows, -(-rows * self.across // even) * even + 1


_tiling = functools.lru_cache(64)(Tiling)

# --------------------------------------------------------------- one tile, one vector

OUTSIDE = -(1 << 40)  # no row or column brings this back above zero


def _transform(name, stages, bounded=False):
    """A helper of loops: Y = T X T^T for one vector of channels; T by the size of X.

    Arguments of the helper
        size: rows and columns of the smaller of X and Y; decides about T.
        channel: the first of the vector.
        X, X_rows, X_columns, Y, Y_rows, Y_columns: element (i, j) of a tile lies at
            rows[i] + columns[j] + channel of the array, counted as if it were flat.
            Where rows[i] + columns[j] is negative, X is zero and Y is dropped.
        b, low, seen (if bounded): Y = max(b + T X T^T, low); NaN stays NaN. seen, a
            vector of zeros, becomes NaN somewhere if a product is not finite.
    """

    def transform(size, channel, X, X_rows, X_columns, Y, Y_rows, Y_columns, *bounds):
        X, Y = X.reshape(-1), Y.reshape(-1)
        T = _matrix(stages[size]).astype(X.dtype)
        lanes = channel + np.arange(microkernel.shape(X.itemsize)[1])
        at = X_rows[: T.shape[1], None] + X_columns[: T.shape[1]]
        values = X[np.maximum(at, 0)[..., None] + lanes]
        values = np.where(at[..., None] < 0, X.dtype.type(0), values)
        values = _both_sides(T, values[None])[0]
        if bounded:
            b, low, seen = bounds
            seen += 0 * values.sum((0, 1))
            values = values + b[lanes]
            values = np.where(values < low, low, values)
        at = Y_rows[: len(T), None] + Y_columns[: len(T)]
        Y[at[at >= 0][:, None] + lanes] = values[at >= 0]

    return helper(transform, build=lambda: _transform_intrinsic(name, stages, bounded))


def _matrix(stages):
    return stages[1] @ stages[0]


def _both_sides(T, X):
    """T X T^T for X (tiles, rows, columns, c)."""
    return np.einsum("ai,tijc,bj->tabc", T, X, T)


def _only(stages, *sizes):
    return {size: stages[size] for size in sizes}


_outputs = [N + 1 - r for r in TAPS]
input_tile = _transform("input_tile", _only(TO_POINTS, N))
kernel_tile = _transform("kernel_tile", _only(TO_POINTS, *TAPS))
output_tile = _transform("output_tile", _only(FROM_POINTS, *_outputs), bounded=True)
output_gradient_tile = _transform("output_gradient_tile", _only(TO_POINTS, *_outputs))
kernel_gradient_tile = _transform("kernel_gradient_tile", _only(FROM_POINTS, *TAPS))


def _transform_intrinsic(name, stages, bounded):
    from numba import types
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        kinds = signature.args
        code = microkernel.VectorCode(context, builder, kinds[2].dtype)
        given = [
            code.pointer(kind, arg) if isinstance(kind, types.Array) else arg
            for kind, arg in zip(kinds, args, strict=True)
        ]

        def emit(inside, args):
            _Transform(inside, args).switch(stages)

        code.call(name, given, emit)
        return context.get_dummy_value()

    @intrinsic
    def plain(typing, size, channel, X, X_rows, X_columns, Y, Y_rows, Y_columns):
        kinds = size, channel, X, X_rows, X_columns, Y, Y_rows, Y_columns
        return types.void(*kinds), generate

    @intrinsic
    def with_bounds(
        typing, size, channel, X, X_rows, X_columns, Y, Y_rows, Y_columns, b, low, seen
    ):
        tiles = size, channel, X, X_rows, X_columns, Y, Y_rows, Y_columns
        return types.void(*tiles, b, X.dtype, seen), generate

    return with_bounds if bounded else plain


class _Transform(microkernel.VectorCode):
    """Emits a function that loads a tile, transforms both its axes, and stores it.

    Its arguments are those of the helper, pointers in the place of arrays.
    """

    def __init__(self, code, args):
        super().__init__(code.context, code.builder, code.dtype)
        self.size, self.channel, *tables = args[:8]
        self.source, self.target = tables[:3], tables[3:]
        self.bias = self.low = None
        if len(args) > 8:
            bias, low, self.seen = args[8:]
            self.bias = self.load(self.builder.gep(bias, [self.channel]))
            self.low = self.everywhere(low)
        self.nowhere = self.cgutils.alloca_once(self.builder, self.vector)

    def switch(self, stages):
        """Go to the code for the wanted size."""
        for size in self.cases(self.size, stages):
            self.emit(stages[size])

    def emit(self, stages):
        """First all columns, then all rows."""
        build = self.builder
        outputs, inputs = len(stages[-1]), len(stages[0][0])
        build.store(self.constant(0), self.nowhere)
        between = self.cgutils.alloca_once(build, self.vector, size=outputs * inputs)
        X, X_rows, X_columns = self.source
        places = [self.entry(X_rows, self.integer(i)) for i in range(inputs)]
        for j in self.turns(inputs):
            column = self.entry(X_columns, j)
            vectors = [self.load(self.at(X, row, column)) for row in places]
            for i, vector in enumerate(self.apply(stages, vectors)):
                at = build.add(self.integer(i * inputs), j)
                build.store(vector, build.gep(between, [at]))
        Y, Y_rows, Y_columns = self.target
        places = [self.entry(Y_columns, self.integer(j)) for j in range(outputs)]
        total = self.constant(0)
        for i in self.turns(outputs):
            row = self.entry(Y_rows, i)
            first = build.gep(between, [build.mul(i, self.integer(inputs))])
            vectors = [
                build.load(build.gep(first, [self.integer(j)])) for j in range(inputs)
            ]
            for column, vector in zip(places, self.apply(stages, vectors), strict=True):
                if self.bias is not None:
                    total = build.fadd(total, vector)
                    vector = self.at_least(self.low, build.fadd(vector, self.bias))
                self.store(vector, self.at(Y, row, column))
        if self.bias is not None:  # then `turns` is no loop, and `total` whole
            nothing = build.fmul(total, self.constant(0))  # or NaN
            self.store(build.fadd(self.load(self.seen), nothing), self.seen)

    def turns(self, n):
        """Indices under n, in a loop: code for each of them takes longer to compile.

        `winograd` and `winograd_gradient` together take 1.35 s in place of 1.6. Where
        there are bounds, code without a loop is up to a tenth faster, and worth more.
        """
        if self.bias is not None:
            yield from map(self.integer, range(n))
        else:
            with self.loop(self.integer(n)) as i:
                yield i

    def entry(self, table, i):
        return self.builder.load(self.builder.gep(table, [i]))

    def at(self, array, row, column):
        """Where an element of a tile lies; `nowhere` for negative places."""
        build, place = self.builder, self.builder.add(row, column)
        outside = build.icmp_signed("<", place, self.integer(0))
        inside = build.gep(array, [build.add(place, self.channel)])
        nowhere = build.bitcast(self.nowhere, inside.type)
        return build.select(outside, nowhere, inside)

    def apply(self, stages, vectors):
        """The product of matrices of constants with a list of vectors."""
        for matrix in stages:
            vectors = [self.combination(row, vectors) for row in matrix]
        return vectors

    def combination(self, factors, vectors):
        """The sum of factor * vector, ones first: they cost no multiplication."""
        terms = [
            (factor, vector)
            for factor, vector in zip(factors, vectors, strict=True)
            if factor
        ]
        (factor, total), *rest = sorted(terms, key=lambda term: term[0] != 1)
        if factor != 1:
            total = self.builder.fmul(self.constant(factor), total)
        for factor, vector in rest:
            if abs(factor) == 1:
                add = self.builder.fadd if factor == 1 else self.builder.fsub
                total = add(total, vector)
            else:
                total = self.multiply_add(self.constant(factor), vector, total)
        return total


# ---------------------------------------------------------------------------- kernels


@helper(once=True)
def places_at_points(tile, tiles, c, rows, columns):
    """Where the 36 numbers of a tile lie in (36, tiles, c)."""
    for a in range(N):
        rows[a] = N * a * tiles * c
        columns[a] = (a * tiles + tile) * c


def _gathered(x, rows, columns, c):
    """Tiles (tiles, size, size, c) of flat x; see `Tiling`."""
    at = rows[:, None, :, None] + columns[None, :, None, :]
    at = at.reshape(-1, *at.shape[2:])
    X = x[np.maximum(at, 0)[..., None] + np.arange(c)]
    return np.where(at[..., None] < 0, x.dtype.type(0), X)


def _scattered(Y, rows, columns, y):
    """The way back: tiles Y into flat y."""
    at = rows[:, None, :, None] + columns[None, :, None, :]
    at = at.reshape(Y.shape[:3])
    y[at[at >= 0][:, None] + np.arange(Y.shape[3])] = Y[at >= 0]


def winograd_spec(
    x, W, y, seen, x_rows, x_columns, W_rows, W_columns, y_rows, y_columns, b, low,
    block, even, vector, U, V, M,
):  # fmt: skip
    """y = max(b + A^T [(G W G^T) * (B^T X B)] A, low) for rows of tiles.

    Arguments
        x, W, y: flat.
        seen: zeros; some become NaN if not all sums are finite.
        *_rows, *_columns: where their tiles lie; see `Tiling`.
        b, low: bias (f), lower bound.
        block: rows of tiles to work on at once.
        even, vector: rows and half the columns of `even_tile`.
        U, V, M: room for the points of some filters, (36, c, width), and of a block of
            tiles, (36, tiles, c) and (36, tiles, width).
    """
    c, f = len(W_columns), len(b)
    X, filters = _gathered(x, x_rows, x_columns, c), _gathered(W, W_rows, W_columns, f)
    Bt, G = _matrix(TO_POINTS[N]), _matrix(TO_POINTS[W_rows.shape[1]])
    At = _matrix(FROM_POINTS[y_rows.shape[1]])
    Bt, G, At = (T.astype(x.dtype) for T in (Bt, G, At))
    points = np.einsum("tabc,cabf->tabf", _both_sides(Bt, X), _both_sides(G, filters))
    products = _both_sides(At, points)
    seen[0] = 0 * products.sum()
    Y = np.maximum(products + b, x.dtype.type(low))
    _scattered(Y, y_rows, y_columns, y)


@kernel(spec=winograd_spec)
def winograd(
    x, W, y: Out, seen: Out, x_rows, x_columns, W_rows, W_columns, y_rows, y_columns,
    b, low, block: int, even: int, vector: int, U: Room, V: Room, M: Room,
):  # fmt: skip
    """Block after block of tiles; transforms and products run in registers."""
    c, f, width, tiles = U.shape[1], b.size, U.shape[2], V.shape[1]
    rows, columns = np.empty(N, np.int64), np.empty(N, np.int64)
    low, lowest = y.dtype.type(low), y.dtype.type(-np.inf)
    zeros = np.empty(2 * vector, y.dtype)
    zeros[:] = 0  # np.zeros would be compiled beside np.empty
    for begin in range(0, x_rows.shape[0], block):
        end = min(begin + block, x_rows.shape[0])
        tile = 0
        for r in range(begin, end):
            for q in range(x_columns.shape[0]):
                places_at_points(tile, tiles, c, rows, columns)
                for j in range(0, c, vector):
                    input_tile(N, j, x, x_rows[r], x_columns[q], V, rows, columns)
                tile += 1
        for first in range(0, f, width):
            last = min(first + width, f)
            if begin == 0 or width < f:
                for i in range(c):
                    places_at_points(i, c, width, rows, columns)
                    for j in range(0, last - first, vector):
                        kernel_tile(
                            W_rows.shape[1], j, W[first:], W_rows[0], W_columns[i], U,
                            rows, columns,
                        )  # fmt: skip
            for k in range(N * N):
                for j in range(0, last - first, 2 * vector):
                    vectors = 2 if last - first - j >= 2 * vector else 1
                    for i in range(0, tile, even):
                        V_at, U_at = (k * tiles + i) * c, k * c * width + j
                        even_tile(
                            even, vectors, (V_at, U_at, (k * tiles + i) * width + j, 0),
                            (1, 1, c), (c, 0, 0, 1), (0, 0, width), width, 0, V, U, M,
                            zeros, lowest,
                        )  # fmt: skip
            tile = 0
            for r in range(begin, end):
                for q in range(x_columns.shape[0]):
                    places_at_points(tile, tiles, width, rows, columns)
                    for j in range(0, last - first, vector):
                        output_tile(
                            y_rows.shape[1], j, M, rows, columns, y[first:],
                            y_rows[r], y_columns[q], b[first:], low, seen,
                        )  # fmt: skip
                    tile += 1


def winograd_gradient_spec(
    x, dy, dW, x_rows, x_columns, y_rows, y_columns, W_rows, W_columns, block, even,
    vector, V, D, dU,
):  # fmt: skip
    """dW = G^T [sum over tiles of (B^T X B) * (A dY A^T)] G; see `winograd_spec`.

    V (36, tiles, c), D (36, tiles, f) and dU (36 c f) are room for the points of a
    block of tiles and of dW.
    """
    c, f = V.shape[2], D.shape[2]
    X, dY = _gathered(x, x_rows, x_columns, c), _gathered(dy, y_rows, y_columns, f)
    Bt, A = _matrix(TO_POINTS[N]), _matrix(TO_POINTS[y_rows.shape[1]])
    Gt = _matrix(FROM_POINTS[W_rows.shape[1]])
    Bt, A, Gt = (T.astype(x.dtype) for T in (Bt, A, Gt))
    points = np.einsum("tabc,tabf->cabf", _both_sides(Bt, X), _both_sides(A, dY))
    _scattered(_both_sides(Gt, points), W_rows, W_columns, dW)


@kernel(spec=winograd_gradient_spec)
def winograd_gradient(
    x, dy, dW: Out, x_rows, x_columns, y_rows, y_columns, W_rows, W_columns,
    block: int, even: int, vector: int, V: Room, D: Room, dU: Room,
):  # fmt: skip
    """Block after block of tiles; dU grows, `even` rows in registers."""
    tiles, c, f = V.shape[1], V.shape[2], D.shape[2]
    rows, columns = np.empty(N, np.int64), np.empty(N, np.int64)
    zeros, lowest = np.empty(2 * vector, x.dtype), x.dtype.type(-np.inf)
    zeros[:] = 0
    for begin in range(0, x_rows.shape[0], block):
        end = min(begin + block, x_rows.shape[0])
        tile = 0
        for r in range(begin, end):
            for q in range(x_columns.shape[0]):
                places_at_points(tile, tiles, c, rows, columns)
                for j in range(0, c, vector):
                    input_tile(N, j, x, x_rows[r], x_columns[q], V, rows, columns)
                places_at_points(tile, tiles, f, rows, columns)
                for j in range(0, f, vector):
                    output_gradient_tile(
                        y_rows.shape[1], j, dy, y_rows[r], y_columns[q], D, rows,
                        columns,
                    )  # fmt: skip
                tile += 1
        before = dU if begin > 0 else zeros
        for k in range(N * N):
            for j in range(0, f, 2 * vector):
                vectors = 2 if f - j >= 2 * vector else 1
                for i in range(0, c, even):
                    V_at, D_at = k * tiles * c + i, k * tiles * f + j
                    dU_at = (k * c + i) * f + j
                    before_at, stride = (dU_at, f) if begin > 0 else (0, 0)
                    even_tile(
                        even, vectors, (V_at, D_at, dU_at, before_at), (1, 1, tile),
                        (1, 0, 0, c), (0, 0, f), f, stride, V, D, dU,
                        before, lowest,
                    )  # fmt: skip
    for i in range(c):
        places_at_points(i, c, f, rows, columns)
        for j in range(0, f, vector):
            kernel_gradient_tile(
                W_rows.shape[1], j, dU, rows, columns, dW, W_rows[0], W_columns[i]
            )
