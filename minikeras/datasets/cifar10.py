"""Small colour images of 10 kinds of things: 50,000 + 10,000 of 32 x 32."""

import os

import numpy as np

from minikeras.datasets.cifar import arranged, read_images
from minikeras.utils.downloads import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data():
    """Load CIFAR-10.

    Returns
        (x_train, y_train), (x_test, y_test): uint8 images (n, 32, 32, 3) with values
        from 0 to 255 ((n, 3, 32, 32) with channels first), and uint8 class numbers
        (n, 1).

    References
        Krizhevsky: Learning multiple layers of features from tiny images, 2009,
        https://www.cs.toronto.edu/~kriz/cifar.html
    """
    folder = get_file("cifar-10-batches-py", ORIGIN, untar=True, file_hash=SHA256)
    parts = [
        read_images(os.path.join(folder, name), "labels")
        for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
    ]
    training = (np.concatenate(each) for each in zip(*parts[:-1], strict=True))
    return arranged(*training), arranged(*parts[-1])
