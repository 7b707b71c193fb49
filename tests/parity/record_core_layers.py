"""Record the core layers of Keras 2.3.1 (TensorFlow 1.15.5, NumPy 1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_core_layers

Activations, merging layers and the advanced activations are here too; noise layers are
recorded in inference, where they do nothing.
"""

import numpy as np

from .recording import generator, random, record_cases

ACTIVATIONS = (
    "linear elu selu softplus softsign relu tanh sigmoid hard_sigmoid exponential "
    "softmax"
).split()

# name -> (class, config, input shapes or arrays)
CASES = {
    "dense": ("Dense", {"units": 3}, [(4, 5)]),
    "dense_relu": ("Dense", {"units": 3, "activation": "relu"}, [(4, 5)]),
    "dense_no_bias": ("Dense", {"units": 2, "use_bias": False}, [(4, 5)]),
    "dense_softmax": ("Dense", {"units": 4, "activation": "softmax"}, [(4, 3)]),
    "dense_3d": ("Dense", {"units": 3, "activation": "tanh"}, [(2, 4, 3)]),
    "dense_4d": ("Dense", {"units": 2, "activation": "sigmoid"}, [(2, 2, 3, 3)]),
    "dense_one_sample": ("Dense", {"units": 1, "activation": "elu"}, [(1, 1)]),
    "flatten": ("Flatten", {}, [(2, 3, 2, 2)]),
    "flatten_first": ("Flatten", {"data_format": "channels_first"}, [(2, 3, 2, 4)]),
    "flatten_first_3d": ("Flatten", {"data_format": "channels_first"}, [(2, 3, 4)]),
    "flatten_last": ("Flatten", {"data_format": "channels_last"}, [(2, 3, 4)]),
    "reshape": ("Reshape", {"target_shape": [2, 6]}, [(2, 3, 4)]),
    "reshape_infer": ("Reshape", {"target_shape": [-1, 2]}, [(2, 3, 4)]),
    "reshape_infer_last": ("Reshape", {"target_shape": [2, 2, -1]}, [(2, 12)]),
    "permute": ("Permute", {"dims": [2, 1]}, [(2, 3, 4)]),
    "permute_3": ("Permute", {"dims": [3, 1, 2]}, [(2, 3, 4, 2)]),
    "repeat_vector": ("RepeatVector", {"n": 3}, [(2, 4)]),
    "activity": ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, [(2, 4)]),
    "leaky_relu": ("LeakyReLU", {}, [(3, 6)]),
    "leaky_relu_alpha": ("LeakyReLU", {"alpha": 0.05}, [(3, 6)]),
    "prelu": ("PReLU", {}, [(3, 6)]),
    "prelu_shared": ("PReLU", {"shared_axes": [1, 2]}, [(2, 3, 2, 4)]),
    "prelu_shared_one": ("PReLU", {"shared_axes": [1]}, [(2, 3, 4)]),
    "elu": ("ELU", {}, [(3, 6)]),
    "elu_alpha": ("ELU", {"alpha": 0.5}, [(3, 6)]),
    "thresholded_relu": ("ThresholdedReLU", {}, [(3, 6)]),
    "thresholded_relu_theta": ("ThresholdedReLU", {"theta": 0.4}, [(3, 6)]),
    "softmax": ("Softmax", {}, [(3, 4)]),
    "softmax_axis_1": ("Softmax", {"axis": 1}, [(2, 3, 4)]),
    "softmax_axis_-2": ("Softmax", {"axis": -2}, [(2, 3, 4)]),
    "relu": ("ReLU", {}, [(3, 6)]),
    "relu_max": ("ReLU", {"max_value": 1.0}, [(3, 6)]),
    "relu_slope": ("ReLU", {"negative_slope": 0.2}, [(3, 6)]),
    "relu_threshold": ("ReLU", {"threshold": 0.5}, [(3, 6)]),
    "relu_all": (
        "ReLU",
        {"max_value": 1.5, "negative_slope": 0.25, "threshold": 0.5},
        [(4, 6)],
    ),
    "gaussian_noise": ("GaussianNoise", {"stddev": 0.3}, [(3, 4)]),
    "gaussian_dropout": ("GaussianDropout", {"rate": 0.3}, [(3, 4)]),
    "alpha_dropout": ("AlphaDropout", {"rate": 0.3}, [(3, 4)]),
    "dropout": ("Dropout", {"rate": 0.3}, [(3, 4)]),
    "spatial_dropout_1d": ("SpatialDropout1D", {"rate": 0.3}, [(2, 3, 2)]),
    "spatial_dropout_2d": ("SpatialDropout2D", {"rate": 0.3}, [(2, 2, 2, 2)]),
    "spatial_dropout_3d": ("SpatialDropout3D", {"rate": 0.3}, [(2, 2, 1, 2, 2)]),
    "concatenate": ("Concatenate", {}, [(2, 3), (2, 4), (2, 1)]),
    "concatenate_axis_1": ("Concatenate", {"axis": 1}, [(2, 3, 2), (2, 1, 2)]),
    "concatenate_axis_-2": ("Concatenate", {"axis": -2}, [(2, 3, 2), (2, 1, 2)]),
    "dot": ("Dot", {"axes": 1}, [(3, 4), (3, 4)]),
    "dot_normalize": ("Dot", {"axes": 1, "normalize": True}, [(3, 4), (3, 4)]),
    "dot_-1": ("Dot", {"axes": -1}, [(3, 4), (3, 4)]),
    "dot_3d": ("Dot", {"axes": 2}, [(2, 3, 4), (2, 5, 4)]),
    "dot_3d_1": ("Dot", {"axes": 1}, [(2, 4, 3), (2, 4, 5)]),
    "dot_axes": ("Dot", {"axes": [2, 1]}, [(2, 3, 4), (2, 4, 5)]),
    "dot_axes_1_2": ("Dot", {"axes": [1, 2]}, [(2, 4, 3), (2, 5, 4)]),
    "dot_3d_2d": ("Dot", {"axes": [2, 1]}, [(2, 3, 4), (2, 4)]),
    "dot_2d_3d": ("Dot", {"axes": [1, 2]}, [(2, 4), (2, 3, 4)]),
    "dot_3d_normalize": (
        "Dot",
        {"axes": [2, 2], "normalize": True},
        [(2, 3, 4), (2, 2, 4)],
    ),
}
for merge in "Add Multiply Average Maximum Minimum".split():
    CASES[merge.lower()] = (merge, {}, [(3, 4), (3, 4), (3, 4)])
    CASES[merge.lower() + "_spread"] = (merge, {}, [(2, 3, 4), (2, 1, 4)])
    CASES[merge.lower() + "_ranks"] = (merge, {}, [(2, 3, 4), (2, 4)])
