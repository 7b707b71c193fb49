"""Embedding."""

import numpy as np
import pytest

from minikeras.layers import GRU, Dense, Embedding
from minikeras.models import Sequential
from minikeras.utils import check_gradients

WORDS = np.array([[1, 2, 2], [0, 4, 1]])


def built(**options):
    layer = Embedding(5, 3, **options)
    layer.build((None, 3))
    return layer


def test_rows_of_the_table():
    layer = built()
    (table,) = layer.get_weights()
    np.testing.assert_array_equal(layer.forward(WORDS)[0], table[WORDS])
    np.testing.assert_array_equal(layer.forward(WORDS * 1.0)[0], table[WORDS])


def test_gradients():
    check_gradients(built(), WORDS)


def test_words_that_come_twice_get_both_gradients_and_others_none():
    layer = built()
    for _ in range(2):  # the second batch must not see the first one's gradient
        layer.embeddings.zero_grad()
        _, backward = layer.forward(WORDS)
        assert backward(np.ones((2, 3, 3), "float32")) is None
    expected = np.array([1, 2, 2, 0, 1])
    np.testing.assert_array_equal(layer.embeddings.grad, np.outer(expected, np.ones(3)))


def test_used_twice_gradients_add_up():
    layer = built()
    layer.embeddings.zero_grad()
    for words in ([[1, 2]], [[2, 3]]):
        layer.forward(np.array(words))[1](np.ones((1, 2, 3), "float32"))
    np.testing.assert_array_equal(layer.embeddings.grad[:, 0], [0, 1, 2, 1, 0])


def test_an_array_of_words_may_be_filled_again_for_the_next_step():
    layer, words = Embedding(50, 3), np.array([[1, 1, 1]])
    layer.build((None, 3))
    for word in (1, 2):
        words[:] = word
        layer.embeddings.zero_grad()
        layer.forward(words)[1](np.ones((1, 3, 3), "float32"))
    gradient = layer.embeddings.grad
    assert (gradient[2] == 3).all() and gradient.sum() == gradient[2].sum()


def test_a_penalty_reaches_all_rows():
    model = Sequential([Embedding(5, 3, embeddings_regularizer="l2", input_length=3)])
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.train_on_batch(np.zeros((2, 3)), np.zeros((2, 3, 3)))
    assert (model.get_weights()[0] != before).all()


def test_mask():
    assert built().compute_mask(WORDS) is None
    mask = built(mask_zero=True).compute_mask(WORDS)
    np.testing.assert_array_equal(mask, WORDS != 0)


@pytest.mark.parametrize(
    ("length", "shape"), [(3, (None, 3)), ((2, None), (None, 2, None))]
)
def test_input_length(length, shape):
    layer = Embedding(5, 4, input_length=length)
    assert layer.batch_input_shape == shape
    assert layer.compute_output_shape(shape) == (*shape, 4)


def test_input_length_is_checked():
    with pytest.raises(ValueError, match='"input_length" is 3'):
        built(input_length=3).compute_output_shape((None, 4))


def test_the_masked_words_do_not_count():
    model = Sequential([Embedding(5, 3, mask_zero=True), GRU(4), Dense(1)])
    short, long = np.array([[1, 2]]), np.array([[1, 2, 0, 0]])
    np.testing.assert_allclose(model.predict(long), model.predict(short), rtol=1e-6)
