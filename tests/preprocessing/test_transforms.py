"""Affine maps, flips and colours of one image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.kernels.warp import FILL_MODES
from minikeras.preprocessing import image
from minikeras.preprocessing.image.transforms import affine_matrix, flipped, move

sizes = st.integers(1, 9)
angles = st.floats(-360, 360)
shifts = st.floats(-20, 20)
zooms = st.floats(0.1, 5)


def picture(*shape, seed=0):
    return np.random.RandomState(seed).randint(0, 256, shape).astype("float32")


@given(sizes, sizes, st.integers(1, 4), angles, shifts, shifts, zooms, zooms, st.data())
def test_maps_equal_those_of_scipy(h, w, c, theta, tx, ty, zx, zy, data):
    ndimage = pytest.importorskip("scipy.ndimage")
    x = picture(h, w, c)
    mode = data.draw(st.sampled_from(FILL_MODES))
    order = data.draw(st.integers(0, 1))
    matrix = affine_matrix(theta, tx, ty, 10, zx, zy, h, w)
    positions = matrix[:, :2] @ np.indices((h, w)).reshape(2, -1) + matrix[:, 2:]
    if is_ambiguous(positions, order, (h, w)):
        return
    got = move(x, matrix, (0, 1, 2), mode, 5.0, order)
    for k in range(c):
        settings = {"order": order, "mode": mode, "cval": 5.0}
        expected = ndimage.affine_transform(
            x[..., k], matrix[:, :2], matrix[:, 2], **settings
        )
        np.testing.assert_allclose(got[..., k], expected, atol=255 * 1e-5)


def is_ambiguous(positions, order, size):
    """Whether rounding decides what a pixel shows: it lies on a border, or between."""
    steps = 2 * positions if order == 0 else positions
    return (np.abs(steps - np.round(steps)) < 1e-7).any() or 1 in size


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("order", [0, 1, 3])
def test_a_shift_by_whole_pixels_moves_them_unchanged(fill_mode, order):
    x = picture(7, 6, 3)
    y = image.apply_affine_transform(x, tx=2, ty=-1, fill_mode=fill_mode, order=order)
    np.testing.assert_allclose(y[:5, 1:], x[2:, :-1], atol=1e-3)


@given(sizes, sizes, st.integers(1, 4), angles)
def test_channels_first_images_are_moved_alike(h, w, c, theta):
    x = picture(h, w, c)
    axes = {"row_axis": 1, "col_axis": 2, "channel_axis": 0}
    last = image.apply_affine_transform(x, theta=theta, tx=1.5)
    first = image.apply_affine_transform(
        x.transpose(2, 0, 1), theta=theta, tx=1.5, **axes
    )
    np.testing.assert_array_equal(first.transpose(1, 2, 0), last)


@given(sizes, sizes, st.booleans(), st.booleans(), angles)
def test_a_flip_folded_into_the_map_equals_a_flip_after_it(h, w, rows, columns, theta):
    x = picture(h, w, 3)
    matrix = affine_matrix(theta, 1.7, 0.3, 5, 1.2, 0.9, h, w)
    after = move(x, matrix, (0, 1, 2), "nearest", 0, 1)
    after = after[::-1] if rows else after
    after = after[:, ::-1] if columns else after
    folded = flipped(matrix, rows, columns, h, w)
    got = move(x, folded, (0, 1, 2), "nearest", 0, 1)
    np.testing.assert_allclose(got, after, atol=1e-2)


def test_four_quarter_turns_of_a_large_disc_give_it_back():
    i, j = np.indices((21, 21)) - 11
    x = np.where(i**2 + j**2 < 64, picture(21, 21), 0)[..., None]
    y = x
    for _ in range(4):
        y = image.apply_affine_transform(y, theta=90, fill_mode="constant")
    np.testing.assert_allclose(y, x, atol=1e-3)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float16", "float64"])
def test_images_keep_their_type(dtype):
    x = picture(8, 8, 3).astype(dtype)
    y = image.apply_affine_transform(x, theta=10)
    expected = image.apply_affine_transform(x.astype("float64"), theta=10)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected, atol=0.5)


def test_nothing_is_written_into_the_image():
    x = picture(6, 6, 3)
    x.flags.writeable = False
    image.apply_affine_transform(x, theta=10)
    image.apply_brightness_shift(x, 0.5)
    image.apply_channel_shift(x, 20)
    assert image.apply_affine_transform(x) is x


@pytest.mark.parametrize("fill_mode", ["mirror", "edge", None])
def test_unknown_fill_modes_are_named(fill_mode):
    with pytest.raises(ValueError, match="`fill_mode` must be one of"):
        image.apply_affine_transform(picture(4, 4, 1), theta=3, fill_mode=fill_mode)


@pytest.mark.parametrize("name", ["theta", "tx", "ty", "shear", "zx", "zy"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_maps_that_are_not_finite_are_refused(name, value):
    with pytest.raises(ValueError, match="finite|math domain"):
        image.apply_affine_transform(picture(4, 4, 1), **{name: value})


def test_splines_without_scipy_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.ndimage", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        image.apply_affine_transform(picture(4, 4, 1), theta=3, order=3)


@given(st.floats(-300, 300))
def test_a_channel_shift_stays_within_the_values_of_the_image(intensity):
    x = picture(5, 5, 3)
    y = image.apply_channel_shift(x, intensity)
    assert y.min() >= x.min() and y.max() <= x.max()


@given(st.floats(0, 4))
def test_brightness_multiplies_colours_and_leaves_alpha(brightness):
    x = picture(4, 4, 4)
    x[0, 0, 0] = 255
    y = image.apply_brightness_shift(x, brightness)
    np.testing.assert_array_equal(y[..., 3], x[..., 3])
    expected = np.minimum(x[..., :3] * brightness, 255)
    assert np.abs(y[..., :3] - expected).max() <= 1


@pytest.mark.parametrize("value", [3, (1,), (1, 2, 3)])
def test_ranges_that_are_no_pairs_are_named(value):
    with pytest.raises(ValueError, match="`zoom_range` must be two numbers"):
        image.random_zoom(picture(4, 4, 1), value)
    with pytest.raises(ValueError, match="`brightness_range` must be two numbers"):
        image.random_brightness(picture(4, 4, 1), value)


@pytest.mark.parametrize(
    "function, amount",
    [
        (image.random_rotation, (40,)),
        (image.random_shift, (0.2, 0.2)),
        (image.random_shear, (20,)),
        (image.random_zoom, ((0.5, 2),)),
    ],
)
def test_random_maps_are_alike_for_channels_first_and_last(function, amount):
    x = picture(8, 9, 3)
    np.random.seed(1)
    last = function(x, *amount, row_axis=0, col_axis=1, channel_axis=2)
    np.random.seed(1)
    first = function(x.transpose(2, 0, 1), *amount)
    np.testing.assert_array_equal(first.transpose(1, 2, 0), last)
    assert (last != x).any()
