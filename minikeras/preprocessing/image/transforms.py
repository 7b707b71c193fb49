"""Changes of one image: affine maps, flips, colours.

Images are arrays (h, w, c) or, with other `row_axis`, `col_axis` and `channel_axis`,
(c, h, w). No function here writes into its argument.
"""

import math

import numpy as np

from minikeras.kernels.warp import FILL_MODES, warp
from minikeras.utils.checks import choice, number


def random_source(seed):
    """Where random numbers come from: a given RandomState, a seed, or np.random."""
    if seed is None:
        return np.random
    if hasattr(seed, "random_sample"):
        return seed
    return np.random.RandomState(seed)


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=0,
    col_axis=1,
    channel_axis=2,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """Rotate, shift, shear and zoom an image about its centre.

    Arguments
        x: image.
        theta: angle in degrees, counted against the clock as seen on the screen.
        tx, ty: shift down the rows and along the columns, in pixels: the result at
            (i, j) shows x at (i + tx, j + ty).
        shear: angle in degrees.
        zx, zy: how many pixels of x one pixel of the result spans, by rows and columns.
        row_axis, col_axis, channel_axis: which axis of x is which.
        fill_mode: what lies outside x: 'nearest' pixel, 'constant' cval, x 'reflect'ed
            at its edges, or x repeated ('wrap').
        order: 0 takes the nearest pixel, 1 interpolates linearly; 2 to 5, splines,
            need SciPy.
    """
    axes = (row_axis, col_axis, channel_axis)
    h, w = x.shape[row_axis], x.shape[col_axis]
    matrix = affine_matrix(theta, tx, ty, shear, zx, zy, h, w)
    return x if matrix is None else move(x, matrix, axes, fill_mode, cval, order)


def move(x, matrix, axes, fill_mode, cval, order):
    """Move the pixels of x by a matrix; see `warp_spec` and `apply_affine_transform`.

    axes: the axes of x that are rows, columns and channels.
    """
    mode = _fill_mode_number(fill_mode)
    if axes == (0, 1, 2):
        return _warp_any_type(x, matrix, order, mode, cval)
    y = _warp_any_type(np.moveaxis(x, axes, (0, 1, 2)), matrix, order, mode, cval)
    return np.moveaxis(y, (0, 1, 2), axes)


def affine_matrix(theta, tx, ty, shear, zx, zy, h, w):
    """(2, 3) matrix from positions in the result to positions in x; None: no change.

        rotation = | cos theta   -sin theta |       slant = | 1   -sin shear |
                   | sin theta    cos theta |               | 0    cos shear |

        linear = rotation slant diag(zx, zy)
        offset = centre + rotation (tx, ty) - linear centre

    where the centre is (h / 2 + 1/2, w / 2 + 1/2), as in Keras.
    """
    if not (theta or tx or ty or shear) and zx == 1 and zy == 1:
        return None
    cos, sin = math.cos(math.radians(theta)), math.sin(math.radians(theta))
    upright, slant = math.cos(math.radians(shear)), math.sin(math.radians(shear))
    a, b = cos * zx, (-cos * slant - sin * upright) * zy
    c, d = sin * zx, (-sin * slant + cos * upright) * zy
    ci, cj = h / 2 + 0.5, w / 2 + 0.5
    down = ci + cos * tx - sin * ty - a * ci - b * cj
    along = cj + sin * tx + cos * ty - c * ci - d * cj
    if not math.isfinite(down + along):
        raise ValueError(
            "the parameters of an affine map must be finite; got "
            f"theta={theta}, tx={tx}, ty={ty}, shear={shear}, zx={zx}, zy={zy}."
        )
    return np.array([[a, b, down], [c, d, along]])


def flipped(matrix, rows, columns, h, w):
    """The matrix of a map followed by flips: j turns into w - 1 - j, and i likewise."""
    matrix = matrix.copy()
    if rows:
        matrix[:, 2] += (h - 1) * matrix[:, 0]
        matrix[:, 0] *= -1
    if columns:
        matrix[:, 2] += (w - 1) * matrix[:, 1]
        matrix[:, 1] *= -1
    return matrix


def _fill_mode_number(fill_mode):
    return FILL_MODES.index(choice(fill_mode, "fill_mode", FILL_MODES))


