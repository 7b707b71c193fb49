"""Embeddings."""

from minikeras.layers.embeddings.embedding import Embedding

__all__ = ["Embedding"]
