"""`Sequential`: one layer after the other."""

from minikeras.backend.tensor import Tensor, tracing
from minikeras.engine.base_layer import Layer
from minikeras.engine.input_layer import InputLayer
from minikeras.engine.network_config import check_config
from minikeras.engine.node import as_list
from minikeras.engine.training import Model
from minikeras.utils.checks import shorten


class Sequential(Model):
    """A chain of layers.

    Forward
        x_0 = x;  x_i = layer_i(x_(i-1));  y = the last one

    Backward
        dx_(i-1) = the backward of layer_i, on dx_i

    Arguments
        layers: list of layers; more can be added with `add`.
        name: 'sequential_1' and so on by default.

    The first layer says the shape of one sample (`input_shape=(784,)`,
    `input_dim=784`). If it does not, weights are made when data first comes.

    Example
        >>> model = Sequential([Dense(32, activation="relu", input_dim=784),
        ...                     Dense(10, activation="softmax")])
    """

    def __init__(self, layers=None, name=None):
        super().__init__(name=name)
        self._chain = []
        if isinstance(layers, Layer):
            raise TypeError(
                f"Sequential takes a list of layers: Sequential([{layers!r}, ...])."
            )
        if layers is not None and not hasattr(layers, "__iter__"):
            raise TypeError(
                "Sequential takes a list of layers: Sequential([Dense(3), ...]). Got "
                f"{shorten(layers)}."
            )
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self):
        """The layers in order (without the placeholder in front)."""
        if self._chain and isinstance(self._chain[0], InputLayer):
            return self._chain[1:]
        return list(self._chain)

    def sublayers(self):
        return self.layers

    @property
    def model(self):
        """The model itself (Keras 1 had another one inside)."""
        return self

    def add(self, layer):
        """Put a layer at the end.

        A first layer without a known input shape waits for `build` or for data.
        """
        if not isinstance(layer, Layer):
            raise TypeError(
                "The added layer must be an instance of class Layer. Found: "
                f"{shorten(layer)}.{_what_to_write(layer)}"
            )
        if any(layer is other for other in (self, *self._chain)):
            raise ValueError(
                f"Layer {layer.name!r} is already in the model; a chain holds each "
                "layer once. For shared layers use the functional API: Model(inputs, "
                "outputs)."
            )
        if not self._chain:
            self._add_placeholder(layer)
        self._chain.append(layer)
        if self.outputs is not None and not isinstance(layer, InputLayer):
            self._extend(layer)

    def _add_placeholder(self, first):
        """Make the input, if the first layer says what it looks like."""
        if isinstance(first, InputLayer):
            self._start(first)
            return
        shape, dtype = known_input(first)
        if shape is None:
            return
        placeholder = InputLayer(
            batch_input_shape=shape, dtype=dtype, name=first.name + "_input"
        )
        self._chain.append(placeholder)
        self._start(placeholder)

    def _start(self, placeholder):
        self.inputs = [placeholder.output]
        self.outputs = [placeholder.output]

    def _extend(self, layer):
        outputs = as_list(layer(self.outputs[0]))
        if len(outputs) != 1:
            raise TypeError(
                f"Layer {layer.name!r} gives {len(outputs)} outputs; layers of a "
                "Sequential model give one. Use Model(inputs, outputs)."
            )
        self.outputs = outputs
        self._rejoin()

    def _rejoin(self):
        self._inbound_nodes = []
        self._join(self.inputs, self.outputs)
        self.compiled = None  # made again for the new output when training goes on

    def pop(self):
        """Take the last layer away."""
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        last = self._chain.pop()
        if self.outputs is None:
            return
        last._inbound_nodes.pop()
        if not self.layers:
            self._chain, self.inputs, self.outputs = [], None, None
            self._inbound_nodes, self.built = [], False
            del self._nodes
            return
        last_left = self._chain[-1]
        last_left._outbound_nodes = []
        self.outputs = [last_left.output]
        self._rejoin()

    def build(self, input_shape=None):
        """Make the weights, for inputs of a shape (the samples' axis included)."""
        if self.outputs is not None:
            return
        if input_shape is None:
            raise ValueError(
                "This model has no input shape yet. Call build((None, number of "
                "features)), fit it to data, or give the first layer input_shape=(...)."
            )
        if not self._chain:
            raise ValueError(
                f"Model {self.name!r} has no layers yet. Add some: model.add(Dense(1))."
            )
        layers, self._chain = self._chain, []
        placeholder = InputLayer(
            batch_input_shape=tuple(input_shape), name=layers[0].name + "_input"
        )
        self._chain.append(placeholder)
        self._start(placeholder)
        for layer in layers:
            self._chain.append(layer)
            self._extend(layer)

    def _build_once(self, inputs):
        if self.outputs is None:
            first = as_list(inputs)[0]
            with tracing(False):
                self.build(first.shape)

    def predict_proba(self, x, batch_size=32, verbose=0):
        """Predictions; a warning if they are not probabilities."""
        import warnings

        found = self.predict(x, batch_size, verbose)
        if found.size and (found.min() < 0 or found.max() > 1):
            warnings.warn(
                "Network returning invalid probability values. The last layer might "
                "not normalize predictions into probabilities (like softmax or sigmoid "
                "would).",
                stacklevel=2,
            )
        return found

    def predict_classes(self, x, batch_size=32, verbose=0):
        """Most probable class of each sample; for one output unit, 1 above 0.5."""
        found = self.predict(x, batch_size, verbose)
        if found.shape[-1] > 1:
            return found.argmax(axis=-1)
        return (found > 0.5).astype("int32")

    def get_config(self):
        """The layers' configurations, in order."""
        layers = [
            {"class_name": type(layer).__name__, "config": layer.get_config()}
            for layer in self.layers
        ]
        config = {"name": self.name, "layers": layers}
        if self.outputs is not None and known_input(self.layers[0])[0] is None:
            config["build_input_shape"] = tuple(self.inputs[0].shape)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make the chain again from what `get_config` gave, with fresh weights."""
        from minikeras.layers import deserialize

        shape = None
        if isinstance(config, dict):
            check_config(config, ("layers",), "Sequential")
            if "input_layers" in config:
                raise ValueError(
                    "This configuration joins layers to a graph, not to a chain. Use "
                    "Model.from_config."
                )
            name, layers = config.get("name"), config["layers"]
            shape = config.get("build_input_shape")
        else:  # Keras 2.2.3 and before wrote the list alone
            name, layers = None, config
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "The configuration of a Sequential has a list of layers, as model."
                f"get_config() gives it. Got {shorten(layers)}."
            )
        model = cls(name=name)
        for entry in layers:
            model.add(deserialize(entry, custom_objects=custom_objects))
        if model.outputs is None and shape and model.layers:
            model.build(shape)
        return model


def _what_to_write(found):
    """The fix for something that is no layer, for a message."""
    if isinstance(found, type):
        return f" Write {found.__name__}(...), with brackets."
    if isinstance(found, Tensor):
        return (
            " An input of a Sequential is a layer: InputLayer((4,)), or "
            "input_shape=(4,) in the first layer."
        )
    return ""


def known_input(layer):
    """(batch input shape, dtype) of a layer, or of the first layer inside it."""
    if hasattr(layer, "batch_input_shape"):
        return layer.batch_input_shape, layer.__dict__.get("input_dtype") or None
    if getattr(layer, "inputs", None):
        return layer.inputs[0].shape, layer.inputs[0].dtype
    return None, None
