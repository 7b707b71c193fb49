"""The largest value over all places."""

from minikeras.backend.reduce import max
from minikeras.layers.pooling.base import GlobalPooling


class GlobalMaxPooling(GlobalPooling):
    """GlobalMaxPooling1D, 2D and 3D.

    Forward
        y[c] = max of x[..., c] over all places

    Backward
        dx = dy, at the largest value; shared evenly among equals
    """

    def forward(self, x):
        return max.forward(x, axis=self.axes())


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest value of each channel of sequences.

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalMaxPooling1D().compute_output_shape((None, 10, 3))
        (None, 3)
    """

    rank = 1

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest value of each channel of pictures.

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalMaxPooling2D().compute_output_shape((None, 28, 28, 3))
        (None, 3)
    """

    rank = 2

    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest value of each channel of volumes.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   (n, c)

    Arguments
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> GlobalMaxPooling3D().compute_output_shape((None, 4, 6, 8, 3))
        (None, 3)
    """

    rank = 3

    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
