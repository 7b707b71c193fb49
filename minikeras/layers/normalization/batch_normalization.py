"""Batch normalization."""

import numpy as np

from minikeras import constraints, initializers, regularizers
from minikeras.backend.normalization import normalize_rows, rows_of, scale_rows
from minikeras.backend.updates import update_later
from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.utils.checks import number, whole


class BatchNormalization(Layer):
    """Give every channel zero mean and unit variance, then a scale and an offset.

    Forward, in training
        mean, var = of the batch, over all axes but `axis`
        y = gamma (x - mean) / sqrt(var + epsilon) + beta
        moving_mean = momentum moving_mean + (1 - momentum) mean
        moving_variance = momentum moving_variance + (1 - momentum) var'

    Forward, otherwise
        y = gamma (x - moving_mean) / sqrt(moving_variance + epsilon) + beta

    Backward, in training
        s = 1 / sqrt(var + epsilon),  u = (x - mean) s,  m = numbers in a channel
        dbeta = sum of dy
        dgamma = sum of dy u
        dx = gamma s (dy - dbeta / m - u dgamma / m)

    Backward, otherwise
        dbeta, dgamma as above, with the moving statistics
        dx = gamma s dy

    Shapes
        x, y                                        (n, ..., c)
        gamma, beta, moving_mean, moving_variance   (c)

    Arguments
        axis: where the channels are; 1 for channels_first.
        momentum: how slowly the moving statistics follow the batches.
        epsilon: keeps the root away from zero.
        center, scale: whether beta and gamma exist.
        *_initializer, *_regularizer, *_constraint: see "Weight options" in Layer.

    var' estimates the variance of all data from that of a batch: m / (m - 1) times var.
    A frozen layer (trainable = False) leaves its moving statistics alone.

    Example
        >>> layer = BatchNormalization()
        >>> layer.build((None, 3))
        >>> y, backward = layer.forward(np.arange(6.0).reshape(2, 3), training=True)
        >>> y.mean(axis=0)
        array([0., 0., 0.])

    References
        Ioffe, Szegedy (2015): Batch normalization: accelerating deep network training
        by reducing internal covariate shift. https://arxiv.org/abs/1502.03167
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = whole(axis, "axis", least=None)
        self.momentum = number(momentum, "momentum", 0, 1)
        self.epsilon = number(epsilon, "epsilon", least=0)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ValueError(
                f"axis={self.axis} is out of range: the input has shape {input_shape}. "
                "The channels are usually at axis=-1."
            )
        c = input_shape[self.axis]
        if c is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but "
                f"the layer received an input with shape {tuple(input_shape)}."
            )
        self.gamma = self.scale and self._add("gamma", c)
        self.beta = self.center and self._add("beta", c)
        self.moving_mean = self._add_moving("moving_mean", c)
        self.moving_variance = self._add_moving("moving_variance", c)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: c})
        self.built = True

    def _add(self, name, c):
        return self.add_weight(
            name,
            (c,),
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
        )

    def _add_moving(self, name, c):
        initializer = getattr(self, f"{name}_initializer")
        return self.add_weight(name, (c,), initializer=initializer, trainable=False)

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        axes = [i for i in range(x.ndim) if i != self.axis % x.ndim]
        rows, back = rows_of(x, axes)
        gamma = self.gamma.value if self.scale else None
        beta = self.beta.value if self.center else None
        if training:
            y, mean, var, gradients = normalize_rows(rows, gamma, beta, self.epsilon)
            self._follow(mean, var, len(rows))
        else:
            moving = self.moving_mean.value, self.moving_variance.value
            y, gradients = scale_rows(rows, *moving, gamma, beta, self.epsilon)

        def backward(dy):
            dx, dgamma, dbeta = gradients(rows_of(dy, axes)[0])
            if self.scale:
                self.gamma.add_grad(dgamma)
            if self.center:
                self.beta.add_grad(dbeta)
            return back(dx)

        return back(y), backward

    def _follow(self, mean, var, m):
        """Move the moving statistics towards a batch's, m numbers a channel."""
        if not self.trainable or m < 2:
            return
        rest = np.float32(1 - self.momentum)
        var = var * np.float32(m / (m - (1 + self.epsilon)))
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, var)):
            update_later(moving, value, rest)
