"""A network as plain data, in Keras 2's form, and back."""

from minikeras.engine.base_layer import Layer
from minikeras.engine.node import unpack
from minikeras.utils.checks import shorten
from minikeras.utils.messages import did_you_mean

# The versions named in saved configurations, so that Keras 2 reads them.
KERAS_VERSION = "2.3.1"


def model_config(model):
    """Class and configuration of a model, as `to_json` writes it."""
    return {
        "class_name": type(model).__name__,
        "config": model.get_config(),
        "keras_version": KERAS_VERSION,
        "backend": "minikeras",
    }


def network_config(network):
    """Layers, the nodes that join them, inputs and outputs."""
    if not network.is_graph_network:
        raise NotImplementedError(
            f"Model {network.name!r} is written as a `call` method, so its layers "
            "cannot be listed. Save its weights with save_weights, and make it with "
            "its class."
        )
    numbers = _node_numbers(network)
    return {
        "name": network.name,
        "layers": [_layer_config(layer, numbers) for layer in network.layers],
        "input_layers": [_place(t, numbers) for t in network.inputs],
        "output_layers": [_place(t, numbers) for t in network.outputs],
    }


def _node_numbers(network):
    """Each node's number among the nodes of its layer that are in the network."""
    numbers, counts = {}, {}
    inside = set(network._nodes)
    for layer in network.layers:
        # A network's own first node, from its inputs to its outputs, counts as one.
        counts[layer] = int(isinstance(layer, Layer) and hasattr(layer, "layers"))
        for node in layer._inbound_nodes:
            if node in inside:
                numbers[node] = counts[layer]
                counts[layer] += 1
    return numbers


def _place(tensor, numbers):
    layer, index, tensor_index = tensor._keras_history
    return [layer.name, numbers[layer._inbound_nodes[index]], tensor_index]


def _layer_config(layer, numbers):
    nodes = [node for node in layer._inbound_nodes if node in numbers]
    return {
        "name": layer.name,
        "class_name": type(layer).__name__,
        "config": layer.get_config(),
        "inbound_nodes": [
            [[*_place(t, numbers), _arguments(node)] for t in node.input_tensors]
            for node in nodes
            if node.inbound_layers
        ],
    }


def _arguments(node):
    """The call's keyword arguments that can be written down."""
    plain = (bool, int, float, str, list, type(None))
    return {k: v for k, v in node.arguments.items() if isinstance(v, plain)}


def network_from_config(cls, config, custom_objects=None):
    """Make the layers, then call each as soon as the tensors it reads are there."""
    from minikeras.layers import deserialize

    check_config(config, ("layers", "input_layers", "output_layers"), "Model")
    layers = {}
    waiting = []
    for entry in config["layers"]:
        check_config(entry, ("name", "class_name", "config", "inbound_nodes"), "Model")
        layer = deserialize(entry, custom_objects=custom_objects)
        layers[entry["name"]] = layer
        first = len(layer._inbound_nodes)
        calls = enumerate(entry["inbound_nodes"], first)
        waiting += [(layer, number, node) for number, node in calls]
    while waiting:
        left = [each for each in waiting if not _call(*each, layers)]
        if len(left) == len(waiting):
            raise ValueError(
                "The configuration cannot be joined to a network: layers "
                f"{[layer.name for layer, *_ in left]} read tensors that no layer "
                "gives."
            )
        waiting = left
    inputs = [_tensor(place, layers) for place in _places(config["input_layers"])]
    outputs = [_tensor(place, layers) for place in _places(config["output_layers"])]
    return cls(inputs=unpack(inputs), outputs=unpack(outputs), name=config.get("name"))


def check_config(config, wanted, kind):
    """ValueError if a configuration is no dict that has the `wanted` keys."""
    missing = wanted
    if isinstance(config, dict):
        missing = [key for key in wanted if key not in config]
    if missing:
        found = list(config) if isinstance(config, dict) else config
        hint = ""
        if kind == "Model" and isinstance(config, dict) and "layers" in config:
            hint = " For a Sequential model: Sequential.from_config."
        raise ValueError(
            f"This is no configuration of a {kind}, as model.get_config() gives it: it "
            f"lacks {', '.join(missing)}. Got {shorten(found)}.{hint}"
        )


def _places(entry):
    if not isinstance(entry, (list, tuple)):
        raise ValueError(
            "Inputs and outputs in a configuration are lists [layer name, number of "
            f"the call, number of the output]. Got {shorten(entry)}."
        )
    return [entry] if entry and isinstance(entry[0], str) else entry


def _tensor(place, layers):
    """The tensor at [layer name, number of the call, number of the output], or None."""
    name, node_index, tensor_index = place[:3]
    if name not in layers:
        raise ValueError(
            f"The configuration reads an output of layer {name!r}, which it does not "
            f"have.{did_you_mean(name, layers)} Its layers: {list(layers)}."
        )
    nodes = layers[name]._inbound_nodes
    if len(nodes) <= node_index:
        return None
    return nodes[node_index].output_tensors[tensor_index]


def _call(layer, number, node, layers):
    """Make a layer's call of that number, unless a tensor for it is missing yet."""
    tensors = [_tensor(place, layers) for place in node]
    if any(t is None for t in tensors) or len(layer._inbound_nodes) != number:
        return False
    arguments = node[0][3] if node and len(node[0]) > 3 else {}
    takes_list = len(tensors) > 1 or getattr(layer, "takes_list", False)
    layer(tensors if takes_list else tensors[0], **arguments)
    return True
