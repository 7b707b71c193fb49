"""Initial states, returned states, states kept between batches; configurations."""

import json

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import layers
from minikeras.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    ConvLSTM2D,
    Dense,
    GRUCell,
    Input,
    LSTMCell,
    Masking,
    SimpleRNN,
)
from minikeras.models import Model, Sequential, model_from_json

KINDS = [SimpleRNN, GRU, LSTM]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def x():
    return np.random.RandomState(1).randn(4, 6, 3).astype("float32")


def stateful(kind, **options):
    shape = (4, 3, 3)
    return Sequential([kind(5, stateful=True, batch_input_shape=shape, **options)])


@every_kind
def test_a_stateful_layer_goes_on_where_it_stopped(kind, x):
    model = stateful(kind)
    plain = Sequential([kind(5, input_shape=(6, 3))])
    plain.set_weights(model.get_weights())
    model.predict(x[:, :3], batch_size=4)
    second = model.predict(x[:, 3:], batch_size=4)
    np.testing.assert_allclose(second, plain.predict(x), atol=1e-6)


@every_kind
def test_reset_states_begins_afresh(kind, x):
    model = stateful(kind)
    first = model.predict(x[:, :3], batch_size=4)
    assert np.abs(model.predict(x[:, :3], batch_size=4) - first).max() > 1e-4
    model.reset_states()
    np.testing.assert_array_equal(model.predict(x[:, :3], batch_size=4), first)


def test_reset_states_to_given_arrays(x):
    model = stateful(LSTM)
    layer = model.layers[0]
    states = [np.full((4, 5), 0.3, "float32"), np.full((4, 5), -0.2, "float32")]
    layer.reset_states(states)
    y = model.predict(x[:, :3], batch_size=4)
    np.testing.assert_array_equal(y, layer.forward([x[:, :3], *states])[0])
    with pytest.raises(ValueError, match="expects 2 states.*received 1"):
        layer.reset_states([states[0]])
    with pytest.raises(ValueError, match=r"has shape \(4, 5\).*\(4, 2\)"):
        layer.reset_states([states[0], np.zeros((4, 2))])


def test_reset_states_needs_a_stateful_layer():
    with pytest.raises(AttributeError, match="must be stateful"):
        LSTM(3).reset_states()


def test_training_carries_states_from_batch_to_batch(x):
    model = stateful(LSTM)
    model.compile("sgd", "mse")
    model.fit(x[:, :3], np.zeros((4, 5)), batch_size=4, epochs=1, verbose=0)
    h, c = (state.value for state in model.layers[0].states)
    assert h.any() and c.any()


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_initial_states_are_tensors_of_a_model(kind, x):
    inputs, h = Input((6, 3)), Input((5,))
    count = len(kind(5).state_sizes())
    states = [h] + [Dense(5, use_bias=False)(h) for _ in range(count - 1)]
    layer = kind(5, return_state=True)
    y, *last = layer(inputs, initial_state=states)
    model = Model([inputs, h], [y, *last])
    h_values = np.random.RandomState(2).randn(4, 5).astype("float32")
    dense = [d.get_weights()[0] for d in model.layers if isinstance(d, Dense)]
    given = [h_values, *(h_values @ W for W in dense)]
    expected = layer.forward([x, *given])[0]
    for got, wanted in zip(model.predict([x, h_values]), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch([x, h_values], [np.ones((4, 5))] * (count + 1))
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))
    again = model_from_json(model.to_json())
    again.set_weights(before)
    model.set_weights(before)
    np.testing.assert_allclose(
        again.predict([x, h_values])[0], model.predict([x, h_values])[0], atol=1e-6
    )


def test_the_wrong_number_of_initial_states():
    with pytest.raises(ValueError, match="expects 2 states"):
        LSTM(5)(Input((6, 3)), initial_state=[Input((5,))])


def test_states_of_bidirectional(x):
    layer = Bidirectional(LSTM(5, return_state=True))
    layer.build((None, 6, 3))
    y, *states = layer.forward(x)[0]
    assert y.shape == (4, 10) and [s.shape for s in states] == [(4, 5)] * 4
    np.testing.assert_array_equal(y, np.concatenate([states[0], states[2]], axis=1))
    once = layer.forward([x, *states])[0][0]
    ahead = layer.forward_layer.forward([x, *states[:2]])[0][0]
    np.testing.assert_array_equal(once[:, :5], ahead)
    with pytest.raises(ValueError, match="should be a list containing the states"):
        layer.forward([x, states[0]])


def test_a_stateful_bidirectional_layer(x):
    layer = Bidirectional(GRU(5, stateful=True), batch_input_shape=(4, 6, 3))
    model = Sequential([layer])
    first = model.predict(x, batch_size=4)
    assert np.abs(model.predict(x, batch_size=4) - first).max() > 1e-4
    model.reset_states()
    np.testing.assert_array_equal(model.predict(x, batch_size=4), first)


def test_states_are_carried_with_constants_too(x):
    cell = GRUCell(5)
    layer = RNN([cell], stateful=True)
    steps, constant = Input(batch_shape=(4, 6, 3)), Input(batch_shape=(4, 2))
    model = Model([steps, constant], layer(steps, constants=constant))
    model.compile("sgd", "mse")
    given, y = [x, np.ones((4, 2))], np.zeros((4, 5))
    first = model.train_on_batch(given, y)
    expected = cell.run(x, [K.get_value(layer.states[0])], every=False)[0]
    assert model.train_on_batch(given, y) == pytest.approx(np.square(expected).mean())
    assert first != pytest.approx(np.square(expected).mean(), rel=1e-3)


