"""minikeras: the Keras 2 API on NumPy."""

from minikeras.lazy import lazy_names

__version__ = "0.1.0"

__all__ = ["Input", "Model", "Sequential"]

SUBMODULES = (
    "activations", "applications", "backend", "callbacks", "constraints", "datasets",
    "engine", "initializers", "kernels", "layers", "legacy", "losses", "metrics",
    "models", "objectives", "optimizers", "preprocessing", "regularizers", "utils",
    "wrappers",
)  # fmt: skip

__getattr__, __dir__ = lazy_names(
    __name__,
    {"Input": "layers", "Model": "models", "Sequential": "models"},
    SUBMODULES,
)
