"""Every kernel three ways: specification, compiled loop, uncompiled loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikeras.kernels import (  # noqa: F401  (imported modules register kernels)
    Out,
    Room,
    convolution,
    depthwise,
    direct,
    dots,
    elementwise,
    microkernel,
    normalization,
    optimizers,
    pooling,
    recurrent,
    registry,
    warp,  # noqa: F401
    winograd,
)
from minikeras.kernels.convolution import Geometry
from minikeras.kernels.windows import window_table

LENGTHS = [1, 2, 3, 8, 17, 40]


class Case:
    """Draws the arguments of one kernel call, with layouts and values that hurt."""

    def __init__(self, data):
        self.draw = data.draw
        self.random = np.random.RandomState(self.draw(st.integers(0, 2**32 - 1)))
        self.dtype = self.draw(st.sampled_from(["float32", "float64"]))
        self.layout = self.draw(st.sampled_from(["plain", "strided", "read-only"]))
        self.special = self.draw(st.sampled_from([None, np.nan, np.inf, -np.inf]))
        self.n = self.draw(st.sampled_from([0, *LENGTHS]))
        self.u = self.draw(st.sampled_from(LENGTHS))

    def array(self, *shape):
        """Any values, now and then a NaN or an infinity among them."""
        a = self.random.randn(*shape).astype(self.dtype)
        if self.special is not None and a.size:
            a.flat[self.random.randint(a.size)] = self.special
        return a

    def positive(self, *shape):
        """Finite values above zero."""
        return (self.random.rand(*shape) + 0.1).astype(self.dtype)

    def number(self, low, high):
        return self.draw(st.floats(low, high))

    def flag(self):
        return self.draw(st.booleans())

    def sizes(self, *choices):
        return tuple(self.draw(st.sampled_from(choices)) for _ in range(3))

    def windows(self, once=False):
        """Batch, positions, outputs, table of a random pooling; no window is empty.

        once: whether each position is in one window.
        """
        window = self.sizes(1, 2, 3)
        if once:
            sizes = np.multiply(window, self.sizes(1, 2))
            table = window_table(tuple(sizes.tolist()), window, Geometry(window))
            return self.draw(st.integers(0, 2)), table.size, len(table), table
        padding = [(0, 0) if k == 1 else (0, 1) for k in window]
        geometry = Geometry(self.sizes(1, 2), (1, 1, 1), tuple(padding))
        table = window_table(self.sizes(3, 4), window, geometry)
        return self.draw(st.integers(0, 2)), int(table.max()) + 1, len(table), table

    def convolution(self):
        """Shapes of x, W and y, and a geometry between them."""
        n, c = self.draw(st.integers(0, 2)), self.draw(st.sampled_from([1, 3, 16]))
        f = self.draw(st.sampled_from([1, 5, 8, 16, 33]))
        kernel, one = self.sizes(1, 2, 3), (1, 1, 1)
        moves = (self.sizes(1, 2, 3), one) if self.flag() else (one, self.sizes(1, 2))
        padding = tuple((i % 2, i // 2) for i in self.sizes(0, 1, 2, 3))
        geometry = Geometry(*moves, padding)
        extra = self.sizes(0, 1, 4)
        sizes = [
            (k - 1) * d + 1 + e
            for k, d, e in zip(kernel, geometry.dilation, extra, strict=True)
        ]
        out = geometry.output_size(tuple(sizes), kernel)
        return (n, *sizes, c), (*kernel, c, f), (n, *out, f), geometry

    def step(self):
        """Learning rate, two decay rates, epsilon."""
        return self.number(0, 1), self.number(0, 0.99), self.number(0, 0.99), 1e-7


def convolve_case(c):
    x, W, y, geometry = c.convolution()
    b = c.draw(st.sampled_from([None, "bias"])) and c.array(W[-1])
    low = c.draw(st.sampled_from([0, -np.inf]))
    return c.array(*x), c.array(*W), b, geometry, low


def input_gradient_case(c):
    x, W, y, geometry = c.convolution()
    b = c.draw(st.sampled_from([None, "bias"])) and c.array(W[3])
    return c.array(*y), c.array(*W), b, geometry, x[1:4], -np.inf


def weight_gradient_case(c):
    x, W, y, geometry = c.convolution()
    return c.array(*x), c.array(*y), geometry, W[:3]


def dots_case(c):
    """A convolution with a few filters, as `dots.convolve` plans it."""
    x, (*kernel, channels, f), y, geometry = c.convolution()
    vector = microkernel.shape(np.dtype(c.dtype).itemsize)[1]
    moves = geometry.padding, geometry.strides, geometry.dilation
    where = direct.ZEROS, direct.WHOLE
    plan = dots._plan(x[1:], tuple(kernel), y[1:4], *moves, *where, vector)
    pictures = c.array(x[0], len(plan.rows), x[3] * plan.width)
    filters = c.array(f, int(np.prod(kernel)), plan.width)
    filters[~np.isfinite(filters)] = 1  # the room's zeros meet them
    low = c.draw(st.sampled_from([0, -np.inf]))
    places = plan.rows, plan.left, plan.taps, plan.starts, plan.into, plan.step
    room = dots._rooms(1, plan.room, c.dtype)[0]
    result = c.array(x[0], int(np.prod(y[1:4])), f)
    return pictures, filters, c.array(f), low, *places, room, result


def contract_case(c):
    """Two outer loops over packed arrays; S is a bias."""
    vector = microkernel.shape(np.dtype(c.dtype).itemsize)[1]
    n, m, p, q, r, k, v = (c.draw(st.integers(1, i)) for i in (2, 2, 30, 2, 2, 5, 70))
    panels, width = -(-v // (2 * vector)), 2 * vector
    taps = q * r * k
    outer = [(n, m * p * taps, 0, m * p * v, 0), (m, p * taps, 0, p * v, 0)]
    inner = [
        (p, taps, 0, v, 0),
        (q, r * k, r * k * width, 0, 0),
        (r, k, k * width, 0, 0),
        (k, 1, width, 0, 0),
    ]
    return (
        c.array(n * m * p * taps),
        c.array(panels * taps * width),
        c.array(n * m * p * v),
        c.array(panels * width),
        np.zeros(4, np.int64),
        np.array(outer),
        np.array(inner),
        v,
        taps * width,
        vector,
        np.array(microkernel.heights(np.dtype(c.dtype).itemsize)),
        c.draw(st.sampled_from([0, -np.inf])),
    )


def winograd_arrays(c):
    """Arrays x, W, y, where their tiles lie, sizes of blocks, room for points."""
    vector = microkernel.shape(np.dtype(c.dtype).itemsize)[1]
    even = microkernel.even_rows(np.dtype(c.dtype).itemsize)
    n, r = c.draw(st.integers(1, 4)), c.draw(st.sampled_from(winograd.TAPS))
    channels, f = (vector * c.draw(st.integers(1, 3)) for _ in range(2))
    channels += -channels % even
    top, left = c.draw(st.integers(0, 2)), c.draw(st.integers(0, 2))
    h, w = c.draw(st.integers(r, 9)), c.draw(st.integers(r, 9))
    x, y = (n, h, w, channels), (n, h + top - r + 1, w + left - r + 1, f)
    c.special = None  # transforms multiply it by different zeros
    tiling = winograd.Tiling(x, y, r, top, left)
    block, tiles = tiling.block(0, 1, c.draw(st.integers(1, 3)), even)
    W = (r, r, channels, f)
    arrays = [c.array(int(np.prod(shape))) for shape in (x, W, y)]
    places = tiling.x_places, winograd._filter_places(W), tiling.y_places
    return arrays, places, (block, even, vector), (tiles, channels, f)


def winograd_case(c):
    (x, W, y), places, block, (tiles, channels, f) = winograd_arrays(c)
    low, width = c.draw(st.sampled_from([0, -np.inf])), c.draw(st.sampled_from([f, 32]))
    points = [(channels, width), (tiles, channels), (tiles, width)]
    room = [np.zeros((36, *shape), c.dtype) for shape in points]
    seen = np.zeros(block[2], c.dtype)
    return x, W, y, seen, *sum(places, []), c.array(f), low, *block, *room


def winograd_gradient_case(c):
    (x, W, y), places, block, (tiles, channels, f) = winograd_arrays(c)
    room = [np.zeros((36, tiles, size), c.dtype) for size in (channels, f)]
    room.append(np.zeros(36 * channels * f, c.dtype))
    of_x, of_W, of_y = places
    return x, y, W, *of_x, *of_y, *of_W, *block, *room


def max_pool_case(c):
    n, positions, outputs, table = c.windows()
    y = c.array(n, outputs, c.u)
    return c.array(n, positions, c.u), table, y, np.zeros(y.shape, np.uint8)


def max_pool_gradient_case(c):
    once = c.flag()
    n, positions, outputs, table = c.windows(once)
    where = c.random.randint(0, table.shape[1], (n, outputs, c.u)).astype(np.uint8)
    return c.array(n, outputs, c.u), where, table, once, c.array(n, positions, c.u)


def average_pool_case(c):
    n, positions, outputs, table = c.windows()
    return c.array(n, positions, c.u), table, c.array(n, outputs, c.u)


def average_pool_gradient_case(c):
    once = c.flag()
    n, positions, outputs, table = c.windows(once)
    return c.array(n, outputs, c.u), table, once, c.array(n, positions, c.u)


def runs_of_products(c):
    """x, W, b, y and the runs of y, of dx and of dW, for a depthwise convolution."""
    (n, *sizes, _), (*kernel, _, _), (_, *out, _), geometry = c.convolution()
    runs = depthwise.runs_for(tuple(sizes), tuple(kernel), geometry)
    taps, outputs = int(np.prod(kernel)), int(np.prod(out))
    x, y = c.array(n, int(np.prod(sizes)), c.u), c.array(n, outputs, c.u)
    return x, c.array(1, taps, c.u), c.array(1, 1, c.u), y, runs


def sums_of_rows_case(c):
    """One of the three sums of a depthwise convolution."""
    x, W, b, y, (runs_y, runs_dx, runs_dW) = runs_of_products(c)
    vector = microkernel.shape(np.dtype(c.dtype).itemsize)[1]
    low = c.draw(st.sampled_from([0, -np.inf]))
    factors, into, runs = c.draw(
        st.sampled_from(
            [
                ((x, W, b), y, runs_y),
                ((y, W, b), x, runs_dx),
                ((x, y, W[:, :0]), W, runs_dW),
            ]
        )
    )
    low = low if into is y else -np.inf
    return *factors, low, runs.bounds, runs.first, runs.second, vector, into


def sequence(c, gates):
    """Options and states of a recurrent kernel: float32, finite."""
    c.dtype, c.special = "float32", None
    n, t, u = (c.draw(st.integers(1, i)) for i in (16, 3, 35))
    z, U, m = c.array(n, t, gates * u), c.array(u, gates * u) / u, c.positive(n, u)
    keep = c.random.rand(n, t) < c.draw(st.sampled_from([0.5, 1]))
    hs, cs = c.array(n, t + 1, u), c.array(n, t + 1, u)
    dy = c.array(n, c.draw(st.sampled_from([0, t])), u)
    return z, U, m, keep, hs, cs, dy, c.array(n, u), c.array(n, u)


ROWS, VECTOR = microkernel.shape(4)


def panels(U, b=None):
    return recurrent.in_panels(U, 2 * VECTOR, b)


def lstm_case(c):
    z, U, m, keep, hs, cs, *_ = sequence(c, 4)
    U = panels(U, c.array(U.shape[1]))
    return z, U, m, keep, ROWS, hs, cs, recurrent.room_for(2, U)


def lstm_gradient_case(c):
    z, U, m, keep, _, cs, dy, dh, dc = sequence(c, 4)
    gates, U = 1 / (1 + np.exp(-z)), panels(U.T)
    return gates, U, m, keep, ROWS, cs, dy, dh, dc, recurrent.room_for(2, U)


def gru_case(c):
    x, U, m, keep, hs, cs, *_ = sequence(c, 3)
    u, b, vs = len(U), c.array(U.shape[1]), cs[:, 1:].copy()
    parts = panels(U[:, : 2 * u], b[: 2 * u]), panels(U[:, 2 * u :], b[2 * u :])
    room = recurrent.room_for(3, *parts)
    return x, *parts, m, keep, c.flag(), ROWS, hs, vs, room


def gru_gradient_case(c):
    x, U, m, keep, hs, cs, dy, dh, _ = sequence(c, 3)
    u, gates, vs = len(U), 1 / (1 + np.exp(-x)), cs[:, 1:].copy()
    parts = panels(U[:, : 2 * u].T), panels(U[:, 2 * u :].T)
    room = recurrent.room_for(3, *parts)
    return gates, *parts, m, keep, c.flag(), ROWS, hs, vs, dy, dh, room


def softmax_case(c):
    c.dtype = "float32"
    return c.array(c.n, c.u), c.array(c.n, c.u)


def logits_and_probabilities(c):
    z = c.array(c.n, c.u)
    p = np.empty_like(z)
    with np.errstate(all="ignore"):
        elementwise.softmax_spec(z, p)
    return z, p


def crossentropy_case(c):
    targets = c.positive(c.n, c.u) * (c.array(c.n, c.u) > 0)
    return targets, *logits_and_probabilities(c), c.array(c.n), c.array(c.n, c.u)


def crossentropy_of_classes_case(c):
    classes = c.random.randint(0, c.u, c.n)
    return classes, *logits_and_probabilities(c), c.array(c.n), c.array(c.n, c.u)


def sums(c):
    return np.zeros(c.u), np.zeros(c.u)


CASES = {
    "warp": lambda c: (
        c.array(c.u, c.draw(st.sampled_from(LENGTHS)), c.draw(st.integers(1, 4))),
        c.random.randn(2, 3) * [1, 1, 20],
        c.draw(st.integers(0, 1)),
        c.draw(st.integers(0, 3)),
        c.number(-2, 2),
    ),
    "bias_relu": lambda c: (c.array(c.n, c.u), c.array(c.u), c.flag()),
    "relu_gradient": lambda c: (
        c.array(c.n, c.u),
        c.array(c.n, c.u),
        c.array(c.n, c.u),
        c.array(c.u),
    ),
    "dropout": lambda c: (
        c.array(c.n),
        c.draw(st.integers(0, 2**32 - 1)),
        c.number(0, 0.95),
        c.array(c.n),
    ),
    "softmax": softmax_case,
    "softmax_gradient": lambda c: (
        c.array(c.n, c.u),
        c.array(c.n, c.u),
        c.array(c.n, c.u),
    ),
    "crossentropy": crossentropy_case,
    "crossentropy_of_classes": crossentropy_of_classes_case,
    "add_rows": lambda c: (
        c.random.randint(0, 8, c.n),
        c.array(c.n, c.u),
        c.draw(st.integers(0, 4)),
        c.array(4, c.u),
    ),
    "lstm": lstm_case,
    "lstm_gradient": lstm_gradient_case,
    "gru": gru_case,
    "gru_gradient": gru_gradient_case,
    "dots": dots_case,
    "contract": contract_case,
    "convolve": convolve_case,
    "input_gradient": input_gradient_case,
    "weight_gradient": weight_gradient_case,
    "winograd": winograd_case,
    "winograd_gradient": winograd_gradient_case,
    "max_pool": max_pool_case,
    "max_pool_gradient": max_pool_gradient_case,
    "average_pool": average_pool_case,
    "average_pool_gradient": average_pool_gradient_case,
    "sums_of_rows": sums_of_rows_case,
    "moments": lambda c: (c.array(c.n, c.u), c.array(c.u), *sums(c)),
    "products": lambda c: (
        c.array(c.n, c.u),
        c.array(c.u),
        c.array(c.n, c.u),
        *sums(c),
    ),
    "scale": lambda c: (
        c.array(c.n, c.u),
        c.array(c.u),
        c.array(c.u),
        c.array(c.n, c.u),
    ),
    "mix": lambda c: (
        *(c.array(c.n, c.u) for _ in range(2)),
        *(c.array(c.u) for _ in range(3)),
        c.array(c.n, c.u),
    ),
    "sgd": lambda c: (
        *(c.array(c.n) for _ in range(3)),
        c.number(0, 1),
        c.number(0, 1),
        c.flag(),
    ),
    "rmsprop": lambda c: (
        c.array(c.n),
        c.array(c.n),
        c.positive(c.n),
        c.number(0, 1),
        c.number(0, 1),
        1e-7,
    ),
    "adagrad": lambda c: (
        c.array(c.n),
        c.array(c.n),
        c.positive(c.n),
        c.number(0, 1),
        1e-7,
    ),
    "adadelta": lambda c: (
        c.array(c.n),
        c.array(c.n),
        c.positive(c.n),
        c.positive(c.n),
        c.number(0, 1),
        c.number(0, 1),
        1e-7,
    ),
    "adam": lambda c: (
        *(c.array(c.n) for _ in range(3)),
        c.positive(c.n),
        *c.step(),
    ),
    "amsgrad": lambda c: (
        *(c.array(c.n) for _ in range(3)),
        c.positive(c.n),
        c.positive(c.n),
        *c.step(),
    ),
    "adamax": lambda c: (
        *(c.array(c.n) for _ in range(3)),
        c.positive(c.n),
        *c.step(),
    ),
    "nadam": lambda c: (
        *(c.array(c.n) for _ in range(3)),
        c.positive(c.n),
        c.number(0, 1),
        c.number(0, 1),
        *c.step(),
    ),
}


def test_every_kernel_has_a_case():
    waits = {"tell_and_wait"}  # see test_team
    assert set(CASES) == set(registry) - waits


@pytest.mark.parametrize("name", sorted(CASES))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_specification_compiled_and_uncompiled_loop_agree(name, data):
    kernel, case = registry[name], Case(data)
    args = CASES[name](case)
    with np.errstate(all="ignore"):
        expected = run(kernel.spec, args, kernel, layout="plain")
        compiled = run(kernel, args, kernel, layout=case.layout)
        uncompiled = run(kernel.loop, args, kernel, layout="plain")
    for spec, fast, slow in zip(expected, compiled, uncompiled, strict=True):
        assert_close(fast, spec, case.dtype)
        assert_close(slow, spec, case.dtype)


def run(function, args, kernel, layout):
    """What `function` returns and what it leaves in the arrays that it may write."""
    used = [
        laid_out(arg, kind, layout) if isinstance(arg, np.ndarray) else arg
        for arg, kind in zip(args, kernel.kinds.values(), strict=True)
    ]
    returned = function(*used)
    written = [a for a, k in zip(used, kernel.kinds.values(), strict=True) if k is Out]
    return written + ([] if returned is None else [returned])


def laid_out(array, kind, layout):
    """A copy: contiguous, or every second element of something, or not writable."""
    if layout == "strided" and array.ndim:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    array = array.copy()
    array.flags.writeable = kind in (Out, Room) or layout != "read-only"
    return array


def assert_close(got, expected, dtype):
    """Sums may be taken in another order: a few hundred roundings of the type used."""
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    tolerance = 300 * np.finfo(dtype).eps
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=1)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale)
