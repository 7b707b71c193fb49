"""Every kernel three ways: specification, compiled loop, uncompiled loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikeras.kernels import (
    Out,
    elementwise,  # noqa: F401  (it registers its kernels)
    optimizers,  # noqa: F401
    registry,
)

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

    def step(self):
        """Learning rate, two decay rates, epsilon."""
        return self.number(0, 1), self.number(0, 0.99), self.number(0, 0.99), 1e-7


CASES = {
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
    "softmax": lambda c: (c.array(c.n, c.u), c.array(c.n, c.u)),
    "softmax_gradient": lambda c: (
        c.array(c.n, c.u),
        c.array(c.n, c.u),
        c.array(c.n, c.u),
    ),
    "crossentropy": lambda c: (
        c.positive(c.n, c.u),
        c.array(c.n, c.u) ** 2 + 0.1,
        1e-7,
        c.array(c.n),
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
    waits = {"wait_for_change"}  # see test_team
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
        assert_close(fast, spec)
        assert_close(slow, spec)


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
    array.flags.writeable = kind is Out or layout != "read-only"
    return array


def assert_close(got, expected):
    """Sums may be taken in another order: a few dozen roundings of float32 or 64."""
    assert got.dtype == expected.dtype
    tolerance = 300 * np.finfo(expected.dtype).eps
    finite = np.abs(expected[np.isfinite(expected)])
    scale = finite.max() if finite.size else 1
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale)
