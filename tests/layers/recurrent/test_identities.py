"""What recurrent layers have in common with one another and with themselves."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.kernels import use_specs
from minikeras.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    ConvLSTM2D,
    CuDNNGRU,
    CuDNNLSTM,
    GRUCell,
    Input,
    Layer,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from minikeras.utils import custom_object_scope

KINDS = {
    "simple": (SimpleRNN, SimpleRNNCell, {}),
    "gru": (GRU, GRUCell, {}),
    "gru_after": (GRU, GRUCell, {"reset_after": True}),
    "lstm": (LSTM, LSTMCell, {}),
}
every_kind = pytest.mark.parametrize("name", KINDS)


@pytest.fixture
def x():
    return np.random.RandomState(1).randn(6, 7, 4).astype("float32")


def built(layer, shape=(None, 7, 4), like=None):
    layer.build(shape)
    layer.built = True
    random = np.random.RandomState(2)
    if like is None:
        layer.set_weights([0.5 * random.randn(*w.shape) for w in layer.weights])
    else:
        layer.set_weights(like.get_weights())
    return layer


def results(layer, *args, dy=None, **options):
    """Outputs, gradients by inputs, gradients of the weights."""
    for weight in layer.weights:
        weight.zero_grad()
    y, backward = layer.forward(*args, **options)
    y = as_list(y)
    if dy is None:
        dy = [np.random.RandomState(3).randn(*part.shape) for part in y]
    dx = as_list(backward(dy if len(dy) > 1 else dy[0]))
    return y, dx, [weight.grad.copy() for weight in layer.trainable_weights]


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def same(one, other, tolerance=2e-5):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        if isinstance(a, list):
            same(a, b, tolerance)
        else:
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@every_kind
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_kernels_equal_steps(name, return_sequences, masked, given, x):
    """float64 goes by `step`, float32 by kernels where there are some."""
    kind, _, options = KINDS[name]
    options = {**options, "return_state": True, "return_sequences": return_sequences}
    mask = np.random.RandomState(4).rand(6, 7) > 0.4 if masked else None
    fast, slow = built(kind(5, **options)), kind(5, dtype="float64", **options)
    built(slow, like=fast)
    count = len(fast.state_sizes())
    states = [np.random.RandomState(5).randn(6, 5) for _ in range(count * given)]
    inputs = [x, *states]
    floats = [a.astype("float32") for a in inputs]
    if not given:
        inputs, floats = inputs[0].astype("float64"), floats[0]
    else:
        inputs[0] = x.astype("float64")
    expected = results(slow, inputs, mask=mask)
    assert expected[0][0].dtype == "float64"
    same(results(fast, floats, mask=mask), expected)
    with use_specs():
        same(results(fast, floats, mask=mask), expected)


@every_kind
def test_recurrent_dropout_is_the_same_in_kernels_and_steps(name, x):
    kind, _, options = KINDS[name]
    options = {**options, "dropout": 0.3, "recurrent_dropout": 0.4}
    fast, slow = built(kind(5, **options)), kind(5, dtype="float64", **options)
    built(slow, like=fast)
    np.random.seed(7)
    expected = results(slow, x.astype("float64"), training=True)
    np.random.seed(7)
    same(results(fast, x, training=True), expected)


@every_kind
def test_masked_equals_truncated(name, x):
    kind, _, options = KINDS[name]
    layer = built(kind(5, return_state=True, **options))
    mask = np.ones((6, 7), bool)
    mask[:, 4:] = False
    whole, cut = results(layer, x, mask=mask), results(layer, x[:, :4])
    same(whole[0], cut[0])
    same([whole[1][0][:, :4]], cut[1])
    assert not whole[1][0][:, 4:].any()
    same(whole[2], cut[2])


@every_kind
def test_masked_steps_repeat_the_output_before(name, x):
    kind, _, options = KINDS[name]
    layer = built(kind(5, return_sequences=True, **options))
    mask = np.ones((6, 7), bool)
    mask[:, [0, 3]] = False
    y = layer.forward(x, mask=mask)[0]
    assert not y[:, 0].any()
    np.testing.assert_array_equal(y[:, 3], y[:, 2])


@every_kind
def test_unrolled_equals_looped(name, x):
    kind, _, options = KINDS[name]
    looped = built(kind(5, **options))
    unrolled = built(kind(5, unroll=True, **options), like=looped)
    same(results(unrolled, x), results(looped, x))


@pytest.mark.parametrize("name", ["gru", "gru_after", "lstm"])
def test_implementations_are_the_same(name, x):
    kind, _, options = KINDS[name]
    one = built(kind(5, implementation=1, **options))
    two = built(kind(5, implementation=2, **options), like=one)
    same(results(one, x), results(two, x))


@every_kind
def test_a_cell_in_rnn_is_the_layer(name, x):
    kind, cell, options = KINDS[name]
    layer = built(kind(5, **options))
    same(
        results(built(RNN(cell(5, **options)), like=layer), x),
        results(layer, x),
    )


@every_kind
def test_backwards_is_forwards_on_reversed_steps(name, x):
    kind, _, options = KINDS[name]
    layer = built(kind(5, **options))
    turned = built(kind(5, go_backwards=True, **options), like=layer)
    one, other = results(turned, x), results(layer, x[:, ::-1])
    same(one[0], other[0])
    same([one[1][0][:, ::-1]], other[1])
    same(one[2], other[2])


@every_kind
def test_two_halves_with_the_state_carried_are_one_sequence(name, x):
    kind, _, options = KINDS[name]
    layer = built(kind(5, return_sequences=True, return_state=True, **options))
    whole = layer.forward(x)[0]
    first, *states = layer.forward(x[:, :3])[0]
    second, *last = layer.forward([x[:, 3:], *states])[0]
    same([np.concatenate([first, second], axis=1), *last], whole)


def test_stacked_cells_are_layers_one_after_the_other(x):
    first = built(LSTM(5, return_sequences=True))
    second = built(GRU(3), shape=(None, 7, 5))
    stack = RNN([LSTMCell(5), GRUCell(3)])
    stack.build((None, 7, 4))
    stack.set_weights(first.get_weights() + second.get_weights())
    assert isinstance(stack.cell, StackedRNNCells)
    np.testing.assert_allclose(
        stack.forward(x)[0], second.forward(first.forward(x)[0])[0], atol=1e-6
    )


class OwnCell(Layer):
    """A user's cell, written with K ops: what SimpleRNNCell does."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        u = self.units
        self.kernel = self.add_weight("kernel", (input_shape[-1], u))
        self.recurrent_kernel = self.add_weight("recurrent_kernel", (u, u))
        self.bias = self.add_weight("bias", (u,))
        self.built = True

    def call(self, inputs, states):
        z = K.dot(inputs, self.kernel) + self.bias
        y = K.tanh(z + K.dot(states[0], self.recurrent_kernel))
        return y, [y]


