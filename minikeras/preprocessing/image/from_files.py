"""What iterators over image files share."""

import numpy as np

from minikeras.preprocessing.image.files import (
    INTERPOLATIONS,
    check_folder,
    checked_size,
    img_to_array,
    load_img,
)
from minikeras.preprocessing.image.iterator import Iterator, save_images
from minikeras.utils.checks import choice

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


class FileIterator(Iterator):
    """Batches of images read from files and transformed.

    Subclasses set `class_mode`, `dtype`, `filenames`, and the properties below, and
    call `set_processing_attrs` first.
    """

    @property
    def filepaths(self):
        """Path of each sample's file."""
        raise NotImplementedError

    @property
    def labels(self):
        """Class number, or target, of each sample."""
        raise NotImplementedError

    @property
    def sample_weight(self):
        """Weight of each sample, or None."""
        return None

    def set_processing_attrs(
        self,
        image_data_generator,
        target_size,
        color_mode,
        data_format,
        save_to_dir,
        save_prefix,
        save_format,
        subset,
        interpolation,
    ):
        """Set how images are read, transformed and saved, and which part is used."""
        choice(color_mode, "color_mode", CHANNELS)
        choice(interpolation, "interpolation", INTERPOLATIONS)
        choice(subset, "subset", ("training", "validation", None))
        check_folder("save_to_dir", save_to_dir)
        if subset and image_data_generator is None:
            raise ValueError(
                f"subset={subset!r} needs an `image_data_generator` that was made with "
                "validation_split."
            )
        self.image_data_generator = image_data_generator
        self.target_size = checked_size(target_size)
        self.color_mode = color_mode
        self.data_format = data_format
        last = data_format == "channels_last"
        channels = (CHANNELS[color_mode],)
        size = self.target_size
        self.image_shape = size + channels if last else channels + size
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.subset = subset
        self.interpolation = interpolation

    def part_named(self):
        """What an error about a lack of samples says about the subset."""
        if self.subset is None:
            return ""
        split = self.image_data_generator._validation_split
        return f" for subset={self.subset!r} with validation_split={split}"

    def part(self, names):
        """Those of a list that belong to the subset; validation comes first."""
        if self.subset is None:
            return names
        split = int(self.image_data_generator._validation_split * len(names))
        return names[:split] if self.subset == "validation" else names[split:]

    def make_batch(self, rows, random):
        """Images, with labels and weights according to `class_mode`."""
        images = np.empty((len(rows),) + self.image_shape, dtype=self.dtype)
        for i, row in enumerate(rows):
            images[i] = self._image(self.filepaths[row], random)
        save_images(images, rows, random, self)
        if self.class_mode is None:
            return images
        targets = self._targets_of(rows, images)
        if self.sample_weight is None:
            return images, targets
        return images, targets, self.sample_weight[rows]

    def _image(self, path, random):
        picture = load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
        )
        image = img_to_array(picture, self.data_format, self.dtype)
        generator = self.image_data_generator
        return image if generator is None else generator.augment(image, random)

    def _targets_of(self, rows, images):
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode == "multi_output":
            return [output[rows] for output in self.labels]
        if self.class_mode == "raw":
            return self.labels[rows]
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.labels[row] for row in rows], dtype=self.dtype)
        targets = np.zeros((len(rows), len(self.class_indices)), dtype=self.dtype)
        for target, row in zip(targets, rows, strict=True):
            target[self.labels[row]] = 1
        return targets
