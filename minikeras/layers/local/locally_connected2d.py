"""Pictures seen through other filters at every place."""

from minikeras.layers.local.base import LocallyConnected


class LocallyConnected2D(LocallyConnected):
    """Like Conv2D, but every place of the output has filters and a bias of its own.

    Forward
        u[o] = the window of x that output o sees, as one row
        y[o] = activation(u[o] W[o] + b[o])

    Backward
        dz = activation_backward(dy)
        db[o] = sum of dz[o]                 over samples
        dW[o] = u[o]^T dz[o]                 summed over samples
        dx gets dz[o] W[o]^T at the window of o; windows that overlap add up

    Shapes
        x   (n, h, w, c)                 (n, c, h, w) channels_first
        W   (oh ow, kh kw c, f)          f = filters
        b   (oh, ow, f)
        y   (n, oh, ow, f)

    Arguments
        padding: only 'valid'.
        others: as in Conv2D.

    Example
        >>> LocallyConnected2D(4, 3).compute_output_shape((None, 8, 8, 1))
        (None, 6, 6, 4)
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
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
        )
