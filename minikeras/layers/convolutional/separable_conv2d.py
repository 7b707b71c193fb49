"""Depthwise, then pointwise convolution of pictures."""

from minikeras.layers.convolutional.separable import SeparableConvolution


class SeparableConv2D(SeparableConvolution):
    """Filter each channel by itself, then mix the channels at each place.

    With c channels and f filters, this takes k k c m + c m f multiplications for each
    place in place of the k k c f of Conv2D.

    Forward
        u = depthwise convolution of x with D           see DepthwiseConv2D
        y = activation(b + u P)                          a 1x1 convolution

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over samples and places
        dP = u^T dz                          summed over samples and places
        du = dz P^T
        dD, dx: see DepthwiseConv2D, with du

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        D   (kh, kw, c, m)       m = depth_multiplier
        P   (1, 1, c m, f)       f = filters
        b   (f)
        y   (n, oh, ow, f)

    Arguments
        depth_multiplier: number m of filters for each channel.
        depthwise_*, pointwise_*, bias_*: see "Weight options" in Layer.
        others: as in Conv2D.

    Example
        >>> SeparableConv2D(8, 3).compute_output_shape((None, 8, 8, 5))
        (None, 6, 6, 8)

    References
        Chollet (2017): Xception: deep learning with depthwise separable convolutions.
        https://arxiv.org/abs/1610.02357
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
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
