"""Steps that adapt to the squares of past gradients: RMSprop, Adagrad, Adadelta."""

import numpy as np

from minikeras.kernels import optimizers as kernels
from minikeras.optimizers.base import Optimizer, pop_epsilon
from minikeras.utils.checks import number


class RMSprop(Optimizer):
    """Divide the gradient by a moving root mean square of itself.

    Step
        a = rho a + (1 - rho) g^2
        w = w - lr g / (sqrt(a) + epsilon)

    Arguments
        learning_rate: step size; `lr` for short.
        rho: how much of the moving mean stays at each step.
        epsilon: keeps the division finite; `K.epsilon()` by default.
        decay: the learning rate is divided by 1 + decay * (number of steps so far).
        clipnorm, clipvalue: see Optimizer.

    Reference
        Tieleman, Hinton (2012): Lecture 6.5, Neural Networks for Machine Learning.
    """

    slots = ("accumulator",)
    kernel = staticmethod(kernels.rmsprop)

    def __init__(self, learning_rate=0.001, rho=0.9, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("rho", rho)
        self._hyperparameter("decay", decay)

    def rates(self, t):
        return self._decayed_rate(t), self.rho.value.item(), self.epsilon

    def get_config(self):
        return self._config_of("learning_rate", "rho", "decay", "epsilon")


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of all its squares so far.

    Step
        a = a + g^2
        w = w - lr g / (sqrt(a) + epsilon)

    Arguments
        learning_rate: step size; `lr` for short.
        epsilon, decay, clipnorm, clipvalue: as in RMSprop.

    Reference
        Duchi, Hazan, Singer (2011): Adaptive Subgradient Methods for Online Learning
        and Stochastic Optimization. https://jmlr.org/papers/v12/duchi11a.html
    """

    slots = ("accumulator",)
    kernel = staticmethod(kernels.adagrad)

    def __init__(self, learning_rate=0.01, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("decay", decay)

    def rates(self, t):
        return self._decayed_rate(t), self.epsilon

    def _rows_to_change(self, variable):
        """Where the gradient is zero, nothing changes."""
        return np.unique(np.concatenate(variable.grad_rows))

    def get_config(self):
        return self._config_of("learning_rate", "decay", "epsilon")


class Adadelta(Optimizer):
    """Scale the gradient by the ratio of past steps to past gradients.

    Step
        a = rho a + (1 - rho) g^2
        s = g sqrt(d + epsilon) / sqrt(a + epsilon)
        w = w - lr s
        d = rho d + (1 - rho) s^2

    Arguments
        learning_rate: factor of the step; 1 in the paper. `lr` for short.
        rho: how much of the moving means stays at each step.
        epsilon, decay, clipnorm, clipvalue: as in RMSprop.

    Reference
        Zeiler (2012): ADADELTA: An Adaptive Learning Rate Method.
        https://arxiv.org/abs/1212.5701
    """

    slots = ("accumulator", "delta_accumulator")
    kernel = staticmethod(kernels.adadelta)

    def __init__(self, learning_rate=1.0, rho=0.95, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("decay", decay)
        self.rho = number(rho, "rho", 0, 1)

    def rates(self, t):
        return self._decayed_rate(t), self.rho, self.epsilon

    def get_config(self):
        return self._config_of("learning_rate", "rho", "decay", "epsilon")
