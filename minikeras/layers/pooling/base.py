"""What all pooling layers share."""

from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.pooling import pooling
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.layers.convolutional.base import SpatialLayer, normalize_padding


class Pooling(SpatialLayer):
    """One number for each window; see MaxPooling2D and AveragePooling2D."""

    mode = None

    def __init__(self, pool_size, strides, padding, data_format, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = several(pool_size, self.rank, "pool_size")
        strides = self.pool_size if strides is None else strides
        self.strides = several(strides, self.rank, "strides")
        self.padding = normalize_padding(padding)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape):
        sizes = volumes.spatial(input_shape, self.data_format)
        sizes = volumes.out_sizes(sizes, self.pool_size, self.strides, self.padding)
        c = volumes.channels(input_shape, self.data_format)
        return volumes.shape_of(input_shape[0], sizes, c, self.data_format)

    def forward(self, x):
        moves = self.pool_size, self.strides, self.padding, self.data_format
        return pooling(x, *moves, self.mode)


class GlobalPooling(SpatialLayer):
    """One number for each channel; see GlobalMaxPooling2D and its kin."""

    def __init__(self, data_format, **kwargs):
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def axes(self):
        """The spatial axes."""
        first = 2 if self.data_format == "channels_first" else 1
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape):
        return input_shape[0], volumes.channels(input_shape, self.data_format)
