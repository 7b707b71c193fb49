"""Layers of Keras 1 that Keras 2 still took, with a warning."""

from minikeras.layers.legacy.atrous import AtrousConvolution1D, AtrousConvolution2D
from minikeras.layers.legacy.highway import Highway
from minikeras.layers.legacy.maxout_dense import MaxoutDense

__all__ = ["AtrousConvolution1D", "AtrousConvolution2D", "Highway", "MaxoutDense"]
