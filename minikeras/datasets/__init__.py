"""Data to learn with. Each module has `load_data`, or functions that make points.

Keras's seven data sets are downloaded once into its cache (~/.keras/datasets); a file
that Keras downloaded before is used. Files are checked against their published hash and
read as plain numbers; nothing in them can run. The others come with the package.
"""

from minikeras.lazy import lazy_names

SUBMODULES = (
    "boston_housing",
    "cifar10",
    "cifar100",
    "classroom",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)

__all__ = list(SUBMODULES)
__getattr__, __dir__ = lazy_names(__name__, {}, SUBMODULES)