CASES["subtract"] = ("Subtract", {}, [(3, 4), (3, 4)])
CASES["subtract_spread"] = ("Subtract", {}, [(2, 3, 4), (2, 1, 4)])
for activation in ACTIVATIONS:
    wide = random(generator(activation), (3, 8), -6, 6)
    CASES["activation_" + activation] = (
        "Activation",
        {"activation": activation},
        [wide],
    )
CASES["activation_softmax_3d"] = ("Activation", {"activation": "softmax"}, [(2, 3, 4)])


def masked_cases():
    """Layers that make, pass on or combine masks."""
    rng = generator("masked")
    x = random(rng, (3, 4, 2))
    x[0, 2:] = 0
    x[1, 1] = 0
    x[2, 3, 0] = 0
    minus_one = np.where(x == 0, np.float32(-1), x)
    mask = (x != 0).any(axis=-1)
    other = rng.randint(0, 2, (3, 4)).astype(bool)
    y = random(rng, (3, 4, 2))
    both = [mask, other]
    cases = {
        "masking": ("Masking", {}, [x]),
        "masking_-1": ("Masking", {"mask_value": -1.0}, [minus_one]),
        "masked_dense": ("Dense", {"units": 3}, [x], [mask]),
        "masked_activation": ("Activation", {"activation": "tanh"}, [x], [mask]),
        "masked_dropout": ("Dropout", {"rate": 0.5}, [x], [mask]),
        "masked_softmax": ("Softmax", {}, [x], [mask]),
        "masked_add": ("Add", {}, [x, y], both),
        "masked_average": ("Average", {}, [x, y], both),
        "masked_maximum": ("Maximum", {}, [x, y], both),
        "masked_add_some": ("Add", {}, [x, y], [mask, None]),
        "masked_concatenate": ("Concatenate", {"axis": 1}, [x, y], both),
        "masked_concatenate_last": ("Concatenate", {"axis": -1}, [x, y], both),
        "masked_concatenate_some": ("Concatenate", {"axis": -1}, [x, y], [mask, None]),
        "masked_dot": ("Dot", {"axes": 2}, [x, y], both),
    }
    return cases


if __name__ == "__main__":
    CASES.update(masked_cases())
    record_cases("core_layers", CASES)
