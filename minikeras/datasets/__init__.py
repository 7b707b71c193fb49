"""Data to learn with. Each module has `load_data`, or functions that make points."""

from minikeras.lazy import lazy_names

SUBMODULES = ("classroom", "digits")

__all__ = list(SUBMODULES)
__getattr__, __dir__ = lazy_names(__name__, {}, SUBMODULES)
