"""Initializers: means and variances, fans, seeds, shapes, types."""

import pickle

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import initializers
from minikeras.layers import Dense

NAMES = list(initializers.KNOWN)
SHAPE = (300, 200)


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_type(name):
    values = initializers.get(name)((4, 4))
    assert values.shape == (4, 4) and values.dtype == K.floatx()
    assert initializers.get(name)((4, 4), dtype="float64").dtype == "float64"


@pytest.mark.parametrize(
    ("initializer", "mean", "stddev"),
    [
        (initializers.RandomNormal(1.0, 2.0), 1, 2),
        (initializers.RandomUniform(-1.0, 3.0), 1, 4 / 12**0.5),
        (initializers.TruncatedNormal(1.0, 2.0), 1, 2 * 0.87962566),
        (initializers.glorot_uniform(), 0, (2 / 500) ** 0.5),
        (initializers.glorot_normal(), 0, (2 / 500) ** 0.5),
        (initializers.he_uniform(), 0, (2 / 300) ** 0.5),
        (initializers.he_normal(), 0, (2 / 300) ** 0.5),
        (initializers.lecun_uniform(), 0, (1 / 300) ** 0.5),
        (initializers.lecun_normal(), 0, (1 / 300) ** 0.5),
        (initializers.VarianceScaling(3.0, "fan_out"), 0, (3 / 200) ** 0.5),
    ],
)
def test_mean_and_deviation(initializer, mean, stddev):
    np.random.seed(0)
    values = initializer(SHAPE)
    assert values.mean() == pytest.approx(mean, abs=4 * stddev / 60000**0.5)
    assert values.std() == pytest.approx(stddev, rel=0.01)


def test_truncated_values_stay_within_two_deviations():
    values = initializers.TruncatedNormal(1.0, 0.5)(SHAPE)
    assert values.min() >= 0 and values.max() <= 2


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((5, 7), (5, 7)),
        ((3, 5, 7), (15, 21)),
        ((3, 3, 5, 7), (45, 63)),
        ((2, 3, 4, 5, 7), (120, 168)),
        ((16,), (4, 4)),
    ],
)
def test_fans(shape, fans):
    assert tuple(initializers.compute_fans(shape)) == fans


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8), (3, 3, 2, 5)])
def test_orthogonal_rows_or_columns(shape):
    values = initializers.Orthogonal(gain=2.0)(shape, dtype="float64")
    rows = values.reshape(-1, shape[-1])
    gram = rows.T @ rows if len(rows) >= shape[-1] else rows @ rows.T
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_constant_and_identity():
    np.testing.assert_array_equal(
        initializers.Constant(3)((2, 2)), np.full((2, 2), 3.0)
    )
    np.testing.assert_array_equal(initializers.Constant([1, 2])((3, 2))[1], [1, 2])
    np.testing.assert_array_equal(initializers.Identity(2.0)((2, 3)), 2 * np.eye(2, 3))
    with pytest.raises(ValueError, match="2D"):
        initializers.Identity()((2, 2, 2))


RANDOM = ["RandomNormal", "RandomUniform", "TruncatedNormal", "Orthogonal", "he_normal"]


@pytest.mark.parametrize("name", RANDOM)
def test_without_a_seed_the_global_generator_decides(name):
    initializer = initializers.get(name)
    np.random.seed(5)
    first, second = initializer((4, 4)), initializer((4, 4))
    np.random.seed(5)
    np.testing.assert_array_equal(initializer((4, 4)), first)
    assert np.any(first != second)


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_of_its_own_leaves_the_global_generator_alone(name):
    make = getattr(initializers, name)
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    initializer = make(seed=1)
    first, second = initializer((4, 4)), initializer((4, 4))
    assert np.random.rand() == expected
    assert np.any(first != second)
    np.testing.assert_array_equal(make(seed=1)((4, 4)), first)


@pytest.mark.parametrize("name", NAMES)
def test_pickling(name):
    assert pickle.loads(pickle.dumps(initializers.get(name)))((3, 3)).shape == (3, 3)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="positive"):
        initializers.VarianceScaling(scale=0)
    with pytest.raises(ValueError, match="fan_in.*fan_out.*fan_avg"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match="normal.*uniform"):
        initializers.VarianceScaling(distribution="gamma")


def small(shape, dtype=None):
    return 0.01 * K.random_normal(shape, dtype=dtype)


def test_initializers_of_the_users_own():
    layer = Dense(100, kernel_initializer=small)
    layer.build((None, 100))
    assert layer.kernel.value.std() == pytest.approx(0.01, rel=0.1)