@pytest.mark.parametrize("masked", [False, True])
def test_a_cell_of_ones_own_equals_simple_rnn(masked, x):
    mask = np.random.RandomState(4).rand(6, 7) > 0.4 if masked else None
    layer = built(SimpleRNN(5, return_sequences=True))
    own = built(RNN(OwnCell(5), return_sequences=True), like=layer)
    same(results(own, x, mask=mask), results(layer, x, mask=mask))


class WithConstant(OwnCell):
    def call(self, inputs, states, constants):
        y, states = super().call(inputs + constants[0], states)
        return y, states


def test_constants_reach_every_step_and_get_their_gradient(x):
    constant = np.random.RandomState(6).randn(6, 4).astype("float32")
    layer = built(SimpleRNN(5))
    own = built(RNN(WithConstant(5)), like=layer)
    own._num_constants = 1
    y, (dx, dconstant), dW = results(own, [x, constant])
    expected = results(layer, x + constant[:, None])
    same((y, [dx], dW), expected)
    np.testing.assert_allclose(dconstant, dx.sum(axis=1), atol=1e-5)


class MixesConstant(OwnCell):
    """A cell whose constants have a weight: build gets their shapes, too."""

    def build(self, input_shape):
        x_shape, constant_shape = input_shape
        self.mixing = self.add_weight("mixing", (constant_shape[-1], self.units))
        super().build(x_shape)

    def call(self, inputs, states, constants):
        z = K.dot(inputs, self.kernel) + K.dot(constants[0], self.mixing)
        y = K.tanh(z + K.dot(states[0], self.recurrent_kernel))
        return y, [y]

    def get_config(self):
        return {"units": self.units}


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    "wrap",
    [RNN, lambda cell: RNN([cell]), lambda cell: Bidirectional(RNN(cell))],
)
def test_a_cell_is_built_with_the_shapes_of_its_constants(wrap, given):
    with custom_object_scope({"MixesConstant": MixesConstant}):
        layer = wrap(MixesConstant(5))
    first = [Input((5,)) for _ in range(2 if isinstance(layer, Bidirectional) else 1)]
    states = first if given else None
    layer(Input((7, 4)), initial_state=states, constants=[Input((2,))])
    assert (2, 5) in [w.shape for w in layer.weights]


