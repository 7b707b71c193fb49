"""One seed for everything."""

import random

import numpy as np


def set_random_seed(seed):
    """Seed Python's and NumPy's generators, and with them all of minikeras.

    minikeras draws every random number, or the seed of a generator, from `np.random`;
    `np.random.seed(seed)` alone makes training reproducible. This function also seeds
    Python's `random`, which scripts use to shuffle lists of files.

    Arguments
        seed: integer from 0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must lie between 0 and 2**32 - 1, got {seed}")
    random.seed(int(seed))
    np.random.seed(seed)
