"""Images as files, Pillow images and arrays. Pillow is imported at the first use."""

import numbers
import os
import warnings

import numpy as np

from minikeras.backend.common import floatx, normalize_data_format
from minikeras.preprocessing.image.transforms import spread_over_bytes
from minikeras.utils import checks
from minikeras.utils.checks import choice, whole

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
PIL_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}


def load_img(
    path, grayscale=False, color_mode="rgb", target_size=None, interpolation="nearest"
):
    """Read an image file as a Pillow image.

    Arguments
        path: name of the file.
        grayscale: old form of color_mode='grayscale'.
        color_mode: 'grayscale', 'rgb' or 'rgba'.
        target_size: (height, width) to resize to; None keeps the file's.
        interpolation: how to resize: one of INTERPOLATIONS.

    A file that is missing, damaged, or larger than PIL.Image.MAX_IMAGE_PIXELS raises an
    error that names it.
    """
    if grayscale:
        warnings.warn("Use color_mode='grayscale'.", DeprecationWarning, stacklevel=2)
        color_mode = "grayscale"
    choice(color_mode, "color_mode", PIL_MODES)
    choice(interpolation, "interpolation", INTERPOLATIONS)
    if not hasattr(path, "read"):
        checks.path(path, "path")
    image = _read(path, PIL_MODES[color_mode])
    if target_size is None:
        return image
    size = checked_size(target_size)[::-1]
    return (
        image if image.size == size else image.resize(size, _resampling(interpolation))
    )


def checked_size(target_size):
    """(height, width) as a tuple, or an error that names the argument."""
    sizes = target_size[:2] if np.ndim(target_size) == 1 else ()
    if len(sizes) < 2 or not all(isinstance(n, numbers.Real) and n >= 1 for n in sizes):
        raise ValueError(
            f"`target_size` must be (height, width), in pixels; got {target_size!r}."
        )
    return tuple(whole(size, "target_size") for size in sizes)


def _read(path, mode):
    from PIL import Image

    try:
        with Image.open(path) as image:
            _check_size(image.size, Image.MAX_IMAGE_PIXELS)
            image.load()
            return image if image.mode == mode else image.convert(mode)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no image file {str(path)!r}.") from error
    except Exception as error:  # Pillow's decoders raise a dozen types
        raise OSError(f"cannot read the image {str(path)!r}: {error}") from error


def _check_size(size, limit):
    width, height = size
    if limit is not None and width * height > limit:
        raise ValueError(
            f"it has {width} x {height} pixels, more than PIL.Image.MAX_IMAGE_PIXELS = "
            f"{limit}. Raise that limit only if you trust the file."
        )


def _resampling(interpolation):
    from PIL import Image

    return getattr(Image.Resampling, interpolation.upper())


def img_to_array(img, data_format=None, dtype=None):
    """Pillow image (or array) to an array (h, w, c), or (c, h, w) 'channels_first'."""
    data_format = normalize_data_format(data_format)
    x = np.array(img, dtype=dtype or floatx())
    if x.ndim == 2:
        x = x[:, :, None] if data_format == "channels_last" else x[None]
    elif x.ndim != 3:
        raise ValueError(f"an image has 2 or 3 axes; got an array of shape {x.shape}.")
    elif data_format == "channels_first":
        x = x.transpose(2, 0, 1)
    return x


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """Array (h, w, c), or (c, h, w) 'channels_first', to a Pillow image.

    Arguments
        x: image of 1 (grey), 3 (RGB) or 4 (RGBA) channels.
        scale: whether to spread the values over 0..255: shifted up if some are
            negative, then divided by the largest. Otherwise they are cut off at 0
            and 255.
        dtype: type to compute in.
    """
    from PIL import Image

    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(f"one image has 3 axes; got an array of shape {x.shape}.")
    if normalize_data_format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(
            f"an image has 1, 3 or 4 channels; got shape {x.shape} (height, width, "
            "channels). Is `data_format` right?"
        )
    levels = (spread_over_bytes(x) if scale else np.clip(x, 0, 255)).astype(np.uint8)
    return Image.fromarray(levels[:, :, 0] if x.shape[2] == 1 else levels)


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array as an image file.

    Arguments
        path: name of the file (or a file object).
        x, data_format, scale: see `array_to_img`.
        file_format: such as 'png'; None: what the name ends with.
        kwargs: options of PIL.Image.Image.save, such as quality=90.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    ending = file_format or os.path.splitext(str(path))[1][1:]
    if image.mode == "RGBA" and ending.lower() in ("jpg", "jpeg"):
        warnings.warn("JPEG files cannot hold alpha; saving RGB.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format=_pillow_format(file_format), **kwargs)


def _pillow_format(file_format):
    return "jpeg" if file_format and file_format.lower() == "jpg" else file_format


def list_pictures(directory, ext=FORMATS):
    """Paths of all image files under a directory, sorted; links are not followed."""
    extensions = ext.split("|") if isinstance(ext, str) else ext
    paths, _ = find_images(directory, extensions)
    return [os.path.join(directory, path) for path in paths]


def find_images(directory, extensions=FORMATS, follow_links=False):
    """Image files under a directory, in an order that depends on the names only.

    Returns
        Their paths relative to `directory`, sorted by folder, then by name; and the
        number of symbolic links that were left out.
    """
    found, skipped, visited = [], 0, set()
    for root, folders, names in os.walk(directory, followlinks=follow_links):
        if os.path.realpath(root) in visited:  # a link to a folder above
            folders.clear()
            continue
        visited.add(os.path.realpath(root))
        links = [n for n in folders + names if os.path.islink(os.path.join(root, n))]
        if not follow_links:
            skipped += len(links)
            names = sorted(set(names) - set(links))
        found.append((root, [n for n in sorted(names) if has_format(n, extensions)]))
    found.sort()
    files = [os.path.join(root, name) for root, names in found for name in names]
    return [os.path.relpath(path, directory) for path in files], skipped


def has_format(name, extensions=FORMATS):
    """Whether a file name ends like an image's."""
    return name.lower().endswith(tuple("." + each.lower() for each in extensions))


def check_folder(name, folder):
    """Raise an error that names the argument unless it is None or a folder."""
    if folder and not os.path.isdir(checks.path(folder, name)):
        raise NotADirectoryError(
            f"`{name}` = {os.fspath(folder)!r} is not a folder. Folders here are not "
            "made for you; is the path relative to another folder than "
            f"{os.getcwd()!r}?"
        )
