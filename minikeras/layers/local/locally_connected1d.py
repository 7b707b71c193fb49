"""Sequences seen through other filters at every step."""

from minikeras.layers.local.base import LocallyConnected


class LocallyConnected1D(LocallyConnected):
    """Like Conv1D, but every step has filters of its own; see LocallyConnected2D.

    Shapes
        x   (n, t, c)            (n, c, t) channels_first
        W   (t', k c, f)         f = filters
        b   (t', f)
        y   (n, t', f)

    Arguments
        as in LocallyConnected2D, with one number for kernel_size and strides.

    Example
        >>> LocallyConnected1D(4, 3).compute_output_shape((None, 8, 1))
        (None, 6, 4)
    """

    rank = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
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
