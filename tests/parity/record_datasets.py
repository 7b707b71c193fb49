"""Record what the data set functions of Keras 2.3.1 make of three small files.

    /path/to/keras231/bin/python tests/parity/record_datasets.py tests/datasets/data

Writes imdb.npz, reuters.npz and boston_housing.npz in the formats of the real files,
and reference.json with the results.
"""

import json
import os
import sys

import keras
import numpy as np
from keras.datasets import boston_housing, imdb, reuters

OPTIONS = {
    "plain": {},
    "num_words": {"num_words": 20},
    "left_out": {"skip_top": 3, "num_words": 20, "oov_char": None},
    "unshifted": {"start_char": None, "index_from": 0},
    "maxlen": {"maxlen": 6},
}


def texts(rng, count):
    rows = np.empty(count, object)
    for i in range(count):
        rows[i] = [int(word) for word in rng.randint(1, 30, rng.randint(2, 9))]
    return rows


def write_files(folder):
    rng = np.random.RandomState(0)
    np.savez(
        folder + "/imdb.npz",
        x_train=texts(rng, 12),
        y_train=rng.randint(0, 2, 12),
        x_test=texts(rng, 7),
        y_test=rng.randint(0, 2, 7),
    )
    np.savez(folder + "/reuters.npz", x=texts(rng, 15), y=rng.randint(0, 46, 15))
    np.savez(folder + "/boston_housing.npz", x=rng.rand(11, 13), y=rng.rand(11))


def plain(data):
    return [[np.asarray(rows).tolist(), y.tolist()] for rows, y in data]


def main(folder):
    write_files(folder)
    for module in (imdb, reuters, boston_housing):
        module.get_file = lambda name, **_: os.path.join(folder, name)
    reference = {"keras": keras.__version__, "numpy": np.__version__}
    for name, options in OPTIONS.items():
        reference["imdb", name] = plain(imdb.load_data(**options))
        reference["reuters", name] = plain(reuters.load_data(**options))
    reference["boston_housing"] = plain(boston_housing.load_data())
    reference = {
        "/".join(k) if isinstance(k, tuple) else k: v for k, v in reference.items()
    }
    with open(folder + "/reference.json", "w") as file:
        json.dump(reference, file)


main(sys.argv[1])
