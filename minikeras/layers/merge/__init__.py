"""Layers that combine several inputs."""

from minikeras.layers.merge.add import Add, add
from minikeras.layers.merge.average import Average, average
from minikeras.layers.merge.base import _Merge
from minikeras.layers.merge.concatenate import Concatenate, concatenate
from minikeras.layers.merge.dot import Dot, dot
from minikeras.layers.merge.maximum import Maximum, maximum
from minikeras.layers.merge.minimum import Minimum, minimum
from minikeras.layers.merge.multiply import Multiply, multiply
from minikeras.layers.merge.subtract import Subtract, subtract

__all__ = [
    "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply",
    "Subtract", "_Merge", "add", "average", "concatenate", "dot", "maximum", "minimum",
    "multiply", "subtract",
]  # fmt: skip
