"""keras.backend on NumPy: every function takes arrays, recorded and symbolic tensors."""

from minikeras.backend.common import (  # noqa: F401
    cast_to_floatx,
    epsilon,
    floatx,
    image_data_format,
    normalize_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
