"""Convolution of sequences."""

from minikeras.layers.convolutional.base import Convolution


class Conv1D(Convolution):
    """Move small filters along a sequence; each gives a sequence of where it fits.

    Forward
        y[t] = activation(b + sum over p of x[t s + p d] W[p])

    Backward
        dz = activation_backward(dy)
        db = sum of dz                       over samples and steps
        dW[p] = sum of x[t s + p d]^T dz[t]
        dx[t s + p d] gets dz[t] W[p]^T

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        W   (k, c, f)            f filters of k steps
        b   (f)
        y   (n, t', f)

    Arguments
        padding: 'valid', 'same', or 'causal': zeros before the sequence only, so that
            y[t] does not look at anything later than x[t].
        others: as in Conv2D, with one number for kernel_size, strides, dilation_rate.

    Example
        >>> Conv1D(8, 3, padding="causal").compute_output_shape((None, 100, 2))
        (None, 100, 8)
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
