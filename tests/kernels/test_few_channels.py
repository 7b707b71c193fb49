"""Convolutions with few channels: dot products, and gradients by W turned around."""

import numpy as np
import pytest

from minikeras.kernels import direct, dots, team, workspace
from minikeras.kernels.convolution import (
    Geometry,
    convolve_spec,
    input_gradient_spec,
    weight_gradient,
    weight_gradient_spec,
)

SAME = Geometry(padding=((0, 0), (2, 2), (2, 2)))
MOVES = [
    SAME,
    Geometry(),
    Geometry(padding=((1, 0), (0, 3), (2, 0))),
    Geometry(strides=(1, 2, 3), padding=((0, 1), (2, 2), (1, 3))),
    Geometry(strides=(2, 4, 6)),
    Geometry(dilation=(1, 2, 3), padding=((0, 0), (2, 2), (1, 1))),
]


def random(*shape, dtype="float32", seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(dtype)


def close(result, expected):
    tolerance = 300 * np.finfo(result.dtype).eps
    scale = np.abs(expected[np.isfinite(expected)]).max()
    np.testing.assert_allclose(result, expected, tolerance, tolerance * scale)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("channels", [13, 16, 40])
@pytest.mark.parametrize("geometry", MOVES)
def test_dot_products_are_convolutions_and_their_gradients(geometry, channels, dtype):
    x, b = random(3, 2, 19, 40, channels, dtype=dtype), random(2, dtype=dtype)
    W = random(1, 5, 4, channels, 2, dtype=dtype)
    args = W, b, geometry, 0.0
    y = dots.convolve(x, *args)
    close(y, convolve_spec(x, *args))
    sizes = (2, 19, 40)
    dy = random(3, *y.shape[1:4], channels, dtype=dtype)
    args = np.ascontiguousarray(W.swapaxes(3, 4)), b, geometry, sizes, -np.inf
    close(dots.input_gradient(dy, *args), input_gradient_spec(dy, *args))


@pytest.mark.parametrize("pictures", [1, 2, 5])
def test_threads_share_pictures_or_the_tiles_of_one(pictures):
    x, W = random(pictures, 1, 64, 64, 32), random(1, 5, 5, 32, 3)
    work = dots.NANOSECONDS * x.size * W[..., 0].size * 3 / 32
    assert work > team.ENOUGH
    close(
        dots.convolve(x, W, None, SAME, -np.inf),
        convolve_spec(x, W, None, SAME, -np.inf),
    )


def test_a_room_begins_with_a_line_of_the_cache():
    for room in dots._rooms(3, (7, 5), np.float32):
        assert room.ctypes.data % workspace.LINE == 0


@pytest.mark.parametrize("geometry", MOVES[:3])
def test_a_turned_gradient_is_the_gradient_by_W(geometry):
    x, dy = random(3, 2, 9, 12, 16), None
    sizes = geometry.output_size(x.shape[1:4], (2, 5, 4))
    dy = random(3, *sizes, 3, seed=1)
    args = x, dy, geometry, (2, 5, 4)
    close(direct.turned_weight_gradient(*args), weight_gradient_spec(*args))


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "dy"])
@pytest.mark.parametrize("place", [0, -1])
def test_nan_and_infinity_are_not_turned(special, where, place):
    x, dy = random(2, 1, 9, 12, 16), random(2, 1, 9, 12, 3, seed=1)
    {"x": x, "dy": dy}[where].flat[place] = special
    args = x, dy, SAME, (1, 5, 5)
    assert direct.turned_weight_gradient(*args) is None
    with np.errstate(all="ignore"):
        close(weight_gradient(*args), weight_gradient_spec(*args))


@pytest.mark.parametrize("columns", [1, 3, 13, 20, 40, 100])
def test_ragged_columns_leave_no_trace_outside(columns):
    x, W = random(2, 1, 5, 7, 3), random(1, 3, 3, 3, columns)
    geometry = Geometry(padding=((0, 0), (1, 1), (1, 1)))
    around = np.full(2 * 35 * columns + 200, 7, "float32")
    y = around[100:-100].reshape(2, 1, 5, 7, columns)
    padded = direct.padded(x, geometry.padding)
    direct._correlate(padded, W, None, -np.inf, y, (1, 1, 1), (1, 1, 1))
    close(y, convolve_spec(x, W, None, geometry, -np.inf))
    assert (around[:100] == 7).all() and (around[-100:] == 7).all()
