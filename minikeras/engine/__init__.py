"""How layers become models, and models are trained.

Read in this order:

| file | what |
|---|---|
| base_layer.py, twins.py | a layer; `forward` and `call` from each other |
| node.py, input_layer.py, input_spec.py | how layers hang together, data enters |
| network.py, ordering.py | layers between inputs and outputs, as one layer |
| sequential.py | a chain of layers |
| compiled.py | what `compile` prepares: losses and metrics in one graph |
| trainer.py | one training step |
| loops.py, feeds.py | the epoch loop, and where batches come from |
| training.py | fit, evaluate, predict |
| standardize.py, advice.py | data as users give it; what beginners run into |
| legacy.py, old_arguments.py, old_attributes.py | what older scripts say |
| topology.py, saving.py | paths that older scripts import from |
| network_config.py, summary.py, flat.py | configurations, tables, flat weights |
| costs.py | multiply-adds and memory of a layer |
"""

from minikeras.engine.base_layer import InputSpec, Layer, Node
from minikeras.engine.input_layer import Input, InputLayer
from minikeras.engine.network import Network
from minikeras.engine.training import Model

__all__ = ["Input", "InputLayer", "InputSpec", "Layer", "Model", "Network", "Node"]
