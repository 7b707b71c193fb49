"""Activations: identities, gradients, types."""

import numpy as np
import pytest

from minikeras import activations
from minikeras import backend as K
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.utils import check_gradients

X = np.random.RandomState(0).uniform(-4, 4, (5, 7))
NAMES = list(activations.KNOWN)


@pytest.mark.parametrize("name", NAMES)
def test_gradients(name):
    check_gradients(activations.get(name), X)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_type_stays(name, dtype):
    y, backward = activations.get(name).forward(X.astype(dtype))
    assert y.dtype == dtype
    assert backward(np.ones_like(y)).dtype == dtype


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", X),
        ("exponential", np.exp(X)),
        ("relu", np.maximum(X, 0)),
        ("sigmoid", 1 / (1 + np.exp(-X))),
        ("tanh", np.tanh(X)),
        ("softplus", np.log1p(np.exp(X))),
        ("softsign", X / (1 + abs(X))),
        ("hard_sigmoid", np.clip(0.2 * X + 0.5, 0, 1)),
        ("elu", np.where(X > 0, X, np.expm1(X))),
        (
            "selu",
            1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X)),
        ),
        ("softmax", np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)),
    ],
)
def test_values(name, expected):
    np.testing.assert_allclose(activations.get(name)(X), expected, rtol=1e-9)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "exponential"])
def test_large_inputs_do_not_overflow(name):
    with np.errstate(all="raise", under="ignore"):
        y = activations.get(name)(np.array([[-1e4, 0.0, 1e4]], "float32"))
    assert np.all(np.isfinite(y))


def test_options():
    np.testing.assert_allclose(
        activations.relu(X, alpha=0.1, max_value=2.0, threshold=0.5),
        np.where(X > 0.5, np.minimum(X, 2), 0.1 * (X - 0.5)),
    )
    np.testing.assert_allclose(
        activations.elu(X, alpha=0.5)[X < 0], 0.5 * np.expm1(X[X < 0])
    )
    np.testing.assert_allclose(activations.softmax(X, axis=0).sum(axis=0), 1)


def swish(x):
    return x * K.sigmoid(x)


@pytest.mark.parametrize("activation", [swish, lambda x: K.relu(x, alpha=0.1)])
def test_activations_of_the_users_own_train(activation):
    layer = Dense(3, activation=activation, input_dim=7)
    model = Sequential([layer])
    check_gradients(layer, X)
    model.compile("sgd", "mse")
    losses = [model.train_on_batch(X, np.ones((5, 3))) for _ in range(20)]
    assert losses[-1] < losses[0]
