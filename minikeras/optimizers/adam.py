"""Moving means of the gradient and of its size: Adam, Adamax, Nadam."""

import math

from minikeras import backend as K
from minikeras.backend.tensor import Variable
from minikeras.kernels import optimizers as kernels
from minikeras.optimizers.base import Optimizer, pop_epsilon
from minikeras.utils.checks import number


class Adam(Optimizer):
    """Adaptive moments.

    Step t = 1, 2, ...
        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g^2
        lr_t = lr sqrt(1 - beta_2^t) / (1 - beta_1^t)       m and v begin at 0
        w = w - lr_t m / (sqrt(v) + epsilon)

    Arguments
        learning_rate: step size; `lr` for short.
        beta_1, beta_2: how much of the moving means stays at each step.
        amsgrad: whether to divide by the root of the largest v so far.
        epsilon, decay, clipnorm, clipvalue: as in RMSprop.

    References
        Kingma, Ba (2014): Adam: A Method for Stochastic Optimization.
        https://arxiv.org/abs/1412.6980
        Reddi, Kale, Kumar (2018): On the Convergence of Adam and Beyond.
        https://openreview.net/forum?id=ryQu7f-RZ
    """

    @property
    def slots(self):
        return ("m", "v", "vhat") if self.amsgrad else ("m", "v")

    @property
    def kernel(self):
        return kernels.amsgrad if self.amsgrad else kernels.adam

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, amsgrad=False, **kwargs
    ):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("beta_1", beta_1)
        self._hyperparameter("beta_2", beta_2)
        self._hyperparameter("decay", decay)
        self.amsgrad = amsgrad

    def rates(self, t):
        beta_1, beta_2 = self.beta_1.value.item(), self.beta_2.value.item()
        correction = math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return self._decayed_rate(t) * correction, beta_1, beta_2, self.epsilon

    def _state(self):
        """Without amsgrad, Keras keeps an unused number for each weight."""
        state = super()._state()
        if self.amsgrad:
            return state
        unused = [
            Variable([0.0], name=f"training/Adam/vhat_{i}:0")
            for i in range(len(self._slots.by_variable))
        ]
        return state + unused

    def get_config(self):
        return self._config_of(
            "learning_rate", "beta_1", "beta_2", "decay", "epsilon", "amsgrad"
        )


class Adamax(Optimizer):
    """Adam with a decaying maximum of |g| in the place of the root of v.

    Step t = 1, 2, ...
        m = beta_1 m + (1 - beta_1) g
        u = max(beta_2 u, |g|)
        w = w - lr / (1 - beta_1^t) m / (u + epsilon)

    Arguments
        learning_rate: step size; `lr` for short.
        beta_1, beta_2: how much of m and u stays at each step.
        epsilon, decay, clipnorm, clipvalue: as in RMSprop.

    Reference
        Kingma, Ba (2014), section 7. https://arxiv.org/abs/1412.6980
    """

    slots = ("m", "u")
    kernel = staticmethod(kernels.adamax)

    def __init__(self, learning_rate=0.002, beta_1=0.9, beta_2=0.999, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", 0.0)
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("beta_1", beta_1)
        self._hyperparameter("beta_2", beta_2)
        self._hyperparameter("decay", decay)

    def rates(self, t):
        beta_1, beta_2 = self.beta_1.value.item(), self.beta_2.value.item()
        return self._decayed_rate(t) / (1 - beta_1**t), beta_1, beta_2, self.epsilon

    def get_config(self):
        return self._config_of("learning_rate", "beta_1", "beta_2", "decay", "epsilon")


class Nadam(Optimizer):
    """Adam with Nesterov momentum that warms up.

    Step t = 1, 2, ...
        mu_t = beta_1 (1 - 0.96^(t schedule_decay) / 2)
        P_t = mu_1 ... mu_t                                  kept in `m_schedule`
        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g^2
        s = (1 - mu_t) g / (1 - P_t) + mu_(t+1) m / (1 - P_(t+1))
        w = w - lr s / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Arguments
        learning_rate: step size; `lr` for short.
        beta_1, beta_2: how much of the moving means stays at each step.
        schedule_decay: how fast the momentum approaches beta_1.
        epsilon, clipnorm, clipvalue: as in RMSprop.

    Reference
        Dozat (2015): Incorporating Nesterov Momentum into Adam.
        http://cs229.stanford.edu/proj2015/054_report.pdf
    """

    slots = ("m", "v")
    kernel = staticmethod(kernels.nadam)

    def __init__(self, learning_rate=0.002, beta_1=0.9, beta_2=0.999, **kwargs):
        learning_rate = kwargs.pop("lr", learning_rate)
        self.schedule_decay = number(
            kwargs.pop("schedule_decay", 0.004), "schedule_decay"
        )
        self.epsilon = pop_epsilon(kwargs)
        super().__init__(**kwargs)
        self._hyperparameter("learning_rate", learning_rate)
        self._hyperparameter("beta_1", beta_1)
        self._hyperparameter("beta_2", beta_2)
        self._hyperparameter("m_schedule", 1.0)

    def _momentum(self, t):
        """mu_t"""
        warm_up = 1 - 0.5 * 0.96 ** (t * self.schedule_decay)
        return self.beta_1.value.item() * warm_up

    def rates(self, t):
        now, next_ = self._momentum(t), self._momentum(t + 1)
        product = self.m_schedule.value.item() * now
        lr = self.learning_rate.value.item()
        g_rate = lr * (1 - now) / (1 - product)
        m_rate = lr * next_ / (1 - product * next_)
        beta_1, beta_2 = self.beta_1.value.item(), self.beta_2.value.item()
        v_scale = 1 / (1 - beta_2**t)
        return g_rate, m_rate, v_scale, beta_1, beta_2, self.epsilon

    def _apply(self, segments):
        super()._apply(segments)
        self.m_schedule.value *= self._momentum(int(self.iterations.value))

    def get_updates(self, loss, params):
        super().get_updates(loss, params)
        t = K.cast(self.iterations, K.floatx()) + 1
        now = self.beta_1 * (1 - 0.5 * K.pow(0.96, t * self.schedule_decay))
        self.updates.append(K.update(self.m_schedule, self.m_schedule * now))
        return self.updates

    def _state(self):
        iterations, *slots = super()._state()
        return [iterations, self.m_schedule, *slots]

    def get_config(self):
        return self._config_of(
            "learning_rate", "beta_1", "beta_2", "epsilon", "schedule_decay"
        )
