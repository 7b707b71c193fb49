"""Record activations, regularizers and constraints of Keras 2.3.1 (TensorFlow 1.15.5).

    /path/to/keras231/bin/python -m tests.parity.record_small_functions

Activations and regularizers with gradients, also at 0 and far out; constraints on
matrices and on convolution kernels.
"""

import keras
import numpy as np
from keras import backend as K

from .recording import generator, gradients, placeholder_like, random, run, write

FAR = np.array([[-100, -20, -2.5, -1, 0, 1e-3, 1, 2.5, 20, 80]], "float32")
ACTIVATIONS = [
    ("linear", {}),
    ("elu", {}),
    ("elu", {"alpha": 0.3}),
    ("selu", {}),
    ("softplus", {}),
    ("softsign", {}),
    ("relu", {}),
    ("relu", {"alpha": 0.1, "max_value": 3.0, "threshold": 0.5}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"threshold": 1.0}),
    ("tanh", {}),
    ("sigmoid", {}),
    ("hard_sigmoid", {}),
    ("exponential", {}),
    ("softmax", {}),
    ("softmax", {"axis": 0}),
]
REGULARIZERS = [
    ("l1", {"l": 0.1}),
    ("l2", {"l": 0.1}),
    ("l1_l2", {"l1": 0.1, "l2": 0.2}),
    ("l1", {}),
    ("l2", {}),
    ("l1_l2", {}),
]
CONSTRAINTS = [
    ("max_norm", {"max_value": 1.5}),
    ("max_norm", {"max_value": 1.5, "axis": 1}),
    ("non_neg", {}),
    ("unit_norm", {}),
    ("unit_norm", {"axis": 1}),
    ("min_max_norm", {"min_value": 1.0, "max_value": 1.5}),
    ("min_max_norm", {"min_value": 1.0, "max_value": 1.5, "rate": 0.4, "axis": 1}),
]
KERNEL_CONSTRAINTS = [
    ("max_norm", {"max_value": 1.0, "axis": [0, 1, 2]}),
    ("unit_norm", {"axis": [0, 1, 2]}),
    ("min_max_norm", {"min_value": 2.0, "max_value": 3.0, "axis": [0, 1, 2]}),
]


def record(module, name, config, x, call):
    K.clear_session()
    fed = placeholder_like(x)
    value = call(getattr(getattr(keras, module), name), fed, config)
    (y,) = run([value], {fed: x})
    dy = random(generator(name), y.shape)
    (dx,) = run(gradients(value, dy, fed), {fed: x})
    return {
        "module": module,
        "name": name,
        "config": config,
        "x": x,
        "y": y,
        "dy": dy,
        "dx": dx,
    }


def made(factory, x, config):
    return factory(**config)(x)


def called(function, x, config):
    return function(x, **config)


def main():
    matrix, kernel = (
        random(generator("a"), (5, 4)),
        random(generator("b"), (2, 2, 3, 4)),
    )
    jobs = [("activations", *each, FAR, called) for each in ACTIVATIONS]
    jobs += [("activations", *each, matrix, called) for each in ACTIVATIONS]
    jobs += [("regularizers", *each, matrix, made) for each in REGULARIZERS]
    jobs += [("constraints", *each, matrix, made) for each in CONSTRAINTS]
    jobs += [("constraints", *each, kernel, made) for each in KERNEL_CONSTRAINTS]
    recorded = {f"{job[1]}-{i}": record(*job) for i, job in enumerate(jobs)}
    for case in recorded.values():
        if case["module"] == "constraints":
            del case["dx"], case["dy"]
    write("small_functions", recorded)


if __name__ == "__main__":
    main()
