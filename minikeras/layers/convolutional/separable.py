"""What SeparableConv1D and SeparableConv2D share."""

from minikeras import constraints, initializers, regularizers
from minikeras.backend.convolution import separable_convolution
from minikeras.engine.base_layer import InputSpec
from minikeras.engine.last_activation import ends_in_activation
from minikeras.layers.convolutional.base import Filters
from minikeras.utils.checks import whole


class SeparableConvolution(Filters):
    """A depthwise convolution, then a pointwise one; see SeparableConv2D."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        depthwise_initializer,
        pointwise_initializer,
        bias_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        bias_regularizer,
        activity_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        bias_constraint,
        **kwargs,
    ):
        moves = kernel_size, strides, padding, data_format, dilation_rate
        rest = activation, use_bias, bias_initializer, bias_regularizer
        penalties = activity_regularizer, bias_constraint
        super().__init__(filters, *moves, *rest, *penalties, **kwargs)
        self.depth_multiplier = whole(depth_multiplier, "depth_multiplier")
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape):
        c = self.channels_of(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, c, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*(1,) * self.rank, c * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self.bias = self.add_bias((self.filters,))
        axis = 1 if self.data_format == "channels_first" else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: c})
        self.built = True

    @ends_in_activation
    def forward(self, x):
        D, P = self.depthwise_kernel.value, self.pointwise_kernel.value
        b = self.bias.value if self.use_bias else None
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        y, gradients = separable_convolution(x, D, P, b, self.activation, *moves)

        def backward(dy, dx_wanted=True):
            dx, dD, dP, db = gradients(dy, dx_wanted)
            self.depthwise_kernel.add_grad(dD)
            self.pointwise_kernel.add_grad(dP)
            if self.use_bias:
                self.bias.add_grad(db)
            return dx

        return y, backward
