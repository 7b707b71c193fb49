"""CuDNNLSTM and CuDNNGRU: LSTM and GRU with their weights laid out as CuDNN has them.

CuDNN reads the part of a kernel that belongs to one gate as a matrix of (u, rows)
numbers, whatever shape Keras gives it, and multiplies from the left. It adds two
biases.

    W_gate = (part of kernel, read as (u, d))^T
    U_gate = (part of recurrent_kernel, read as (u, u))^T
"""

import numpy as np

from minikeras.layers.recurrent.gru import GRUCell
from minikeras.layers.recurrent.lstm import LSTMCell
from minikeras.layers.recurrent.rnn import RecurrentLayer


class CuDNNWeights:
    """How cells find W and U in CuDNN's layout, and gradients go back into it."""

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            units,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def bias_shape(self):
        """Two biases, one after the other."""
        return (2 * self.gates * self.units,)

    def input_matrix(self):
        return from_cudnn(self.kernel.value, self.gates)

    def recurrent_matrix(self):
        return from_cudnn(self.recurrent_kernel.value, self.gates)

    def add_input_gradient(self, x, dz):
        self.kernel.add_grad(to_cudnn(x.T @ dz, self.gates))

    def add_recurrent_product(self, h, dz):
        self.recurrent_kernel.add_grad(to_cudnn(h.T @ dz, self.gates))


def from_cudnn(kernel, gates):
    """The matrix that inputs (or states) are multiplied by."""
    rows, wide = kernel.shape
    parts = [p.reshape(wide // gates, rows).T for p in np.split(kernel, gates, axis=1)]
    return np.concatenate(parts, axis=1)


def to_cudnn(matrix, gates):
    """The inverse of `from_cudnn`."""
    parts = np.split(matrix, gates, axis=1)
    return np.concatenate([p.T.reshape(p.shape) for p in parts], axis=1)


class CuDNNLSTMCell(CuDNNWeights, LSTMCell):
    """LSTMCell with CuDNN's weights; b is the sum of its two biases."""

    def first_bias(self, shape, dtype=None):
        """Ones for the forget gate's second bias, if wanted."""
        bias = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            bias[5 * self.units : 6 * self.units] = 1
        return bias

    def input_bias(self):
        return self.bias.value.reshape(2, -1).sum(axis=0)

    def add_bias_gradient(self, db):
        self.bias.add_grad(np.tile(db, 2))


class CuDNNGRUCell(CuDNNWeights, GRUCell):
    """GRUCell with reset_after and CuDNN's weights."""

    def __init__(self, units, *args, **kwargs):
        super().__init__(units, *args, reset_after=True, **kwargs)


class CuDNNLayer(RecurrentLayer):
    """What CuDNNLSTM and CuDNNGRU share."""

    def get_config(self):
        """Arguments of the layer; Keras's knows no `unroll` and refuses it."""
        config = super().get_config()
        config.pop("unroll")
        return config


class CuDNNLSTM(CuDNNLayer):
    """LSTM with the weights of Keras's CuDNN layer, for models that were made with it.

    It computes what LSTM computes, as fast, on the processor; see `from_cudnn` for
    where the weights stand.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences
        kernel (d, 4u), recurrent_kernel (u, 4u), bias (8u,)

    Arguments: as in LSTM; the activations are tanh and sigmoid, there is no dropout.
    """

    cell_class = CuDNNLSTMCell

    def __init__(
        self,
        units,
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
        return_state=False,
        stateful=False,
        **kwargs,
    ):
        self._set_up(locals())


class CuDNNGRU(CuDNNLayer):
    """GRU (reset_after) with the weights of Keras's CuDNN layer; see CuDNNLSTM.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences
        kernel (d, 3u), recurrent_kernel (u, 3u), bias (6u,)

    Arguments: as in GRU; the activations are tanh and sigmoid, there is no dropout.
    """

    cell_class = CuDNNGRUCell

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        stateful=False,
        **kwargs,
    ):
        self._set_up(locals())
