"""Training with clipnorm and clipvalue equals Keras 2.3.1's: over all weights together,
with penalties, frozen layers and sparse gradients."""

import numpy as np
import pytest

import minikeras
from minikeras import layers, optimizers
from minikeras.models import Sequential

from .clipping_cases import run_all
from .replay import assert_close, cases

CASES = cases("clipping")


@pytest.fixture(scope="module")
def ours():
    return run_all(minikeras, lambda name, config: getattr(optimizers, name)(**config))


def test_the_same_cases_were_recorded(ours):
    assert list(ours) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_three_steps_equal_recorded_keras(ours, name):
    for what, recorded in CASES[name].items():
        assert_close(ours[name][what], recorded, what=what)


def test_the_row_of_a_word_that_comes_thrice_is_clipped_once():
    """Keras clips each of the three uses, so that their sum may be three times as much.

    Here the gradient of the row is a number like any other: at most `clipvalue`.
    """
    table = layers.Embedding(4, 1, embeddings_initializer="zeros", input_length=3)
    model = Sequential([table, layers.Lambda(lambda x: minikeras.backend.sum(x, 1))])
    model.compile(optimizers.SGD(1.0, clipvalue=0.5), lambda t, y: y - t)
    model.train_on_batch(np.array([[2, 2, 2]]), np.zeros((1, 1)))
    np.testing.assert_array_equal(table.get_weights()[0].ravel(), [0, 0, -0.5, 0])
