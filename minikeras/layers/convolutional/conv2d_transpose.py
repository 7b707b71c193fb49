"""Transposed convolution of pictures."""

from minikeras.layers.convolutional.transposed import TransposedConvolution


class Conv2DTranspose(TransposedConvolution):
    """Put a small picture at each place of a grid: larger pictures from smaller ones.

    Forward
        y[i s + p d, ...] gets x[i, ...] W[p, ...]^T, then b, then the activation

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over samples and places
        dW[p, ...] = sum of dz[i s + p d, ...]^T x[i, ...]
        dx = convolution of dz with W

    Shapes
        x   (n, h, w, c)         (n, c, h, w) channels_first
        W   (kh, kw, f, c)
        b   (f)
        y   (n, oh, ow, f)       oh = h s for padding 'same',
                                 oh = h s + max(kh - s, 0) for 'valid'

    Arguments
        output_padding: how much larger than necessary y is along each axis: several
            sizes lead to the same x when s > 1. None takes the smallest.
        others: as in Conv2D; strides, padding and dilation_rate are those of the
            convolution that leads from y to x.

    Example
        >>> Conv2DTranspose(8, 3, strides=2, padding="same").compute_output_shape(
        ...     (None, 7, 7, 16))
        (None, 14, 14, 8)
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
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
        )