@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul", None])
def test_bidirectional_is_two_layers(mode, x):
    both = Bidirectional(LSTM(5, return_sequences=True), merge_mode=mode)
    built(both)
    ahead = built(LSTM(5, return_sequences=True), like=both.forward_layer)
    back = built(LSTM(5, return_sequences=True), like=both.backward_layer)
    f, b = ahead.forward(x)[0], back.forward(x[:, ::-1])[0][:, ::-1]
    expected = {
        "concat": lambda: np.concatenate([f, b], axis=-1),
        "sum": lambda: f + b,
        "ave": lambda: (f + b) / 2,
        "mul": lambda: f * b,
        None: lambda: [f, b],
    }[mode]()
    same(as_list(both.forward(x)[0]), as_list(expected))


def test_cudnn_layers_are_lstm_and_gru_with_weights_laid_out_otherwise(x):
    def other(kernel, gates):
        rows = len(kernel)
        parts = np.split(kernel, gates, axis=1)
        return np.concatenate([p.reshape(-1, rows).T for p in parts], axis=1)

    lstm = built(CuDNNLSTM(5))
    W, U, b = lstm.get_weights()
    assert b.shape == (40,)
    plain = built(LSTM(5))
    plain.set_weights([other(W, 4), other(U, 4), b[:20] + b[20:]])
    same([lstm.forward(x)[0]], [plain.forward(x)[0]])

    gru = built(CuDNNGRU(5))
    W, U, b = gru.get_weights()
    plain = built(GRU(5, reset_after=True))
    plain.set_weights([other(W, 3), other(U, 3), b.reshape(2, 15)])
    same([gru.forward(x)[0]], [plain.forward(x)[0]])


def test_conv_lstm_on_single_pixels_is_lstm(x):
    lstm = built(LSTM(5))
    conv = ConvLSTM2D(5, 1, recurrent_activation="sigmoid")
    conv.build((None, 7, 1, 1, 4))
    W, U, b = lstm.get_weights()
    conv.set_weights([W[None, None], U[None, None], b])
    y = conv.forward(x[:, :, None, None])[0]
    same([y[:, 0, 0]], [lstm.forward(x)[0]])


def test_dropout_masks_stay_the_same_over_time():
    layer = SimpleRNN(8, activation="linear", dropout=0.5, return_sequences=True)
    layer.build((None, 5, 8))
    layer.set_weights([np.eye(8), np.zeros((8, 8)), np.zeros(8)])
    y = layer.forward(np.ones((4, 5, 8), "float32"), training=True)[0]
    assert set(np.unique(y)) == {0, 2}
    assert (y == y[:, :1]).all()
    assert (layer.forward(np.ones((4, 5, 8), "float32"))[0] == 1).all()