def test_a_stateful_film():
    film = np.random.RandomState(1).randn(2, 3, 4, 4, 1).astype("float32")
    layer = ConvLSTM2D(2, 2, stateful=True, batch_input_shape=(2, 3, 4, 4, 1))
    model = Sequential([layer])
    assert [s.shape for s in layer.states] == [(2, 3, 3, 2)] * 2
    first = model.predict(film, batch_size=2)
    assert np.abs(model.predict(film, batch_size=2) - first).max() > 1e-4


CONFIGURED = [
    SimpleRNN(3, recurrent_regularizer="l2", go_backwards=True),
    GRU(3, reset_after=True, implementation=1, activity_regularizer="l1"),
    LSTM(3, unit_forget_bias=False, kernel_constraint="max_norm", unroll=True),
    RNN([LSTMCell(3), GRUCell(2)], return_sequences=True),
    Bidirectional(LSTM(3, return_sequences=True), merge_mode="ave"),
    layers.CuDNNGRU(3, return_state=True),
]


@pytest.mark.parametrize("layer", CONFIGURED, ids=lambda layer: layer.name)
def test_configurations_and_weights_go_round(layer, x):
    layer.build((None, 6, 3))
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    again.build((None, 6, 3))
    assert json.dumps(again.get_config()) == json.dumps(layer.get_config())
    again.set_weights(layer.get_weights())
    one, other = again.forward(x)[0], layer.forward(x)[0]
    one, other = (y[0] if isinstance(y, list) else y for y in (one, other))
    np.testing.assert_array_equal(one, other)


def test_penalties_and_constraints_reach_the_weights(x):
    model = Sequential([LSTM(3, kernel_regularizer="l2", input_shape=(6, 3))])
    assert len(model.losses) == 1
    constrained = LSTM(3, recurrent_constraint="non_neg", input_shape=(6, 3))
    model = Sequential([constrained])
    model.compile("sgd", "mse")
    model.train_on_batch(x, np.zeros((4, 3)))
    assert (constrained.get_weights()[1] >= 0).all()


def test_nan_is_not_hidden(x):
    x[0, 2, 1] = np.nan
    for kind in (LSTM, GRU):
        layer = kind(3)
        layer.build((None, 6, 3))
        y = layer.forward(x)[0]
        assert np.isnan(y[0]).all() and np.isfinite(y[1:]).all()


@pytest.mark.parametrize("wrap", [lambda layer: layer, Bidirectional])
@every_kind
def test_masks_and_initial_states_together(kind, wrap, x):
    """Steps masked at the end change nothing, whatever states the layer began with."""
    x = x.copy()
    x[:, 4:] = 0
    layer = wrap(kind(5))
    count = (2 if kind is LSTM else 1) * (2 if wrap is Bidirectional else 1)
    given = [np.full((4, 5), 0.1 * (i + 1), "float32") for i in range(count)]
    first = [Input((5,)) for _ in given]
    long, short = Input((6, 3)), Input((4, 3))
    masked = Model([long, *first], layer(Masking()(long), initial_state=first))
    cut = Model([short, *first], layer(short, initial_state=first))
    expected = cut.predict([x[:, :4], *given])
    np.testing.assert_allclose(masked.predict([x, *given]), expected, atol=1e-6)
    masked.compile("sgd", "mse")
    assert masked.train_on_batch([x, *given], expected) < 1e-10


@every_kind
def test_initial_states_from_variables(kind, x):
    """They are numbers that belong to no layer: no input of the model, no weight."""
    count = 2 if kind is LSTM else 1
    values = [np.full((4, 5), 0.2 * (i + 1), "float32") for i in range(count)]
    layer = kind(5)
    inputs, states = Input(batch_shape=(4, 6, 3)), [Input((5,)) for _ in values]
    fixed = Model(inputs, layer(inputs, initial_state=[K.variable(v) for v in values]))
    free = Model([inputs, *states], layer(inputs, initial_state=states))
    expected = free.predict([x, *values], batch_size=4)
    np.testing.assert_allclose(fixed.predict(x, batch_size=4), expected, atol=1e-6)
    fixed.compile("sgd", "mse")
    before = layer.get_weights()
    fixed.train_on_batch(x, np.zeros((4, 5)))
    assert np.abs(layer.get_weights()[0] - before[0]).max() > 1e-5


def test_a_built_layer_knows_its_number_of_features():
    layer = LSTM(5)
    layer(Input((6, 3)))
    with pytest.raises(ValueError, match="lstm"):
        layer(Input((6, 4)))


@pytest.mark.parametrize("kind", [layers.CuDNNGRU, layers.CuDNNLSTM])
def test_configurations_of_cudnn_layers_hold_nothing_that_keras_refuses(kind):
    layer = kind(3, go_backwards=True)
    assert "unroll" not in layer.get_config() and layer.get_config()["go_backwards"]
    assert kind.from_config(layer.get_config()).get_config() == layer.get_config()
