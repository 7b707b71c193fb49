"""Record convolution, pooling, padding and normalization layers of Keras 2.3.1.

    /path/to/keras231/bin/python -m tests.parity.record_conv_layers

On TensorFlow 1.15.5 and NumPy 1.18.5, CPU: channels_first layers are run by Keras
itself, which transposes where the CPU has no kernel. One fault of Keras is taken out:
the moving variance of images is multiplied by n / (n - 1) once too often.
"""

import itertools

from .recording import record_all, write

IMAGE, FIRST_IMAGE = (2, 5, 4, 2), (2, 2, 5, 4)
SERIES, FIRST_SERIES = (2, 7, 2), (2, 2, 7)
VOLUME, FIRST_VOLUME = (1, 3, 4, 3, 2), (1, 2, 3, 4, 3)
CASES = {}


def add(layer, shape, **config):
    """One case, named after its class and options."""
    options = ",".join("{}={}".format(*item) for item in sorted(config.items()))
    CASES[(f"{layer}({options})").replace(" ", "")] = (layer, config, [shape])


def both_formats(layer, last, first, **config):
    add(layer, last, **config)
    add(layer, first, data_format="channels_first", **config)


def convolutions():
    for padding, (strides, dilation_rate) in itertools.product(
        ("valid", "same"), ((1, 1), (2, 1), (1, 2))
    ):
        options = dict(padding=padding, strides=strides, dilation_rate=dilation_rate)
        both_formats(
            "Conv2D", IMAGE, FIRST_IMAGE, filters=2, kernel_size=[3, 2], **options
        )
        both_formats(
            "Conv1D", SERIES, FIRST_SERIES, filters=2, kernel_size=3, **options
        )
        both_formats(
            "Conv3D", VOLUME, FIRST_VOLUME, filters=2, kernel_size=2, **options
        )
        add(
            "SeparableConv2D",
            IMAGE,
            filters=2,
            kernel_size=2,
            depth_multiplier=2,
            **options,
        )
        add("SeparableConv1D", SERIES, filters=2, kernel_size=2, **options)
    for strides in (1, 2):
        add(
            "Conv1D",
            SERIES,
            filters=2,
            kernel_size=2,
            padding="causal",
            strides=strides,
        )
    add("Conv1D", SERIES, filters=2, kernel_size=2, padding="causal", dilation_rate=3)
    add(
        "Conv1D", (2, 7, 1), filters=3, kernel_size=5, activation="relu", use_bias=False
    )
    add(
        "Conv2D",
        (1, 5, 6, 1),
        filters=3,
        kernel_size=5,
        activation="tanh",
        padding="same",
    )
    add("Conv2D", IMAGE, filters=4, kernel_size=1, use_bias=False)
    add("Conv2D", IMAGE, filters=2, kernel_size=1, strides=2, padding="same")
    add("Conv2D", IMAGE, filters=2, kernel_size=3, strides=[1, 3], activation="softmax")
    add(
        "Conv2D", (1, 7, 8, 1), filters=2, kernel_size=3, strides=[3, 2], padding="same"
    )
    both_formats("SeparableConv2D", IMAGE, FIRST_IMAGE, filters=3, kernel_size=3)
    both_formats("SeparableConv1D", SERIES, FIRST_SERIES, filters=3, kernel_size=3)


def depthwise_and_transposed():
    for padding, strides in itertools.product(("valid", "same"), (1, 2)):
        options = dict(padding=padding, strides=strides)
        both_formats(
            "DepthwiseConv2D", IMAGE, FIRST_IMAGE, kernel_size=[3, 2], **options
        )
        add("DepthwiseConv2D", IMAGE, kernel_size=2, depth_multiplier=2, **options)
        both_formats(
            "Conv2DTranspose",
            IMAGE,
            FIRST_IMAGE,
            filters=2,
            kernel_size=[3, 2],
            **options,
        )
        add("Conv3DTranspose", VOLUME, filters=2, kernel_size=[2, 3, 2], **options)
    add("DepthwiseConv2D", IMAGE, kernel_size=2, dilation_rate=2, use_bias=False)
    add("Conv2DTranspose", IMAGE, filters=2, kernel_size=3, strides=2, output_padding=1)
    add(
        "Conv2DTranspose",
        IMAGE,
        filters=2,
        kernel_size=[2, 3],
        strides=[2, 3],
        output_padding=[1, 2],
        padding="same",
    )
    add("Conv2DTranspose", IMAGE, filters=2, kernel_size=2, dilation_rate=2)
    add(
        "Conv2DTranspose", IMAGE, filters=1, kernel_size=2, strides=3, activation="relu"
    )
    add(
        "Conv3DTranspose", VOLUME, filters=1, kernel_size=2, strides=2, output_padding=1
    )
    add(
        "Conv3DTranspose",
        FIRST_VOLUME,
        filters=2,
        kernel_size=2,
        data_format="channels_first",
    )


