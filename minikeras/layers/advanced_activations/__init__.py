"""Activations with options or weights, as layers."""

from minikeras.layers.advanced_activations.elu import ELU
from minikeras.layers.advanced_activations.leaky_relu import LeakyReLU
from minikeras.layers.advanced_activations.prelu import PReLU
from minikeras.layers.advanced_activations.relu import ReLU
from minikeras.layers.advanced_activations.softmax import Softmax
from minikeras.layers.advanced_activations.thresholded_relu import ThresholdedReLU

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]
