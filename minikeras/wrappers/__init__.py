"""Models as parts of other libraries."""

from minikeras.lazy import lazy_names

__all__ = ["scikit_learn"]
__getattr__, __dir__ = lazy_names(__name__, {}, ["scikit_learn"])
