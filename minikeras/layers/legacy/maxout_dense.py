"""The maxout layer."""

import numpy as np

from minikeras.engine.twins import place
from minikeras.layers.legacy.base import LegacyLayer


class MaxoutDense(LegacyLayer):
    """Several dense layers side by side; for each unit the largest result counts.

    Forward
        z_k = x W_k + b_k                k = 1 ... number of features
        y = the largest of the z_k, unit by unit

    Backward
        dz_k = dy where z_k was the largest, else 0
        dW_k = x^T dz_k
        db_k = sum of dz_k               over samples
        dx = sum over k of dz_k W_k^T

    Shapes
        x   (n, d)
        W   (k, d, u)                    u = output_dim, k = nb_feature
        b   (k, u)
        y   (n, u)

    Arguments
        output_dim: size u of the output.
        nb_feature: number k of dense layers.
        others: see `LegacyLayer`.

    Reference
        Goodfellow, Warde-Farley, Mirza, Courville, Bengio (2013): Maxout Networks.
        https://arxiv.org/abs/1302.4389
    """

    def __init__(
        self,
        output_dim,
        nb_feature=4,
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
        penalties = W_regularizer, b_regularizer, activity_regularizer
        limits = W_constraint, b_constraint
        super().__init__(init, weights, *penalties, *limits, bias, input_dim, **kwargs)
        self.output_dim = output_dim
        self.nb_feature = nb_feature

    def build(self, input_shape):
        d = input_shape[-1]
        self.W = self.add_matrix("W", (self.nb_feature, d, self.output_dim))
        if self.bias:
            self.b = self.add_bias("b", (self.nb_feature, self.output_dim))
        self.built = True

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

    def call(self, x):
        """Place the layer in a graph, or run it on recorded tensors."""
        return place(self, MaxoutDense.forward, x, {})

    def forward(self, x):
        W = self.W.value
        z = x @ W
        if self.bias:
            z = z + self.b.value[:, None]
        largest = z.argmax(axis=0)[None]
        y = np.take_along_axis(z, largest, axis=0)[0]

        def backward(dy):
            dz = np.zeros_like(z)
            np.put_along_axis(dz, largest, dy[None], axis=0)
            self.W.add_grad(x.T @ dz)
            if self.bias:
                self.b.add_grad(dz.sum(axis=1))
            return (dz @ W.transpose(0, 2, 1)).sum(axis=0)

        return y, backward
