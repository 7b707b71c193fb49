"""Convolution of volumes."""

from minikeras.layers.convolutional.base import Convolution


class Conv3D(Convolution):
    """Move small filters through a volume (or a film); see Conv2D for the equations.

    Shapes
        x   (n, d, h, w, c)      (n, c, d, h, w) channels_first
        W   (kd, kh, kw, c, f)
        b   (f)
        y   (n, od, oh, ow, f)

    Arguments
        as in Conv2D, with three numbers for kernel_size, strides, dilation_rate.

    Example
        >>> Conv3D(4, 2).compute_output_shape((None, 8, 8, 8, 1))
        (None, 7, 7, 7, 4)
    """

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1, 1),
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
