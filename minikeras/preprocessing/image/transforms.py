"""Changes of one image: affine maps, flips, colours.

Images are arrays (h, w, c) or, with other `row_axis`, `col_axis` and `channel_axis`,
(c, h, w). No function here writes into its argument.
"""

import functools

import numpy as np

from minikeras.kernels.warp import FILL_MODES, warp


def random_source(seed):
    """Where random numbers come from: a given RandomState, a seed, or np.random."""
    if seed is None:
        return np.random
    if isinstance(seed, np.random.RandomState):
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
    h, w = x.shape[row_axis], x.shape[col_axis]
    matrix = affine_matrix(theta, tx, ty, shear, zx, zy, h, w)
    if matrix is None:
        return x
    axes = (row_axis, col_axis, channel_axis)
    image = np.moveaxis(x, axes, (0, 1, 2))
    moved = _warp_any_type(image, matrix, order, _fill_mode_number(fill_mode), cval)
    return np.moveaxis(moved, (0, 1, 2), axes)


def affine_matrix(theta, tx, ty, shear, zx, zy, h, w):
    """(2, 3) matrix from positions in the result to positions in x; None: no change.

    matrix = centre . rotation . shift . shear . zoom . centre^-1, for columns
    (i, j, 1), where the centre lies at (h / 2 + 1/2, w / 2 + 1/2) as in Keras.
    """
    factors = []
    if theta:
        cos, sin = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
        factors.append(_matrix([cos, -sin, 0], [sin, cos, 0]))
    if tx or ty:
        factors.append(_matrix([1, 0, tx], [0, 1, ty]))
    if shear:
        cos, sin = np.cos(np.deg2rad(shear)), np.sin(np.deg2rad(shear))
        factors.append(_matrix([1, -sin, 0], [0, cos, 0]))
    if zx != 1 or zy != 1:
        factors.append(_matrix([zx, 0, 0], [0, zy, 0]))
    if not factors:
        return None
    matrix = _about_centre(functools.reduce(np.dot, factors), h, w)[:2]
    if not np.isfinite(matrix).all():
        raise ValueError(
            "the parameters of an affine map must be finite; got "
            f"theta={theta}, tx={tx}, ty={ty}, shear={shear}, zx={zx}, zy={zy}."
        )
    return matrix


def _matrix(*rows):
    return np.array([*rows, [0, 0, 1]], dtype=float)


def _about_centre(matrix, h, w):
    ci, cj = h / 2 + 0.5, w / 2 + 0.5
    there, back = _matrix([1, 0, ci], [0, 1, cj]), _matrix([1, 0, -ci], [0, 1, -cj])
    return there @ matrix @ back


def _fill_mode_number(fill_mode):
    if fill_mode not in FILL_MODES:
        raise ValueError(f"`fill_mode` must be one of {FILL_MODES}; got {fill_mode!r}.")
    return FILL_MODES.index(fill_mode)


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
    theta = np.random.uniform(-rg, rg)
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
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
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
    shear = np.random.uniform(-intensity, intensity)
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
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(x, brightness_range):
    """Multiply by a number drawn from brightness_range = (low, high)."""
    low, high = pair("brightness_range", brightness_range)
    return apply_brightness_shift(x, np.random.uniform(low, high))


def pair(name, value):
    """`value` as two numbers, or an error that names the argument."""
    if np.ndim(value) != 1 or len(value) != 2:
        raise ValueError(f"`{name}` must be two numbers (low, high); got {value!r}.")
    return value
