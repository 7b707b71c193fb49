"""The inner part of sequences, pictures and volumes."""

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.layers.convolutional.border import Border, inside


class Cropping(Border):
    """Cropping1D, 2D and 3D.

    Forward
        y = x without some places before and behind each spatial axis

    Backward
        dx = dy with zeros at those places
    """

    sign = -1

    def forward(self, x):
        y = x[inside(x.shape, self.all_pairs())]
        return y, lambda dy: np.pad(dy, self.all_pairs())


class Cropping1D(Cropping):
    """Cut off the ends of sequences.

    Shapes
        x   (n, t, c)
        y   (n, t - before - behind, c)

    Arguments
        cropping: one number for both ends, or (before, behind).

    Example
        >>> Cropping1D(2).compute_output_shape((None, 10, 3))
        (None, 6, 3)
    """

    rank, data_format = 1, "channels_last"

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(cropping, "cropping", **kwargs)
        self.cropping = self.as_given()


class Cropping2D(Cropping):
    """Cut off the ends of pictures.

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, h - top - bottom, w - left - right, c)

    Arguments
        cropping: one number for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> Cropping2D((1, 2)).compute_output_shape((None, 8, 8, 3))
        (None, 6, 4, 3)
    """

    rank = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(cropping, "cropping", **kwargs)
        self.data_format = normalize_data_format(data_format)
        self.cropping = self.as_given()


class Cropping3D(Cropping):
    """Cut off the ends of volumes.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   the same, with shorter spatial axes

    Arguments
        cropping: one number for all sides, one for each axis, or three pairs
            (before, behind).
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> Cropping3D(1).compute_output_shape((None, 4, 4, 4, 3))
        (None, 2, 2, 2, 3)
    """

    rank = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(cropping, "cropping", **kwargs)
        self.data_format = normalize_data_format(data_format)
        self.cropping = self.as_given()
