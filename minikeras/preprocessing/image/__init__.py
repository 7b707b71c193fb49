"""Images: files to arrays, random changes, batches from arrays, folders and tables."""

from minikeras.preprocessing.image.arrays import NumpyArrayIterator
from minikeras.preprocessing.image.dataframe import DataFrameIterator
from minikeras.preprocessing.image.directory import DirectoryIterator
from minikeras.preprocessing.image.files import (
    array_to_img,
    img_to_array,
    list_pictures,
    load_img,
    save_img,
)
from minikeras.preprocessing.image.generator import ImageDataGenerator
from minikeras.preprocessing.image.iterator import Iterator
from minikeras.preprocessing.image.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "flip_axis",
    "img_to_array",
    "list_pictures",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
]
