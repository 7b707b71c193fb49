"""Layers that add noise while training."""

from minikeras.layers.noise.alpha_dropout import AlphaDropout
from minikeras.layers.noise.gaussian_dropout import GaussianDropout
from minikeras.layers.noise.gaussian_noise import GaussianNoise

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]
