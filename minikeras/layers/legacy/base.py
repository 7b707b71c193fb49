"""What the legacy layers share: the options of Keras 1."""

import warnings

from minikeras import constraints, initializers, regularizers
from minikeras.engine.base_layer import InputSpec, Layer


class LegacyLayer(Layer):
    """A layer on vectors whose options have Keras 1's names.

    Arguments
        init: initial values of W.
        weights: list of initial arrays.
        W_regularizer, b_regularizer: penalties on the weights.
        activity_regularizer: penalty on y.
        W_constraint, b_constraint: applied after each optimizer step.
        bias: whether there are biases.
        input_dim: d, for a first layer; the same as input_shape=(d,).
    """

    def __init__(
        self,
        init="glorot_uniform",
        weights=None,
        W_regularizer=None,
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        input_dim=None,
        **kwargs,
    ):
        name = type(self).__name__
        warnings.warn(
            f"The `{name}` layer is deprecated and will be removed after 06/2017.",
            stacklevel=5,  # past both constructors and their wrappers
        )
        if input_dim:
            kwargs["input_shape"] = (input_dim,)
        super().__init__(weights=weights, **kwargs)
        self.init = initializers.get(init)
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        self.input_dim = input_dim
        self.input_spec = InputSpec(ndim=2)

    def add_matrix(self, name, shape):
        """A weight with the options of W."""
        options = {"regularizer": self.W_regularizer, "constraint": self.W_constraint}
        return self.add_weight(name, shape, initializer=self.init, **options)

    def add_bias(self, name, shape, initializer="zeros"):
        """A weight with the options of b."""
        options = {"regularizer": self.b_regularizer, "constraint": self.b_constraint}
        return self.add_weight(name, shape, initializer=initializer, **options)
