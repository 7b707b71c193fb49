"""Data sets by name, downloaded once into Keras's cache (~/.keras/datasets).

Every module has `load_data`, which returns `(x_train, y_train), (x_test, y_test)`. A
file that Keras downloaded before is used. Files are checked against their published
hash and read as plain numbers; nothing in them can run.
"""

from importlib import import_module

MODULES = (
    "boston_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)

__all__ = sorted(MODULES)


def __getattr__(name):
    if name in MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
