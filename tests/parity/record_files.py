"""Record model and weight files of Keras 2.3.1 (TensorFlow 1.15.5, h5py 2.10.0).

    /path/to/keras231/bin/python -m tests.parity.record_files

For every model of `file_models.py`: `files/<name>.h5` from `model.save` after two steps
of RMSprop, for some `files/<name>_weights.h5` from `save_weights`, and in `files.npz`
the JSON, inputs, predictions, weights, and what one more training step changes (so the
optimizer's state is tested too).
"""

import os

import keras
import numpy as np

from . import file_models
from .archive import HERE
from .recording import write

WEIGHT_FILES = ("graph_net", "text_net")
LOSSES = {"dense_net": "categorical_crossentropy", "image_net": "binary_crossentropy"}


def folder():
    path = os.path.join(HERE, "files")
    os.makedirs(path, exist_ok=True)
    return path


def record(name, make):
    keras.backend.clear_session()
    np.random.seed(1)
    model, x, y = make(keras)
    model.compile(keras.optimizers.RMSprop(lr=0.01), LOSSES.get(name, "mse"))
    for _ in range(2):
        model.train_on_batch(x, y)
    model.save(os.path.join(folder(), name + ".h5"))
    if name in WEIGHT_FILES:
        model.save_weights(os.path.join(folder(), name + "_weights.h5"))
    result = {
        "x": x,
        "y": y,
        "predict": as_list(model.predict(x)),
        "weights": model.get_weights(),
        "json": model.to_json(),
    }
    result["loss"] = np.asarray(model.train_on_batch(x, y))
    result["weights_after"] = model.get_weights()
    return result


def as_list(value):
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    write("files", {name: record(name, make) for name, make in file_models.ALL.items()})
