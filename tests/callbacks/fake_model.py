"""A model that pretends to train: enough for callbacks, and every number is known."""

import numpy as np

from minikeras import backend as K
from minikeras.callbacks import CallbackList


class FakeOptimizer:
    def __init__(self, lr):
        self.lr = K.variable(lr)


class FakeModel:
    """Its only weight is the number of epochs it was trained."""

    def __init__(self, lr=0.5):
        self.optimizer = FakeOptimizer(lr)
        self.stop_training = False
        self.weights = [np.zeros(1)]

    def get_weights(self):
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        self.weights = weights


def train(callbacks, epoch_logs, model=None, batches=((4, 1.0),), check=True, **params):
    """Run epochs whose final logs are given, through `callbacks`.

    Arguments
        epoch_logs: one dict of logs for each epoch.
        batches: (size, loss) of every batch of an epoch.
        check: whether unknown monitors are refused, as `fit` does.
    """
    model = model or FakeModel()
    names = list(epoch_logs[0]) if epoch_logs else []
    listed = CallbackList(callbacks)
    listed.set_model(model)
    listed.set_params(
        {
            "epochs": len(epoch_logs),
            "metrics": names,
            "samples": sum(size for size, _ in batches),
            "steps": len(batches),
            "verbose": 1,
            **params,
        }
    )
    if check:
        listed.check(names)
    model.stop_training = False
    listed.on_train_begin()
    for epoch, logs in enumerate(epoch_logs):
        run_epoch(listed, model, epoch, dict(logs), batches)
        if model.stop_training:
            break
    listed.on_train_end()
    return model


def run_epoch(listed, model, epoch, logs, batches):
    listed.on_epoch_begin(epoch)
    for number, (size, loss) in enumerate(batches):
        batch_logs = {"batch": number, "size": size}
        listed.on_train_batch_begin(number, batch_logs)
        batch_logs["loss"] = loss
        listed.on_train_batch_end(number, batch_logs)
    model.weights[0] += 1
    listed.on_epoch_end(epoch, logs)
