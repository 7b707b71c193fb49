"""The table of all layers: a row for each layer and important configuration of it.

A row is (layer, shape of a sample, options). For several inputs the shape is a list.

Options
    low, high: range of the random inputs; -2 and 2 by default.
    random: the layer draws random numbers while training.
    mask: what the layer makes of a mask: 'same', one of its 'own', 'none'; or it is
        'refused', the default.
"""

import numpy as np
from layers import sequence_cases
from layers.spatial_cases import rows_by_name

from minikeras import backend as K
from minikeras import layers

SAME = {"mask": "same"}
NOISE = {"mask": "same", "random": True}
MERGED = {"mask": "own"}

CASES = {
    "dense": (lambda: layers.Dense(3), (4,), SAME),
    "dense_softmax": (lambda: layers.Dense(3, activation="softmax"), (4,), SAME),
    "dense_time": (lambda: layers.Dense(3, "tanh", use_bias=False), (5, 4), SAME),
    "activation": (lambda: layers.Activation("tanh"), (4,), SAME),
    "dropout": (lambda: layers.Dropout(0.4), (4,), NOISE),
    "dropout_noise_shape": (
        lambda: layers.Dropout(0.4, noise_shape=(None, 1, 3)),
        (5, 3),
        NOISE,
    ),
    "spatial_dropout_1d": (lambda: layers.SpatialDropout1D(0.4), (5, 3), NOISE),
    "spatial_dropout_2d": (lambda: layers.SpatialDropout2D(0.4), (3, 2, 4), NOISE),
    "spatial_dropout_2d_first": (
        lambda: layers.SpatialDropout2D(0.4, data_format="channels_first"),
        (4, 3, 2),
        NOISE,
    ),
    "spatial_dropout_3d": (lambda: layers.SpatialDropout3D(0.4), (2, 3, 2, 4), NOISE),
    "flatten": (lambda: layers.Flatten(), (3, 2), {}),
    "flatten_first": (
        lambda: layers.Flatten(data_format="channels_first"),
        (3, 2, 4),
        {},
    ),
    "reshape": (lambda: layers.Reshape((2, 6)), (3, 4), {}),
    "reshape_open": (lambda: layers.Reshape((2, -1)), (3, 4), {}),
    "permute": (lambda: layers.Permute((3, 1, 2)), (3, 4, 2), {}),
    "repeat_vector": (lambda: layers.RepeatVector(3), (4,), {}),
    "lambda": (lambda: layers.Lambda(square), (4,), {"mask": "none"}),
    "lambda_arguments": (
        lambda: layers.Lambda(to_the_power, arguments={"a": 3}),
        (4,),
        {"mask": "none"},
    ),
    "activity_regularization": (
        lambda: layers.ActivityRegularization(l1=0.01, l2=0.02),
        (4,),
        SAME,
    ),
    "masking": (lambda: layers.Masking(), (5, 3), {"mask": "own"}),
    "add": (lambda: layers.Add(), [(4,), (4,), (4,)], MERGED),
    "add_spread": (lambda: layers.Add(), [(3, 4), (1, 4)], MERGED),
    "add_ranks": (lambda: layers.Add(), [(3, 4), (1, 3, 4)], MERGED),
    "subtract": (lambda: layers.Subtract(), [(4,), (4,)], MERGED),
    "multiply": (lambda: layers.Multiply(), [(4,), (4,), (4,)], MERGED),
    "multiply_spread": (lambda: layers.Multiply(), [(3, 4), (3, 1)], MERGED),
    "average": (lambda: layers.Average(), [(4,), (4,), (4,)], MERGED),
    "maximum": (lambda: layers.Maximum(), [(4,), (4,), (4,)], MERGED),
    "minimum": (lambda: layers.Minimum(), [(4,), (4,), (4,)], MERGED),
    "concatenate": (lambda: layers.Concatenate(), [(2, 3), (2, 4)], MERGED),
    "concatenate_axis": (lambda: layers.Concatenate(axis=1), [(2, 3), (4, 3)], MERGED),
    "dot": (lambda: layers.Dot(axes=1), [(4,), (4,)], {"mask": "none"}),
    "dot_matrices": (lambda: layers.Dot([2, 1]), [(2, 3), (3, 4)], {"mask": "none"}),
    "dot_normalize": (
        lambda: layers.Dot(axes=2, normalize=True),
        [(2, 3), (4, 3)],
        {"mask": "none"},
    ),
    "highway": (lambda: layers.Highway(activation="tanh"), (4,), {}),
    "highway_no_bias": (lambda: layers.Highway(bias=False), (4,), {}),
    "maxout": (lambda: layers.MaxoutDense(3), (4,), {}),
    "maxout_no_bias": (lambda: layers.MaxoutDense(3, 2, bias=False), (4,), {}),
    "leaky_relu": (lambda: layers.LeakyReLU(0.2), (4,), SAME),
    "prelu": (lambda: layers.PReLU("uniform"), (3, 4), SAME),
    "prelu_shared": (lambda: layers.PReLU("uniform", shared_axes=[1]), (3, 4), SAME),
    "elu": (lambda: layers.ELU(0.7), (4,), SAME),
    "thresholded_relu": (lambda: layers.ThresholdedReLU(0.5), (4,), SAME),
    "softmax": (lambda: layers.Softmax(), (4,), SAME),
    "softmax_axis": (lambda: layers.Softmax(axis=1), (3, 4), SAME),
    "relu": (lambda: layers.ReLU(1.5, 0.1, 0.5), (4,), SAME),
    "gaussian_noise": (lambda: layers.GaussianNoise(0.3), (4,), NOISE),
    "gaussian_dropout": (lambda: layers.GaussianDropout(0.3), (4,), NOISE),
    "alpha_dropout": (lambda: layers.AlphaDropout(0.3), (4,), NOISE),
    **rows_by_name(),
    **sequence_cases.rows(),
}


def square(x):
    return K.square(x)


def to_the_power(x, a):
    return K.pow(x, a=a)


CUSTOM_OBJECTS = {"square": square, "to_the_power": to_the_power}


class Case:
    """A row of the table, with inputs for it.

    Attributes
        layer: a new layer; `built()` gives a built one.
        shapes: input shapes with None for the samples.
        several: whether the layer takes a list.
    """

    def __init__(self, name, samples=6):
        self.make, shape, self.options = CASES[name]
        self.several = isinstance(shape, list)
        self.sample_shapes = shape if self.several else [shape]
        self.samples = samples

    @property
    def shapes(self):
        return self.unpacked([(None, *shape) for shape in self.sample_shapes])

    def unpacked(self, values):
        return values if self.several else values[0]

    def built(self, layer=None):
        layer = layer or self.make()
        layer.build(self.shapes)
        layer.built = True
        return layer

    def x(self, dtype="float32", seed=0):
        """Inputs: an array, or a list of arrays."""
        random = np.random.RandomState(seed)
        low, high = self.options.get("low", -2), self.options.get("high", 2)
        return self.unpacked(
            [
                random.uniform(low, high, (self.samples, *shape)).astype(dtype)
                for shape in self.sample_shapes
            ]
        )

    def takes_training(self):
        return bool(self.options.get("random"))


def as_list(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]
