"""Layer normalization."""

import numpy as np

from minikeras import constraints, initializers, regularizers
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class LayerNormalization(Layer):
    """Give every sample zero mean and unit variance, then scales and offsets.

    Forward
        mean, var = of each sample, over `axis`
        u = (x - mean) / sqrt(var + epsilon)
        y = gamma u + beta

    Backward
        dbeta = sum of dy                    over all other axes
        dgamma = sum of dy u
        du = gamma dy
        dx = (du - mean of du - u mean of (du u)) / sqrt(var + epsilon)

    Shapes
        x, y          (n, ..., d)
        gamma, beta   (d), the sizes of `axis`

    Arguments
        axis: the axis, or a list of axes, to take mean and variance over.
        epsilon: keeps the root away from zero.
        center, scale: whether beta and gamma exist.
        *_initializer, *_regularizer, *_constraint: see "Weight options" in Layer.

    This layer came after Keras 2.3.1. Unlike BatchNormalization, it does the same in
    training and afterwards, and works on batches of one.

    Example
        >>> layer = LayerNormalization()
        >>> layer.build((None, 3))
        >>> layer.forward(np.array([[1.0, 2.0, 3.0]]))[0].round(2)
        array([[-1.22,  0.  ,  1.22]])

    References
        Ba, Kiros, Hinton (2016): Layer normalization. https://arxiv.org/abs/1607.06450
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = number(epsilon, "epsilon", least=0)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        axes = self._axes(len(input_shape))
        shape = tuple(input_shape[i] for i in axes)
        if None in shape or 0 in axes:
            raise ValueError(
                f"LayerNormalization over axis={self.axis} needs axes of known size, "
                f"not that of the samples; got an input of shape {tuple(input_shape)}."
            )
        self.gamma = self.scale and self._add("gamma", shape)
        self.beta = self.center and self._add("beta", shape)
        self.built = True

    def _axes(self, ndim):
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        return tuple(sorted(axis % ndim for axis in axes))

    def _add(self, name, shape):
        return self.add_weight(
            name,
            shape,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x):
        axes = self._axes(x.ndim)
        others = tuple(i for i in range(x.ndim) if i not in axes)
        wide = [n if i in axes else 1 for i, n in enumerate(x.shape)]
        gamma = self.gamma.value.reshape(wide) if self.scale else x.dtype.type(1)
        centred = x - x.mean(axis=axes, keepdims=True)
        var = np.square(centred).mean(axis=axes, keepdims=True)
        inverse = 1 / np.sqrt(var + x.dtype.type(self.epsilon))
        u = centred * inverse
        y = gamma * u + self.beta.value.reshape(wide) if self.center else gamma * u

        def backward(dy):
            if self.scale:
                self.gamma.add_grad((dy * u).sum(axis=others))
            if self.center:
                self.beta.add_grad(dy.sum(axis=others))
            du = gamma * dy
            along = (du * u).mean(axis=axes, keepdims=True)
            return (du - du.mean(axis=axes, keepdims=True) - u * along) * inverse

        return y, backward
