"""Prices of houses around Boston in the 1970s: 506 rows of 13 numbers."""

import numpy as np

from minikeras.datasets.files import KERAS, read_npz, shuffled
from minikeras.utils.checks import number
from minikeras.utils.downloads import get_file

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Load the Boston housing data.

    One of its columns was made from the share of Black residents by a formula with
    racist premises; the data set is here because old lessons use it, not as a model.

    Arguments
        path: name of the file in the cache.
        test_split: share of the rows that are for tests.
        seed: seed of the order of the rows.

    Returns
        (x_train, y_train), (x_test, y_test): float64 rows (n, 13) and prices (n,) in
        thousands of dollars.

    References
        Harrison, Rubinfeld: Hedonic housing prices and the demand for clean air, 1978.
    """
    if not 0 <= number(test_split, "test_split") < 1:
        raise ValueError(f"test_split must be from 0 to below 1, got {test_split!r}")
    path = get_file(path, origin=KERAS + "boston_housing.npz", file_hash=SHA256)
    x, y = shuffled(np.random.RandomState(seed), *read_npz(path, "x", "y"))
    split = int(len(x) * (1 - test_split))
    return (x[:split], y[:split]), (x[split:], y[split:])
