"""Dropout of whole feature maps."""

from minikeras.backend.common import normalize_data_format
from minikeras.layers.core.dropout import Dropout


class SpatialDropout1D(Dropout):
    """Drop features at all time steps alike, instead of single numbers.

    Neighbouring steps are alike, so that one step tells what was dropped at the next;
    dropping a feature everywhere cannot be undone like that.

    Forward, Backward
        as in Dropout

    Shapes
        x, y   (n, t, d)
        m      (n, 1, d)

    Arguments
        rate: share of the features to drop.

    Example
        >>> layer = SpatialDropout1D(0.5)
        >>> y, backward = layer.forward(np.ones((2, 7, 3)), training=True)

    Reference
        Tompson, Goroshin, Jain, LeCun, Bregler (2014): Efficient Object Localization
        Using Convolutional Networks. https://arxiv.org/abs/1411.4280
    """

    def _get_noise_shape(self, x):
        return (None, 1, None)


class SpatialDropout2D(Dropout):
    """Drop whole feature maps of images; see SpatialDropout1D.

    Shapes
        x, y   (n, h, w, c)      or (n, c, h, w) for 'channels_first'
        m      (n, 1, 1, c)      or (n, c, 1, 1)

    Arguments
        rate: share of the feature maps to drop.
        data_format: 'channels_last' or 'channels_first'.
    """

    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        self.data_format = normalize_data_format(data_format)

    def _get_noise_shape(self, x):
        return _one_number_for_each_map(self.data_format, 2)


class SpatialDropout3D(Dropout):
    """Drop whole feature maps of volumes; see SpatialDropout1D.

    Shapes
        x, y   (n, h, w, d, c)      or (n, c, h, w, d) for 'channels_first'
        m      (n, 1, 1, 1, c)      or (n, c, 1, 1, 1)

    Arguments
        rate: share of the feature maps to drop.
        data_format: 'channels_last' or 'channels_first'.
    """

    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        self.data_format = normalize_data_format(data_format)

    def _get_noise_shape(self, x):
        return _one_number_for_each_map(self.data_format, 3)


def _one_number_for_each_map(data_format, axes):
    """Noise shape with size 1 along the axes of space."""
    space = (1,) * axes
    if data_format == "channels_first":
        return (None, None, *space)
    return (None, *space, None)
