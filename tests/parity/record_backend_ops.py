"""Record backend ops of Keras 2.3.1 (TensorFlow 1.15.5, NumPy 1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_backend_ops

The calls stand in `backend_cases.py`. A case holds inputs `x`, outputs `y`, random
gradients `dy` of the float outputs and `dx` of the float inputs.
"""

# ruff: noqa: B905  (recorded on Python 3.7, whose zip has no `strict`)

import numpy as np
from keras import backend as K

from .backend_cases import CASES
from .recording import (
    as_list,
    generator,
    gradients,
    placeholder_like,
    random,
    run,
    write,
)


def record(name, function, inputs):
    K.clear_session()
    rng = generator(name)
    x = [part if isinstance(part, np.ndarray) else random(rng, part) for part in inputs]
    fed = [placeholder_like(part) for part in x]
    feeds = dict(zip(fed, x))
    outputs = as_list(function(K, *fed))
    y = run(outputs, feeds)
    dy = [random(rng, part.shape) if part.dtype == "float32" else None for part in y]
    wanted = [part for part in fed if part.dtype.is_floating]
    pairs = [(part, d) for part, d in zip(outputs, dy) if d is not None]
    if not pairs or "decode" in name:
        return {"x": x, "y": y, "dy": None, "dx": None}
    dx = run(gradients(*zip(*pairs), wanted), feeds)
    return {"x": x, "y": y, "dy": dy, "dx": dx}


def main():
    write("backend_ops", {name: record(name, *case) for name, case in CASES.items()})


if __name__ == "__main__":
    main()
