"""Data for models: texts, sequences and images turned into batches of arrays."""

from minikeras.preprocessing import image, sequence, text

__all__ = ["image", "sequence", "text"]
