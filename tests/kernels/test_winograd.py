"""Winograd's algorithm: as the direct one, and how much more it rounds."""

import numpy as np
import pytest

from minikeras.kernels import convolution, winograd
from minikeras.kernels.convolution import (
    Geometry,
    Task,
    algorithm_for,
    convolve,
    input_gradient,
    use_winograd,
    weight_gradient,
)

SAME = Geometry(padding=((0, 0), (1, 1), (1, 1)))
VALID = Geometry()


def random(*shape, dtype="float32", seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(dtype)


def results(x, W, b, dy, geometry):
    """y, dx and dW."""
    return (
        convolve(x, W, b, geometry, 0.0),
        input_gradient(dy, W, None, geometry, x.shape[1:4], -np.inf),
        weight_gradient(x, dy, geometry, W.shape[:3]),
    )


def problem(n, h, w, c, f, geometry, taps=3, dtype="float32"):
    x, W, b = random(n, 1, h, w, c), random(1, taps, taps, c, f), random(f)
    sizes = geometry.output_size(x.shape[1:4], W.shape[:3])
    dy = random(n, *sizes, f, seed=1)
    return [a.astype(dtype) for a in (x, W, b, dy)]


@pytest.mark.parametrize("geometry", [SAME, VALID])
@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize(
    "n, h, w, c, f",
    [(3, 8, 9, 64, 32), (1, 9, 8, 16, 48), (8, 13, 13, 32, 16), (2, 30, 31, 32, 32)],
)
def test_as_the_direct_algorithm(geometry, taps, n, h, w, c, f):
    arrays = problem(n, h, w, c, f, geometry, taps)
    fast = results(*arrays, geometry)
    with use_winograd(False):
        plain = results(*arrays, geometry)
    for a, b in zip(fast, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


def test_threads_that_share_filters_agree_with_those_that_share_tiles(monkeypatch):
    arrays = problem(3, 13, 13, 32, 80, SAME)
    plain = results(*arrays, SAME)
    monkeypatch.setattr(winograd, "WIDE", 0)
    for a, b in zip(results(*arrays, SAME), plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize("channels", [32, 64, 128])
def test_rounding_against_float64(channels, taps):
    arrays = problem(4, 24, 24, channels, channels, SAME, taps)
    exact = results(*(a.astype("float64") for a in arrays), SAME)
    fast = results(*arrays, SAME)
    with use_winograd(False):
        plain = results(*arrays, SAME)
    for a, b, truth in zip(fast, plain, exact, strict=True):
        error, plain_error = np.abs(a - truth).max(), np.abs(b - truth).max()
        assert error < 8 * plain_error
        assert error < 3e-6 * np.abs(truth).max()


def task(**changes):
    options = dict(
        what="forward",
        dtypes=frozenset({"float32"}),
        outputs=(1, 8, 8),
        kernel=(1, 3, 3),
        reads=64,
        writes=64,
        geometry=SAME,
    )
    return Task(**{**options, **changes})


def test_which_algorithm_serves():
    assert algorithm_for(task()) == "winograd"
    assert algorithm_for(task(kernel=(1, 5, 5))) == "winograd"
    assert algorithm_for(task(kernel=(1, 7, 7))) == "direct"
    assert algorithm_for(task(kernel=(1, 3, 5))) == "direct"
    assert algorithm_for(task(outputs=(1, 2, 8))) == "direct"
    assert algorithm_for(task(reads=3)) == "direct"
    assert algorithm_for(task(writes=13)) == "direct"
    assert algorithm_for(task(geometry=Geometry(strides=(1, 2, 2)))) == "direct"
    assert algorithm_for(task(geometry=Geometry(dilation=(1, 2, 2)))) == "direct"
    assert algorithm_for(task(dtypes=frozenset({"float16"}))) == "specification"
    assert (
        algorithm_for(task(dtypes=frozenset({"float32", "float64"}))) == "specification"
    )
    assert algorithm_for(task(what="weights", kernel=(1, 1, 1))) == "direct"
    pointwise = dict(what="weights", kernel=(1, 1, 1), geometry=VALID)
    assert algorithm_for(task(**pointwise)) == "direct"
    assert algorithm_for(task(**pointwise, reads=256, writes=256)) == "product"
    assert algorithm_for(task(what="input", writes=3)) == "dot products"
    assert algorithm_for(task(writes=1)) == "dot products"
    assert algorithm_for(task(reads=13, writes=6)) == "dot products"
    assert algorithm_for(task(reads=13, writes=8)) == "direct"
    assert algorithm_for(task(reads=1, writes=1)) == "direct"
    assert algorithm_for(task(what="weights", reads=1)) == "direct"
    assert algorithm_for(task(what="weights", writes=1)) == "turned"
    few = dict(what="weights", writes=1)
    assert algorithm_for(task(**few, geometry=Geometry(strides=(1, 2, 2)))) == "direct"
    wide = Geometry(padding=((0, 0), (3, 3), (1, 1)))
    assert algorithm_for(task(**few, geometry=wide)) == "direct"
    dilated = Geometry(dilation=(1, 2, 2))
    assert algorithm_for(task(**few, geometry=dilated)) == "direct"
    assert algorithm_for(task(kernel=(1, 1, 1), reads=16, writes=3)) == "direct"
    with use_winograd(False):
        assert algorithm_for(task()) == "direct"
    assert convolution._use_winograd


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "W", "dy"])
@pytest.mark.parametrize("low", [0.0, -np.inf])
def test_nan_and_infinity_travel_as_through_the_specification(special, where, low):
    x, W, b, dy = problem(2, 9, 10, 16, 32, SAME)
    array = {"x": x, "W": W, "dy": dy}[where]
    array.flat[array.size // 3] = special
    args = (x, W, b, SAME, low)
    check_like(convolve(*args), convolution.convolve_spec(*args))
    args = (dy, W, None, SAME, x.shape[1:4], low)
    check_like(input_gradient(*args), convolution.input_gradient_spec(*args))
    args = (x, dy, SAME, W.shape[:3])
    check_like(weight_gradient(*args), convolution.weight_gradient_spec(*args))


def check_like(result, expected):
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-3)


def test_sums_that_overflow_at_the_points_only_are_computed_directly():
    x, W, b, _ = problem(1, 9, 10, 16, 32, SAME)
    x[0, 0, 4, 4] = 2e38
    expected = convolution.convolve_spec(x, W / 100, b, SAME, 0.0)
    assert np.isfinite(expected).all()
    y = convolve(x, W / 100, b, SAME, 0.0)
    np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e34)
