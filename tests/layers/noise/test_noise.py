"""What is particular to the noise layers: their mean and variance, and their seeds."""

import numpy as np
import pytest

from minikeras.layers import AlphaDropout, GaussianDropout, GaussianNoise

X = np.random.RandomState(0).standard_normal((300, 300)).astype("float32")
LAYERS = [GaussianNoise(0.5), GaussianDropout(0.2), AlphaDropout(0.2)]


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_happens_outside_training(layer):
    y, backward = layer.forward(X)
    assert y is X and backward(X) is X


@pytest.mark.parametrize("layer", LAYERS)
def test_the_global_seed_decides(layer):
    ys = []
    for _ in range(2):
        np.random.seed(3)
        ys.append(layer.forward(X, training=True)[0])
    np.testing.assert_array_equal(*ys)
    assert np.any(layer.forward(X, training=True)[0] != ys[0])


def test_gaussian_noise_is_added():
    y, _ = GaussianNoise(0.5).forward(X, training=True)
    assert (y - X).mean() == pytest.approx(0, abs=0.01)
    assert (y - X).std() == pytest.approx(0.5, rel=0.02)


def test_gaussian_dropout_multiplies_by_one_on_average():
    ones = np.ones_like(X)
    y, _ = GaussianDropout(0.2).forward(ones, training=True)
    assert y.mean() == pytest.approx(1, abs=0.01)
    assert y.var() == pytest.approx(0.25, rel=0.02)


def test_alpha_dropout_keeps_mean_and_variance():
    y, _ = AlphaDropout(0.2).forward(X, training=True)
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.var() == pytest.approx(1, rel=0.03)


def test_alpha_dropout_with_a_seed_and_a_noise_shape():
    first = AlphaDropout(0.5, noise_shape=(None, 1), seed=7).forward(X, training=True)[
        0
    ]
    again = AlphaDropout(0.5, noise_shape=(None, 1), seed=7).forward(X, training=True)[
        0
    ]
    np.testing.assert_array_equal(first, again)
    is_constant = first.std(axis=1) < 1e-6
    assert 100 < is_constant.sum() < 200
