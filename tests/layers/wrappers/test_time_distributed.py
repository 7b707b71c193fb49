"""TimeDistributed."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    LSTM,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Masking,
    Reshape,
    TimeDistributed,
)
from minikeras.models import Sequential
from minikeras.utils import check_gradients


@pytest.fixture
def x():
    return np.random.RandomState(1).randn(4, 6, 3).astype("float32")


def test_every_step_goes_through_the_same_layer(x):
    layer = TimeDistributed(Dense(5, activation="tanh"))
    layer.build((None, 6, 3))
    y = layer.forward(x)[0]
    for t in range(6):
        step = layer.layer.forward(x[:, t])[0]
        np.testing.assert_allclose(y[:, t], step, atol=1e-6)


def test_around_a_model():
    inner = Sequential([Conv2D(2, 2, input_shape=(4, 4, 1)), Flatten(), Dense(3)])
    model = Sequential([TimeDistributed(inner, input_shape=(5, 4, 4, 1)), LSTM(2)])
    film = np.random.RandomState(1).randn(3, 5, 4, 4, 1)
    layer = model.layers[0]
    assert layer.compute_output_shape((None, 5, 4, 4, 1)) == (None, 5, 3)
    check_gradients(layer, film)
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch(film, np.ones((3, 2)))
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))


def test_layers_inside_know_whether_they_train(x):
    layer = TimeDistributed(Dropout(0.5))
    layer.build((None, 6, 3))
    assert (layer.forward(x)[0] == x).all()
    assert (layer.forward(x, training=True)[0] == 0).any()


def test_masks_pass_to_the_layer_behind():
    model = Sequential(
        [Masking(input_shape=(None, 3)), TimeDistributed(Dense(4)), LSTM(2)]
    )
    x = np.random.RandomState(1).randn(2, 5, 3)
    padded = np.concatenate([x, np.zeros((2, 2, 3))], axis=1)
    np.testing.assert_allclose(model.predict(padded), model.predict(x), rtol=1e-5)


def test_the_layer_inside_sees_masks_of_its_own():
    sentences = np.array([[[1, 2, 0], [3, 0, 0]]])
    reader = Sequential([Embedding(5, 3, mask_zero=True), LSTM(2)])
    reader.build((None, 3))
    y = TimeDistributed(reader, input_shape=(2, 3))
    model = Sequential([y])
    expected = [reader.predict(np.array([s]))[0] for s in ([1, 2], [3])]
    np.testing.assert_allclose(model.predict(sentences)[0], expected, rtol=1e-5)


def test_it_needs_time():
    with pytest.raises(ValueError, match="reads .samples, time"):
        TimeDistributed(Dense(2)).build((None, 3))
    with pytest.raises(ValueError, match="wraps a layer"):
        TimeDistributed("dense")


def output_mask(layers, values):
    x = Input(values.shape[1:])
    y = x
    for layer in layers:
        y = layer(y)
    mask = y._keras_history[0].output_mask
    return K.function([x], [mask])([values])[0].astype(int).tolist()


WORDS = np.array([[[0, 0, 0], [1, 0, 2]], [[0, 1, 0], [0, 0, 0]]])
PRESENT = (WORDS != 0).astype(int).tolist()


def test_the_mask_of_the_layer_inside_is_the_mask_of_every_step():
    """As Keras 2.3.1 gives it, for (samples, sentences, words)."""
    embed = TimeDistributed(Embedding(4, 2, mask_zero=True))
    assert output_mask([embed], WORDS) == PRESENT
    assert output_mask([embed, TimeDistributed(Dense(2))], WORDS) == PRESENT
    every = TimeDistributed(LSTM(2, return_sequences=True))
    assert output_mask([embed, every], WORDS) == PRESENT


def test_a_step_stays_if_any_of_it_does_where_the_layer_inside_stops_the_mask():
    embed = Embedding(4, 2, mask_zero=True)
    assert output_mask([embed, TimeDistributed(LSTM(2))], WORDS) == [[0, 1], [1, 0]]


def test_the_mask_of_steps_of_unknown_number_and_size():
    x = Input((None, None))
    layer = TimeDistributed(Embedding(4, 2, mask_zero=True))
    layer(x)
    mask = K.function([x], [layer.output_mask])([WORDS])[0]
    assert mask.astype(int).tolist() == PRESENT


@pytest.mark.parametrize("inner", [Flatten(), Reshape((1, 3))])
def test_a_layer_inside_that_takes_no_mask_refuses_one(inner):
    masked = Masking()(Input((6, 3)))
    with pytest.raises(TypeError, match="does not support masking"):
        TimeDistributed(inner)(masked)
