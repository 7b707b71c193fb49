"""Load with a real Keras what `exchange_write.py` saved; compare the predictions.

    /path/to/python tests/parity/exchange_check.py /tmp/exchange [names of models]

Prints one line for every file, and ends with status 1 if one differs by 1e-5 or more.
Keras 3 cannot read some .h5 files of models (with models inside, wrappers, spatial
dropout); where it cannot read Keras 2.3.1's own file either, the line says so, and it
does not count as a failure: `.keras` is the format for it.
"""

import os
import sys
import tempfile
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from exchange_models import LATER, MODELS, predictions  # noqa: E402
from exchange_record import library  # noqa: E402

REAL = os.path.join(HERE, "..", "saving", "data", "keras-2.3.1.zip")


def arrays(expected, name, kind):
    """Recorded inputs ("x") or outputs ("y") of a model."""
    found = []
    while f"{name}/{kind}{len(found)}" in expected:
        found.append(expected[f"{name}/{kind}{len(found)}"])
    return found


def difference(model, inputs, expected):
    """Largest difference of the predictions."""
    got = predictions(model, inputs)
    return max(np.abs(a - b).max() for a, b in zip(got, expected))  # noqa: B905


def check(keras, folder, name, file, expected):
    """(largest difference, what else is to be told) for one file."""
    inputs, outputs = arrays(expected, name, "x"), arrays(expected, name, "y")
    if file.endswith("_weights.h5"):
        model = MODELS[name](keras)
        model.load_weights(os.path.join(folder, file))
    else:
        model = keras.models.load_model(os.path.join(folder, file))
    more = ""
    if file == "core.h5" and hasattr(model.optimizer, "get_weights"):
        count = len(model.optimizer.get_weights())
        more = f", {count} arrays of the optimizer"
    return difference(model, inputs, outputs), more


def reads_the_real_one(keras, name):
    """Whether this library can read Keras 2.3.1's own file of a model."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(REAL) as archive:
            archive.extract(name + ".h5", folder)
        try:
            keras.models.load_model(os.path.join(folder, name + ".h5"), compile=False)
        except Exception:
            return False
    return True


def main(folder, *names):
    keras, version, _ = library()
    expected = np.load(os.path.join(folder, "expected.npz"))
    suffixes = [".h5", ".keras"] if version.startswith("keras-3") else [".h5"]
    known = MODELS if version.startswith("keras-2") else LATER
    failed = False
    for name in names or known:
        for suffix in [*suffixes, "_weights.h5"]:
            try:
                found, more = check(keras, folder, name, name + suffix, expected)
                line = f"{found:.1e}{more}"
                failed |= not found < 1e-5
            except Exception as error:
                line = f"{type(error).__name__}: {str(error)[:300]}"
                if suffix == ".h5" and not reads_the_real_one(keras, name):
                    line = "cannot be read; Keras 2.3.1's own file neither"
                else:
                    failed = True
            print(version, name + suffix, line, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
