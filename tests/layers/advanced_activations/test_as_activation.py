"""Layers in the place of activation functions: `Dense(4, activation=PReLU())`."""

import copy

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    GRU,
    Activation,
    Conv2D,
    Dense,
    Flatten,
    LeakyReLU,
    PReLU,
)
from minikeras.models import Sequential
from minikeras.utils import check_gradients


@pytest.fixture(autouse=True)
def start_afresh():
    K.clear_session()


def test_its_weights_are_made_and_trained():
    layer = Dense(4, activation=PReLU(alpha_initializer="ones"), input_dim=3)
    model = Sequential([layer])
    model.compile("sgd", "mse")
    assert [w.shape for w in model.trainable_weights] == [(3, 4), (4,), (4,)]
    x = np.random.standard_normal((16, 3))
    model.train_on_batch(x, np.zeros((16, 4)))
    alpha = layer.get_weights()[2]
    assert not np.allclose(alpha, 1)
    z = x @ layer.get_weights()[0] + layer.get_weights()[1]
    expected = np.where(z > 0, z, alpha * z)
    np.testing.assert_allclose(model.predict(x), expected, atol=1e-5)


def test_gradients_go_through_it():
    layer = Dense(4, activation=PReLU(alpha_initializer="ones"))
    layer(np.zeros((5, 3)))  # builds both
    check_gradients(layer, np.random.standard_normal((5, 3)))


def test_configurations_and_copies_keep_it():
    conv = Conv2D(2, 3, activation=PReLU(shared_axes=[1, 2]), input_shape=(5, 5, 1))
    model = Sequential([conv, Flatten(), Activation(PReLU()), Dense(1)])
    x = np.random.standard_normal((3, 5, 5, 1))
    again = Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    for other in (again, copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(x), model.predict(x))


def test_recurrent_layers_take_those_without_weights():
    assert Sequential([GRU(2, activation=LeakyReLU(), input_shape=(4, 1))]).built
    with pytest.raises(ValueError, match="put PReLU behind the layer"):
        Sequential([GRU(2, activation=PReLU(), input_shape=(4, 1))])
