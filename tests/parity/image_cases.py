"""Calls of `preprocessing.image`, written once for both libraries.

Each case is a function of the package that has `image`; its result is made of arrays
and plain values. Transformations get their parameters, so nothing here is random.
"""

import numpy as np

RNG = np.random.RandomState(9)
PICTURE = RNG.randint(0, 256, (12, 10, 3)).astype("float32")
GREY = RNG.randint(0, 256, (7, 9, 1)).astype("float32")
BATCH = RNG.randint(0, 256, (6, 8, 8, 3)).astype("float32")
CASES = {}


# ---- affine transformations ----------------------------------------------------------

AFFINE = {
    "nothing": {},
    "rotation": {"theta": 30},
    "rotation_far": {"theta": -200},
    "shift": {"tx": 2.5, "ty": -1.25},
    "whole_shift": {"tx": 2, "ty": -3},
    "shear": {"shear": 15},
    "zoom_in": {"zx": 0.7, "zy": 0.8},
    "zoom_out": {"zx": 1.4, "zy": 1.2},
    "all": {"theta": 20, "tx": 1.5, "ty": 0.5, "shear": 10, "zx": 0.9, "zy": 1.1},
}


def affine(x, **options):
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    return lambda package: package.image.apply_affine_transform(
        x.copy(), **dict(axes, **options)
    )


for name, parameters in AFFINE.items():
    CASES["affine_" + name] = affine(PICTURE, **parameters)
    CASES["affine_grey_" + name] = affine(GREY, **parameters)
for mode in ("constant", "reflect", "wrap", "nearest"):
    for name in ("rotation", "shift", "zoom_out", "all"):
        options = dict(AFFINE[name], fill_mode=mode, cval=70.0)
        CASES[f"affine_{mode}_{name}"] = affine(GREY, **options)
for order in (0, 1):
    CASES[f"affine_order_{order}"] = affine(PICTURE, theta=25, ty=1.3, order=order)
CASES["affine_channels_first"] = affine(
    PICTURE.transpose(2, 0, 1), theta=40, row_axis=1, col_axis=2, channel_axis=0
)

# ---- one image ----------------------------------------------------------------------


def on_picture(method, *arguments):
    return lambda package: getattr(package.image, method)(PICTURE.copy(), *arguments)


for value in (0.4, 1.0, 1.7):
    CASES[f"brightness_{value}"] = on_picture("apply_brightness_shift", value)
for value in (-40, 25.5):
    CASES[f"channel_shift_{value}"] = on_picture("apply_channel_shift", value, 2)
CASES["array_to_img"] = lambda package: np.asarray(package.image.array_to_img(PICTURE))
CASES["array_to_img_unscaled"] = lambda package: np.asarray(
    package.image.array_to_img(PICTURE, scale=False)
)
CASES["array_to_img_grey"] = lambda package: np.asarray(
    package.image.array_to_img(GREY / 3 - 20)
)
CASES["array_to_img_first"] = lambda package: np.asarray(
    package.image.array_to_img(PICTURE.transpose(2, 0, 1), data_format="channels_first")
)
CASES["img_to_array"] = lambda package: package.image.img_to_array(
    package.image.array_to_img(PICTURE)
)
CASES["img_to_array_first"] = lambda package: package.image.img_to_array(
    package.image.array_to_img(GREY), data_format="channels_first", dtype="float64"
)

# ---- ImageDataGenerator -------------------------------------------------------------

TRANSFORMS = {
    "theta": {"theta": 33},
    "shift": {"tx": 1.5, "ty": -2},
    "flips": {"flip_horizontal": True, "flip_vertical": True},
    "shear": {"shear": 12, "zx": 0.8, "zy": 1.3},
    "channel": {"channel_shift_intensity": 30.0},
    "brightness": {"brightness": 0.6},
    "all": {
        "theta": -15,
        "tx": 1,
        "zx": 0.9,
        "zy": 0.9,
        "flip_horizontal": True,
        "channel_shift_intensity": -20.0,
        "brightness": 1.2,
    },
}


