"""Random changes and normalisation of images, and the iterators that use them."""

import numbers
import warnings

import numpy as np

from minikeras.backend.common import floatx, normalize_data_format
from minikeras.preprocessing.image.arrays import NumpyArrayIterator
from minikeras.preprocessing.image.dataframe import DataFrameIterator
from minikeras.preprocessing.image.directory import DirectoryIterator
from minikeras.preprocessing.image.normalization import Normalization
from minikeras.preprocessing.image.transforms import (
    FILL_MODES,
    affine_matrix,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    flipped,
    move,
    pair,
    random_source,
)
from minikeras.utils.checks import choice, function, known_dtype, number, shorten, whole


class ImageDataGenerator(Normalization):
    """Make batches of images that are changed at random and normalised.

    Normalisation, in this order (see `standardize`)
        preprocessing_function: function of one image, which returns it changed.
        rescale: factor for all values.
        samplewise_center, samplewise_std_normalization: subtract each image's mean,
            divide by its standard deviation.
        featurewise_center, featurewise_std_normalization: subtract each channel's
            mean over the data set, divide by its standard deviation; needs `fit`.
        zca_whitening: remove the correlations between pixels; needs `fit`.
        zca_epsilon: how little variance counts as none.

    Random changes, drawn evenly (see `get_random_transform`)
        rotation_range: up to so many degrees, either way.
        width_shift_range, height_shift_range: a float: up to so large a share of the
            size, or from 1.0 on so many pixels; an int: fewer whole pixels than that;
            a list: one of its elements, either way.
        shear_range: up to so many degrees, either way.
        zoom_range: (low, high), or z for (1 - z, 1 + z).
        brightness_range: (low, high), a factor.
        channel_shift_range: up to so much added to all values, either way.
        horizontal_flip, vertical_flip: whether to flip every second image or so.
        fill_mode, cval, interpolation_order: see `apply_affine_transform`.

    Other arguments
        data_format: 'channels_last' (n, h, w, c) or 'channels_first' (n, c, h, w).
        validation_split: share of the samples that subset='validation' gives.
        dtype: type of the images made.

    Random numbers of batches depend on the iterator's seed, the epoch and the batch's
    index only; see Iterator. Two generators with the same changes and the same seed
    change images and their masks alike.

    Example
        >>> changes = ImageDataGenerator(rotation_range=20, horizontal_flip=True)
        >>> batches = changes.flow(images, labels, batch_size=32, seed=1)
        >>> model.fit_generator(batches, epochs=10)
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format="channels_last",
        validation_split=0.0,
        interpolation_order=1,
        dtype="float32",
    ):
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = number(zca_epsilon, "zca_epsilon", least=0)
        self.rotation_range = _limit(rotation_range, "rotation_range")
        self.width_shift_range = _shifts(width_shift_range, "width_shift_range")
        self.height_shift_range = _shifts(height_shift_range, "height_shift_range")
        self.brightness_range = brightness_range
        if brightness_range is not None:
            pair("brightness_range", brightness_range, least=0)
        self.shear_range = _limit(shear_range, "shear_range")
        self.zoom_range = _zoom_limits(zoom_range)
        self.channel_shift_range = _limit(channel_shift_range, "channel_shift_range")
        self.fill_mode = choice(fill_mode, "fill_mode", FILL_MODES)
        self.cval = number(cval, "cval")
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale and number(rescale, "rescale")
        self.preprocessing_function = preprocessing_function and function(
            preprocessing_function, "preprocessing_function", "lambda image: image / 2"
        )
        self.data_format = normalize_data_format(data_format)
        self._validation_split = _checked_split(validation_split)
        self.interpolation_order = whole(interpolation_order, "interpolation_order", 0)
        self.dtype = known_dtype(dtype or floatx())
        self.mean = None
        self.std = None
        self.principal_components = None
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if first else (3, 1, 2)
        )
        self._settle_normalisation()

    def _settle_normalisation(self):
        if self.zca_whitening:
            self._switch("featurewise_center", True, "zca_whitening")
            self._switch("featurewise_std_normalization", False, "zca_whitening")
        if self.featurewise_std_normalization:
            self._switch("featurewise_center", True, "featurewise_std_normalization")
        if self.samplewise_std_normalization:
            self._switch("samplewise_center", True, "samplewise_std_normalization")

    def _switch(self, name, value, because):
        if bool(getattr(self, name)) != value:
            setattr(self, name, value)
            warnings.warn(f"{because}=True sets {name}={value}.", stacklevel=5)

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
    ):
        """Endless batches (images, labels) out of arrays; see NumpyArrayIterator."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
    ):
        """Endless batches out of a folder of images; see DirectoryIterator."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """Endless batches out of files that a table names; see DataFrameIterator."""
        class_mode = _drop_old_options(kwargs, class_mode)
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    def augment(self, x, random):
        """One image changed at random, then normalised; x itself is left alone."""
        parameters = self.get_random_transform(x.shape, random)
        changed = self.apply_transform(x.astype(self.dtype, copy=False), parameters)
        if np.may_share_memory(changed, x):
            changed = changed.copy()
        return self.standardize(changed)

    def random_transform(self, x, seed=None):
        """One image (3 axes) changed at random."""
        if np.ndim(x) != 3:
            raise ValueError(f"`x` must be one image (3 axes). Got {shorten(x)}.")
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def get_random_transform(self, img_shape, seed=None):
        """Draw the parameters of one change, a dict for `apply_transform`.

        Arguments
            img_shape: shape of the image.
            seed: whole number or RandomState; None draws from np.random.

        Equal seeds give the parameters that Keras 2 gives.
        """
        random = random_source(seed)
        h, w = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        drawn = {
            "theta": _either_way(random, self.rotation_range),
            "tx": _shift(random, self.height_shift_range, h),
            "ty": _shift(random, self.width_shift_range, w),
            "shear": _either_way(random, self.shear_range),
        }
        low, high = self.zoom_range
        drawn["zx"], drawn["zy"] = (
            (1, 1) if low == high == 1 else random.uniform(low, high, 2)
        )
        drawn["flip_horizontal"] = (random.random_sample() < 0.5) * self.horizontal_flip
        drawn["flip_vertical"] = (random.random_sample() < 0.5) * self.vertical_flip
        shift, light = self.channel_shift_range, self.brightness_range
        drawn["channel_shift_intensity"] = (
            random.uniform(-shift, shift) if shift else None
        )
        drawn["brightness"] = random.uniform(*light) if light is not None else None
        return drawn

    def apply_transform(self, x, transform_parameters):
        """One image (3 axes) changed as told.

        Arguments
            x: image.
            transform_parameters: dict with any of theta, tx, ty, shear, zx, zy (see
                `apply_affine_transform`), flip_horizontal, flip_vertical,
                channel_shift_intensity, brightness; applied in this order.
        """
        if not isinstance(transform_parameters, dict):
            raise TypeError(
                "`transform_parameters` must be a dict, as get_random_transform gives "
                f"it. Got {shorten(transform_parameters)}."
            )
        get = transform_parameters.get
        axes = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = self._move(x, axes, get)
        # Keras 2.2 and its documentation spell it with a c.
        shift = get("channel_shift_intensity", get("channel_shift_intencity"))
        if shift is not None:
            x = apply_channel_shift(x, shift, axes[2])
        if get("brightness") is not None:
            x = apply_brightness_shift(x, get("brightness"), axes[2])
        return x

    def _move(self, x, axes, get):
        """Affine map and flips in one pass; flips alone are a view."""
        down, across = get("flip_vertical"), get("flip_horizontal")
        h, w = x.shape[axes[0]], x.shape[axes[1]]
        angles = get("theta", 0), get("tx", 0), get("ty", 0), get("shear", 0)
        matrix = affine_matrix(*angles, get("zx", 1), get("zy", 1), h, w)
        if matrix is None:
            x = flip_axis(x, axes[0]) if down else x
            return flip_axis(x, axes[1]) if across else x
        matrix = flipped(matrix, down, across, h, w)
        order = self.interpolation_order
        return move(x, matrix, axes, self.fill_mode, self.cval, order)


def _either_way(random, limit):
    return random.uniform(-limit, limit) if limit else 0


def _shift(random, limit, size):
    """Pixels to shift by; see width_shift_range."""
    if isinstance(limit, (float, np.floating)):
        share = limit < 1
        shift = random.uniform(-limit, limit) if limit else 0
    elif np.ndim(limit) == 0 and not limit:
        return 0
    else:
        share = np.max(limit) < 1
        shift = random.choice(limit) * random.choice([-1, 1])
    return shift * size if share else shift


def _limit(value, name):
    """A number, whose sign does not count; None stands for 0, as in Keras."""
    return value and number(value, name)


def _shifts(value, name):
    """What width_shift_range and height_shift_range may be: a number, or several."""
    if isinstance(value, (list, tuple, np.ndarray)) and len(value):
        return [number(each, name) for each in value]
    return _limit(value, name)


def _zoom_limits(zoom_range):
    if isinstance(zoom_range, numbers.Real):
        low, high = 1 - zoom_range, 1 + zoom_range
    else:
        low, high = pair("zoom_range", zoom_range)
    if min(low, high) <= 0:
        warnings.warn(
            f"zoom_range={zoom_range} gives factors from {low} to {high}; those from 0 "
            "down leave nothing of an image, or turn it around. For up to twice as "
            "large or small: zoom_range=(0.5, 2).",
            stacklevel=3,
        )
    return [low, high]


def _checked_split(validation_split):
    if validation_split and not 0 < number(validation_split, "validation_split") < 1:
        raise ValueError(
            f"`validation_split` must lie between 0 and 1; got {validation_split}."
        )
    return validation_split


def _drop_old_options(kwargs, class_mode):
    """Options of older Keras versions: told once, dropped; returns the class_mode."""
    for name, advice in _OLD_OPTIONS.items():
        if kwargs.pop(name, None) is not None:
            warnings.warn(f"`{name}` is no longer needed: {advice}", stacklevel=3)
    if kwargs:
        raise TypeError(
            f"flow_from_dataframe does not know the arguments {sorted(kwargs)}."
        )
    if class_mode == "other":
        warnings.warn("Use class_mode='raw' for 'other'.", stacklevel=3)
        return "raw"
    return class_mode


_OLD_OPTIONS = {
    "has_ext": "file names in the table must have their endings.",
    "sort": "the order of the table is kept.",
    "drop_duplicates": "use DataFrame.drop_duplicates.",
}
