"""A rectifier with a learned slope."""

import numpy as np

from minikeras import constraints, initializers, regularizers
from minikeras.backend.broadcast import sum_to
from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.utils.checks import axis_of


class PReLU(Layer):
    """Learn the slope for negative inputs.

    Forward
        y = max(x, 0) + alpha min(x, 0)

    Backward
        dalpha = dy min(x, 0)    summed over samples and shared axes
        dx = dy                  where x > 0
        dx = alpha dy            elsewhere

    Shapes
        x, y    (n, ...)
        alpha   shape of a sample, with size 1 along shared axes

    Arguments
        alpha_*: see "Weight options" in Layer.
        shared_axes: axes along which one slope serves all; [1, 2] for feature maps.

    Example
        >>> PReLU(alpha_initializer="ones")(np.array([[-1.0, 2.0]]))
        array([[-1.,  2.]])

    Reference
        He, Zhang, Ren, Sun (2015): Delving Deep into Rectifiers.
        https://arxiv.org/abs/1502.01852
    """

    def __init__(
        self,
        alpha_initializer="zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is None or isinstance(shared_axes, (list, tuple)):
            self.shared_axes = shared_axes and list(shared_axes)
        else:
            self.shared_axes = [shared_axes]

    def build(self, input_shape):
        ndim = len(input_shape)
        shared = [axis_of(axis, ndim, "shared_axes") for axis in self.shared_axes or ()]
        sizes = enumerate(input_shape[1:], start=1)
        self.alpha = self.add_weight(
            "alpha",
            tuple(1 if axis in shared else size for axis, size in sizes),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        own = {i: n for i, n in enumerate(input_shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=own)
        self.built = True

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, mask=None):
        alpha, negative = self.alpha.value, np.minimum(x, 0)

        def backward(dy):
            self.alpha.add_grad(sum_to(dy * negative, alpha.shape))
            return np.where(x > 0, dy, alpha * dy)

        return np.maximum(x, 0) + alpha * negative, backward
