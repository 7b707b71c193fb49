"""Random tensors: distributions, seeds, arrays now and tensors anew at each run."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.tensor import tracing

N = 40000
DRAWS = {
    "normal": lambda **k: K.random_normal((N,), 2.0, 3.0, **k),
    "uniform": lambda **k: K.random_uniform((N,), -1.0, 3.0, **k),
    "binomial": lambda **k: K.random_binomial((N,), 0.25, **k),
    "truncated": lambda **k: K.truncated_normal((N,), 1.0, 2.0, **k),
}
# mean and standard deviation; a normal cut off at 2 has 0.8796 of its deviation
MOMENTS = {
    "normal": (2, 3),
    "uniform": (1, 4 / 12**0.5),
    "binomial": (0.25, 0.1875**0.5),
    "truncated": (1, 2 * 0.8796),
}


@pytest.fixture(autouse=True)
def same_numbers_in_every_test():
    np.random.seed(11)
    K.clear_session()


@pytest.mark.parametrize("name", DRAWS)
def test_moments(name):
    x = DRAWS[name]()
    mean, deviation = MOMENTS[name]
    assert x.dtype == "float32"
    assert x.mean() == pytest.approx(mean, abs=5 * deviation / N**0.5)
    assert x.std() == pytest.approx(deviation, rel=0.03)


@pytest.mark.parametrize("name", DRAWS)
def test_seeds(name):
    draw = DRAWS[name]
    np.random.seed(3)
    first, second = draw(), draw()
    np.random.seed(3)
    assert (first == draw()).all() and (first != second).any()
    assert (draw(seed=5) == draw(seed=5)).all() and (draw(seed=5) != draw(seed=6)).any()


def test_limits_and_types():
    assert np.abs(K.truncated_normal((N,))).max() <= 2
    x = K.random_uniform((N,), 1, 4, dtype="int32")
    assert x.dtype == "int32" and set(x) == {1, 2, 3}
    assert K.random_normal((2,), dtype="float64").dtype == "float64"
    assert set(K.random_binomial((N,), 0.5)) == {0.0, 1.0}


@pytest.mark.parametrize("name", DRAWS)
def test_in_a_graph_every_run_draws_anew(name):
    with tracing():
        x = DRAWS[name]()
        seeded = DRAWS[name](seed=1)
    assert x.shape == (N,)
    f = K.function([], [x, seeded])
    (a, c), (b, d) = f([]), f([])
    assert (a != b).any() and (c != d).any()


def test_the_shape_may_depend_on_the_data():
    x = K.placeholder((None, 3))
    noise = K.random_normal((K.shape(x)[0], 5))
    like = K.random_normal(K.shape(x))
    assert (noise.shape, like.shape) == ((None, 5), (None, 3))
    a, b = K.function([x], [noise, like])([np.ones((7, 3))])
    assert (a.shape, b.shape) == ((7, 5), (7, 3))


def test_the_mean_may_be_a_tensor():
    mean = K.placeholder(())
    x = K.random_normal((N,), mean, 1.0)
    assert K.function([mean], x)([5.0]).mean() == pytest.approx(5, abs=0.05)


def test_variables_with_random_values():
    v = K.random_uniform_variable((3, 4), 0, 1, seed=2, name="u")
    w = K.random_normal_variable((N,), 1, 2)
    assert v.shape == (3, 4) and v.name.startswith("u")
    assert 0 <= K.get_value(v).min() and K.get_value(v).max() < 1
    assert K.get_value(w).std() == pytest.approx(2, rel=0.03)


def test_dropout_keeps_the_sum_and_scales_gradients_alike():
    x = np.ones((200, 200), "float32")
    y, backward = K.differentiate(lambda x: K.dropout(x, 0.25), x)
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)}
    assert y.mean() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(backward(x), y)


def test_dropout_of_whole_rows_and_its_limits():
    y = K.dropout(np.ones((50, 4, 3), "float32"), 0.5, noise_shape=(None, 1, 3))
    assert (y == y[:, :1]).all() and 0 < y.mean() < 2
    with pytest.raises(ValueError, match="level must be from 0 to below 1; got 1"):
        K.dropout(np.ones(3), 1)


def test_dropout_in_a_graph_draws_anew():
    x = K.placeholder((None,))
    for y in (K.dropout(x, 0.5), K.dropout(x, 0.5, seed=3)):
        f = K.function([x], y)
        assert (f([np.ones(100)]) != f([np.ones(100)])).any()
