"""Initial values of weights: functions of a shape that give an array.

Random ones draw from NumPy's global generator, so that `np.random.seed(n)` fixes them;
with a `seed` of their own they draw from a generator of their own.
"""

import numpy as np

from minikeras.backend.common import floatx
from minikeras.utils.checks import choice, number, whole
from minikeras.utils.generic_utils import serialize_keras_object
from minikeras.utils.identifiers import interpret


class Initializer:
    """Base: `initializer(shape, dtype=None)` gives an array."""

    def __call__(self, shape, dtype=None):
        """Values for a weight of this shape; of type `floatx()` by default."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__.")

    def get_config(self):
        """Arguments with which `from_config` makes the initializer again."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Make an initializer from what `get_config` gave."""
        config = {name: value for name, value in config.items() if name != "dtype"}
        return cls(**config)


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape, dtype=None):
        return np.zeros(shape, dtype or floatx())


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape, dtype=None):
        return np.ones(shape, dtype or floatx())


class Constant(Initializer):
    """One value everywhere, or given values.

    Arguments
        value: a number, or an array that fits the shape.
    """

    def __init__(self, value=0):
        self.value = value if np.ndim(value) else number(value, "value")

    def __call__(self, shape, dtype=None):
        return np.full(shape, self.value, dtype or floatx())

    def get_config(self):
        return {"value": self.value}


class Identity(Initializer):
    """Ones on the diagonal of a matrix, zeros elsewhere.

    Arguments
        gain: factor of the identity matrix.
    """

    def __init__(self, gain=1.0):
        self.gain = number(gain, "gain")

    def __call__(self, shape, dtype=None):
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received the shape {tuple(shape)}."
            )
        return self.gain * np.eye(*shape, dtype=dtype or floatx())

    def get_config(self):
        return {"gain": self.gain}


class RandomInitializer(Initializer):
    """Base of the random ones.

    Arguments
        seed: None draws from `np.random`; a number starts a generator of the
            initializer's own, and each call goes on with it.
    """

    def __init__(self, seed=None):
        self.seed = seed if seed is None else whole(seed, "seed", least=0)
        self._own = None if seed is None else np.random.RandomState(seed)

    @property
    def random(self):
        """The generator to draw from."""
        return self._own or np.random


class RandomNormal(RandomInitializer):
    """Normal distribution.

    Arguments
        mean, stddev: of the distribution.
        seed: see RandomInitializer.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = number(mean, "mean")
        self.stddev = number(stddev, "stddev", least=0)

    def __call__(self, shape, dtype=None):
        return self.random.normal(self.mean, self.stddev, shape).astype(
            dtype or floatx()
        )

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class RandomUniform(RandomInitializer):
    """Uniform distribution.

    Arguments
        minval, maxval: lower and upper end.
        seed: see RandomInitializer.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = number(minval, "minval")
        self.maxval = number(maxval, "maxval")

    def __call__(self, shape, dtype=None):
        values = self.random.uniform(self.minval, self.maxval, shape)
        return values.astype(dtype or floatx())

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Normal distribution; values more than two deviations off are drawn again.

    Arguments
        mean, stddev: of the normal distribution, before values are rejected.
        seed: see RandomInitializer.
    """

    def __call__(self, shape, dtype=None):
        z = truncated_normal_values(self.random, shape)
        return (self.mean + self.stddev * z).astype(dtype or floatx())


def truncated_normal_values(random, shape):
    """Standard normal values between -2 and 2."""
    z = random.standard_normal(shape)
    outside = np.abs(z) > 2
    while outside.any():
        z[outside] = random.standard_normal(np.count_nonzero(outside))
        outside = np.abs(z) > 2
    return z


# Standard deviation of a standard normal distribution that is cut off at -2 and 2.
TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """A variance that suits the number of inputs or outputs of a unit.

    The variance is scale / n, where n is

        fan_in      the number of inputs of a unit
        fan_out     the number of units that an input feeds
        fan_avg     their mean

    Arguments
        scale: positive factor.
        mode: 'fan_in', 'fan_out' or 'fan_avg'.
        distribution: 'normal' (truncated) or 'uniform'.
        seed: see RandomInitializer.
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="normal", seed=None):
        super().__init__(seed)
        if number(scale, "scale") <= 0.0:
            raise ValueError(f"`scale` must be a positive float. Got: {scale}")
        self.scale = scale
        self.mode = choice(str(mode).lower(), "mode", ("fan_in", "fan_out", "fan_avg"))
        self.distribution = choice(
            str(distribution).lower(), "distribution", ("normal", "uniform")
        )

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = compute_fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, n[self.mode])
        if self.distribution == "normal":
            stddev = np.sqrt(variance) / TRUNCATED_STDDEV
            values = stddev * truncated_normal_values(self.random, shape)
        else:
            limit = np.sqrt(3 * variance)
            values = self.random.uniform(-limit, limit, shape)
        return values.astype(dtype or floatx())

    def get_config(self):
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
        }


