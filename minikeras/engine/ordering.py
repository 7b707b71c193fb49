"""Which layers lie between a network's inputs and outputs, and in which order."""

import collections

from minikeras.backend.tensor import Tensor
from minikeras.utils.checks import shorten


def check_tensors(inputs, outputs):
    """Raise ValueError for inputs or outputs that no network can be made of."""
    if len(set(map(id, inputs))) != len(inputs):
        raise ValueError(
            "The list of inputs passed to the model is redundant. All inputs should "
            f"only appear once. Found: {inputs}"
        )
    for kind, tensors in (("Input", inputs), ("Output", outputs)):
        for tensor in tensors:
            if not isinstance(tensor, Tensor) or not hasattr(tensor, "_keras_history"):
                raise ValueError(
                    f"{kind} tensors to a Model must be the output of a Keras `Layer` "
                    "(thus holding past layer metadata). Found: "
                    f"{shorten(tensor)}. Wrap K ops in a Lambda layer: "
                    "Lambda(lambda x: K.abs(x))(tensor)."
                )


def check_shapes(network, tensors):
    """Raise ValueError unless a network can be called on these tensors."""
    shapes = [tuple(tensor.shape) for tensor in tensors]
    expected = [tuple(tensor.shape) for tensor in network.inputs]
    if len(shapes) != len(expected):
        raise ValueError(
            f"Invalid inputs of shapes {shapes}: model {network.name!r} has "
            f"{len(expected)} tensor inputs, of shapes {expected}."
        )
    for found, wanted in zip(shapes, expected, strict=True):
        pairs = zip(found[1:], wanted[1:], strict=False)
        differ = any(None not in pair and pair[0] != pair[1] for pair in pairs)
        if len(found) != len(wanted) or differ:
            raise ValueError(
                f"Model {network.name!r} reads inputs of shape {wanted}, but was "
                f"called on a tensor of shape {found}."
            )


def check_names(layers):
    """Raise ValueError if two layers have the same name."""
    for name, count in collections.Counter(x.name for x in layers).items():
        if count > 1:
            raise ValueError(
                f'The name "{name}" is used {count} times in the model. All layer '
                "names should be unique."
            )


def node_of(tensor):
    """The call of a layer that gave this tensor."""
    layer, index, _ = tensor._keras_history
    return layer._inbound_nodes[index]


def order_nodes(inputs, outputs):
    """Nodes and layers from the inputs to the outputs, the farthest from them first.

    A node's depth is the longest way from it to an output, and no less than that of
    the calls of its layer that were met before; a layer's depth is that of its deepest
    call. Layers of the same depth stand in the order in which a walk back from the
    outputs meets them. (Weights in files stand in this order, so it is Keras's.)
    """
    finished, met = _walk_back(inputs, outputs)
    depth, layer_depth = {}, {}
    for node in reversed(finished):
        layer = node.outbound_layer
        depth[node] = max(depth.get(node, 0), layer_depth.get(layer, 0))
        layer_depth[layer] = depth[node]
        for source in _sources(node):
            depth[source] = max(depth.get(source, 0), depth[node] + 1)
    for tensor in inputs:
        layer_depth.setdefault(tensor._keras_history[0], 0)
        met.setdefault(tensor._keras_history[0], len(met))
    layers = sorted(layer_depth, key=lambda x: (-layer_depth[x], met[x]))
    position = {node: i for i, node in enumerate(finished)}
    nodes = sorted(finished, key=lambda n: (-depth[n], position[n]))
    return nodes, layers


def _walk_back(inputs, outputs):
    """(nodes with sources before users, order in which layers are first met)."""
    inputs = set(inputs)
    finished, met = {}, {}
    stack = [(node_of(t), False) for t in reversed(outputs)]
    while stack:
        node, sources_done = stack.pop()
        if sources_done:
            finished[node] = True
        elif node not in finished:
            met.setdefault(node.outbound_layer, len(met))
            stack.append((node, True))
            _check_connected(node, inputs, met)
            stack.extend((source, False) for source in reversed(_sources(node)))
    return list(finished), met


def _sources(node):
    """The nodes that gave this node's inputs; none for an input layer's node."""
    if not node.inbound_layers:
        return []
    return [node_of(tensor) for tensor in node.input_tensors]


def _check_connected(node, inputs, met):
    is_start = not node.inbound_layers
    if is_start and not any(t in inputs for t in node.output_tensors):
        layer = node.outbound_layer
        if getattr(layer, "is_placeholder", False):
            raise ValueError(
                "Graph disconnected: cannot obtain value for tensor "
                f"{node.output_tensors[0]!r} at layer {layer.name!r}, which is not "
                f"among the model's inputs {[t.name for t in inputs]}. Layers on the "
                f"way to it: {[x.name for x in met][:-1]}"
            )
    for tensor in node.input_tensors if not is_start else ():
        if not hasattr(tensor, "_keras_history"):
            raise ValueError(
                f"Layer {node.outbound_layer.name!r} was called on {tensor!r}, which "
                "no layer gave, so the model's inputs cannot be followed through it. "
                "Wrap K ops in a Lambda layer: Lambda(lambda x: K.abs(x))(tensor)."
            )
