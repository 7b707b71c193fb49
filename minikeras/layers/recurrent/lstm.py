"""Long short-term memory."""

import numpy as np

from minikeras import activations
from minikeras.backend.tape import differentiate
from minikeras.layers.recurrent.cell import Cell, masked_product
from minikeras.layers.recurrent.fused import is_fused, lstm_loop
from minikeras.layers.recurrent.rnn import RecurrentLayer


class LSTMCell(Cell):
    """A step of LSTM.

    Forward; s is the recurrent activation, a the activation
        z = x W + b                        for all steps at once
        z_i, z_f, z_g, z_o = parts of z + h U
        i = s(z_i)                         how much to write
        f = s(z_f)                         how much to keep
        g = a(z_g)                         what to write
        o = s(z_o)                         how much to show
        c' = f c + i g
        h' = o a(c')

    Backward, from dh' and dc'
        do = dh' a(c')
        dc' += a_backward(dh' o)
        di = dc' g,  df = dc' c,  dg = dc' i
        dz = (s_backward(di), s_backward(df), a_backward(dg), s_backward(do))
        dc = dc' f
        dh = dz U^T
        dU = h^T dz                        added up over all steps

    Shapes
        x (n, d), h and c (n, u), z (n, 4u), W (d, 4u), U (u, 4u), b (4u,)

    Arguments
        recurrent_activation: s, of the three gates.
        unit_forget_bias: whether the bias of z_f begins at 1, so that the cell
            remembers at first (Jozefowicz, Zaremba, Sutskever 2015).
        implementation: 2, or 1 for dropout with a mask for each gate; else the same.
        others: see Cell.
    """

    gates = 4
    gate_names = {"kernel": "ifco", "recurrent_kernel": "ifco", "bias": "ifco"}
    state_count = 2

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        implementation=2,
        **kwargs,
    ):
        super().__init__(
            units, activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, **kwargs,
        )  # fmt: skip
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = implementation

    @property
    def mask_count(self):
        """How many dropout masks inputs and states have."""
        return self.gates if self.implementation == 1 else 1

    def first_bias(self, shape, dtype=None):
        """Ones for the forget gate, if wanted; else as the initializer says."""
        bias = super().first_bias(shape, dtype)
        if self.unit_forget_bias:
            u = self.units
            parts = [super(LSTMCell, self).first_bias((n * u,), dtype) for n in (1, 2)]
            bias = np.concatenate([parts[0], np.ones(u, bias.dtype), parts[1]])
        return bias

    def loop(self, z, states, mask, masks, every):
        if is_fused(self, LSTMCell, z, masks):
            return lstm_loop(self, z, states, mask, masks, every)
        return super().loop(z, states, mask, masks, every)

    def step(self, z, states, masks=None):
        h, c = states
        v, h_kept, v_backward = masked_product(h, self.recurrent_matrix(), masks)
        h_new, c_new, gates_backward = self.through_gates(z + v, c)

        def backward(dstates):
            dz, dc = gates_backward(*dstates)
            dh = v_backward(dz)
            return dz, [dh, dc], (h_kept, dz)

        return h_new, [h_new, c_new], backward

    def through_gates(self, z, c, axis=-1):
        """(h', c', backward) from z and c; `backward(dh', dc')` gives (dz, dc).

        The four parts of z lie along `axis`.
        """
        s, a = self.recurrent_activation, self.activation
        z_i, z_f, z_g, z_o = np.split(z, 4, axis)
        i, i_backward = differentiate(s, z_i)
        f, f_backward = differentiate(s, z_f)
        g, g_backward = differentiate(a, z_g)
        o, o_backward = differentiate(s, z_o)
        c_new = f * c + i * g
        shown, a_backward = differentiate(a, c_new)

        def backward(dh, dc):
            do = dh * shown
            dc = dc + a_backward(dh * o)
            di, df, dg = dc * g, dc * c, dc * i
            parts = i_backward(di), f_backward(df), g_backward(dg), o_backward(do)
            return np.concatenate(parts, axis), dc * f

        return o * shown, c_new, backward

    def add_recurrent_gradient(self, h, dz):
        """dU = h^T dz over all steps."""
        self.add_recurrent_product(h, dz)


class LSTM(RecurrentLayer):
    """Long short-term memory: a state c that is written, kept and shown by gates.

    The equations, forward and backward, are in LSTMCell; the loop is in Scan.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences

    Arguments
        units, activation, recurrent_activation, use_bias, *_initializer, *_regularizer,
        *_constraint, unit_forget_bias, dropout, recurrent_dropout, implementation: of
            the cell; see LSTMCell.
        activity_regularizer: penalty on y.
        return_sequences, return_state, go_backwards, stateful, unroll: see RNN.

    Memory, in training
        Six arrays of (n, u) a step: i, f, g, o, h, c; the gradients take the gates'
        place. With other activations than tanh and sigmoid, or in float64, about
        twelve. Measured (`tests/benchmarks/recurrent_memory.py`, 64 x 200 x 128, in
        arrays of (n, u) a step): 7.0 kept and 8.0 at the peak, PyTorch 7.2 and 18.5;
        with return_sequences 7.0 and 9.1, PyTorch 7.2 and 17.5.

    References
        Hochreiter, Schmidhuber (1997): Long short-term memory. Neural Computation 9.
        Gers, Schmidhuber, Cummins (2000): Learning to forget. Neural Computation 12.
    """

    cell_class = LSTMCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        self._set_up(locals())
