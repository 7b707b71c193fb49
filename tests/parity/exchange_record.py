"""Save the models of `exchange_models.py` with a real Keras, for minikeras to read.

    /path/to/python tests/parity/exchange_record.py tests/saving/data

writes keras-2.3.1.zip, tf.keras-2.15.1.zip or keras-3.15.1.zip, by what is installed:
for every model a file of each kind, and `expected.npz` with inputs and predictions.
"""

import os
import sys
import tempfile
import zipfile

import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
from exchange_models import (  # noqa: E402
    LATER,
    MODELS,
    inputs_of,
    predictions,
    randomize,
)


def library():
    """(module, name with version, suffixes) of the Keras that is installed."""
    try:
        import keras

        version = getattr(keras, "__version__", "")
    except ImportError:
        keras, version = None, ""
    if version.startswith("2.3"):
        return keras, "keras-" + version, [".h5"]
    if version.startswith("3"):
        return keras, "keras-" + version, [".h5", ".keras"]
    import tensorflow as tf

    return tf.keras, "tf.keras-" + tf.__version__, [".h5", ".keras"]


def train(model, inputs, keras):
    """One step, so that the optimizer has a state."""
    optimizer = keras.optimizers.Adam(0.01)
    model.compile(optimizer, "mse")
    targets = [np.zeros_like(y) for y in predictions(model, inputs)]
    model.train_on_batch(
        inputs if len(inputs) > 1 else inputs[0],
        targets if len(targets) > 1 else targets[0],
    )


def main(folder):
    keras, name, suffixes = library()
    names = MODELS if name.startswith("keras-2") else LATER
    expected = {}
    with tempfile.TemporaryDirectory() as temporary:
        for each in names:
            model = MODELS[each](keras)
            randomize(model)
            inputs = inputs_of(model)
            if each == "core":
                train(model, inputs, keras)
            for suffix in suffixes:
                model.save(os.path.join(temporary, each + suffix))
            model.save_weights(os.path.join(temporary, each + ".weights.h5"))
            for kind, arrays in (("x", inputs), ("y", predictions(model, inputs))):
                for i, array in enumerate(arrays):
                    expected[f"{each}/{kind}{i}"] = array
        np.savez(os.path.join(temporary, "expected.npz"), **expected)
        path = os.path.join(folder, name + ".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(os.listdir(temporary)):
                archive.write(os.path.join(temporary, file), file)
    print(path, os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
