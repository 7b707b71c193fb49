"""Mistakes with sequences, and when they are reported."""

import warnings

import numpy as np
import pytest

from minikeras.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Conv2D,
    Dense,
    Embedding,
    Input,
    Layer,
    TimeDistributed,
)
from minikeras.models import Model, Sequential


def test_samples_that_do_not_fill_stateful_batches_are_refused_before_training():
    layer = LSTM(3, stateful=True, batch_input_shape=(4, 5, 2))
    model = Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="(?s)10.*samples.*[Bb]atch size.*4"):
        model.fit(np.zeros((10, 5, 2)), np.zeros((10, 1)), batch_size=4, verbose=0)
    with pytest.raises(ValueError, match="(?s)batch.*4"):
        model.fit(np.zeros((12, 5, 2)), np.zeros((12, 1)), batch_size=6, verbose=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_stateful_layer_without_a_batch_size():
    with pytest.raises(ValueError, match="needs to know its batch size"):
        Sequential([LSTM(3, stateful=True, input_shape=(5, 2))])


def test_two_dimensions_are_no_sequence():
    with pytest.raises(ValueError, match=r"(?s)expected ndim=3, found ndim=2.*time"):
        LSTM(3)(Input((4,)))


def test_stacked_layers_need_whole_sequences():
    with pytest.raises(ValueError, match="return_sequences=True"):
        Sequential([LSTM(3, input_shape=(5, 2)), GRU(3)])


def test_words_outside_the_table():
    model = Sequential([Embedding(10, 4, input_length=3), LSTM(3), Dense(1)])
    model.compile("sgd", "mse")
    words = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]])
    message = "token 10 at row 2, column 2.*accepts 0..9.*= 11"
    with pytest.raises(ValueError, match=message):
        model.fit(words, np.zeros((3, 1)), verbose=0)
    with pytest.raises(ValueError, match="token -1"):
        model.predict(-np.ones((2, 3)))


def test_what_is_no_cell():
    with pytest.raises(ValueError, match="`cell` should have a `call` method"):
        RNN("lstm")


def stateful_model():
    model = Sequential([LSTM(3, stateful=True, batch_input_shape=(5, 4, 2)), Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("samples, share, found", [(10, 0.2, 8), (11, 0.1, 11)])
def test_parts_of_a_split_must_fill_stateful_batches(samples, share, found):
    model, x, y = stateful_model(), np.ones((samples, 4, 2)), np.ones((samples, 1))
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"Found: {found} samples"):
        model.fit(x, y, 5, validation_split=share, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_batches_of_another_size_are_told_the_right_one():
    with pytest.raises(ValueError, match="'lstm_.*batches of 5.*batch_size=5"):
        stateful_model().predict(np.ones((10, 4, 2)))
    with pytest.raises(ValueError, match="Found: 1 samples.*set_weights"):
        stateful_model().predict(np.ones((1, 4, 2)))


def test_shuffled_samples_of_a_stateful_model_are_told_once():
    model, x, y = stateful_model(), np.ones((10, 4, 2)), np.ones((10, 1))
    with pytest.warns(UserWarning, match="stateful.*shuffle=False"):
        model.fit(x, y, batch_size=5, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(x, y, batch_size=5, verbose=0)
        stateful_model().fit(x, y, batch_size=5, shuffle=False, verbose=0)
        stateful_model().fit(x[:5], y[:5], batch_size=5, verbose=0)


def test_words_of_the_validation_are_checked_before_training():
    model = Sequential([Embedding(10, 4, input_length=3), LSTM(3), Dense(1)])
    model.compile("sgd", "mse")
    before, words = model.get_weights(), np.ones((4, 3))
    with pytest.raises(ValueError, match="token 11 at row 0"):
        held = 11 * words, np.ones((4, 1))
        model.fit(words, np.zeros((4, 1)), validation_data=held, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    with pytest.warns(UserWarning, match="'embedding_.*whole numbers.*0.5"):
        model.fit(0.5 * words, np.zeros((4, 1)), verbose=0)


@pytest.mark.parametrize("layer", [LSTM(3), RNN([GRU(3).cell, GRU(3).cell])])
def test_given_states_must_have_the_size_of_the_layer(layer):
    states = [Input((3,)), Input((4,))]
    with pytest.raises(ValueError, match=r"state 1 has shape \(None, 4\).*\(None, 3\)"):
        layer(Input((5, 2)), initial_state=states)


def test_bidirectional_counts_the_given_states():
    with pytest.raises(ValueError, match="expects 2 states, but it received 1"):
        Bidirectional(LSTM(3))(Input((5, 2)), initial_state=[Input((3,))] * 2)
    with pytest.raises(ValueError, match=r"Bidirectional\(LSTM\(8\)\)"):
        Bidirectional(LSTM)


@pytest.mark.parametrize(
    "size, step, message",
    [
        (4, lambda x, h: x + h, "must give .output, new states."),
        (4, lambda x, h: (x, [h, h]), "new states of shapes"),
        (3, lambda x, h: (x, [x]), "state_size=3"),
    ],
)
def test_what_a_cell_must_give(size, step, message):
    class Faulty(Layer):
        state_size = size

        def call(self, inputs, states):
            return step(inputs, states[0])

    x = Input((5, 4))
    with pytest.raises(ValueError, match=message):
        Model(x, RNN(Faulty())(x)).predict(np.ones((2, 5, 4)))


def test_what_time_distributed_hands_on_must_suit_the_layer_inside():
    with pytest.raises(ValueError, match=r"'time_.*hands \(None, 8, 1\).*ndim=4"):
        Sequential([TimeDistributed(Conv2D(2, 3), input_shape=(8, 8, 1))])
    with pytest.raises(ValueError, match="return_sequences=True"):
        Sequential([LSTM(3, input_shape=(5, 2)), TimeDistributed(Dense(1))])


def test_a_whole_layer_is_no_cell():
    with pytest.raises(ValueError, match="needs no RNN"):
        RNN(LSTM(3))