def _warp_any_type(image, matrix, order, mode, cval):
    """Warp floats as they are, and integers in float64, rounded in the end."""
    if order not in (0, 1):
        return _warp_splines(image, matrix, order, mode, cval)
    floats = image if image.dtype in (np.float32, np.float64) else image.astype(float)
    y = warp(np.ascontiguousarray(floats), matrix, order, mode, float(cval))
    if np.issubdtype(image.dtype, np.integer):
        y = np.trunc(y + np.copysign(0.5, y))
    return y.astype(image.dtype, copy=False)


def _warp_splines(image, matrix, order, mode, cval):
    try:
        from scipy.ndimage import affine_transform
    except ImportError as error:
        raise ImportError(
            f"interpolation by splines (order={order}) needs SciPy: pip install scipy. "
            "Orders 0 (nearest pixel) and 1 (linear) do not."
        ) from error
    settings = {"order": order, "mode": FILL_MODES[mode], "cval": cval}
    linear, offset = matrix[:, :2], matrix[:, 2]
    channels = np.moveaxis(image, 2, 0)
    moved = [affine_transform(c, linear, offset, **settings) for c in channels]
    return np.stack(moved, axis=2)


def flip_axis(x, axis):
    """x in the opposite order along one axis (a view)."""
    return np.flip(x, axis)


def apply_channel_shift(x, intensity, channel_axis=0):
    """Add `intensity` to all pixels, kept between the smallest and largest of x."""
    return np.clip(x + intensity, x.min(), x.max()).astype(x.dtype, copy=False)


def apply_brightness_shift(x, brightness, channel_axis=-1):
    """Multiply whole numbers 0..255 by `brightness`; an alpha channel stays.

    As in Keras, x is first spread over 0..255 (see `array_to_img`), and the result is
    float32 between 0 and 255 whatever the range of x was.
    """
    levels = spread_over_bytes(np.asarray(x, np.float32)).astype(np.uint8)
    levels = levels.astype(np.float32)
    y = np.trunc(np.clip(levels * np.float32(brightness), 0, 255))
    if x.shape[channel_axis] == 4:
        alpha = [slice(None)] * x.ndim
        alpha[channel_axis] = 3
        y[tuple(alpha)] = levels[tuple(alpha)]
    return y


def spread_over_bytes(x):
    """x, shifted up if it has negative values, then scaled to a maximum of 255."""
    x = x + max(-x.min(), 0)
    largest = x.max()
    return x / largest * 255 if largest else x


def random_rotation(
    x,
    rg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Rotate by an angle drawn from -rg to rg degrees. See `apply_affine_transform`."""
    theta = _either_way(rg, "rg")
    settings = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, *settings)


def random_shift(
    x,
    wrg,
    hrg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Shift by up to a share wrg of the width and hrg of the height."""
    tx = _either_way(hrg, "hrg") * x.shape[row_axis]
    ty = _either_way(wrg, "wrg") * x.shape[col_axis]
    settings = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, *settings)


def random_shear(
    x,
    intensity,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Shear by an angle drawn from -intensity to intensity degrees."""
    shear = _either_way(intensity, "intensity")
    settings = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, *settings)


def random_zoom(
    x,
    zoom_range,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Zoom rows and columns by two factors drawn from zoom_range = (low, high)."""
    low, high = pair("zoom_range", zoom_range)
    zx, zy = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
    settings = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, *settings)


def random_channel_shift(x, intensity_range, channel_axis=0):
    """Add a number drawn from -intensity_range to intensity_range to all pixels."""
    intensity = _either_way(intensity_range, "intensity_range")
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(x, brightness_range):
    """Multiply by a number drawn from brightness_range = (low, high)."""
    low, high = pair("brightness_range", brightness_range, least=0)
    return apply_brightness_shift(x, np.random.uniform(low, high))


def _either_way(limit, name):
    """A number drawn from -limit to limit."""
    return np.random.uniform(-number(limit, name), limit)


def pair(name, value, least=-math.inf):
    """`value` as two numbers, or an error that names the argument."""
    if np.ndim(value) != 1 or len(value) != 2:
        raise ValueError(f"`{name}` must be two numbers (low, high); got {value!r}.")
    for each in value:
        number(each, name, least)
    return value
