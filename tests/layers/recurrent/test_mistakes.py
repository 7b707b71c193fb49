"""Mistakes with sequences, and when they are reported."""

import numpy as np
import pytest

from minikeras.layers import GRU, LSTM, RNN, Dense, Embedding, Input
from minikeras.models import Sequential


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
