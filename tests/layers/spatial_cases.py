"""Rows for layers on sequences, pictures and volumes: class, sample shape, options."""

import functools

from minikeras import layers

SERIES, IMAGE, VOLUME = (9, 4), (6, 7, 3), (4, 5, 4, 2)
ROWS = [
    ("Conv1D", SERIES, dict(filters=5, kernel_size=3, activation="tanh")),
    ("Conv1D", SERIES, dict(filters=2, kernel_size=2, padding="causal", strides=2)),
    ("Conv1D", SERIES, dict(filters=2, kernel_size=3, dilation_rate=2)),
    ("Conv2D", IMAGE, dict(filters=4, kernel_size=3, activation="softplus")),
    ("Conv2D", IMAGE, dict(filters=33, kernel_size=(3, 2), padding="same")),
    ("Conv2D", IMAGE, dict(filters=4, kernel_size=3, strides=(2, 3), padding="same")),
    ("Conv2D", IMAGE, dict(filters=4, kernel_size=1, strides=2, use_bias=False)),
    ("Conv2D", IMAGE, dict(filters=4, kernel_size=2, dilation_rate=(2, 3))),
    ("Conv2D", IMAGE, dict(filters=4, kernel_size=2, activation="softmax")),
    (
        "Conv2D",
        (3, 6, 7),
        dict(filters=4, kernel_size=3, data_format="channels_first"),
    ),
    ("Conv3D", VOLUME, dict(filters=3, kernel_size=2, activation="sigmoid")),
    ("Conv3D", VOLUME, dict(filters=3, kernel_size=(2, 3, 2), padding="same")),
    ("Conv3D", VOLUME, dict(filters=3, kernel_size=2, strides=2)),
    ("Conv3D", VOLUME, dict(filters=3, kernel_size=2, dilation_rate=2)),
    ("SeparableConv1D", SERIES, dict(filters=3, kernel_size=3, depth_multiplier=2)),
    ("SeparableConv2D", IMAGE, dict(filters=3, kernel_size=3, padding="same")),
    ("SeparableConv2D", IMAGE, dict(filters=3, kernel_size=2, activation="softplus")),
    ("DepthwiseConv2D", IMAGE, dict(kernel_size=3, depth_multiplier=2)),
    ("DepthwiseConv2D", IMAGE, dict(kernel_size=3, strides=2, padding="same")),
    ("DepthwiseConv2D", IMAGE, dict(kernel_size=2, activation="softplus")),
    ("Conv2DTranspose", IMAGE, dict(filters=4, kernel_size=3, strides=2)),
    ("Conv2DTranspose", IMAGE, dict(filters=4, kernel_size=3, padding="same")),
    ("Conv2DTranspose", IMAGE, dict(filters=4, kernel_size=1, strides=2)),
    (
        "Conv2DTranspose",
        IMAGE,
        dict(filters=4, kernel_size=2, strides=2, output_padding=1, activation="tanh"),
    ),
    ("Conv3DTranspose", VOLUME, dict(filters=3, kernel_size=2, strides=(1, 2, 1))),
    ("ZeroPadding1D", SERIES, dict(padding=(1, 2))),
    ("ZeroPadding2D", IMAGE, dict(padding=((1, 0), (2, 3)))),
    ("ZeroPadding3D", VOLUME, dict(padding=1)),
    ("Cropping1D", SERIES, dict(cropping=(1, 2))),
    ("Cropping2D", IMAGE, dict(cropping=((1, 0), (2, 3)))),
    ("Cropping3D", VOLUME, dict(cropping=1)),
    ("UpSampling1D", SERIES, dict(size=3)),
    ("UpSampling2D", IMAGE, dict(size=(2, 3))),
    ("UpSampling2D", IMAGE, dict(size=(2, 3), interpolation="bilinear")),
    ("UpSampling3D", VOLUME, dict(size=(1, 2, 3))),
    ("LocallyConnected1D", SERIES, dict(filters=3, kernel_size=2, strides=2)),
    ("LocallyConnected2D", IMAGE, dict(filters=3, kernel_size=2, activation="tanh")),
    ("MaxPooling1D", SERIES, {}),
    ("MaxPooling2D", IMAGE, dict(pool_size=3, strides=2, padding="same")),
    ("MaxPooling3D", VOLUME, dict(pool_size=2, strides=1)),
    ("AveragePooling1D", SERIES, dict(pool_size=3, strides=1, padding="same")),
    ("AveragePooling2D", IMAGE, dict(pool_size=3, strides=2, padding="same")),
    ("AveragePooling3D", VOLUME, {}),
    ("GlobalMaxPooling2D", IMAGE, {}),
    ("GlobalAveragePooling3D", VOLUME, {}),
    ("BatchNormalization", IMAGE, {}),
    ("BatchNormalization", SERIES, dict(axis=1)),
    ("BatchNormalization", (3,), dict(scale=False)),
    ("LayerNormalization", IMAGE, {}),
    ("LayerNormalization", IMAGE, dict(axis=[1, 3], center=False)),
]


def rows_by_name():
    """{name: (function that makes the layer, sample shape, options of the row)}."""
    found = {}
    for number, (name, shape, config) in enumerate(ROWS):
        options = {"mask": "same"} if "Normalization" in name else {}
        make = functools.partial(getattr(layers, name), **config)
        found[f"{name}_{number}"] = (make, shape, options)
    return found
