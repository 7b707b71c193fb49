"""Batches of transformed images out of an array."""

import warnings

import numpy as np

from minikeras.backend.common import floatx, normalize_data_format
from minikeras.preprocessing.image.files import check_folder
from minikeras.preprocessing.image.iterator import Iterator, save_images
from minikeras.utils.checks import choice, shorten


class NumpyArrayIterator(Iterator):
    """Batches of transformed images out of an array; see ImageDataGenerator.flow.

    Arguments
        x: images (n, h, w, c), or a tuple of images and further inputs that are passed
            on as they are: one array or a list of arrays.
        y: labels, one for each image; None gives batches without labels.
        image_data_generator: what transforms the images.
        batch_size, shuffle, seed: see Iterator.
        sample_weight: weights, one for each image.
        data_format: 'channels_last' or 'channels_first'; None: the default.
        save_to_dir: existing folder that all images made are written to, as
            '{save_prefix}_{row}_{random number}.{save_format}'; None: nowhere.
        subset: 'training' or 'validation' part of the generator's validation_split;
            the first part of the images is for validation.
        dtype: type of the images made; None: floatx().
    """

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        dtype=None,
    ):
        self.dtype = dtype or floatx()
        self.data_format = normalize_data_format(data_format)
        x, misc = _images_and_more(x)
        _check_lengths(len(x), misc, y, sample_weight)
        part = _part(len(x), subset, image_data_generator, y)
        self.x = x[part]
        self.x_misc = [np.asarray(each[part]) for each in misc]
        self.y = None if y is None else np.asarray(y[part])
        self.sample_weight = None
        if sample_weight is not None:
            self.sample_weight = np.asarray(sample_weight[part])
        if not len(self.x):
            raise ValueError(
                f"there are no images: `x` has {len(x)}, and subset={subset!r} with "
                f"validation_split={image_data_generator._validation_split} takes none."
            )
        _check_images(self.x, self.data_format)
        check_folder("save_to_dir", save_to_dir)
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def make_batch(self, rows, random):
        """Transformed images, with further inputs, labels and weights if given."""
        images = np.empty((len(rows),) + self.x.shape[1:], dtype=self.dtype)
        for i, row in enumerate(rows):
            image = np.asarray(self.x[row])
            images[i] = self.image_data_generator.augment(image, random)
        save_images(images, rows, random, self)
        inputs = [images] + [each[rows] for each in self.x_misc]
        inputs = inputs if self.x_misc else images
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[rows]
        return inputs, self.y[rows], self.sample_weight[rows]


def _images_and_more(x):
    if not isinstance(x, (tuple, list)):
        x = np.asanyarray(x)  # a memory map stays one
        if x.ndim == 0:
            raise ValueError(
                f"`x` must be an array of images; got {shorten(x.item())}. Files in "
                "folders: flow_from_directory(folder)."
            )
        return x, []
    if len(x) != 2:
        raise ValueError(
            f"`x` is a {type(x).__name__} of {len(x)}; give one array of images, "
            "np.stack(x), or (images, further inputs)."
        )
    images, more = x
    more = more if isinstance(more, (tuple, list)) else [more]
    return np.asanyarray(images), [np.asarray(each) for each in more]


def _check_lengths(n, misc, y, sample_weight):
    named = [(f"further input {i} of `x`", each) for i, each in enumerate(misc)]
    for name, values in named + [("`y`", y), ("`sample_weight`", sample_weight)]:
        if values is not None and np.shape(values)[:1] != (n,):
            raise ValueError(
                f"`x` has {n} images but {name} has shape {np.shape(values)}; "
                "both must have the same length."
            )


def _part(n, subset, generator, y):
    """Slice of the samples that belong to the subset."""
    if subset is None:
        return slice(None)
    choice(subset, "subset", ("training", "validation"))
    split = int(n * generator._validation_split)
    if y is not None and _differ_in_classes(np.unique(y[:split]), np.unique(y[split:])):
        raise ValueError(
            f"the validation part (first {split} of {n} samples) and the training part "
            "do not hold the same classes; `y` seems sorted: shuffle x and y first."
        )
    return slice(split) if subset == "validation" else slice(split, None)


def _differ_in_classes(one, other):
    """Whether two parts hold different labels; fractions are no labels but targets."""
    both = np.concatenate([one, other])
    if both.dtype.kind == "f" and np.mod(both, 1).any():
        return False
    return len(one) and len(other) and not np.array_equal(one, other)


def _check_images(x, data_format):
    if x.ndim != 4:
        raise ValueError(
            f"`x` must hold images, (n, height, width, channels); got shape {x.shape}. "
            "Grey images need an axis for their one channel: x[..., None]."
        )
    channels = x.shape[3 if data_format == "channels_last" else 1]
    if channels not in (1, 3, 4):
        warnings.warn(
            f"images of shape {x.shape[1:]}, {data_format}, have {channels} channels; "
            "1, 3 or 4 are usual. Is `data_format` right?",
            stacklevel=4,
        )
