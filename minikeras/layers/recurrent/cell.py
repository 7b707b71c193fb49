"""What the built-in cells share: arguments, dropout, a step as a layer of its own."""

import functools
import threading

import numpy as np

from minikeras import activations, constraints, initializers, regularizers
from minikeras.backend.random import drop
from minikeras.engine.base_layer import Layer
from minikeras.engine.twins import place
from minikeras.kernels import elementwise, team
from minikeras.kernels.matmul import column_sums, matmul
from minikeras.layers.recurrent.scan import Scan
from minikeras.utils.checks import share, whole

_local = threading.local()


class Cell(Layer):
    """One step of a recurrent layer; base of SimpleRNNCell, GRUCell and LSTMCell.

    A cell splits its work in two:

        project(x)           what depends on the inputs alone, for all time steps in one
                             matrix product
        step(z, states)      what depends on the step before

    and `run` puts the two together with the loop over time.

    Arguments
        units: size u of output and states.
        activation: of the output; a name or a function.
        use_bias: whether there is a bias.
        kernel_*: of the matrix that inputs are multiplied by; see "Weight options" in
            Layer. recurrent_*: of the one for states; bias_*: of the bias.
        dropout: share of the inputs to drop, the same at all time steps.
        recurrent_dropout: share of the state to drop, the same at all time steps.

    Dropout uses one mask for all gates, or one for each where `mask_count` says so.
    """

    gates = 1  # how many times `units` the kernels are wide
    gate_names = {}  # weights whose parts have names, and the letters of the gates
    state_count = 1
    mask_count = 1

    def __init_subclass__(cls, **kwargs):
        """Names for the columns of a gate, as in `self.kernel_i`, on tensors."""
        super().__init_subclass__(**kwargs)
        for weight, letters in vars(cls).get("gate_names", {}).items():
            for k, letter in enumerate(letters):
                columns = functools.partial(columns_of_gate, weight=weight, k=k)
                setattr(cls, f"{weight}_{letter}", property(columns))

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = whole(units, "units")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, share(dropout, "dropout")))
        self.recurrent_dropout = min(
            1.0, max(0.0, share(recurrent_dropout, "recurrent_dropout"))
        )
        sizes = (self.units,) * self.state_count
        self.state_size = sizes[0] if self.state_count == 1 else sizes
        self.output_size = self.units

    def build(self, input_shape):
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        kernel_shape, recurrent_shape = self.kernel_shapes(input_shape)
        self.kernel = self.add_weight(
            "kernel",
            kernel_shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel",
            recurrent_shape,
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                self.bias_shape(),
                initializer=self.first_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def kernel_shapes(self, input_shape):
        """Shapes of W and U."""
        wide = self.units * self.gates
        return (input_shape[-1], wide), (self.units, wide)

    def bias_shape(self):
        """Shape of the bias."""
        return (self.units * self.gates,)

    def first_bias(self, shape, dtype=None):
        """Initial values of the bias."""
        return self.bias_initializer(shape, dtype=dtype)

    # ---- a whole sequence -----------------------------------------------------------

    def run(self, x, states, mask=None, training=False, every=True):
        """All time steps: (outputs, last states, backward).

        `backward(dy, dstates, dx_wanted=True)` gives (dx, dstates).

        Shapes
            x            (n, t, d)
            outputs      (n, t, u), or (n, u) of the last step, unless `every`
            states       list of (n, u)
            mask         (n, t) or None
        """
        z, project_backward = self.project(x, training)
        masks = self.dropout_masks("state", states[0], training)
        outputs, last, loop_backward = self.loop(z, states, mask, masks, every)

        def backward(dy, dstates, dx_wanted=True):
            dz, dstates = loop_backward(dy, dstates)
            return project_backward(dz, dx_wanted), dstates

        return outputs, last, backward

    def loop(self, z, states, mask, masks, every):
        """All time steps, from projected inputs z (n, t, ...); masks drop states.

        It may write into z.
        """
        if self.use_bias:
            self.add_input_bias(z)
        step = Step(self, masks)
        outputs, last, scan_backward = Scan(step, every).forward(z, states, mask)

        def backward(dy, dstates):
            dz, dstates = scan_backward(dy, dstates)
            step.add_weight_gradients()
            return dz, dstates

        return outputs, last, backward

    def project(self, x, training=False):
        """z = (x m) W for all steps at once; m drops inputs in training.

        `loop` adds b; `backward` takes in its gradient too.
        """
        masks = self.dropout_masks("input", x[:, :1], training)
        z, read, product_backward = masked_product(x, self.input_matrix(), masks)

        def backward(dz, dx_wanted=True):
            rows_dz = dz.reshape(-1, dz.shape[-1])
            self.add_input_gradient(read, rows_dz)
            if self.use_bias:
                self.add_bias_gradient(column_sums(rows_dz))
            return product_backward(rows_dz) if dx_wanted else None

        return z.reshape(*x.shape[:2], z.shape[1]), backward

    def dropout_masks(self, kind, like, training):
        """Masks of the shape of `like`: one for all gates, or one for each.

        None without dropout. Inside of `SameMasks` a cell draws its masks once.

        Arguments
            kind: 'input' or 'state'.
        """
        rate = self.dropout if kind == "input" else self.recurrent_dropout
        if not training or not 0 < rate < 1:
            return None
        kept = getattr(_local, "kept", None)
        if kept is None:
            kept = {}
        if (id(self), kind) not in kept:
            masks = [mask_of_ones(like, rate) for _ in range(self.mask_count)]
            kept[id(self), kind] = masks
        return kept[id(self), kind]

    # ---- the weights as the equations use them; CuDNN's cells keep them otherwise ----

    def input_matrix(self):
        """W."""
        return self.kernel.value

    def recurrent_matrix(self):
        """U."""
        return self.recurrent_kernel.value

    def add_input_gradient(self, x, dz):
        """Take in dW = x^T dz; see `add_product_gradient`."""
        add_product_gradient(self.kernel, x, dz)

    def add_recurrent_product(self, h, dz):
        """Take in dU = h^T dz; see `add_product_gradient`."""
        add_product_gradient(self.recurrent_kernel, h, dz)

    def input_bias(self):
        """The bias that is added to the projected inputs."""
        return self.bias.value

    def add_input_bias(self, z):
        """Add it to z (n, t, ...), in place."""
        add_bias(z.reshape(-1, z.shape[-1]), self.input_bias())

    def add_bias_gradient(self, db):
        """Take in the gradient of `input_bias`."""
        self.bias.add_grad(db)

    # ---- a single step, as users and StackedRNNCells call it ------------------------

    def forward(self, x, training=False):
        """One step on [x, states ...]: ([output, states ...], backward)."""
        inputs, *states = x
        y, last, run_backward = self.run(
            inputs[:, None], states, None, training, every=False
        )

        def backward(dy):
            d_output, *dstates = dy
            dx, dstates = run_backward(d_output, dstates)
            return [dx[:, 0], *dstates]

        return [y, *last], backward

    def call(self, inputs, states, training=None):
        """One step on tensors: (output, list of states)."""
        made = place(self, Cell.forward, [inputs, *states], {"training": training})
        return made[0], list(made[1:])

    def compute_output_shape(self, input_shape):
        n = input_shape[0][0]
        return [(n, self.units)] * (1 + self.state_count)


class Step:
    """A cell's `step` in a loop: remembers what the recurrent weights' gradient needs.

    That gradient is a sum over time of h^T dz; added up once for the whole sequence it
    is one matrix product.
    """

    def __init__(self, cell, masks):
        self.cell = cell
        self.masks = masks
        self.pairs = []

    def __call__(self, z, states):
        h, states, step_backward = self.cell.step(z, states, self.masks)

        def backward(dy, dstates):
            dstates = [dstates[0] + dy, *dstates[1:]]
            dz, dstates, pairs = step_backward(dstates)
            self.pairs.append(pairs)
            return dz, dstates

        return h, states, backward

    def add_weight_gradients(self):
        """The recurrent weights' gradients over all steps."""
        if self.pairs:
            columns = list(zip(*self.pairs, strict=True))
            self.cell.add_recurrent_gradient(*map(np.concatenate, columns))


class SameMasks:
    """Inside, each cell draws dropout masks once and uses them at every call.

    For the time steps of cells inside of other cells.
    """

    def __init__(self):
        self.masks = {}

    def __enter__(self):
        self.outer, _local.kept = getattr(_local, "kept", None), self.masks

    def __exit__(self, *exc):
        _local.kept = self.outer


def masked_product(x, W, masks=None):
    """z = (x m) W, or for each gate k: z_k = (x m_k) W_k.

    Returns (z, read, backward). z has a row for each row of x; `read` holds x m, or all
    x m_k side by side, for `add_product_gradient`; backward(dz) gives dx.

    Arguments
        masks: None, one mask for all gates, or one for each.
    """
    masks = [None] if masks is None else masks
    reads = [(x if m is None else x * m).reshape(-1, x.shape[-1]) for m in masks]
    parts = apart(W, len(masks))

    def backward(dz):
        dx, dzs = None, apart(dz, len(masks))
        for m, W_k, dz_k in zip(masks, parts, dzs, strict=True):
            part = matmul(dz_k, W_k.T).reshape(x.shape)
            part = part if m is None else part * m
            dx = part if dx is None else dx + part
        return dx

    return beside(list(map(matmul, reads, parts))), beside(reads), backward


def add_product_gradient(weight, read, dz):
    """Take in dW = read^T dz, or for each gate k: dW_k = read_k^T dz_k."""
    count = read.shape[1] // weight.shape[0]
    if count == 1:
        weight.add_grad_product(read.T, dz)
    else:
        pairs = zip(apart(read, count), apart(dz, count), strict=True)
        weight.add_grad(beside([matmul(r.T, d) for r, d in pairs]))


def beside(matrices):
    """Matrices side by side as one."""
    return matrices[0] if len(matrices) == 1 else np.concatenate(matrices, axis=1)


def apart(matrix, count):
    """The `count` matrices that lie side by side in one."""
    return [matrix] if count == 1 else np.split(matrix, count, axis=1)


def add_bias(z, b):
    """Add b to every row of z, in place."""

    def part(lo, hi):
        elementwise.bias_relu(z[lo:hi], b, False)

    team.split(part, len(z), work=0.2 * z.size)


def mask_of_ones(like, rate):
    """A dropout mask of the shape of `like`."""
    seed = int(np.random.random_sample() * 2**32)
    return drop(np.ones(like.shape, like.dtype), seed, rate)


def columns_of_gate(cell, weight, k):
    """The columns of a weight that belong to gate k; None for no bias."""
    values, u = getattr(cell, weight), cell.units
    return None if values is None else values[..., k * u : (k + 1) * u]
