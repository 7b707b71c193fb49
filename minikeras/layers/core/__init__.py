"""Core layers."""

from minikeras.layers.core.activation import Activation
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.dropout import Dropout

__all__ = ["Activation", "Dense", "Dropout"]
