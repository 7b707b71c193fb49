"""The highway layer."""

from minikeras import activations
from minikeras.backend import sigmoid
from minikeras.backend.tape import differentiate
from minikeras.engine.twins import place
from minikeras.layers.legacy.base import LegacyLayer


class Highway(LegacyLayer):
    """A dense layer beside a road on which x passes unchanged; a gate mixes the two.

    Forward
        t = sigmoid(x W_carry + b_carry)
        a = activation(x W + b)
        y = t a + (1 - t) x

    Backward
        dt = dy (a - x)
        da = dy t
        dz_carry = back through sigmoid, dz = back through the activation
        dW_carry = x^T dz_carry          db_carry = sum of dz_carry over samples
        dW = x^T dz                      db = sum of dz over samples
        dx = dy (1 - t) + dz W^T + dz_carry W_carry^T

    Shapes
        x, y         (n, d)
        W, W_carry   (d, d)
        b, b_carry   (d,)                b_carry begins with ones: y is mostly a

    Arguments
        init: initial values of the matrices.
        activation: name or function; None leaves z unchanged.
        others: see `LegacyLayer`.

    Reference
        Srivastava, Greff, Schmidhuber (2015): Highway Networks.
        https://arxiv.org/abs/1505.00387
    """

    def __init__(
        self,
        init="glorot_uniform",
        activation=None,
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
        self.activation = activations.get(activation)

    def build(self, input_shape):
        d = input_shape[-1]
        self.W = self.add_matrix("W", (d, d))
        self.W_carry = self.add_matrix("W_carry", (d, d))
        if self.bias:
            self.b = self.add_bias("b", (d,))
            self.b_carry = self.add_bias("b_carry", (d,), initializer="ones")
        self.built = True

    def compute_output_shape(self, input_shape):
        return input_shape

    def call(self, x):
        """Place the layer in a graph, or run it on recorded tensors."""
        return place(self, Highway.forward, x, {})

    def forward(self, x):
        W, W_carry = self.W.value, self.W_carry.value
        z, z_carry = x @ W, x @ W_carry
        if self.bias:
            z, z_carry = z + self.b.value, z_carry + self.b_carry.value
        t, sigmoid_backward = sigmoid.forward(z_carry)
        a, activation_backward = differentiate(self.activation, z)

        def backward(dy):
            dt, da = dy * (a - x), dy * t
            dz_carry, dz = sigmoid_backward(dt), activation_backward(da)
            self.W_carry.add_grad(x.T @ dz_carry)
            self.W.add_grad(x.T @ dz)
            if self.bias:
                self.b_carry.add_grad(dz_carry.sum(axis=0))
                self.b.add_grad(dz.sum(axis=0))
            return dy * (1 - t) + dz @ W.T + dz_carry @ W_carry.T

        return t * a + (1 - t) * x, backward
