"""Depthwise, then pointwise convolution of sequences."""

from minikeras.layers.convolutional.separable import SeparableConvolution


class SeparableConv1D(SeparableConvolution):
    """Filter each channel by itself, then mix the channels; see SeparableConv2D.

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        D   (k, c, m)            m = depth_multiplier
        P   (1, c m, f)          f = filters
        b   (f)
        y   (n, t', f)

    Arguments
        as in SeparableConv2D, with one number for kernel_size, strides, dilation_rate;
        padding may be 'causal'.

    Example
        >>> SeparableConv1D(8, 3).compute_output_shape((None, 10, 5))
        (None, 8, 8)
    """

    rank = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
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
        )
