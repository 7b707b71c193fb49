"""The names that older scripts import from `keras.engine.topology`."""

from minikeras.engine.base_layer import InputSpec, Layer, Node
from minikeras.engine.input_layer import Input, InputLayer
from minikeras.engine.network import Network
from minikeras.utils.layer_utils import get_source_inputs

Container = Network

__all__ = [
    "Container", "Input", "InputLayer", "InputSpec", "Layer", "Network", "Node",
    "get_source_inputs",
]  # fmt: skip
