"""Long short-term memory with convolutions in the place of matrix products."""

import numpy as np

from minikeras import activations
from minikeras import backend as K
from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.convolution import conv2d
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.layers.convolutional.base import normalize_padding
from minikeras.layers.recurrent.cell import Cell
from minikeras.layers.recurrent.lstm import LSTMCell
from minikeras.layers.recurrent.rnn import RecurrentLayer


class ConvLSTM2DCell(LSTMCell):
    """A step of ConvLSTM2D.

    Forward; * is a convolution
        z = x * W + b                      for all steps at once
        h', c' = gates of z + h * U        as in LSTMCell

    Backward
        dz, dc = the gates' backward
        dh, dU = backward of h * U         dU added up over all steps
        dx, dW = backward of x * W

    Shapes
        x (n, height, width, d), h and c (n, height', width', u), u = filters
        W (kh, kw, d, 4u), U (kh, kw, u, 4u), b (4u,)

    Arguments
        filters: channels of output and states.
        kernel_size: height and width of W and U.
        strides, padding, dilation_rate: of x * W; see Conv2D. h * U has stride 1 and
            padding 'same'.
        data_format: 'channels_last' or 'channels_first'.
        others: see LSTMCell. Dropout has a mask for each gate.
    """

    mask_count = LSTMCell.gates

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        Cell.__init__(
            self, filters, activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, **kwargs,
        )  # fmt: skip
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.filters = filters
        self.kernel_size = several(kernel_size, 2, "kernel_size")
        self.strides = several(strides, 2, "strides")
        self.padding = normalize_padding(padding, causal=False)
        self.data_format = normalize_data_format(data_format)
        self.dilation_rate = several(dilation_rate, 2, "dilation_rate")
        self.channels_axis = 1 if self.data_format == "channels_first" else -1

    def get_config(self):
        config = super().get_config()
        config.pop("units", None)  # the base's name for `filters`
        return config

    def kernel_shapes(self, input_shape):
        """Shapes of W and U."""
        channels = input_shape[self.channels_axis]
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. Found `None` "
                f"in the input shape {tuple(input_shape)} of layer {self.name!r}."
            )
        wide = 4 * self.filters
        return (*self.kernel_size, channels, wide), (
            *self.kernel_size, self.filters, wide,
        )  # fmt: skip

    def state_shape(self, input_shape):
        """Shape of h and of c, for the shape of x."""
        sizes = volumes.out_sizes(
            volumes.spatial(input_shape, self.data_format),
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        return volumes.shape_of(input_shape[0], sizes, self.filters, self.data_format)

    def project(self, x, training=False):
        """z = (x m) * W for all steps at once; m drops inputs in training."""
        n, t = x.shape[:2]
        masks = self.dropout_masks("input", x[:, :1], training)
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        z, conv_backward = self.masked_conv(x, self.kernel.value, masks, moves)

        def backward(dz, dx_wanted=True):
            dz = dz.reshape(z.shape)
            dx, dW = conv_backward(dz)
            self.kernel.add_grad(dW)
            if self.use_bias:
                axis = self.channels_axis % dz.ndim
                others = tuple(i for i in range(dz.ndim) if i != axis)
                self.bias.add_grad(dz.sum(axis=others))
            return dx

        return z.reshape(n, t, *z.shape[1:]), backward

    def masked_conv(self, x, W, masks, moves):
        """x * W, or for each gate k: (x m_k) * W_k; backward(dz) gives (dx, dW).

        The frames of x (..., height, width, d), with channels first or last, become one
        batch.
        """
        masks = [1] if masks is None else masks
        axis = self.channels_axis
        made = [
            conv2d.forward((x * m).reshape(-1, *x.shape[-3:]), W_k, *moves)
            for m, W_k in zip(masks, np.split(W, len(masks), axis=-1), strict=True)
        ]

        def backward(dz):
            dzs = np.split(dz, len(masks), axis)
            pairs = [back(dz_k) for (_, back), dz_k in zip(made, dzs, strict=True)]
            dx = sum(
                d.reshape(x.shape) * m for (d, _), m in zip(pairs, masks, strict=True)
            )
            return dx, np.concatenate([dW for _, dW in pairs], axis=-1)

        return np.concatenate([z for z, _ in made], axis), backward

    def add_input_bias(self, z):
        """Add b to z (n, t, ...), in place."""
        z += self._along_channels(self.bias.value)

    def input_conv(self, x, w, b=None, padding="valid"):
        """x * w + b as the cell convolves its inputs, on tensors."""
        y = K.conv2d(x, w, self.strides, padding, self.data_format, self.dilation_rate)
        return y if b is None else K.bias_add(y, b, self.data_format)

    def recurrent_conv(self, x, w):
        """x * w as the cell convolves its state, on tensors."""
        return K.conv2d(x, w, padding="same", data_format=self.data_format)

    def _along_channels(self, b):
        return b[:, None, None] if self.channels_axis == 1 else b

    def step(self, z, states, masks=None):
        h, c = states
        moves = (1, 1), "same", self.data_format
        v, conv_backward = self.masked_conv(
            h, self.recurrent_kernel.value, masks, moves
        )
        h_new, c_new, gates_backward = self.through_gates(z + v, c, self.channels_axis)

        def backward(dstates):
            dz, dc = gates_backward(*dstates)
            dh, dU = conv_backward(dz)
            return dz, [dh, dc], (dU,)

        return h_new, [h_new, c_new], backward

    def add_recurrent_gradient(self, dU):
        """dU over all steps; those of the steps lie one under the other."""
        U = self.recurrent_kernel
        U.add_grad(dU.reshape(-1, *U.shape).sum(axis=0))


class ConvLSTM2D(RecurrentLayer):
    """LSTM on films, with convolutions in the place of matrix products.

    The equations, forward and backward, are in ConvLSTM2DCell; the loop is in Scan.

    Shapes
        x   (n, t, height, width, d), or (n, t, d, height, width) for channels_first
        y   (n, height', width', u), or (n, t, ...) with return_sequences

    Arguments
        filters, kernel_size, strides, padding, data_format, dilation_rate and all up to
        bias_constraint, dropout, recurrent_dropout: of the cell; see ConvLSTM2DCell.
        activity_regularizer: penalty on y.
        return_sequences, return_state, go_backwards, stateful: see RNN.

    Memory, in training
        14 arrays of the size of h a step: z (4), what the gates keep (8), h and c.

    References
        Shi et al. (2015): Convolutional LSTM network: a machine learning approach for
        precipitation nowcasting. https://arxiv.org/abs/1506.04214
    """

    cell_class = ConvLSTM2DCell
    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        self._set_up(locals())
        self.input_spec = [InputSpec(ndim=5)]

    def state_shapes(self, input_shape):
        frame = (input_shape[0], *input_shape[2:])
        return [self.cell.state_shape(frame)] * 2

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        states = self.state_shapes(shape)
        n, *frame = states[0]
        y = (n, shape[1], *frame) if self.return_sequences else (n, *frame)
        return [y, *states] if self.return_state else y

    def zero_states(self, inputs):
        """Zeros for each state, for these inputs (symbolic)."""
        zeros = K.zeros((*self.kernel_size, self._channels(inputs), self.filters))
        moves = self.strides, self.padding, self.data_format, self.dilation_rate
        return [K.conv2d(K.sum(inputs, axis=1) * 0, zeros, *moves)] * 2

    def _channels(self, inputs):
        return volumes.channels((None, *inputs.shape[2:]), self.data_format)
