"""Small colour images of 100 kinds of things: 50,000 + 10,000 of 32 x 32."""

import os

from minikeras.datasets.cifar import arranged, read_images
from minikeras.utils.downloads import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode="fine"):
    """Load CIFAR-100.

    Arguments
        label_mode: "fine" for 100 classes, "coarse" for 20.

    Returns
        (x_train, y_train), (x_test, y_test): uint8 images (n, 32, 32, 3) with values
        from 0 to 255 ((n, 3, 32, 32) with channels first), and uint8 class numbers
        (n, 1).

    References
        Krizhevsky: Learning multiple layers of features from tiny images, 2009,
        https://www.cs.toronto.edu/~kriz/cifar.html
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"label_mode must be 'fine' or 'coarse', got {label_mode!r}")
    folder = get_file("cifar-100-python", ORIGIN, untar=True, file_hash=SHA256)
    training, test = (
        arranged(*read_images(os.path.join(folder, name), label_mode + "_labels"))
        for name in ("train", "test")
    )
    return training, test
