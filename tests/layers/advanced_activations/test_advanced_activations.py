"""What is particular to the activations with options or weights."""

import numpy as np
import pytest

from minikeras.layers import (
    ELU,
    Dense,
    Input,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from minikeras.models import Sequential

X = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (LeakyReLU(0.1), [-0.2, -0.05, 0, 0.5, 2]),
        (ELU(2.0), [2 * np.expm1(-2), 2 * np.expm1(-0.5), 0, 0.5, 2]),
        (ThresholdedReLU(1.0), [0, 0, 0, 0, 2]),
        (ReLU(), [0, 0, 0, 0.5, 2]),
        (ReLU(max_value=1.0), [0, 0, 0, 0.5, 1]),
        (ReLU(negative_slope=0.1), [-0.2, -0.05, 0, 0.5, 2]),
        (ReLU(threshold=1.0, negative_slope=1.0), [-3, -1.5, -1, -0.5, 2]),
        (PReLU(alpha_initializer="ones"), [-2, -0.5, 0, 0.5, 2]),
        (Softmax(), np.exp(X[0]) / np.exp(X[0]).sum()),
    ],
)
def test_values(layer, expected):
    np.testing.assert_allclose(layer(X), [expected], rtol=1e-6)


@pytest.mark.parametrize("name", ["max_value", "negative_slope"])
def test_relu_refuses_negative_options(name):
    with pytest.raises(ValueError, match=f"{name} of ReLU layer cannot be negative"):
        ReLU(**{name: -1.0})


def test_prelu_shares_slopes_along_axes():
    for shared, shape in ((None, (6, 5, 3)), ([1, 2], (1, 1, 3)), (1, (1, 5, 3))):
        layer = PReLU(shared_axes=shared)
        layer.build((None, 6, 5, 3))
        assert layer.alpha.shape == shape


def test_prelu_learns_the_slope():
    model = Sequential([PReLU(input_shape=(1,))])
    model.compile("sgd", "mse")
    x = -np.ones((8, 1))
    for _ in range(500):
        model.train_on_batch(x, -0.25 * np.ones((8, 1)))
    assert model.layers[-1].alpha.value == pytest.approx(0.25, abs=1e-3)


def test_a_layer_serves_as_activation():
    y = Dense(3, activation=LeakyReLU(0.1), kernel_initializer="ones")(Input((2,)))
    assert y.shape == (None, 3)
    layer = Dense(3, activation=LeakyReLU(0.1), kernel_initializer="ones")
    np.testing.assert_allclose(layer(-np.ones((1, 2))), [[-0.2] * 3], rtol=1e-6)
    again = Dense.from_config(layer.get_config())
    np.testing.assert_allclose(again(-np.ones((1, 2))), [[-0.2] * 3], rtol=1e-6)
