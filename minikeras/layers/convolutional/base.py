"""What layers that move windows over pictures share."""

import itertools

import numpy as np

from minikeras import activations, constraints, initializers, regularizers
from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.convolution import convolution
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.engine.last_activation import ends_in_activation
from minikeras.utils.checks import whole


class SpatialLayer(Layer):
    """A layer on sequences, pictures or volumes: `rank` spatial axes and channels."""

    rank = None

    def __call__(self, inputs, **kwargs):
        try:
            return super().__call__(inputs, **kwargs)
        except volumes.TooSmall as error:
            raise ValueError(f"{error}\n{sizes_up_to(self, inputs)}") from None

    def channels_of(self, input_shape):
        """The number of channels; an error if it is not known."""
        channels = volumes.channels(input_shape, self.data_format)
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. Found `None` "
                f"in the input shape {tuple(input_shape)} of layer {self.name!r}."
            )
        return channels

    def add_bias(self, shape):
        """The weight `bias`, with the layer's options for it, or None."""
        if not self.use_bias:
            return None
        return self.add_weight(
            "bias",
            shape,
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )


class Filters(SpatialLayer):
    """A number of filters, how they move, and what follows: bias and activation."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        activation,
        use_bias,
        bias_initializer,
        bias_regularizer,
        activity_regularizer,
        bias_constraint,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters if filters is None else whole(filters, "filters")
        self.kernel_size = several(kernel_size, self.rank, "kernel_size")
        self.strides = several(strides, self.rank, "strides")
        self.padding = normalize_padding(padding, causal=self.rank == 1)
        self.data_format = normalize_data_format(data_format)
        self.dilation_rate = several(dilation_rate, self.rank, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape):
        sizes = volumes.spatial(input_shape, self.data_format)
        moves = self.kernel_size, self.strides, self.padding, self.dilation_rate
        sizes = volumes.out_sizes(sizes, *moves)
        return volumes.shape_of(input_shape[0], sizes, self.filters, self.data_format)


class Convolution(Filters):
    """Conv1D, Conv2D and Conv3D; see Conv2D."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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
        moves = kernel_size, strides, padding, data_format, dilation_rate
        rest = activation, use_bias, bias_initializer, bias_regularizer
        penalties = activity_regularizer, bias_constraint
        super().__init__(filters, *moves, *rest, *penalties, **kwargs)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        c = self.channels_of(input_shape)
        self.kernel = self.add_weight(
            "kernel",
            self.kernel_shape(c),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = self.add_bias((self.filters,))
        axis = 1 if self.data_format == "channels_first" else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: c})
        self.built = True

    def kernel_shape(self, channels):
        """Shape of W for a number of input channels."""
        return (*self.kernel_size, channels, self.filters)

    @ends_in_activation
    def forward(self, x):
        W, b = self.kernel.value, self.bias.value if self.use_bias else None
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        y, gradients = convolution(x, W, b, self.activation, *moves)

        def backward(dy, dx_wanted=True):
            dx, dW, db = gradients(dy, dx_wanted, self.is_trained())
            self.add_gradients(dW, db)
            return dx

        return y, backward

    def is_trained(self):
        """Whether a weight takes gradients: dW and db cost as much as dx."""
        return self.kernel.accumulate or (self.use_bias and self.bias.accumulate)

    def add_gradients(self, dW, db):
        """Give the weights their gradients, if there are any."""
        if dW is not None:
            self.kernel.add_grad(dW)
            if self.use_bias:
                self.bias.add_grad(db)


def normalize_padding(padding, causal=False):
    """'valid' or 'same' (or 'causal') in lower case; an error for anything else."""
    allowed = ("valid", "same", "causal") if causal else ("valid", "same")
    if not isinstance(padding, str) or padding.lower() not in allowed:
        raise ValueError(
            f"The `padding` argument must be one of {', '.join(map(repr, allowed))}. "
            f"Received: {padding!r}"
        )
    return padding.lower()


def sizes_up_to(layer, x):
    """A table of the sizes on the way to a layer whose input has become too small."""
    way = list(reversed(way_back(x)))
    lines = [f"    {x.shape!s:24} {name}" for x, name in way]
    sizes = [volumes.spatial(x.shape, layer.data_format) for x, _ in way if x.ndim > 2]
    steps = [key for key, _ in itertools.groupby(map(volumes.by, sizes))]
    text = "\n".join(
        [
            f"On the way to {layer.name!r}:",
            *lines,
            f"    {'too small here':24} {layer.name}",
            f"In short: {' -> '.join(steps)} -> too small at {layer.name!r}",
        ]
    )
    return text + channels_first_hint(way[0][0].shape, layer.data_format)


def way_back(x):
    """Tensors and their layers' names, from x back to an input, along first inputs."""
    way = []
    while x is not None:
        producer, node_index = getattr(x, "_keras_history", (None, None))[:2]
        way.append((x, producer.name if producer else "input"))
        node = producer._inbound_nodes[node_index] if producer else None
        x = node.input_tensors[0] if node and node.input_tensors[0] is not x else None
    return way


def channels_first_hint(shape, data_format):
    """A sentence if a shape looks as if channels came first although they come last."""
    if data_format == "channels_last" and len(shape) == 4 and shape[1] in (1, 3):
        if shape[-1] not in (1, 3, 4) and shape[-1] == shape[2]:
            return (
                f"\nThe input {tuple(shape[1:])} looks channels-first ({shape[1]} = "
                "colours?). Keras expects channels last: x = np.transpose(x, (0, 2, 3, "
                "1)), or data_format='channels_first' in every layer."
            )
    return ""


def as_pairs(value, rank, name):
    """(before, behind) for each axis, from Keras's short forms."""
    given = [value] * rank if isinstance(value, (int, np.integer)) else value
    try:
        pairs = [(v, v) if isinstance(v, (int, np.integer)) else v for v in given]
        pairs = tuple((int(before), int(behind)) for before, behind in pairs)
        if len(pairs) == rank and np.min(pairs) >= 0:
            return pairs
    except (TypeError, ValueError):
        pass
    raise ValueError(
        f"`{name}` should be one number from 0 on, {rank} numbers (one for each axis), "
        f"or {rank} pairs (before, behind). Found: {value!r}"
    )
