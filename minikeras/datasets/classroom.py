"""Points in the plane, made on the spot: to see what a network can and cannot separate.

Every function returns

    x (samples, 2)   float32, about -1 to 1
    y (samples,)     int32, the class: 0, 1, ...

in random order, so that `validation_split` finds all classes. The same `seed` gives the
same points; the generators of NumPy and Python that a script uses are left alone.

    >>> x, y = classroom.moons(500, noise=0.1, seed=1)
"""

import numpy as np


def moons(samples=500, noise=0.1, seed=0):
    """Two half moons, each with one tip inside the other: no line separates them.

    Arguments
        samples: number of points.
        noise: standard deviation of what is added to every coordinate.
        seed: number that decides about the noise and the order.
    """
    random = _generator(samples, noise, seed)
    y = _labels(samples, 2, random)
    angle = np.pi * random.random(samples)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    lower = -upper
    return _noisy(np.where(y[:, None] == 0, upper, lower) * 0.75, noise, random), y


def circles(samples=500, noise=0.05, seed=0, ratio=0.5):
    """A ring inside a ring: the distance from the middle decides.

    Arguments
        samples: number of points.
        noise: standard deviation of what is added to every coordinate.
        seed: number that decides about the noise and the order.
        ratio: radius of the inner ring (class 1); the outer one (class 0) has 1.
    """
    if not 0 < ratio < 1:
        raise ValueError(f"ratio must lie between 0 and 1, got {ratio!r}")
    random = _generator(samples, noise, seed)
    y = _labels(samples, 2, random)
    angle = 2 * np.pi * random.random(samples)
    radius = np.where(y == 0, 1.0, ratio)
    return _noisy(_around(radius, angle), noise, random), y


def spirals(samples=600, noise=0.02, seed=0, arms=2, turns=1.0):
    """Spiral arms wound around the middle, one class each: hard for a small network.

    Arguments
        samples: number of points.
        noise: standard deviation of what is added to every coordinate.
        seed: number that decides about the noise and the order.
        arms: number of arms, that is, of classes.
        turns: how often every arm goes round.
    """
    if arms < 1:
        raise ValueError(f"arms must be at least 1, got {arms!r}")
    random = _generator(samples, noise, seed)
    y = _labels(samples, arms, random)
    radius = np.sqrt(random.uniform(0.01, 1, samples))
    angle = 2 * np.pi * (turns * radius + y / arms)
    return _noisy(_around(radius, angle), noise, random), y


def _generator(samples, noise, seed):
    if isinstance(samples, bool) or samples != int(samples) or samples < 1:
        raise ValueError(f"samples must be a whole number from 1, got {samples!r}")
    if not noise >= 0:
        raise ValueError(f"noise must be 0 or larger, got {noise!r}")
    return np.random.default_rng(seed)


def _labels(samples, classes, random):
    """Class numbers in random order, every class equally often (or once more)."""
    return random.permutation(np.arange(samples) % classes).astype("int32")


def _around(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _noisy(x, noise, random):
    return (x + noise * random.standard_normal(x.shape)).astype("float32")
