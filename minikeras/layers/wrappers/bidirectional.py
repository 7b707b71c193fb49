"""A recurrent layer read in both directions."""

import numpy as np

from minikeras.backend.names import name_scope
from minikeras.engine.base_layer import Layer
from minikeras.engine.node import as_list
from minikeras.engine.twins import place
from minikeras.layers.wrappers.wrapper import Wrapper
from minikeras.utils.checks import check_arrays

MERGES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Wrapper):
    """Read a sequence forwards and backwards with two layers of the same kind.

    Forward
        f = layer(x)
        b = layer read from the end (x), its steps put back in order
        y = merge(f, b)

    Backward
        (df, db) = merge's backward(dy)
        dx = layer's backward(df) + the other one's backward(db)

    Shapes
        x   (n, t, d)
        y   (n, 2u) or (n, t, 2u) for 'concat', with u for 'sum', 'mul' and 'ave', two
            tensors for None

    Arguments
        layer: a recurrent layer.
        merge_mode: 'concat', 'sum', 'mul', 'ave', or None for [f, b].
        weights: initial weights of both.

    Around a stateful layer both directions keep their states from batch to batch, in
    training, test and prediction, until `reset_states` of layer or model. (In Keras
    2.3.1 only trainings change them, and the model's `reset_states` passes by.)

    References
        Schuster, Paliwal (1997): Bidirectional recurrent neural networks.

    Example
        >>> Bidirectional(LSTM(32, return_sequences=True), input_shape=(10, 16))
    """

    def __init__(self, layer, merge_mode="concat", weights=None, **kwargs):
        if merge_mode not in MERGES:
            raise ValueError(
                f"Invalid merge mode {merge_mode!r}. Merge mode should be one of "
                "{'sum', 'mul', 'ave', 'concat', None}"
            )
        if not hasattr(layer, "go_backwards"):
            raise ValueError(
                "Bidirectional wraps a recurrent layer, which reads forwards or "
                f"backwards. Got {layer!r}. Write Bidirectional(LSTM(8))."
            )
        Layer.__init__(self, **kwargs)
        self.merge_mode = merge_mode
        self.forward_layer, self.backward_layer = both_directions(layer)
        self._initial_weights = None
        if weights:
            check_arrays(weights, f"Layer {self.name!r}")
            half = len(weights) // 2
            self.forward_layer._initial_weights = weights[:half]
            self.backward_layer._initial_weights = weights[half:]
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self._num_constants = 0

    @property
    def layer(self):
        """The layer that was given, as it reads forwards."""
        return self.forward_layer

    @property
    def directions(self):
        """The two layers."""
        return self.forward_layer, self.backward_layer

    @property
    def constraints(self):
        """The constraints of both layers, by weight."""
        made = {}
        for layer in self.directions:
            made.update(getattr(layer, "constraints", None) or {})
        return made

    @property
    def activity_regularizer(self):
        """The penalty on outputs of the layers inside."""
        return getattr(self.forward_layer, "activity_regularizer", None)

    def build(self, input_shape):
        for layer in self.directions:
            layer._num_constants = self._num_constants
            with name_scope(layer.name):
                layer.build(input_shape)
        self.built = True

    def compute_output_shape(self, input_shape):
        shapes = as_list_of_shapes(self.forward_layer.compute_output_shape(input_shape))
        y, states = shapes[0], shapes[1:]
        if self.merge_mode == "concat":
            outputs = [(*y[:-1], 2 * y[-1])]
        else:
            outputs = [y, y] if self.merge_mode is None else [y]
        shapes = [*outputs, *states, *states]
        return shapes if len(shapes) > 1 else shapes[0]

    def compute_mask(self, inputs, mask=None):
        mask = as_list(mask)[0] if self.return_sequences else None
        masks = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            masks += [None] * 2 * len(self.forward_layer.state_sizes())
        return masks if len(masks) > 1 else masks[0]

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        x, states, constants = self._parts(inputs, initial_state, constants)
        self._num_constants = len(constants)
        given = [x, *states, *constants]
        return Layer.__call__(self, given if len(given) > 1 else x, **kwargs)

    def call(
        self, inputs, mask=None, training=None, initial_state=None, constants=None
    ):
        """Place the layer in a graph, or run it on recorded tensors."""
        x, states, constants = self._parts(inputs, initial_state, constants)
        given = [x, *states, *constants] if states or constants else x
        options = {"training": training, "mask": as_list(mask)[0]}
        return place(self, Bidirectional.forward, given, options)

    def _parts(self, inputs, initial_state=None, constants=None):
        """Inputs, states of both directions, constants."""
        if isinstance(inputs, (list, tuple)):
            x, *rest = inputs
            count = self._num_constants if constants is None else 0
            if count:
                rest, constants = rest[:-count], rest[-count:]
            initial_state = rest or initial_state
        else:
            x = inputs
        states = as_list(initial_state) if initial_state is not None else []
        if len(states) % 2:
            raise ValueError(
                "When passing `initial_state` to a Bidirectional RNN, the state should "
                "be a list containing the states of the underlying RNNs: those of the "
                f"forward layer, then those of the backward one. Got {len(states)}."
            )
        half = len(states) // 2
        for layer, own in zip(
            self.directions, (states[:half], states[half:]), strict=True
        ):
            if own:
                layer.check_states(own, x)
        return x, states, as_list(constants) if constants is not None else []

    def forward(self, x, training=False, mask=None):
        x, states, constants = self._parts(x)
        half = len(states) // 2
        several = bool(states or constants)
        mask = as_list(mask)[0]
        made, backs = [], []
        for layer, own in zip(
            self.directions, (states[:half], states[half:]), strict=True
        ):
            layer._num_constants = len(constants)
            given = [x, *own, *constants] if several else x
            y, layer_backward = layer.forward(given, training=training, mask=mask)
            made.append(as_list(y))
            backs.append(layer_backward)
        (f, *f_states), (b, *b_states) = made
        b = b[:, ::-1] if self.return_sequences else b
        y, merge_backward = merge(f, b, self.merge_mode)
        outputs = [*as_list(y), *f_states, *b_states]

        def backward(dy):
            parts = as_list(dy)
            count = 2 if self.merge_mode is None else 1
            df, db = merge_backward(parts[:count] if count == 2 else parts[0])
            db = db[:, ::-1] if self.return_sequences else db
            d_states, n = parts[count:], len(f_states)
            df = [df, *d_states[:n]] if n else df
            db = [db, *d_states[n:]] if n else db
            dx_f, dx_b = backs[0](df), backs[1](db)
            if not several:
                return dx_f + dx_b
            shared = [
                a + c for a, c in zip(dx_f[1 + half :], dx_b[1 + half :], strict=True)
            ]
            return [
                dx_f[0] + dx_b[0], *dx_f[1 : 1 + half], *dx_b[1 : 1 + half], *shared
            ]  # fmt: skip

        return (outputs if len(outputs) > 1 else outputs[0]), backward

    def reset_states(self):
        """Set the kept states of both layers to zero."""
        for layer in self.directions:
            layer.reset_states()

    def get_weights(self):
        """The weights of the forward layer, then those of the backward one."""
        return [w for layer in self.directions for w in layer.get_weights()]

    def set_weights(self, weights):
        """Overwrite the weights of both layers."""
        half = len(weights) // 2
        self.forward_layer.set_weights(weights[:half])
        self.backward_layer.set_weights(weights[half:])

    def get_config(self):
        """Arguments, and class and arguments of the layer that was given."""
        config = self.forward_layer.get_config()
        config["name"] = self.forward_layer.name.removeprefix("forward_")
        layer = {"class_name": type(self.forward_layer).__name__, "config": config}
        config = {
            **Layer.get_config(self),
            "layer": layer,
            "merge_mode": self.merge_mode,
        }
        if self._num_constants:
            config["num_constants"] = self._num_constants
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        constants = config.pop("num_constants", 0)
        made = super().from_config(config, custom_objects)
        made._num_constants = constants
        return made


def both_directions(layer):
    """Two layers like the given one: as it is, and reading from the other end."""
    config = layer.get_config()
    made = []
    for name, turned in (("forward", False), ("backward", True)):
        own = {**config, "name": f"{name}_{layer.name}"}
        own["go_backwards"] = config["go_backwards"] != turned
        made.append(type(layer).from_config(own))
    return made


def as_list_of_shapes(shapes):
    """A list of shapes, of one or several."""
    return shapes if isinstance(shapes, list) else [shapes]


def merge(f, b, mode):
    """Two outputs as one, with the gradient: `(y, backward)`."""
    if mode == "concat":
        u = f.shape[-1]
        y = np.concatenate([f, b], axis=-1)
        return y, lambda dy: (dy[..., :u], dy[..., u:])
    if mode == "sum":
        return f + b, lambda dy: (dy, dy)
    if mode == "ave":
        return (f + b) / 2, lambda dy: (dy / 2, dy / 2)
    if mode == "mul":
        return f * b, lambda dy: (dy * b, dy * f)
    return [f, b], lambda dy: dy
