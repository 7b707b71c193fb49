"""`Network`: layers joined from inputs to outputs, usable as one layer."""

import json

import numpy as np

from minikeras.backend.graph import Graph, calls_between, must_be_fed
from minikeras.backend.tensor import Symbolic, Tensor
from minikeras.backend.updates import LayerUpdates
from minikeras.engine.base_layer import Layer
from minikeras.engine.input_layer import InputLayer
from minikeras.engine.node import Node, as_list, unpack
from minikeras.engine.ordering import (
    check_names,
    check_shapes,
    check_tensors,
    order_nodes,
)
from minikeras.utils.checks import check_arrays, whole
from minikeras.utils.messages import did_you_mean


class Network(Layer):
    """A graph of layers, from input tensors to output tensors.

    Forward
        every layer in order, each on the outputs of the layers before it

    Backward
        every layer's backward in the reverse order; gradients of a tensor that several
        layers read are added up

    Arguments
        inputs: tensor or list of tensors made by `Input`.
        outputs: tensor or list of tensors computed from them by layers.
        name: 'model_1' and so on by default.

    A subclass may leave inputs and outputs out, make its layers in `__init__` and join
    them in `call(self, inputs)`; the graph is written down when data first comes.
    """

    def __init__(self, inputs=None, outputs=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.input_names, self.output_names = [], []
        self.inputs, self.outputs = None, None
        self._graphs = {}
        self.supports_masking = True
        if inputs is not None or outputs is not None:
            self._join(inputs, outputs)

    def _join(self, inputs, outputs):
        """Find and order the layers between `inputs` and `outputs`."""
        self.inputs, self.outputs = as_list(inputs), as_list(outputs)
        check_tensors(self.inputs, self.outputs)
        self._nodes, self._layers = order_nodes(self.inputs, self.outputs)
        check_names(self._layers)
        self.input_names = [t._keras_history[0].name for t in self.inputs]
        self.output_names = [t._keras_history[0].name for t in self.outputs]
        self._graphs = {}
        masks = [getattr(t, "_keras_mask", None) for t in self.outputs]
        start = (unpack(self.inputs), unpack(self.outputs), [None], masks)
        Node(self, *start, is_start=True)
        self.built = True

    @property
    def is_graph_network(self):
        """Whether the network was joined from tensors, not written as a `call`."""
        return hasattr(self, "_nodes")

    # ---- running ---------------------------------------------------------------------

    def forward(self, x, training=False, mask=None):
        """Run on arrays: `(outputs, backward)`."""
        if not self.is_graph_network:
            return _recorded_forward(self, x, training)
        outputs, graph_backward = self.graph().forward(as_list(x), int(training))

        def backward(dy):
            return unpack(graph_backward(as_list(dy)))

        return unpack(outputs), backward

    def graph(self):
        """The calls between inputs and outputs, ready to run."""
        if "predict" not in self._graphs:
            self._graphs["predict"] = Graph(self.fed_inputs(), self.outputs)
        return self._graphs["predict"]

    def graph_with_states(self):
        """The graph of outputs and of states that users' layers keep; their variables.

        Built-in layers note what they keep while they run (`update_later`).
        """
        if "states" not in self._graphs:
            updates = self.state_updates
            outputs = [*self.outputs, *(u.value for u in updates)]
            graph = Graph(self.fed_inputs(), outputs) if updates else self.graph()
            self._graphs["states"] = graph, [u.variable for u in updates]
        return self._graphs["states"]

    def fed_inputs(self):
        """The inputs that data must be given for."""
        return [t for t in self.inputs if t._keras_history[0].is_placeholder]

    def call(self, inputs, mask=None):
        """Apply all layers once more, to other tensors."""
        return unpack(self.run_internal_graph(inputs, mask)[0])

    def run_internal_graph(self, inputs, masks=None):
        """Apply all layers to other tensors: (output tensors, masks, shapes)."""
        check_shapes(self, as_list(inputs))
        replaced = dict(zip(self.inputs, as_list(inputs), strict=True))
        if masks is not None:
            for tensor, mask in zip(replaced.values(), as_list(masks), strict=True):
                tensor._keras_mask = mask
        for node in self._nodes:
            if isinstance(node.outbound_layer, InputLayer):
                continue
            arguments = {k: _replace(v, replaced) for k, v in node.arguments.items()}
            given = [replaced.get(t, t) for t in node.input_tensors]
            outputs = node.outbound_layer.apply(_like_call(node, given), **arguments)
            replaced.update(zip(node.output_tensors, as_list(outputs), strict=True))
        outputs = [replaced[t] for t in self.outputs]
        masks = [getattr(t, "_keras_mask", None) for t in outputs]
        return outputs, masks, [t.shape for t in outputs]

    def compute_mask(self, inputs, mask=None):
        """The masks of the outputs for these inputs."""
        if not self.is_graph_network:
            return None
        return unpack(self.run_internal_graph(inputs, mask)[1])

    def apply(self, inputs, **kwargs):
        if not self.is_graph_network:
            return super().apply(inputs, **kwargs)
        return unpack(self.run_internal_graph(inputs, kwargs.get("mask"))[0])

    def compute_output_shape(self, input_shape):
        """Shape(s) of the outputs for shape(s) of the inputs."""
        if not self.is_graph_network:
            return super().compute_output_shape(input_shape)
        several = isinstance(input_shape, list)
        shapes = input_shape if several else [input_shape]
        dtypes = [t.dtype for t in self.inputs]
        inputs = [Symbolic(s, d) for s, d in zip(shapes, dtypes, strict=True)]
        outputs, _, output_shapes = self.run_internal_graph(inputs)
        return unpack(output_shapes)

    # ---- what it holds ---------------------------------------------------------------

    @property
    def layers(self):
        """The layers, those nearest to the inputs first."""
        if self.is_graph_network:
            return self._layers
        return super().sublayers()

    def sublayers(self):
        return self.layers

    def get_layer(self, name=None, index=None):
        """A layer by its name or its place; the place wins."""
        if index is not None:
            index = whole(index, "index", least=None)
            count = len(self.layers)
            if not -count <= index < count:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{count} layers, 0 to {count - 1}."
                )
            return self.layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        if isinstance(name, int):
            hint = f" For a place: get_layer(index={name})."
        else:
            hint = did_you_mean(name, names)
        raise ValueError(f"No such layer: {name}.{hint} The model has {names}.")

    def get_weights(self):
        """Copies of all weights, layer by layer."""
        return [w.value.copy() for layer in self.layers for w in layer.weights]

    def set_weights(self, weights):
        """Overwrite all weights by arrays in the order of `get_weights`."""
        own = [w for layer in self.layers for w in layer.weights]
        check_arrays(weights, f"Model {self.name!r}")
        if len(own) != len(weights):
            raise ValueError(
                f"Model {self.name!r} has {len(own)} weights in {len(self.layers)} "
                f"layers; set_weights got {len(weights)} arrays."
            )
        for weight, value in zip(own, weights, strict=True):
            if np.shape(value) != weight.shape:
                raise ValueError(
                    f"Weight {weight.name!r} has shape {weight.shape}; the array given "
                    f"for it has {np.shape(value)}."
                )
        for weight, value in zip(own, weights, strict=True):
            weight.assign(value)

    @property
    def losses(self):
        """Penalties that this network's inputs and weights cause."""
        return [x for x in super().losses if self._causes(x)]

    @property
    def updates(self):
        """Assignments that this network's inputs and weights cause."""
        return LayerUpdates(u for u in super().updates if self._causes(u.value))

    def _causes(self, tensor):
        """Whether a tensor depends on nothing but this network's inputs and weights."""
        if not isinstance(tensor, Tensor) or self.inputs is None:
            return True
        _, leaves = calls_between(self.inputs, [tensor])
        return all(leaf in self.inputs or not must_be_fed(leaf) for leaf in leaves)

    @property
    def stateful(self):
        """Whether a layer carries state from batch to batch."""
        return any(layer.stateful for layer in self.layers)

    @stateful.setter
    def stateful(self, value):
        pass  # set by Layer.__init__; a network is stateful through its layers

    def reset_states(self):
        """Set the states of recurrent layers to zero."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and layer.stateful:
                layer.reset_states()

    @property
    def state_updates(self):
        """Assignments of stateful layers; they are carried out in predict, too."""
        made = [u for layer in self.layers if layer.stateful for u in layer.updates]
        return [u for u in made if self._causes(u.value)]

    @property
    def uses_learning_phase(self):
        """Whether training and use differ (dropout, batch normalisation)."""
        return any(t._uses_learning_phase for t in self.outputs)

    @property
    def input_spec(self):
        """Demands on the inputs, from the input layers' shapes."""
        return None

    @input_spec.setter
    def input_spec(self, value):
        pass  # set by Layer.__init__

    def count_params(self):
        """How many numbers all weights hold."""
        return sum(w.value.size for w in self.weights)

    # ---- configuration ---------------------------------------------------------------

    def get_config(self):
        """Layers and how they are joined, as plain data (without weights)."""
        from minikeras.engine.network_config import network_config

        return network_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make the network again from what `get_config` gave, with fresh weights."""
        from minikeras.engine.network_config import network_from_config

        return network_from_config(cls, config, custom_objects)

    def to_json(self, **kwargs):
        """The configuration as JSON text, for `model_from_json`.

        Arguments
            kwargs: passed on to `json.dumps`.
        """
        from minikeras.engine.network_config import model_config

        return json.dumps(model_config(self), **kwargs)

    def to_yaml(self, **kwargs):
        """Not available: see the message."""
        from minikeras.models import yaml_refused

        raise yaml_refused("to_yaml", "to_json")

    def save(self, filepath, overwrite=True, include_optimizer=True):
        """Save the model to a file; see `minikeras.models.save_model`."""
        from minikeras.saving.models import save_model

        save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath, overwrite=True):
        """Save the weights to a file; the suffix chooses the format, as in `save`."""
        from minikeras.saving.models import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, by_name=False, skip_mismatch=False, reshape=False):
        """Load weights from a file of weights or of a whole model.

        Arguments
            filepath: path, or open binary file.
            by_name: load the layers that have the same name; otherwise all, in order.
            skip_mismatch: with `by_name`, leave out layers whose shapes differ.
            reshape: accept another shape with as many numbers.
        """
        from minikeras.saving.models import load_weights

        load_weights(self, filepath, by_name, skip_mismatch, reshape)

    def summary(self, line_length=None, positions=None, print_fn=None, costs=False):
        """Print a table of the layers, their output shapes and numbers of weights.

        Arguments
            line_length: characters in a line.
            positions: where the columns end, as shares of the line or in characters.
            print_fn: called with each line; `print` by default.
            costs: show for each layer the multiply-adds of a forward pass and the
                bytes of the output too, both for one sample ('?' if not known).
        """
        from minikeras.engine.summary import print_summary

        print_summary(self, line_length, positions, print_fn, costs)

    def _repr_html_(self):
        from minikeras.engine.summary import html_summary

        return html_summary(self)

    def __reduce_ex__(self, protocol):
        """Pickled and copied as the bytes of a file, if it is a graph of layers."""
        if self.outputs is None or not self.is_graph_network:
            return super().__reduce_ex__(protocol)
        from minikeras.saving.copies import reduced

        return reduced(self)

    def __getstate__(self):
        state = super().__getstate__()
        state["_graphs"] = {}
        return state


def _recorded_forward(network, x, training):
    from minikeras.engine.twins import forward_from

    return forward_from(type(network).call)(network, x, training=training)


def _replace(value, replaced):
    """An argument of a call with the tensors of this run in it."""
    if isinstance(value, (list, tuple)):
        return type(value)(_replace(member, replaced) for member in value)
    return replaced.get(value, value) if isinstance(value, Tensor) else value


def _like_call(node, tensors):
    """The inputs as the layer was given them: one tensor, or a list."""
    return tensors if isinstance(node.input_shapes, list) else tensors[0]
