"""What Conv2DTranspose and Conv3DTranspose share."""

from minikeras.backend import volumes
from minikeras.backend.convolution import transposed_convolution
from minikeras.backend.volumes import several
from minikeras.engine.last_activation import ends_in_activation
from minikeras.layers.convolutional.base import Convolution


class TransposedConvolution(Convolution):
    """The gradient of a convolution as a layer; see Conv2DTranspose."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides,
        padding,
        output_padding,
        data_format,
        dilation_rate,
        *weight_options,
        **kwargs,
    ):
        moves = strides, padding, data_format, dilation_rate
        super().__init__(filters, kernel_size, *moves, *weight_options, **kwargs)
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = _at_least_zero(output_padding, self.rank)
            for extra, stride in zip(self.output_padding, self.strides, strict=True):
                if extra >= stride:
                    raise ValueError(
                        f"Stride {self.strides} must be greater than output padding "
                        f"{self.output_padding}"
                    )

    def kernel_shape(self, channels):
        return (*self.kernel_size, self.filters, channels)

    def compute_output_shape(self, input_shape):
        sizes = self.out_sizes(volumes.spatial(input_shape, self.data_format))
        return volumes.shape_of(input_shape[0], sizes, self.filters, self.data_format)

    def out_sizes(self, sizes):
        """Spatial sizes of y for those of x; None where x has None."""
        extra = self.output_padding or (None,) * self.rank
        moves = self.kernel_size, self.strides, self.dilation_rate
        return tuple(map(self._out_size, sizes, *moves, extra))

    def _out_size(self, size, k, stride, dilation, extra):
        if size is None:
            return None
        span = (k - 1) * dilation + 1
        same = self.padding == "same"
        if extra is None:
            return size * stride + (0 if same else max(span - stride, 0))
        cut = 2 * (span // 2) if same else 0
        return (size - 1) * stride + span - cut + extra

    @ends_in_activation
    def forward(self, x):
        W, b = self.kernel.value, self.bias.value if self.use_bias else None
        sizes = self.out_sizes(volumes.spatial(x.shape, self.data_format))
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        y, gradients = transposed_convolution(x, W, b, self.activation, sizes, *moves)

        def backward(dy, dx_wanted=True):
            dx, dW, db = gradients(dy, dx_wanted, self.is_trained())
            self.add_gradients(dW, db)
            return dx

        return y, backward


def _at_least_zero(value, rank):
    """output_padding as a tuple: like `several`, but zeros are fine."""
    try:
        plus_one = value + 1 if isinstance(value, int) else [i + 1 for i in value]
    except TypeError:  # neither a number nor a tuple of numbers
        plus_one = value
    return tuple(i - 1 for i in several(plus_one, rank, "output_padding"))
