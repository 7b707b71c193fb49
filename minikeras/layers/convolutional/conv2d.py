"""Convolution of pictures."""

from minikeras.layers.convolutional.base import Convolution


class Conv2D(Convolution):
    """Move small filters over a picture; each gives a picture of where it fits.

    Forward
        y[i, j] = activation(b + sum over p, q of x[i s + p d, j s + q d] W[p, q])

    Backward
        dz = activation_backward(dy)
        db = sum of dz                                    over samples and places
        dW[p, q] = sum of x[i s + p d, j s + q d]^T dz[i, j]
        dx[i s + p d, j s + q d] gets dz[i, j] W[p, q]^T

    Shapes
        x   (n, h, w, c)         n pictures, c channels;  (n, c, h, w) channels_first
        W   (kh, kw, c, f)       f filters of kh x kw
        b   (f)
        y   (n, oh, ow, f)       oh = (h - kh) // s + 1 with padding 'valid',
                                 oh = h / s, rounded up, with padding 'same'

    Arguments
        filters: number f of filters.
        kernel_size: kh and kw; one number for both.
        strides: s, how far apart neighbouring outputs look.
        padding: 'valid' (no padding) or 'same' (zeros around, so that y is as large as
            x, divided by the strides).
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: d, how far apart the taps of a filter are.
        activation: name or function; None leaves z unchanged.
        use_bias: whether b exists.
        kernel_*, bias_*: see "Weight options" in Layer.
        activity_regularizer: penalty on y.

    Example
        >>> layer = Conv2D(4, 3, activation="relu")
        >>> layer.build((None, 28, 28, 1))
        >>> y, backward = layer.forward(np.ones((2, 28, 28, 1), "float32"))
        >>> y.shape
        (2, 26, 26, 4)

    The arithmetic is in `backend.convolution` and, below it, `kernels.convolution`.
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
