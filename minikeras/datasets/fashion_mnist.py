"""Articles of clothing: 60,000 + 10,000 grey images of 28 x 28."""

from minikeras.datasets.files import KERAS, read_idx
from minikeras.utils.downloads import get_file

# SHA-256 of the published files, whose MD5 the authors of the data set publish.
TRAINING = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
}
TEST = {
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}


def load_data():
    """Load Fashion-MNIST.

    Returns
        (x_train, y_train), (x_test, y_test): uint8 images (n, 28, 28) with values from
        0 to 255, and uint8 class numbers (n,): T-shirt, trouser, pullover, dress, coat,
        sandal, shirt, sneaker, bag, ankle boot.

    References
        Xiao, Rasul, Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking
        machine learning algorithms, 2017, https://arxiv.org/abs/1708.07747
    """
    return _images_and_labels(TRAINING), _images_and_labels(TEST)


def _images_and_labels(files):
    paths = [
        get_file(
            name,
            origin=KERAS + name,
            cache_subdir="datasets/fashion-mnist",
            file_hash=sha256,
        )
        for name, sha256 in files.items()
    ]
    return read_idx(paths[0], dimensions=3), read_idx(paths[1], dimensions=1)
