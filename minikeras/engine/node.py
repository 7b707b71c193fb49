"""How layers hang together: one `Node` for each time a layer was called."""

from minikeras.engine.twins import shapes_of


class Node:
    """One call of a layer on tensors that other layers gave.

    The node joins the layers (for summaries, configurations and `get_layer`); the
    computation itself is in the tensors' `call`.

    Attributes, one entry for each input or output tensor
        inbound_layers, node_indices, tensor_indices: where the inputs came from.
        input_tensors, output_tensors, input_masks, output_masks
        input_shapes, output_shapes: a shape, or a list of them.
        arguments: the keyword arguments of the call.

    `is_start` marks nodes that no layer comes before: those of input layers, and the
    one that leads from a network's own inputs to its outputs.
    """

    def __init__(
        self,
        layer,
        inputs,
        outputs,
        input_masks=(),
        output_masks=(),
        arguments=None,
        is_start=False,
    ):
        self.outbound_layer = layer
        self.input_tensors, self.output_tensors = as_list(inputs), as_list(outputs)
        self.input_masks = as_list(input_masks)
        self.output_masks = as_list(output_masks)
        self.input_shapes, self.output_shapes = shapes_of(inputs), shapes_of(outputs)
        self.arguments = arguments or {}
        nowhere = (None, 0, 0)  # of a variable, of a K op's result: no layer gave it
        sources = [] if is_start else self.input_tensors
        histories = [getattr(t, "_keras_history", nowhere) for t in sources]
        self.inbound_layers = [h[0] for h in histories]
        self.node_indices = [h[1] for h in histories]
        self.tensor_indices = [h[2] for h in histories]
        for inbound in self.inbound_layers:
            if inbound is not None:
                inbound._outbound_nodes.append(self)
        layer._inbound_nodes.append(self)

    def get_config(self):
        """What the node connects, by name."""
        return {
            "outbound_layer": self.outbound_layer.name,
            "inbound_layers": [layer and layer.name for layer in self.inbound_layers],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


def as_list(x):
    """A list stays one, a tuple becomes one, anything else becomes its only member."""
    if isinstance(x, (list, tuple)):
        return list(x)
    return [x]


def unpack(items):
    """The only member of a list of one, else the list."""
    return items[0] if len(items) == 1 else items
