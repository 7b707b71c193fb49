"""Load with a real Keras what `exchange_write.py` saved; compare the predictions.

Prints one line for every file, and ends with status 1 if one differs by 1e-5 or more.
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
from exchange_models import LATER, MODELS, predictions  # noqa: E402
from exchange_record import library  # noqa: E402


def arrays(expected, name, kind):
    found = []
    while f"{name}/{kind}{len(found)}" in expected:
        found.append(expected[f"{name}/{kind}{len(found)}"])
    return found


def difference(model, inputs, expected):
    got = predictions(model, inputs)
    return max(np.abs(a - b).max() for a, b in zip(got, expected))  # noqa: B905


def check(keras, folder, name, file, expected):
    inputs, outputs = arrays(expected, name, "x"), arrays(expected, name, "y")
    if file.endswith("_weights.h5"):
        model = MODELS[name](keras)
        model.load_weights(os.path.join(folder, file))
    else:
        model = keras.models.load_model(os.path.join(folder, file))
    steps = ""
    if name == "core" and file == "core.h5":
        optimizer = model.optimizer
        steps = ", {} arrays of the optimizer".format(
            len(optimizer.get_weights() if hasattr(optimizer, "get_weights") else ())
        )
    return difference(model, inputs, outputs), steps


def main(folder, *names):
    keras, version, suffixes = library()
    expected = np.load(os.path.join(folder, "expected.npz"))
    failed = False
    known = MODELS if version.startswith("keras-2") else LATER
    for name in names or known:
        for suffix in [*suffixes, "_weights.h5"]:
            try:
                found, more = check(keras, folder, name, name + suffix, expected)
                line = f"{found:.1e}{more}"
                failed |= not found < 1e-5
            except Exception as error:
                line = f"{type(error).__name__}: {str(error)[:600]}"
                failed = True
            print(version, name + suffix, line, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
