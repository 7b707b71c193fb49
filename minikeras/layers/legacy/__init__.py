"""Layers of Keras 1 that Keras 2 still took, with a warning."""

from minikeras.layers.legacy.atrous import AtrousConvolution1D, AtrousConvolution2D
from minikeras.layers.legacy.highway import Highway
from minikeras.layers.legacy.maxout_dense import MaxoutDense
from minikeras.layers.legacy.recurrent import ConvRecurrent2D, Recurrent

__all__ = [
    "AtrousConvolution1D", "AtrousConvolution2D", "ConvRecurrent2D", "Highway",
    "MaxoutDense", "Recurrent",
]  # fmt: skip
