"""The mean over all places."""

import numpy as np

from minikeras.backend.reduce import mean
from minikeras.layers.pooling.base import GlobalPooling


class GlobalAveragePooling(GlobalPooling):
    """GlobalAveragePooling1D, 2D and 3D.

    Forward
        y[c] = mean of x[..., c] over all places

    Backward
        dx = dy / (number of places), everywhere
    """

    def forward(self, x):
        return mean.forward(x, axis=self.axes())


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel of sequences, over the steps that the mask keeps.

    Forward
        y[c] = sum over t of m[t] x[t, c] / sum of m

    Backward
        dx[t] = m[t] dy / sum of m

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        m   (n, t)               mask; all ones without one
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalAveragePooling1D().compute_output_shape((None, 10, 3))
        (None, 3)
    """

    rank = 1

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return None

    def forward(self, x, mask=None):
        if mask is None:
            return super().forward(x)
        (axis,) = self.axes()
        m = np.expand_dims(np.asarray(mask, x.dtype), 3 - axis)
        share = m / m.sum(axis=axis, keepdims=True)
        return (x * share).sum(axis=axis), lambda dy: np.expand_dims(dy, axis) * share


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel of pictures.

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalAveragePooling2D().compute_output_shape((None, 28, 28, 3))
        (None, 3)
    """

    rank = 2

    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel of volumes.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalAveragePooling3D().compute_output_shape((None, 4, 6, 8, 3))
        (None, 3)
    """

    rank = 3

    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
