"""minikeras: the Keras 2 API on NumPy."""

__version__ = "0.1.0"
