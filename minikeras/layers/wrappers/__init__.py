"""Layers that hold another layer."""

from minikeras.layers.wrappers.bidirectional import Bidirectional
from minikeras.layers.wrappers.time_distributed import TimeDistributed
from minikeras.layers.wrappers.wrapper import Wrapper

__all__ = ["Bidirectional", "TimeDistributed", "Wrapper"]
