"""Gradient descent with momentum."""

import numpy as np

from minikeras.kernels import optimizers as kernels
from minikeras.optimizers.base import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent.

    Step
        v = momentum v - lr g
        w = w + v                       or, with nesterov, w + momentum v - lr g

    Arguments
        learning_rate: step size; `lr` for short.
        momentum: share of the last step that the next one repeats.
        nesterov: whether to look ahead along the momentum.
        decay: the learning rate is divided by 1 + decay * (number of steps so far).
        clipnorm, clipvalue: see Optimizer.
    """

    slots = ("moment",)
    kernel = staticmethod(kernels.sgd)

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("momentum", momentum)
        self._hyperparameter("decay", decay)
        self.nesterov = nesterov
        self._rows_before = {}

    def rates(self, t):
        return self._decayed_rate(t), self.momentum.value.item(), self.nesterov

    def _rows_to_change(self, variable):
        """Without momentum, rows with a gradient now or (their moment) just before."""
        if self.momentum.value != 0:
            self._rows_before.clear()
            return None
        now = np.unique(np.concatenate(variable.grad_rows))
        before = self._rows_before.get(variable)
        self._rows_before[variable] = now
        return None if before is None else np.union1d(now, before)

    def __getstate__(self):
        return {**super().__getstate__(), "_rows_before": {}}

    def get_config(self):
        return self._config_of("learning_rate", "momentum", "decay", "nesterov")
