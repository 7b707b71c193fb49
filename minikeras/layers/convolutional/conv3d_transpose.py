"""Transposed convolution of volumes."""

from minikeras.layers.convolutional.transposed import TransposedConvolution


class Conv3DTranspose(TransposedConvolution):
    """Put a small volume at each place of a grid: larger volumes from smaller ones.

    Forward
        y[i s + p d, ...] gets x[i, ...] W[p, ...]^T, then b, then the activation

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over samples and places
        dW[p, ...] = sum of dz[i s + p d, ...]^T x[i, ...]
        dx = convolution of dz with W

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        W   (kd, kh, kw, f, c)
        b   (f)
        y   (n, od, oh, ow, f)   od = d s for padding 'same',
                                 od = d s + max(kd - s, 0) for 'valid'

    Arguments
        output_padding: how much larger than necessary y is along each axis: several
            sizes lead to the same x when s > 1. None takes the smallest.
        others: as in Conv2D; strides, padding are those of the
            convolution that leads from y to x.

    Example
        >>> Conv3DTranspose(8, 2, strides=2).compute_output_shape((None, 3, 3, 3, 16))
        (None, 6, 6, 6, 8)
    """

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
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
            1,
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

    def get_config(self):
        config = super().get_config()
        del config["dilation_rate"]  # not an argument of this layer
        return config
