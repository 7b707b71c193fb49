"""Locally connected layers: convolutions that do not share their filters."""

from minikeras.layers.local.locally_connected1d import LocallyConnected1D
from minikeras.layers.local.locally_connected2d import LocallyConnected2D

__all__ = ["LocallyConnected1D", "LocallyConnected2D"]
