"""Layers derived from Recurrent, as scripts wrote them before there were cells."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import ConvRecurrent2D, Masking, Recurrent, SimpleRNN, recurrent
from minikeras.models import Sequential

DECODER_IN_KERAS = [0.26447621, 0.26443139]  # recorded from Keras 2.3.1


class Mine(Recurrent):
    """SimpleRNN, with the inputs multiplied for all steps at once."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.states = [None]

    def build(self, input_shape):
        u = self.units
        self.W = self.add_weight("W", (input_shape[-1], u), initializer="uniform")
        self.U = self.add_weight("U", (u, u), initializer="orthogonal")
        self.b = self.add_weight("b", (u,), initializer="zeros")
        self.built = True

    def preprocess_input(self, inputs, training=None):
        return K.dot(inputs, self.W)

    def get_constants(self, inputs, training=None):
        return [K.ones_like(inputs)[:, 0, :1]]

    def step(self, inputs, states):
        h, one = states
        h = K.tanh(inputs + K.dot(h * one, self.U) + self.b)
        return h, [h]


@pytest.fixture
def x():
    x = np.random.RandomState(0).rand(4, 5, 3).astype("float32")
    x[1, 3:] = 0
    return x


@pytest.mark.parametrize(
    "options", [{}, {"return_sequences": True}, {"go_backwards": 1}]
)
def test_a_step_of_ones_own_predicts_and_learns_as_simple_rnn(options, x):
    found, weights = [], None
    for kind in (Mine, SimpleRNN):
        layers = [Masking(input_shape=(5, 3)), kind(6, **options)]
        model = Sequential(layers)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile("sgd", "mse")
        y = model.predict(x)
        loss = model.train_on_batch(x, np.zeros_like(y))
        found.append([y, loss, *model.get_weights()])
    for mine, expected in zip(*found, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-6)


class Decoder(Recurrent):
    """Attention as it was written before there were cells.

    `call` keeps tensors for the steps, and the first states are made of the inputs.
    """

    def __init__(self, units, output_dim, **kwargs):
        super().__init__(**kwargs)
        self.units, self.output_dim = units, output_dim
        self.return_sequences, self.states = True, [None, None]

    def build(self, input_shape):
        d, u, v = input_shape[-1], self.units, self.output_dim
        self.time = input_shape[1]
        for name, shape in {"U": (d, u), "S": (d, u), "O": (d, v), "R": (v, u)}.items():
            setattr(self, name, self.add_weight(name, shape, initializer="uniform"))
        self.built = True

    def call(self, inputs):
        self.read, self.looked_up = inputs, K.dot(inputs, self.U)
        return super().call(inputs)

    def get_initial_state(self, inputs):
        y = K.tile(K.sum(0 * inputs, axis=(1, 2))[:, None], [1, self.output_dim])
        return [y, K.tanh(K.dot(inputs[:, 0], self.S))]

    def step(self, x, states):
        y, s = states
        weight = K.softmax(K.sum(K.repeat(s, self.time) * self.looked_up, axis=-1))
        seen = K.batch_dot(weight, self.read, axes=1)
        s = K.tanh(K.dot(y, self.R) + s)
        y = K.softmax(K.dot(seen, self.O) + K.sum(s, axis=-1, keepdims=True) * y)
        return y, [y, s]

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.output_dim)


def test_steps_use_tensors_that_call_and_get_initial_state_made(x):
    model = Sequential([Decoder(6, 2, input_shape=(5, 3))])
    random = np.random.RandomState(1)
    model.set_weights([random.uniform(-1, 1, w.shape) for w in model.weights])
    model.compile("sgd", "mse")
    losses = [model.train_on_batch(x, np.ones((4, 5, 2))) for _ in range(2)]
    np.testing.assert_allclose(losses, DECODER_IN_KERAS, rtol=1e-5)


def test_the_old_place_of_the_base_class():
    assert recurrent.Recurrent is Recurrent


def test_stateful(x):
    model = Sequential([Mine(6, stateful=True, batch_input_shape=(4, 5, 3))])
    first, second = model.predict(x), model.predict(x)
    assert np.abs(first - second).max() > 0.01
    model.reset_states()
    np.testing.assert_allclose(model.predict(x), first, rtol=1e-6)


def test_a_step_is_needed(x):
    with pytest.raises(NotImplementedError, match="step"):
        Recurrent().step(x, [])


def test_shapes_and_configuration_of_films():
    layer = ConvRecurrent2D(3, 2, strides=2, return_sequences=True)
    assert layer.compute_output_shape((2, 7, 8, 8, 1)) == (2, 7, 4, 4, 3)
    again = ConvRecurrent2D.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
