"""Record 20 steps of the optimizers of Keras 2.3.1 (TensorFlow 1.15.5, NumPy 1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_optimizers

Two weights meet 20 given gradients each, by the loss sum(weight * gradient). A case
holds the weights after every step and `get_weights` of the optimizer at the end (the
order of its slots). Steps are counted from 1 at the first update; see `counting.py`.
"""

# ruff: noqa: B905  (recorded on Python 3.7, whose zip has no `strict`)

import numpy as np
from keras import backend as K

from .counting import optimizer
from .recording import placeholder_like, random, write

STEPS = 20
CASES = {
    "sgd": ("SGD", {}),
    "sgd_lr": ("SGD", {"learning_rate": 0.3}),
    "sgd_decay": ("SGD", {"lr": 0.1, "decay": 0.1}),
    "sgd_momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    "sgd_nesterov_decay": (
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "decay": 0.01},
    ),
    "sgd_clipnorm": ("SGD", {"lr": 0.1, "clipnorm": 1.0}),
    "sgd_clipvalue": ("SGD", {"lr": 0.1, "clipvalue": 0.5}),
    "sgd_clip_both": ("SGD", {"lr": 0.1, "clipvalue": 0.5, "clipnorm": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_rho": ("RMSprop", {"lr": 0.01, "rho": 0.7, "decay": 0.05}),
    "rmsprop_epsilon": ("RMSprop", {"lr": 0.01, "epsilon": 0.1, "clipnorm": 0.5}),
    "adagrad": ("Adagrad", {}),
    "adagrad_decay": ("Adagrad", {"lr": 0.1, "decay": 0.1, "epsilon": 1e-3}),
    "adadelta": ("Adadelta", {}),
    "adadelta_rho": (
        "Adadelta",
        {"lr": 0.5, "rho": 0.8, "decay": 0.1, "epsilon": 1e-4},
    ),
    "adam": ("Adam", {}),
    "adam_lr": ("Adam", {"lr": 0.1, "beta_1": 0.8, "beta_2": 0.9}),
    "adam_amsgrad": ("Adam", {"lr": 0.05, "beta_2": 0.9, "amsgrad": True}),
    "adam_decay": ("Adam", {"lr": 0.05, "decay": 0.1, "clipvalue": 0.4}),
    "adam_epsilon": ("Adam", {"lr": 0.05, "epsilon": 0.01, "clipnorm": 1.0}),
    "adamax": ("Adamax", {}),
    "adamax_lr": ("Adamax", {"lr": 0.1, "beta_1": 0.8, "beta_2": 0.9, "decay": 0.1}),
    "nadam": ("Nadam", {}),
    "nadam_lr": (
        "Nadam",
        {"lr": 0.05, "beta_1": 0.8, "beta_2": 0.9, "schedule_decay": 0.01},
    ),
}


def record(name, config):
    """Every case meets the same weights and gradients; some gradients are zero."""
    K.clear_session()
    rng = np.random.RandomState(11)
    start = [random(rng, (3, 2)), random(rng, (4,))]
    gradients = [random(rng, (STEPS,) + part.shape) for part in start]
    gradients[0][3:6, 0] = 0
    gradients[1][:, 0] = 0
    gradients[0][8] /= 64

    weights = [K.variable(part) for part in start]
    fed = [placeholder_like(part[0]) for part in gradients]
    loss = sum(K.sum(weight * g) for weight, g in zip(weights, fed))
    method = optimizer(name, config)
    step = K.function(fed, [loss], method.get_updates(loss, weights))
    path = []
    for i in range(STEPS):
        step([part[i] for part in gradients])
        path.append(K.batch_get_value(weights))
    return {
        "class": name,
        "config": config,
        "start": start,
        "gradients": gradients,
        "weights": [np.stack(part) for part in zip(*path)],
        "slots": [np.asarray(slot) for slot in method.get_weights()],
    }


if __name__ == "__main__":
    write("optimizers", {name: record(*case) for name, case in CASES.items()})
