"""Longer sequences, larger pictures and volumes."""

from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.resize import repeat_axes, resize_images
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.layers.convolutional.base import SpatialLayer


class UpSampling(SpatialLayer):
    """UpSampling1D, 2D and 3D.

    Forward
        y = x with every element repeated `size` times along each spatial axis

    Backward
        dx = sum of dy over the copies of each element
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = several(size, self.rank, "size")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def factors(self):
        """How often elements are repeated along each axis."""
        return volumes.shape_of(1, self.size, 1, self.data_format)

    def compute_output_shape(self, input_shape):
        return tuple(
            None if size is None else size * factor
            for size, factor in zip(input_shape, self.factors(), strict=True)
        )

    def forward(self, x):
        return repeat_axes(x, self.factors())


class UpSampling1D(UpSampling):
    """Repeat every step of a sequence.

    Shapes
        x   (n, t, c)
        y   (n, t size, c)

    Arguments
        size: how often.

    Example
        >>> UpSampling1D(3).compute_output_shape((None, 10, 2))
        (None, 30, 2)
    """

    rank, data_format = 1, "channels_last"

    def __init__(self, size=2, **kwargs):
        super().__init__(size, **kwargs)
        self.size = self.size[0]

    def factors(self):
        return 1, self.size, 1


class UpSampling2D(UpSampling):
    """Enlarge pictures.

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        y   (n, h a, w b, c)     size = (a, b)

    Arguments
        size: whole factors for rows and columns; one number for both.
        data_format: 'channels_last' or 'channels_first'.
        interpolation: 'nearest' repeats; 'bilinear' puts straight lines between
            neighbours.

    Example
        >>> UpSampling2D((2, 3)).compute_output_shape((None, 8, 8, 3))
        (None, 16, 24, 3)
    """

    rank = 2

    def __init__(
        self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs
    ):
        super().__init__(size, **kwargs)
        self.data_format = normalize_data_format(data_format)
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                "interpolation should be one of 'nearest' or 'bilinear'; got "
                f"{interpolation!r}."
            )
        self.interpolation = interpolation

    def forward(self, x):
        return resize_images.forward(
            x, *self.size, self.data_format, self.interpolation
        )


class UpSampling3D(UpSampling):
    """Enlarge volumes by repetition.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        y   the same, with longer spatial axes

    Arguments
        size: whole factors for the three axes; one number for all.
        data_format: 'channels_last' or 'channels_first'.

    Example
        >>> UpSampling3D(2).compute_output_shape((None, 2, 3, 4, 1))
        (None, 4, 6, 8, 1)
    """

    rank = 3

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(size, **kwargs)
        self.data_format = normalize_data_format(data_format)
