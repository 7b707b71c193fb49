"""What CIFAR-10 and CIFAR-100 have in common."""

import os

import numpy as np

from minikeras.datasets.pickled import read_batch
from minikeras.saving.errors import DamagedFile


def read_images(path, kind):
    """Images (n, 3, 32, 32) and class numbers (n,) of one file, both uint8.

    Arguments
        path: the file.
        kind: which class numbers: "labels", "fine_labels" or "coarse_labels".
    """
    content = read_batch(path)
    images, labels = content.get(b"data"), content.get(kind.encode())
    if (
        not isinstance(images, np.ndarray)
        or images.dtype != np.uint8
        or images.shape[1:] != (3072,)
        or not isinstance(labels, list)
        or len(labels) != len(images)
        or not all(isinstance(label, int) and 0 <= label < 256 for label in labels)
    ):
        raise DamagedFile(
            f"{path!r} does not hold images and {kind}. Delete the folder "
            f"{os.path.dirname(path)!r}, so that it is made again."
        )
    return images.reshape(-1, 3, 32, 32), np.array(labels, np.uint8)


def arranged(x, y):
    """Images in the order of axes that the backend wants, labels as a column."""
    from minikeras import backend as K

    if K.image_data_format() == "channels_last":
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    return x, y.reshape(-1, 1)
