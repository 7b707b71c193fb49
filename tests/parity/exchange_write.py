"""Save the models of `exchange_models.py` with minikeras, for a real Keras to read.

python tests/parity/exchange_write.py /tmp/exchange
/path/to/python tests/parity/exchange_check.py /tmp/exchange   (each real Keras)
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
from exchange_models import (  # noqa: E402
    LATER,
    MODELS,
    inputs_of,
    predictions,
    randomize,
)


def main(folder, *names):
    import minikeras

    os.makedirs(folder, exist_ok=True)
    expected = {}
    for name in names or MODELS:
        model = MODELS[name](minikeras)
        randomize(model)
        inputs = inputs_of(model)
        if name == "core":
            model.compile("adam", "mse")
            targets = [np.zeros_like(y) for y in predictions(model, inputs)]
            model.train_on_batch(inputs, targets)
        model.save(os.path.join(folder, name + ".h5"))
        model.save_weights(os.path.join(folder, name + "_weights.h5"))
        if name in LATER:
            model.save(os.path.join(folder, name + ".keras"))
        for kind, arrays in (("x", inputs), ("y", predictions(model, inputs))):
            for i, array in enumerate(arrays):
                expected[f"{name}/{kind}{i}"] = array
    np.savez(os.path.join(folder, "expected.npz"), **expected)


if __name__ == "__main__":
    main(*sys.argv[1:])