def compute_fans(shape):
    """(inputs of a unit, units that an input feeds) for a weight of this shape.

    A matrix is (inputs, units). A convolution kernel is (window..., inputs, filters):
    each unit sees every input at every place of the window.
    """
    if len(shape) == 2:
        return shape
    if len(shape) in (3, 4, 5):
        window = np.prod(shape[:-2])
        return shape[-2] * window, shape[-1] * window
    fan = np.sqrt(np.prod(shape))
    return fan, fan


class Orthogonal(RandomInitializer):
    """A random orthogonal matrix; axes before the last one count as one axis.

    Arguments
        gain: factor of the matrix.
        seed: see RandomInitializer.

    Reference
        Saxe, McClelland, Ganguli (2013): Exact solutions to the nonlinear dynamics of
        learning in deep linear neural networks. https://arxiv.org/abs/1312.6120
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = number(gain, "gain")

    def __call__(self, shape, dtype=None):
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        a = self.random.normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(a)
        q = q * np.sign(np.diag(r))  # makes every orthogonal matrix equally likely
        q = q if rows >= columns else q.T
        return (self.gain * q).reshape(shape).astype(dtype or floatx())

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed}


def lecun_uniform(seed=None):
    """Uniform, variance 1 / fan_in.

    Reference: LeCun, Bottou, Orr, Muller (1998): Efficient BackProp.
    """
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def lecun_normal(seed=None):
    """Truncated normal, variance 1 / fan_in. Goes with the activation selu.

    Reference: Klambauer et al. (2017): Self-Normalizing Neural Networks.
        https://arxiv.org/abs/1706.02515
    """
    return VarianceScaling(1.0, "fan_in", "normal", seed)


def glorot_uniform(seed=None):
    """Uniform, variance 2 / (fan_in + fan_out). The default of most layers.

    Reference: Glorot, Bengio (2010): Understanding the difficulty of training deep
        feedforward neural networks.
    """
    return VarianceScaling(1.0, "fan_avg", "uniform", seed)


def glorot_normal(seed=None):
    """Truncated normal, variance 2 / (fan_in + fan_out); see glorot_uniform."""
    return VarianceScaling(1.0, "fan_avg", "normal", seed)


def he_uniform(seed=None):
    """Uniform, variance 2 / fan_in. Goes with the activation relu.

    Reference: He, Zhang, Ren, Sun (2015): Delving Deep into Rectifiers.
        https://arxiv.org/abs/1502.01852
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def he_normal(seed=None):
    """Truncated normal, variance 2 / fan_in; see he_uniform."""
    return VarianceScaling(2.0, "fan_in", "normal", seed)


zero = zeros = Zeros
one = ones = Ones
constant = Constant
identity = Identity
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
orthogonal = Orthogonal

SCALED = (
    lecun_uniform,
    lecun_normal,
    glorot_uniform,
    glorot_normal,
    he_uniform,
    he_normal,
)
KNOWN = {
    **{each.__name__: each for each in SCALED},
    "Zeros": Zeros, "zeros": Zeros, "zero": Zeros,
    "Ones": Ones, "ones": Ones, "one": Ones,
    "Constant": Constant, "constant": Constant,
    "Identity": Identity, "identity": Identity,
    "RandomUniform": RandomUniform, "random_uniform": RandomUniform,
    "uniform": RandomUniform,
    "RandomNormal": RandomNormal, "random_normal": RandomNormal, "normal": RandomNormal,
    "TruncatedNormal": TruncatedNormal, "truncated_normal": TruncatedNormal,
    "VarianceScaling": VarianceScaling,
    "Orthogonal": Orthogonal, "orthogonal": Orthogonal,
}  # fmt: skip


def serialize(initializer):
    """The config of an initializer; the name of a function."""
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that a config or a name stands for."""
    return interpret(config, KNOWN, "initializer", SCALED, custom_objects)


def get(identifier):
    """The initializer that a name, config, class, instance or function stands for."""
    return interpret(identifier, KNOWN, "initializer", SCALED)
