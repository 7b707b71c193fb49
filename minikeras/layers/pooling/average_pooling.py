"""Average pooling: the mean of the neighbourhood."""

from minikeras.layers.pooling.base import Pooling


class AveragePooling1D(Pooling):
    """The mean of each window of sequences; see AveragePooling2D.

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        y   (n, t', c)

    Arguments
        pool_size: steps of the windows.
        strides: how far apart the windows are; as far as they are long for None.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> AveragePooling1D().compute_output_shape((None, 10, 3))
        (None, 5, 3)
    """

    rank, mode = 1, "avg"

    def __init__(
        self,
        pool_size=2,
        strides=None,
        padding="valid",
        data_format="channels_last",
        **kwargs,
    ):
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class AveragePooling2D(Pooling):
    """The mean of each window of pictures.

    Forward
        y[i, j] = mean of x over the window at (i s, j s), padding left out

    Backward
        dx = dy / (places in the window), at each of its places

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, oh, ow, c)

    Arguments
        pool_size: height and width of the windows; one number for all.
        strides: how far apart the windows are; as far as they are long for None.
        padding: 'valid' (only whole windows) or 'same' (windows may reach over the
            border, where nothing counts).
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> AveragePooling2D().compute_output_shape((None, 28, 28, 3))
        (None, 14, 14, 3)
    """

    rank, mode = 2, "avg"

    def __init__(
        self,
        pool_size=(2, 2),
        strides=None,
        padding="valid",
        data_format=None,
        **kwargs,
    ):
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class AveragePooling3D(Pooling):
    """The mean of each window of volumes; see AveragePooling2D.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   (n, od, oh, ow, c)

    Arguments
        pool_size: the three sizes of the windows; one number for all.
        strides: how far apart the windows are; as far as they are long for None.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> AveragePooling3D().compute_output_shape((None, 4, 6, 8, 3))
        (None, 2, 3, 4, 3)
    """

    rank, mode = 3, "avg"

    def __init__(
        self,
        pool_size=(2, 2, 2),
        strides=None,
        padding="valid",
        data_format=None,
        **kwargs,
    ):
        super().__init__(pool_size, strides, padding, data_format, **kwargs)
