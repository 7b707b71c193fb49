"""Makes minikeras/datasets/data/digits.npy from scikit-learn's copy of the UCI digits.

    python tests/data/make_digits.py

The rows are shuffled once, evenly for every class: the first 1,437 can be training
data and the last 360 test data with the same share of every digit in both.
"""

import pathlib

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

TARGET = pathlib.Path(__file__).parents[2] / "minikeras/datasets/data/digits.npy"


def main():
    digits = load_digits()
    rows = np.column_stack([digits.data, digits.target]).astype("uint8")
    parts = train_test_split(
        rows, test_size=360, stratify=digits.target, random_state=1998
    )
    np.save(TARGET, np.concatenate(parts), allow_pickle=False)


if __name__ == "__main__":
    main()
