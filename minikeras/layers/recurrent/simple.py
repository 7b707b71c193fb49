"""The simplest recurrent layer."""

from minikeras.backend.tape import differentiate
from minikeras.layers.recurrent.cell import Cell, masked_product
from minikeras.layers.recurrent.rnn import RecurrentLayer


class SimpleRNNCell(Cell):
    """A step of SimpleRNN.

    Forward
        z = x W + b                        for all steps at once
        h' = activation(z + h U)

    Backward, from dh' (the gradient of the loss by h')
        da = activation_backward(dh')
        dz = da
        dh = da U^T
        dU = h^T da                        added up over all steps

    Shapes
        x (n, d), h and h' (n, u), W (d, u), U (u, u), b (u,)

    Arguments: see Cell.
    """

    def step(self, z, states, masks=None):
        (h,) = states
        v, h_kept, v_backward = masked_product(h, self.recurrent_matrix(), masks)
        h_new, activation_backward = differentiate(self.activation, z + v)

        def backward(dstates):
            da = activation_backward(dstates[0])
            dh = v_backward(da)
            return da, [dh], (h_kept, da)

        return h_new, [h_new], backward

    def add_recurrent_gradient(self, h, da):
        """dU = h^T da over all steps."""
        self.add_recurrent_product(h, da)


class SimpleRNN(RecurrentLayer):
    """h_t = activation(x_t W + b + h_(t-1) U), for every time step t.

    The equations, forward and backward, are in SimpleRNNCell; the loop is in Scan.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences

    Arguments
        units, activation, use_bias, *_initializer, *_regularizer, *_constraint,
        dropout, recurrent_dropout: of the cell; see Cell.
        activity_regularizer: penalty on y.
        return_sequences, return_state, go_backwards, stateful, unroll: see RNN.

    Memory, in training
        Three arrays of (n, u) a step: z, h and what the activation keeps.

    References
        Elman (1990): Finding structure in time. Cognitive Science 14, 179-211.
    """

    cell_class = SimpleRNNCell

    def __init__(
        self,
        units,
        activation="tanh",
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
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        self._set_up(locals())
