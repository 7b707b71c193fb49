"""Layers of Keras 1; they live in `minikeras.layers.legacy`."""

from minikeras.layers.legacy import *  # noqa: F403
