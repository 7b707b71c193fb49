"""Regularizers and constraints: values, gradients, and their effect in training."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import constraints, regularizers
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.utils import check_gradients

W = np.random.RandomState(0).uniform(-2, 2, (4, 3))


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        (regularizers.l1(0.1), 0.1 * abs(W).sum()),
        (regularizers.l2(0.1), 0.1 * (W**2).sum()),
        (regularizers.l1_l2(0.1, 0.2), 0.1 * abs(W).sum() + 0.2 * (W**2).sum()),
        (regularizers.L1L2(), 0),
        (regularizers.Regularizer(), 0),
    ],
)
def test_penalties(regularizer, expected):
    assert regularizer(W) == pytest.approx(expected)
    check_gradients(regularizer, W)


def fitted(**options):
    """The weights of a small model after some training towards large weights."""
    layer = Dense(3, kernel_initializer="ones", input_dim=4, **options)
    model = Sequential([layer])
    model.compile("sgd", "mse")
    x = np.random.RandomState(0).rand(16, 4)
    for _ in range(30):
        loss = model.train_on_batch(x, 30 * np.ones((16, 3)))
    return layer.kernel.value, loss


def test_a_penalty_keeps_weights_small():
    free, _ = fitted()
    bound, _ = fitted(kernel_regularizer="l2")
    own, _ = fitted(kernel_regularizer=lambda w: 0.01 * K.sum(K.square(w)))
    assert np.all(abs(bound) < abs(free))
    np.testing.assert_allclose(own, bound, rtol=1e-5)


def test_a_penalty_counts_in_the_reported_loss():
    model = Sequential([Dense(1, kernel_initializer="ones", input_dim=2)])
    model.layers[0].kernel_regularizer = None
    model.compile("sgd", "mse")
    x = np.zeros((3, 2))
    plain = model.test_on_batch(x, np.zeros((3, 1)))
    layer = Dense(1, kernel_initializer="ones", kernel_regularizer="l1", input_dim=2)
    model = Sequential([layer])
    model.compile("sgd", "mse")
    assert model.test_on_batch(x, np.zeros((3, 1))) - plain == pytest.approx(0.02)


def norms(w):
    return np.sqrt((w**2).sum(axis=0))


def test_constraints_on_arrays():
    np.testing.assert_array_equal(constraints.NonNeg()(W), np.maximum(W, 0))
    np.testing.assert_allclose(norms(constraints.UnitNorm()(W)), 1, rtol=1e-6)
    assert np.all(norms(constraints.MaxNorm(1.5)(W)) <= 1.5 + 1e-6)
    np.testing.assert_allclose(constraints.MaxNorm(100)(W), W, rtol=1e-6)
    bounded = norms(constraints.MinMaxNorm(2.4, 2.6)(W))
    assert np.all((bounded > 2.39) & (bounded < 2.61))
    half = norms(constraints.MinMaxNorm(5, 6, rate=0.5)(W))
    np.testing.assert_allclose(half, (norms(W) + 5) / 2, rtol=1e-6)
    both = constraints.UnitNorm(axis=[0, 1])(W)
    assert np.sqrt((both**2).sum()) == pytest.approx(1)


def test_constraints_hold_after_each_step():
    kernel, _ = fitted(kernel_constraint=constraints.MaxNorm(1.5))
    np.testing.assert_allclose(norms(kernel), 1.5, rtol=1e-5)
    kernel, _ = fitted(kernel_constraint=lambda w: K.clip(w, 0, 0.25))
    assert kernel.max() <= 0.25
