"""The generated points."""

import numpy as np
import pytest

from minikeras.datasets import classroom

MAKERS = [classroom.moons, classroom.circles, classroom.spirals]


@pytest.mark.parametrize("make", MAKERS)
def test_points_and_classes(make):
    x, y = make(samples=101)
    assert x.shape == (101, 2) and x.dtype == np.float32
    assert y.shape == (101,) and y.dtype == np.int32
    assert np.bincount(y).tolist() == [51, 50]
    assert np.abs(x).max() < 1.5


@pytest.mark.parametrize("make", MAKERS)
def test_the_seed_decides_and_nothing_else_is_touched(make):
    before = np.random.get_state()[1].copy()
    x, y = make(seed=3)
    again, labels = make(seed=3)
    assert np.array_equal(x, again) and np.array_equal(y, labels)
    assert not np.array_equal(x, make(seed=4)[0])
    assert np.array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("make", MAKERS)
def test_every_part_holds_every_class(make):
    _, y = make(samples=200)
    assert 0.3 < y[160:].mean() < 0.7


@pytest.mark.parametrize("make", MAKERS)
def test_no_line_separates_the_classes(make):
    x, y = make(samples=1000, noise=0)
    rows = np.c_[x, np.ones(len(x))]
    line, *_ = np.linalg.lstsq(rows, y * 2.0 - 1, rcond=None)
    assert np.mean((rows @ line > 0) == y) < 0.95


@pytest.mark.parametrize("make", MAKERS)
def test_without_noise_every_neighbour_is_of_the_same_class(make):
    x, y = make(samples=1000, noise=0)
    distance = ((x[:, None] - x) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    assert np.mean(y[distance.argmin(axis=1)] == y) > 0.99


def test_circles_lie_at_their_radii():
    x, y = classroom.circles(noise=0, ratio=0.25)
    radius = np.hypot(*x.T)
    assert np.allclose(radius, np.where(y == 0, 1, 0.25))


def test_spirals_have_as_many_classes_as_arms():
    assert set(classroom.spirals(arms=4)[1]) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: classroom.moons(0), "samples must be a whole number from 1, got 0"),
        (lambda: classroom.moons(2.5), "samples .* got 2.5"),
        (lambda: classroom.circles(noise=-1), "noise must be 0 or larger, got -1"),
        (lambda: classroom.circles(ratio=1), "ratio must lie between 0 and 1"),
        (lambda: classroom.spirals(arms=0), "arms must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
