"""Zeros around sequences, pictures and volumes."""

import numpy as np

from minikeras.backend.common import normalize_data_format
from minikeras.layers.convolutional.border import Border, inside


class ZeroPadding(Border):
    """ZeroPadding1D, 2D and 3D.

    Forward
        y = x with zeros before and behind each spatial axis

    Backward
        dx = dy without those places
    """

    def forward(self, x):
        y = np.pad(x, self.all_pairs())
        return y, lambda dy: dy[inside(dy.shape, self.all_pairs())]


class ZeroPadding1D(ZeroPadding):
    """Zeros around sequences.

    Shapes
        x   (n, t, c)
        y   (n, before + t + behind, c)

    Arguments
        padding: one number for both ends, or (before, behind).

    Example
        >>> ZeroPadding1D(2).compute_output_shape((None, 10, 3))
        (None, 14, 3)
    """

    rank, data_format = 1, "channels_last"

    def __init__(self, padding=1, **kwargs):
        super().__init__(padding, "padding", **kwargs)
        self.padding = self.as_given()


class ZeroPadding2D(ZeroPadding):
    """Zeros around pictures.

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, top + h + bottom, left + w + right, c)

    Arguments
        padding: one number for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> ZeroPadding2D((1, 2)).compute_output_shape((None, 8, 8, 3))
        (None, 10, 12, 3)
    """

    rank = 2

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(padding, "padding", **kwargs)
        self.data_format = normalize_data_format(data_format)
        self.padding = self.as_given()


class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   the same, with longer spatial axes

    Arguments
        padding: one number for all sides, one for each axis, or three pairs
            (before, behind).
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> ZeroPadding3D(1).compute_output_shape((None, 4, 4, 4, 3))
        (None, 6, 6, 6, 3)
    """

    rank = 3

    def __init__(self, padding=(1, 1, 1), data_format=None, **kwargs):
        super().__init__(padding, "padding", **kwargs)
        self.data_format = normalize_data_format(data_format)
        self.padding = self.as_given()
