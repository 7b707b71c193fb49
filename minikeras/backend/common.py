"""Settings that the whole library reads: float type, fuzz factor, image layout."""

import numpy as np

from minikeras.utils.checks import number

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"


def floatx():
    """The float type of new weights and of the data that a model is fed: 'float32'."""
    return _floatx


def set_floatx(floatx):
    """Choose 'float16', 'float32' or 'float64' for everything created from now on."""
    global _floatx
    if floatx not in ("float16", "float32", "float64"):
        raise ValueError(
            f"Unknown floatx type: {floatx!r}. Use 'float16', 'float32' or 'float64'."
        )
    _floatx = str(floatx)


def epsilon():
    """The small number that keeps logarithms and divisions finite: 1e-7."""
    return _epsilon


def set_epsilon(e):
    """Choose the small number that keeps logarithms and divisions finite."""
    global _epsilon
    _epsilon = float(number(e, "e", least=0))


def image_data_format():
    """'channels_last' (n, height, width, channels) or 'channels_first'."""
    return _image_data_format


def set_image_data_format(data_format):
    """Choose the image layout that layers use when they are not told one."""
    global _image_data_format
    _image_data_format = normalize_data_format(data_format)


def normalize_data_format(value):
    """`value` in lower case, the default for None; an error for anything unknown."""
    if value is None:
        return _image_data_format
    data_format = str(value).lower()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "data_format must be 'channels_first' or 'channels_last'. "
            f"Received: {value!r}"
        )
    return data_format


def cast_to_floatx(x):
    """`x` as a NumPy array of type `floatx()`; the same array if it is one already."""
    return np.asarray(x, dtype=_floatx)
