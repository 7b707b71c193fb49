"""Cells and layers of users' own, derived from the built-in ones."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    GRUCell,
    Input,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from minikeras.models import Model, Sequential
from minikeras.utils import check_gradients


class Doubled(LSTMCell):
    def call(self, inputs, states, training=None):
        y, states = super().call(inputs, states, training=training)
        return 2 * y, states


class Tripled(GRUCell):
    def call(self, inputs, states):
        y, states = super().call(inputs, states)
        return 3 * y, states


class ByHand(LSTMCell):
    """LSTMCell, written with the parts of the weights as Keras 2 named them."""

    def call(self, inputs, states, training=None):
        h, c = states
        W, U, b = self.kernel_i, self.recurrent_kernel_i, self.bias_i
        i = self.recurrent_activation(K.dot(inputs, W) + K.dot(h, U) + b)
        W, U, b = self.kernel_f, self.recurrent_kernel_f, self.bias_f
        f = self.recurrent_activation(K.dot(inputs, W) + K.dot(h, U) + b)
        W, U, b = self.kernel_c, self.recurrent_kernel_c, self.bias_c
        g = self.activation(K.dot(inputs, W) + K.dot(h, U) + b)
        W, U, b = self.kernel_o, self.recurrent_kernel_o, self.bias_o
        o = self.recurrent_activation(K.dot(inputs, W) + K.dot(h, U) + b)
        c = f * c + i * g
        h = o * self.activation(c)
        return h, [h, c]


class BeginningWithInputs(SimpleRNN):
    """The first state depends on the inputs and on a weight."""

    def build(self, input_shape):
        super().build(input_shape)
        self.first = self.add_weight("first", (input_shape[-1], self.units))

    def get_initial_state(self, inputs):
        return [K.tanh(K.dot(inputs[:, 0], self.first))]


@pytest.fixture
def x():
    return np.random.RandomState(0).randn(4, 5, 3).astype("float32")


def built(layer, like=None):
    layer.build((None, 5, 3))
    layer.built = True
    random = np.random.RandomState(1)
    weights = [random.randn(*w.shape) for w in layer.weights]
    layer.set_weights(like.get_weights() if like else weights)
    return layer


@pytest.mark.parametrize(
    "cell, layer, factor", [(Doubled(4), LSTM(4), 2), (Tripled(4), GRU(4), 3)]
)
def test_the_call_of_a_derived_cell_is_heard(cell, layer, factor, x):
    own = built(RNN(cell))
    y, _ = built(layer, like=own).forward(x)
    np.testing.assert_allclose(own.forward(x)[0], factor * y, rtol=1e-4, atol=1e-6)
    stacked = built(RNN(StackedRNNCells([type(cell)(4)])), like=own)
    np.testing.assert_allclose(stacked.forward(x)[0], factor * y, rtol=1e-4, atol=1e-6)
    check_gradients(own, x=x)


def test_weights_of_gates_have_the_names_of_keras(x):
    own = built(RNN(ByHand(4), return_sequences=True))
    layer = built(LSTM(4, return_sequences=True), like=own)
    np.testing.assert_allclose(own.forward(x)[0], layer.forward(x)[0], atol=1e-5)


def test_the_columns_of_a_gate():
    cell = GRUCell(2)
    cell.build((None, 3))
    parts = [K.eval(p) for p in (cell.kernel_z, cell.kernel_r, cell.kernel_h)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), cell.kernel.value)
    assert K.int_shape(cell.recurrent_kernel_h) == (2, 2)
    plain = LSTMCell(2, use_bias=False)
    plain.build((None, 3))
    assert plain.bias_f is None


def test_a_derived_layer_begins_with_its_own_states(x):
    layer = built(BeginningWithInputs(4, return_sequences=True))
    given = RNN(SimpleRNNCell(4), return_sequences=True)
    first = np.tanh(x[:, 0] @ layer.first.value)
    inputs = Input((5, 3)), Input((4,))
    model = Model(list(inputs), given(inputs[0], initial_state=inputs[1]))
    model.set_weights(layer.cell.get_weights())
    expected = model.predict([x, first])
    np.testing.assert_allclose(layer.forward(x)[0], expected, atol=1e-6)
    sequential = Sequential([BeginningWithInputs(4, return_sequences=True)])
    sequential.build((None, 5, 3))
    sequential.set_weights(layer.get_weights())
    np.testing.assert_allclose(sequential.predict(x), expected, atol=1e-6)
    check_gradients(layer, x=x)


class OnDoubledInputs(Bidirectional):
    def call(self, inputs, mask=None, training=None, initial_state=None):
        return super().call(2 * inputs, mask=mask, training=training)


def test_the_call_of_a_derived_wrapper_is_heard(x):
    model = Sequential([OnDoubledInputs(GRU(4), input_shape=(5, 3))])
    plain = Sequential([Bidirectional(GRU(4), input_shape=(5, 3))])
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(x), plain.predict(2 * x), atol=1e-6)


def test_bidirectional_names_its_layer():
    wrapper = Bidirectional(LSTM(4, return_sequences=True))
    assert wrapper.layer.units == 4 and wrapper.layer.return_sequences
    assert not wrapper.layer.go_backwards
