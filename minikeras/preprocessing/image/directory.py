"""Batches of images out of a folder that has one folder for each class."""

import os

import numpy as np

from minikeras.backend.common import floatx, normalize_data_format
from minikeras.preprocessing.image.files import (
    FORMATS,
    check_folder,
    find_images,
)
from minikeras.preprocessing.image.from_files import FileIterator
from minikeras.utils.checks import choice, shorten

CLASS_MODES = ("categorical", "binary", "sparse", "input", None)


class DirectoryIterator(FileIterator):
    """Batches of images from files; see ImageDataGenerator.flow_from_directory.

    Arguments
        directory: folder that holds one folder of images for each class.
        image_data_generator: what transforms the images; None leaves them alone.
        target_size: (height, width) that all images are resized to.
        color_mode: 'grayscale', 'rgb' or 'rgba'.
        classes: names of the classes' folders, in the order of their numbers; None:
            all folders, sorted by name.
        class_mode: targets: 'categorical' rows with a 1, 'binary' or 'sparse' class
            numbers, 'input' the images themselves; None: no targets.
        batch_size, shuffle, seed: see Iterator.
        data_format, save_to_dir, save_prefix, save_format, dtype: see
            NumpyArrayIterator.
        follow_links: whether symbolic links to files and folders count.
        subset: 'training' or 'validation' part of the generator's validation_split;
            the first files of each class are for validation.
        interpolation: how images are resized; see `load_img`.

    Attributes
        filenames: path of each sample below `directory`, sorted within its class.
        classes: class number of each sample, an array.
        class_indices: number of each class, by name.
        samples, num_classes: how many there are.
    """

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        dtype=None,
    ):
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            normalize_data_format(data_format),
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
        )
        choice(class_mode, "class_mode", CLASS_MODES)
        check_folder("directory", directory)
        self.directory = directory
        self.class_mode = class_mode
        self.dtype = dtype or floatx()
        links = 0
        if not classes:
            classes, links = _folders(directory, follow_links)
        if isinstance(classes, str) or not hasattr(classes, "__iter__"):
            raise TypeError(
                "`classes` must be a list of the names of folders, such as ['cats', "
                f"'dogs']; got {shorten(classes)}."
            )
        classes = dict.fromkeys(classes)  # each name once
        self.class_indices = {name: i for i, name in enumerate(classes)}
        self.num_classes = len(classes)
        self._find_samples(follow_links, links)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _find_samples(self, follow_links, links):
        self.filenames, numbers = [], []
        for name, number in self.class_indices.items():
            folder = os.path.join(self.directory, name)
            check_folder("directory", folder)
            files, skipped = find_images(folder, follow_links=follow_links)
            files = self.part(files)
            self.filenames += [os.path.join(name, file) for file in files]
            numbers += [number] * len(files)
            links += skipped
        self.classes = np.array(numbers, dtype="int32")
        self.samples = len(self.filenames)
        self._report(links)
        self._filepaths = [os.path.join(self.directory, f) for f in self.filenames]

    def _report(self, links):
        if not self.samples:
            raise ValueError(self._nothing_found(links))
        note = f" ({_skipped(links)})" if links else ""
        print(
            f"Found {self.samples} images belonging to {self.num_classes} "
            f"classes.{note}"
        )

    def _nothing_found(self, links):
        folders = f"{list(self.class_indices)[:5]} of {os.fspath(self.directory)!r}"
        seen = f" {_skipped(links)}." if links else ""
        return (
            f"no images found{self.part_named()} in the {self.num_classes} class "
            f"folders {folders}: there must be one folder for each class, with files "
            f"that end in one of {FORMATS}.{seen}"
        )

    @property
    def filepaths(self):
        """Path of each sample's file."""
        return self._filepaths

    @property
    def labels(self):
        """Class number of each sample."""
        return self.classes


def _folders(directory, follow_links):
    """Names of the folders, sorted, and how many links to folders were left out."""
    with os.scandir(directory) as entries:
        folders = [entry for entry in entries if entry.is_dir()]
    used = [f.name for f in folders if follow_links or not f.is_symlink()]
    return sorted(used), len(folders) - len(used)


def _skipped(links):
    return f"{links} symbolic links skipped; follow_links=True uses them"