def transformed(parameters, **options):
    return lambda package: package.image.ImageDataGenerator(**options).apply_transform(
        PICTURE.copy(), dict(parameters)
    )


for name, parameters in TRANSFORMS.items():
    CASES["transform_" + name] = transformed(parameters)
CASES["transform_constant"] = transformed({"theta": 20}, fill_mode="constant", cval=9.0)
CASES["transform_order_0"] = transformed({"theta": 20}, interpolation_order=0)


def standardized(fit=False, **options):
    def case(package):
        made = package.image.ImageDataGenerator(**options)
        if fit:
            made.fit(BATCH / 255)
        return {
            "x": np.stack([made.standardize(x.copy()) for x in BATCH / 255]),
            "mean": made.mean,
            "std": made.std,
        }

    return case


CASES["standardize_samplewise"] = standardized(
    samplewise_center=True, samplewise_std_normalization=True
)
CASES["standardize_rescale"] = standardized(rescale=1 / 16.0, samplewise_center=True)
CASES["standardize_featurewise"] = standardized(
    fit=True, featurewise_center=True, featurewise_std_normalization=True
)
CASES["standardize_zca"] = standardized(
    fit=True, featurewise_center=True, zca_whitening=True, zca_epsilon=1e-2
)
CASES["standardize_function"] = standardized(
    preprocessing_function=lambda x: x[::-1] * 2, rescale=0.5
)


def flow(epochs=1, generator=None, **options):
    """The sample numbers of every batch, found by their pixels."""

    def case(package):
        made = package.image.ImageDataGenerator(**(generator or {}))
        batches = made.flow(BATCH, **options)
        taken = [next(batches) for _ in range(epochs * len(batches))]
        return [[_number_of(image) for image in batch] for batch in taken]

    return case


def _number_of(image):
    return int(np.abs(BATCH - image).sum(axis=(1, 2, 3)).argmin())


CASES["flow_in_order"] = flow(shuffle=False, batch_size=4, epochs=2)
CASES["flow_seeded"] = flow(shuffle=True, batch_size=4, seed=5, epochs=2)
CASES["flow_training"] = flow(
    generator={"validation_split": 0.34}, subset="training", batch_size=8, shuffle=False
)
CASES["flow_validation"] = flow(
    generator={"validation_split": 0.34},
    subset="validation",
    batch_size=8,
    shuffle=False,
)
CASES["flow_weights"] = lambda package: [
    np.asarray(part)
    for part in next(
        package.image.ImageDataGenerator(rescale=0.5).flow(
            BATCH[:2], np.arange(2), 2, shuffle=False, sample_weight=np.arange(2) + 0.5
        )
    )
]

GENERATORS = {
    "rotation": {"rotation_range": 40},
    "shifts": {"width_shift_range": 0.2, "height_shift_range": 3},
    "shift_lists": {"width_shift_range": [-2, 0, 3], "height_shift_range": [-1.5, 1.5]},
    "zoom": {"zoom_range": 0.3},
    "zoom_pair": {"zoom_range": [0.5, 0.9]},
    "colours": {"brightness_range": [0.5, 1.5], "channel_shift_range": 20.0},
    "all": {
        "rotation_range": 20,
        "width_shift_range": 0.1,
        "height_shift_range": 0.1,
        "shear_range": 10,
        "zoom_range": 0.2,
        "horizontal_flip": True,
        "vertical_flip": True,
        "channel_shift_range": 5.0,
        "brightness_range": (0.9, 1.1),
    },
}


def drawn(seed, **options):
    def case(package):
        made = package.image.ImageDataGenerator(**options)
        parameters = made.get_random_transform(PICTURE.shape, seed=seed)
        return {key: _plain(value) for key, value in sorted(parameters.items())}

    return case


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


for name, options in GENERATORS.items():
    for seed in (0, 1, 2):
        CASES[f"drawn_{name}_{seed}"] = drawn(seed, **options)
