"""Handwritten digits: 60,000 + 10,000 grey images of 28 x 28."""

from minikeras.datasets.files import KERAS, read_npz
from minikeras.utils.downloads import get_file

SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path="mnist.npz"):
    """Load MNIST.

    Arguments
        path: name of the file in the cache.

    Returns
        (x_train, y_train), (x_test, y_test): uint8 images (n, 28, 28) with values from
        0 to 255, and uint8 class numbers (n,) from 0 to 9.

    References
        LeCun, Cortes, Burges: The MNIST database of handwritten digits, 1998.
    """
    path = get_file(path, origin=KERAS + "mnist.npz", file_hash=SHA256)
    names = "x_train", "y_train", "x_test", "y_test"
    x_train, y_train, x_test, y_test = read_npz(path, *names)
    return (x_train, y_train), (x_test, y_test)
