"""What LocallyConnected1D and LocallyConnected2D share."""

import math

from minikeras import activations, constraints, initializers, regularizers
from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.local import local_convolution
from minikeras.backend.tape import differentiate
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.engine.last_activation import ends_in_activation
from minikeras.layers.convolutional.base import SpatialLayer, normalize_padding
from minikeras.utils.checks import whole


class LocallyConnected(SpatialLayer):
    """A convolution with other filters at every place; see LocallyConnected2D."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = whole(filters, "filters")
        self.kernel_size = several(kernel_size, self.rank, "kernel_size")
        self.strides = several(strides, self.rank, "strides")
        self.padding = normalize_padding(padding)
        if self.padding != "valid":
            raise ValueError(
                f"Invalid border mode for {type(self).__name__} (only 'valid' is "
                f"supported): {padding!r}. Put ZeroPadding{self.rank}D before it."
            )
        self.data_format = normalize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def build(self, input_shape):
        c, sizes = self.channels_of(input_shape), self.out_sizes(input_shape)
        if None in sizes:
            raise ValueError(
                "The spatial dimensions of the inputs to a "
                f"{type(self).__name__} layer should be fully-defined, but the layer "
                f"received the input shape {tuple(input_shape)}: it has filters for "
                "every place."
            )
        self.kernel = self.add_weight(
            "kernel",
            (math.prod(sizes), math.prod(self.kernel_size) * c, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = self.add_bias((*sizes, self.filters))
        axis = 1 if self.data_format == "channels_first" else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: c})
        self.built = True

    def out_sizes(self, input_shape):
        """Spatial sizes of y."""
        sizes = volumes.spatial(input_shape, self.data_format)
        return volumes.out_sizes(sizes, self.kernel_size, self.strides, "valid")

    def compute_output_shape(self, input_shape):
        sizes = self.out_sizes(input_shape)
        return volumes.shape_of(input_shape[0], sizes, self.filters, self.data_format)

    @ends_in_activation
    def forward(self, x):
        # With channels_first the bias is reshaped, not transposed, as in Keras: its
        # numbers belong to other places, but saved weights keep their meaning.
        W = self.kernel.value
        moves = self.kernel_size, self.strides, self.data_format
        z, gradients = local_convolution(x.astype(W.dtype, copy=False), W, *moves)
        if self.use_bias:
            z = z + self.bias.value.reshape(1, *z.shape[1:])
        y, activation_backward = differentiate(self.activation, z)

        def backward(dy):
            dz = activation_backward(dy)
            dx, dW = gradients(dz)
            self.kernel.add_grad(dW)
            if self.use_bias:
                self.bias.add_grad(dz.sum(axis=0).reshape(self.bias.shape))
            return dx

        return y, backward
