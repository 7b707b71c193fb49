"""The gated recurrent unit."""

import numpy as np

from minikeras import activations
from minikeras.backend.tape import differentiate
from minikeras.kernels.matmul import column_sums, matmul
from minikeras.layers.recurrent.cell import Cell, apart, masked_product
from minikeras.layers.recurrent.fused import gru_loop, is_fused
from minikeras.layers.recurrent.rnn import RecurrentLayer


class GRUCell(Cell):
    """A step of GRU.

    Forward; s is the recurrent activation, a the activation
        x_z, x_r, x_h = parts of x W + b   for all steps at once
        v = h U + b'                       b' = 0 unless reset_after
        z = s(x_z + v_z)                   how much to keep
        r = s(x_r + v_r)                   how much of the past to look at
        q = a(x_h + (r h) U_h)             or, with reset_after, a(x_h + r v_h)
        h' = z h + (1 - z) q
    with recurrent_dropout h m stands for h everywhere; with implementation 1 each gate
    has an m of its own, and z h stays

    Backward, from dh'
        dz = dh' (h - q),  dq = dh' (1 - z)
        dx_h = a_backward(dq)
        dr = (dx_h U_h^T) h                or, with reset_after, dx_h v_h
        dx_z = s_backward(dz),  dx_r = s_backward(dr)
        dh = dh' z + dx_z U_z^T + dx_r U_r^T + r (dx_h U_h^T)
                                           or, with reset_after, ... + (dx_h r) U_h^T
        dU = h^T (dx_z, dx_r) and (r h)^T dx_h, or h^T (dx_z, dx_r, dx_h r)

    Shapes
        x (n, d), h (n, u), W (d, 3u), U (u, 3u), b (3u,), or (2, 3u) for (b, b')

    Arguments
        recurrent_activation: s, of the two gates.
        reset_after: whether r acts after the product with U_h (as in CuDNN), and not
            before it.
        implementation: 2, or 1 for dropout with a mask for each gate; else the same.
        others: see Cell.
    """

    gates = 3
    gate_names = {"kernel": "zrh", "recurrent_kernel": "zrh"}

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        reset_after=False,
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
        self.implementation = implementation
        self.reset_after = reset_after

    def bias_shape(self):
        """Two rows with reset_after: one for the inputs, one for the state."""
        wide = (self.units * 3,)
        return (2, *wide) if self.reset_after else wide

    def bias_rows(self):
        """b, and b' with reset_after, as rows of one array."""
        return self.bias.value.reshape(-1, 3 * self.units)

    def input_bias(self):
        """The bias that is added to the projected inputs."""
        return self.bias_rows()[0]

    def add_bias_gradient(self, db, row=0):
        """Take in db, or with row=1 db'."""
        gradient = np.zeros_like(self.bias_rows())
        gradient[row] = db
        self.bias.add_grad(gradient.reshape(self.bias.shape))

    @property
    def mask_count(self):
        """How many dropout masks inputs and states have."""
        return self.gates if self.implementation == 1 else 1

    def loop(self, z, states, mask, masks, every):
        if is_fused(self, GRUCell, z, masks):
            return gru_loop(self, z, states[0], mask, masks, every)
        return super().loop(z, states, mask, masks, every)

    def step(self, x, states, masks=None):
        return (self._step_after if self.reset_after else self._step_before)(
            x, states, masks
        )

    def _gates(self, x, v):
        """z and r with their backwards; x and v hold the parts for both."""
        s, u = self.recurrent_activation, self.units
        z, z_backward = differentiate(s, x[:, :u] + v[:, :u])
        r, r_backward = differentiate(s, x[:, u : 2 * u] + v[:, u : 2 * u])
        return z, r, z_backward, r_backward

    def _kept(self, h, masks):
        """(h as z keeps it, what it is multiplied by for that, masks of the rest).

        One mask for all gates drops states everywhere; masks of the gates leave z h.
        """
        if masks is None or len(masks) > 1:
            return h, 1, masks
        return h * masks[0], masks[0], None

    def _step_before(self, x, states, masks):
        """r acts on h before the product with U_h."""
        h, m, masks = self._kept(states[0], masks)
        u, U = self.units, self.recurrent_matrix()
        masks_zr, m_h = (masks[:2], masks[2]) if masks else (None, 1)
        v, h_kept, v_backward = masked_product(h, U[:, : 2 * u], masks_zr)
        z, r, z_backward, r_backward = self._gates(x, v)
        rh = r * h * m_h
        q, q_backward = differentiate(
            self.activation, x[:, 2 * u :] + rh @ U[:, 2 * u :]
        )

        def backward(dstates):
            (dh_new,) = dstates
            dx_h = q_backward(dh_new * (1 - z))
            drh = dx_h @ U[:, 2 * u :].T * m_h
            dx_z, dx_r = z_backward(dh_new * (h - q)), r_backward(drh * h)
            dx_zr = np.concatenate([dx_z, dx_r], axis=1)
            dh = dh_new * z + v_backward(dx_zr) + r * drh
            dx = np.concatenate([dx_zr, dx_h], axis=1)
            return dx, [dh * m], (h_kept, rh, dx)

        h_new = z * h + (1 - z) * q
        return h_new, [h_new], backward

    def _step_after(self, x, states, masks):
        """r acts on v_h, after the product with U_h."""
        h, m, masks = self._kept(states[0], masks)
        u = self.units
        v, h_kept, v_backward = masked_product(h, self.recurrent_matrix(), masks)
        if self.use_bias:
            v += self.bias_rows()[1]
        z, r, z_backward, r_backward = self._gates(x, v)
        v_h = v[:, 2 * u :]
        q, q_backward = differentiate(self.activation, x[:, 2 * u :] + r * v_h)

        def backward(dstates):
            (dh_new,) = dstates
            dx_h = q_backward(dh_new * (1 - z))
            dx_zr = z_backward(dh_new * (h - q)), r_backward(dx_h * v_h)
            dv = np.concatenate([*dx_zr, dx_h * r], axis=1)
            dh = dh_new * z + v_backward(dv)
            return np.concatenate([*dx_zr, dx_h], axis=1), [dh * m], (h_kept, dv)

        h_new = z * h + (1 - z) * q
        return h_new, [h_new], backward

    def add_recurrent_gradient(self, h, second, dx=None):
        """dU over all steps, and db' with reset_after.

        Arguments
            h: what U is multiplied by (rows), with dropout; see `masked_product`.
            second: dv with reset_after; else r h, what U_h is multiplied by.
            dx: gradient of the projected inputs, without reset_after.
        """
        u = self.units
        if self.reset_after:
            self.add_recurrent_product(h, second)
            if self.use_bias:
                self.add_bias_gradient(column_sums(second), row=1)
        else:
            reads = apart(h, h.shape[1] // u)
            dzs = [*apart(dx[:, : 2 * u], len(reads)), dx[:, 2 * u :]]
            dU = [matmul(r.T, d) for r, d in zip([*reads, second], dzs, strict=True)]
            self.recurrent_kernel.add_grad(np.concatenate(dU, axis=1))


class GRU(RecurrentLayer):
    """Gated recurrent unit: a state that is kept or overwritten by one gate.

    The equations, forward and backward, are in GRUCell; the loop is in Scan.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences

    Arguments
        units, activation, recurrent_activation, use_bias, *_initializer, *_regularizer,
        *_constraint, dropout, recurrent_dropout, implementation, reset_after: of the
            cell; see GRUCell.
        activity_regularizer: penalty on y.
        return_sequences, return_state, go_backwards, stateful, unroll: see RNN.

    Memory, in training
        Five arrays of (n, u) a step: z, r, q, h, and r h (or h U_h with reset_after).
        With other activations than tanh and sigmoid, or in float64, about ten.
        Measured (`tests/benchmarks/recurrent_memory.py`, 64 x 200 x 128, in arrays of
        (n, u) a step): 5.0 kept and 6.0 at the peak, PyTorch 9.0 and 12.0; with
        return_sequences 5.0 and 7.1, PyTorch 9.0 and 13.2.

    References
        Cho et al. (2014): Learning phrase representations using RNN encoder-decoder.
        https://arxiv.org/abs/1406.1078
    """

    cell_class = GRUCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=False,
        **kwargs,
    ):
        self._set_up(locals())
