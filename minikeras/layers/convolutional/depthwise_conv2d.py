"""Convolution of each channel by itself."""

from minikeras import activations, constraints, initializers, regularizers
from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.convolution import depthwise_convolution
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.engine.last_activation import ends_in_activation
from minikeras.layers.convolutional.base import SpatialLayer, normalize_padding
from minikeras.utils.checks import whole


class DepthwiseConv2D(SpatialLayer):
    """Filter every channel of a picture with filters of its own.

    Forward
        y[i, j, c m + k] = activation(b + sum over p, q of
                                      x[i s + p d, j s + q d, c] W[p, q, c, k])

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over samples and places
        dW[p, q, c, k] = sum of x[i s + p d, j s + q d, c] dz[i, j, c m + k]
        dx[i s + p d, j s + q d, c] gets dz[i, j, c m + k] W[p, q, c, k], for all k

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        W   (kh, kw, c, m)       m = depth_multiplier
        b   (c m)
        y   (n, oh, ow, c m)

    Arguments
        kernel_size, strides, padding, data_format, dilation_rate: as in Conv2D.
        depth_multiplier: number m of filters for each channel.
        activation, use_bias, activity_regularizer: as in Conv2D.
        depthwise_*, bias_*: see "Weight options" in Layer.

    Example
        >>> DepthwiseConv2D(3, padding="same").compute_output_shape((None, 8, 8, 5))
        (None, 8, 8, 5)
    """

    rank = 2

    def __init__(
        self,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.kernel_size = several(kernel_size, 2, "kernel_size")
        self.strides = several(strides, 2, "strides")
        self.padding = normalize_padding(padding)
        self.depth_multiplier = whole(depth_multiplier, "depth_multiplier")
        self.data_format = normalize_data_format(data_format)
        self.dilation_rate = several(dilation_rate, 2, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=4)

    def build(self, input_shape):
        c = self.channels_of(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, c, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.bias = self.add_bias((c * self.depth_multiplier,))
        axis = 1 if self.data_format == "channels_first" else -1
        self.input_spec = InputSpec(ndim=4, axes={axis: c})
        self.built = True

    def compute_output_shape(self, input_shape):
        sizes = volumes.spatial(input_shape, self.data_format)
        moves = self.kernel_size, self.strides, self.padding, self.dilation_rate
        sizes = volumes.out_sizes(sizes, *moves)
        c = volumes.channels(input_shape, self.data_format) * self.depth_multiplier
        return volumes.shape_of(input_shape[0], sizes, c, self.data_format)

    @ends_in_activation
    def forward(self, x, training=False):
        W, b = self.depthwise_kernel.value, self.bias.value if self.use_bias else None
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        y, gradients = depthwise_convolution(x, W, b, self.activation, *moves)

        def backward(dy, dx_wanted=True):
            dx, dW, db = gradients(dy, dx_wanted)
            self.depthwise_kernel.add_grad(dW)
            if self.use_bias:
                self.bias.add_grad(db)
            return dx

        return y, backward
