"""The fully connected layer."""

from minikeras import activations, constraints, initializers, regularizers
from minikeras.backend.bias import as_rows, bias_activation, from_rows
from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.engine.last_activation import ends_in_activation
from minikeras.kernels.matmul import matmul, matmul_transposed
from minikeras.utils.checks import whole


class Dense(Layer):
    """Multiply by a weight matrix, add a bias, apply an activation.

    Forward
        y = activation(x W + b)

    Backward
        dz = activation_backward(dy)
        db = sum of dz           over all rows
        dW = x^T dz              summed over all rows of x
        dx = dz W^T

    Shapes
        x   (n, ..., d)          n samples, d features
        W   (d, u)               u = units
        b   (u,)
        y   (n, ..., u)

    Arguments
        units: size u of the output.
        activation: name or function; None leaves z unchanged.
        use_bias: whether b exists.
        kernel_*, bias_*: see "Weight options" in Layer.
        activity_regularizer: penalty on y.
        input_dim: d, for a first layer; the same as input_shape=(d,).

    Example
        >>> layer = Dense(2, kernel_initializer="ones")
        >>> layer.build((None, 3))
        >>> y, backward = layer.forward(np.ones((4, 3)))
        >>> y.shape, backward(np.ones_like(y)).shape
        ((4, 2), (4, 3))
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(**kwargs)
        self.units = whole(units, "units")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        d = input_shape[-1]
        if d is None:
            raise ValueError(
                f"Layer {self.name!r}: the last size of the input must be known, it is "
                f"the height of the kernel. Got an input of shape {tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            "kernel",
            (d, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: d})
        self.built = True

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1]) + (self.units,)

    @ends_in_activation
    def forward(self, x):
        W, b = self.kernel.value, self.bias.value if self.use_bias else None
        rows = as_rows(x)
        z = from_rows(matmul(rows, W), x.shape)
        y, activation_backward = bias_activation(z, b, self.activation)

        def backward(dy, dx_wanted=True):
            dz, db = activation_backward(dy)
            dz = as_rows(dz)
            self.kernel.add_grad_product(rows.T, dz)
            if self.use_bias:
                self.bias.add_grad(db)
            if dx_wanted:
                return from_rows(matmul_transposed(dz, W), x.shape)

        return y, backward