def pooling():
    shapes = {
        "1D": (SERIES, FIRST_SERIES),
        "2D": (IMAGE, FIRST_IMAGE),
        "3D": (VOLUME, FIRST_VOLUME),
    }
    for rank, kind in itertools.product(shapes, ("Max", "Average")):
        name, pair = kind + "Pooling" + rank, shapes[rank]
        for padding, strides in itertools.product(("valid", "same"), (None, 1)):
            add(name, pair[0], pool_size=2, padding=padding, strides=strides)
        add(name, pair[0], pool_size=3, padding="same", strides=2)
        both_formats(name, *pair)
        both_formats("Global" + name, *pair)
    for kind in ("Max", "Average"):
        add(kind + "Pooling2D", IMAGE, pool_size=[3, 2], strides=[1, 2], padding="same")


def padding_and_size():
    both_formats("ZeroPadding2D", IMAGE, FIRST_IMAGE, padding=[[1, 0], [2, 1]])
    both_formats(
        "ZeroPadding3D", VOLUME, FIRST_VOLUME, padding=[[1, 0], [0, 1], [1, 1]]
    )
    both_formats("Cropping2D", IMAGE, FIRST_IMAGE, cropping=[[1, 2], [0, 1]])
    both_formats("Cropping3D", VOLUME, FIRST_VOLUME, cropping=[[1, 0], [0, 2], [1, 1]])
    both_formats("UpSampling2D", IMAGE, FIRST_IMAGE, size=[2, 3])
    both_formats("UpSampling2D", IMAGE, FIRST_IMAGE, size=2, interpolation="bilinear")
    both_formats("UpSampling3D", VOLUME, FIRST_VOLUME, size=[1, 2, 2])
    add("ZeroPadding1D", SERIES, padding=[1, 2])
    add("ZeroPadding2D", IMAGE, padding=[1, 2])
    add("ZeroPadding2D", IMAGE)
    add("Cropping1D", SERIES, cropping=[2, 1])
    add("Cropping2D", IMAGE, cropping=1)
    add("UpSampling1D", SERIES, size=3)


def locally_connected():
    add("LocallyConnected1D", SERIES, filters=2, kernel_size=3)
    add(
        "LocallyConnected1D",
        SERIES,
        filters=2,
        kernel_size=2,
        strides=2,
        activation="tanh",
    )
    add("LocallyConnected1D", SERIES, filters=2, kernel_size=2, use_bias=False)
    both_formats(
        "LocallyConnected2D", IMAGE, FIRST_IMAGE, filters=2, kernel_size=[3, 2]
    )
    both_formats(
        "LocallyConnected2D",
        IMAGE,
        FIRST_IMAGE,
        filters=2,
        kernel_size=2,
        strides=[2, 1],
    )
    add("LocallyConnected2D", IMAGE, filters=2, kernel_size=2, use_bias=False)


def normalization():
    for training in (False, True):
        for name, (config, shape) in {
            "dense": ({}, (6, 3)),
            "image": ({}, IMAGE),
            "axis_1": ({"axis": 1}, FIRST_IMAGE),
            "axis_2": ({"axis": 2, "momentum": 0.9, "epsilon": 0.1}, (3, 2, 4)),
            "no_scale": ({"scale": False}, (6, 3)),
            "no_center": ({"center": False, "momentum": 0.5}, IMAGE),
            "bare": ({"center": False, "scale": False}, (6, 3)),
            "volume": ({}, VOLUME),
        }.items():
            case = f"BatchNormalization({name},training={training})"
            CASES[case] = ("BatchNormalization", config, [shape], None, training)


def correct_variance(case):
    """Take out the second n / (n - 1) of images whose channels come last."""
    x, config = case["x"][0], case["config"]
    if x.ndim != 4 or config.get("axis", -1) != -1:
        return
    n = x[..., 0].size
    old = config.get("momentum", 0.99) * case["weights"][-1]
    added = (case["weights_after"][-1] - old) * (n - 1) / n
    case["weights_after"][-1] = (old + added).astype("float32")


if __name__ == "__main__":
    convolutions()
    depthwise_and_transposed()
    pooling()
    padding_and_size()
    locally_connected()
    normalization()
    recorded = record_all(CASES)
    for case in recorded.values():
        if "weights_after" in case:
            correct_variance(case)
    write("conv_layers", recorded)
