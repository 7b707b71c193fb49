"""`Layer`: weights, configuration, and calls that join layers into a graph."""

import numpy as np

from minikeras import backend as K
from minikeras import constraints, initializers, regularizers
from minikeras.backend import identity, limits
from minikeras.backend.common import floatx
from minikeras.backend.names import name_scope, scoped, unique_name
from minikeras.backend.op import infer
from minikeras.backend.tensor import (
    Recorded,
    Symbolic,
    Tensor,
    Variable,
    is_tracing,
    tracing,
)
from minikeras.backend.variables import Update
from minikeras.engine.config import arguments_of, explain_unknown_argument
from minikeras.engine.input_spec import (
    InputSpec,
    check_arguments,
    check_compatibility,
    check_result,
)
from minikeras.engine.node import Node, as_list, unpack
from minikeras.engine.old_arguments import accept_old_arguments
from minikeras.engine.twins import add_twin, options_of, shapes_of
from minikeras.utils.checks import (
    check_arrays,
    known_dtype,
    known_sizes,
    shorten,
    sizes,
    whole,
)

__all__ = ["InputSpec", "Layer", "Node"]

# Arguments that every layer takes besides its own.
COMMON_ARGUMENTS = {
    "name", "trainable", "dtype", "weights", "input_dtype",
    "input_shape", "batch_input_shape", "batch_size",
}  # fmt: skip


class Layer:
    """A step of a network: it has weights, and computes outputs and gradients.

    A layer says what it computes in one of two ways, and gets the other one free:

        forward(x) -> (y, backward)     on arrays (built-in layers)
        call(inputs) -> outputs         with K ops (as in Keras)

    `backward(dy)` takes the gradient of the loss with respect to y, adds gradients to
    the weights (`add_grad`), and returns the gradient with respect to x. A layer whose
    dx is costly may define `backward(dy, dx_wanted=True)`: the engine passes False
    where nobody needs dx, as in the first layer of a model.

    Methods that subclasses override
        build(input_shape): create the weights with `add_weight`.
        forward or call: the computation. Both may take `training` and `mask`.
        compute_output_shape(input_shape): found by trial when left out.
        compute_mask(inputs, mask): which time steps count in the output.
        get_config(): arguments to make the layer again; collected from those of the
            constructor when left out.

    Weight options (arguments of layers that have weights)
        *_initializer: initial values; a name, function or object of `initializers`.
        *_regularizer: penalty added to the loss; of `regularizers`.
        *_constraint: applied after each optimizer step; of `constraints`.

    Arguments
        name: unique in a model; 'dense_1' and so on by default.
        trainable: whether optimizers may change the weights.
        dtype: float type of the weights; `floatx()` by default.
        input_shape: shape of one sample, for the first layer of a model.
        batch_input_shape, batch_size: the same with the number of samples.
        weights: list of initial arrays.
    """

    built = False  # whether the weights have been made

    # How often any layer was frozen or thawed: models look here, then closer.
    freezings = 0

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        add_twin(cls)
        accept_old_arguments(cls)

    def __init__(self, **kwargs):
        for unknown in set(kwargs) - COMMON_ARGUMENTS:
            others = sorted(COMMON_ARGUMENTS)
            raise TypeError(explain_unknown_argument(type(self), unknown, others))
        self.name = kwargs.get("name") or unique_name(type(self).__name__)
        if not isinstance(self.name, str):
            raise TypeError(f"`name` must be a text. Got {shorten(self.name)}.")
        self.trainable = kwargs.get("trainable", True)
        dtype = kwargs.get("dtype") or kwargs.get("input_dtype") or floatx()
        self.dtype = known_dtype(dtype)
        if "input_shape" in kwargs and kwargs["input_shape"] is not None:
            shape = kwargs.get("batch_size"), *sizes(kwargs["input_shape"])
            self.batch_input_shape = sizes(shape, "batch_input_shape")
        if kwargs.get("batch_input_shape") is not None:
            shape = sizes(kwargs["batch_input_shape"], "batch_input_shape")
            self.batch_input_shape = shape
        self._initial_weights = kwargs.get("weights")
        self.input_spec = None
        self.supports_masking = False
        self.stateful = False
        self._trainable_weights, self._non_trainable_weights = [], []
        self._regularized, self._losses, self._updates, self._metrics = [], [], [], []
        self._inbound_nodes, self._outbound_nodes = [], []

    @property
    def trainable(self):
        """Whether optimizers may change the weights; takes effect at `compile`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value
        Layer.freezings += 1

    # ---- what subclasses override ----------------------------------------------------

    def build(self, input_shape):
        """Create the weights. Called once, before the first call."""
        self.built = True

    def forward(self, x, training=False, mask=None):
        """The computation on arrays: `(y, backward)`. The identity by default."""
        return x, lambda dy: dy

    def call(self, inputs, **kwargs):
        """The computation on tensors, with K ops. The identity by default."""
        return inputs

    def compute_output_shape(self, input_shape):
        """Shape of the output for a shape of the input: found by a trial on zeros."""
        several = isinstance(input_shape, list)
        shapes = [tuple(s) for s in (input_shape if several else [input_shape])]
        inputs = [Symbolic(shape, self.dtype) for shape in shapes]
        return infer(self.forward, (inputs if several else inputs[0],), {})[0]

    def compute_mask(self, inputs, mask=None):
        """The output's mask: the input's, if the layer supports masks."""
        if self.supports_masking:
            return mask
        if any(m is not None for m in as_list(mask)):
            raise TypeError(
                f"Layer {self.name} does not support masking, but was passed a mask. "
                "Its input comes from a layer that masks time steps (Masking, or "
                "Embedding with mask_zero=True). Leave the masking out, or let a "
                "recurrent layer without return_sequences end it before this layer."
            )
        return None

    # ---- calling ---------------------------------------------------------------------

    def __call__(self, inputs, **kwargs):
        """Apply the layer: to symbolic tensors (building a model), or to arrays."""
        if isinstance(inputs, tuple):
            inputs = list(inputs)
        check_arguments(self, inputs)
        check_compatibility(self, inputs)
        self._build_once(inputs)
        tensors = [x for x in as_list(inputs) if isinstance(x, Tensor)]
        if not tensors:
            return self._run_on_arrays(inputs, **kwargs)
        if any(isinstance(x, Recorded) for x in tensors):
            return self.call(inputs, **self._with_options(inputs, kwargs))
        with name_scope(self.name):
            outputs = self.apply(inputs, **kwargs)
        self._note_node(inputs, outputs, kwargs)
        return outputs

    def apply(self, inputs, **kwargs):
        """Compute outputs, their masks and penalties, without noting a node."""
        options = self._with_options(inputs, kwargs)
        given = as_list(inputs)
        with tracing():
            outputs = self.call(inputs, **options)
            check_result(self, outputs)
            outputs = unpack(
                [identity(y) if y in given else y for y in as_list(outputs)]
            )
            masks = self.compute_mask(inputs, options.get("mask", masks_of(inputs)))
            for output, mask in zip(
                as_list(outputs), _spread(masks, outputs), strict=True
            ):
                output._keras_mask = mask
            regularizer = getattr(self, "activity_regularizer", None)
            if regularizer is not None:
                self.add_loss([regularizer(y) for y in as_list(outputs)], inputs)
        return outputs

    def _build_once(self, inputs):
        if self.built:
            return
        shapes = shapes_of(inputs)
        with name_scope(self.name), tracing(False):
            self.build(shapes)
            self._build_activations(shapes)
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _build_activations(self, shapes):
        """Make the weights of layers that are used as this layer's activations."""
        for name in ("activation", "recurrent_activation"):
            activation = getattr(self, name, None)
            if not isinstance(activation, Layer) or activation.built:
                continue
            with name_scope(activation.name):
                activation.build(self.compute_output_shape(shapes))
            activation.built = True
            if activation.weights and hasattr(self, "cell"):
                kind = type(activation).__name__
                raise ValueError(
                    f"Layer {self.name!r}: {name}={kind}(...) has weights of its own. "
                    "Recurrent layers take functions, and layers without weights, as "
                    f"activations; put {kind} behind the layer."
                )

    def _with_options(self, inputs, kwargs):
        """Keyword arguments of `call`, with the inputs' masks if it takes a mask."""
        options = dict(kwargs)
        if "mask" in options_of(type(self).call) and options.get("mask") is None:
            mask = masks_of(inputs)
            if any(m is not None for m in as_list(mask)):
                options["mask"] = mask
        return options

    def _run_on_arrays(self, inputs, training=False, mask=None):
        takes = options_of(type(self).forward)
        options = {"training": training, "mask": mask}
        x = [np.asarray(each) for each in as_list(inputs)]
        x = x if isinstance(inputs, list) else x[0]
        return self.forward(x, **{k: v for k, v in options.items() if k in takes})[0]

    def _note_node(self, inputs, outputs, kwargs):
        """Join this layer to those that gave the inputs."""
        if is_tracing():  # inside another layer's call: part of that layer
            return
        masks = [getattr(t, "_keras_mask", None) for t in as_list(outputs)]
        Node(self, inputs, outputs, masks_of(inputs), unpack(masks), kwargs)
        for index, output in enumerate(as_list(outputs)):
            output._keras_history = (self, len(self._inbound_nodes) - 1, index)

    # ---- weights ---------------------------------------------------------------------

    def add_weight(
        self,
        name=None,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=True,
        constraint=None,
    ):
        """Create a weight of this layer.

        Arguments
            name, shape, dtype: 'kernel', (3, 4), `floatx()`.
            initializer: initial values; 'glorot_uniform' by default.
            regularizer: penalty to add to the loss, or None.
            trainable: False for statistics that training does not change by gradient.
            constraint: applied to the values after each optimizer step, or None.

        Returns the `Variable`.
        """
        initializer = initializers.get(initializer or "glorot_uniform")
        dtype, shape = dtype or self.dtype, known_sizes(shape or ())
        limits.claim(shape, dtype, f"weight {name!r} of layer {self.name!r}")
        loading = limits.is_loading()
        values = np.zeros(0) if loading else initializer(shape, dtype=dtype)
        weight = Variable(
            K.eval(values) if isinstance(values, Tensor) else values,
            dtype=dtype,
            name=scoped(name or "weight") + ":0",
            constraint=constraints.get(constraint),
            trainable=trainable,
        )
        if loading:  # the file brings the values; zeros take no memory until written
            weight.value = np.zeros(shape, dtype)
        if regularizer is not None:
            self._regularized.append((weight, regularizers.get(regularizer)))
        if trainable:
            self._trainable_weights.append(weight)
        else:
            self._non_trainable_weights.append(weight)
        return weight

    def sublayers(self):
        """Layers held in attributes, and in lists and dicts among them, in order."""
        return _held(vars(self).values(), Layer)

    def _own_variables(self):
        """Variables made with `add_weight`, then others held in attributes."""
        return dict.fromkeys(
            (
                *self._trainable_weights,
                *self._non_trainable_weights,
                *(v for v in vars(self).values() if isinstance(v, Variable)),
            )
        )

    @property
    def trainable_weights(self):
        """Weights that optimizers may change: none if `trainable` is False."""
        if not self.trainable:
            return []
        own = [w for w in self._own_variables() if self._may_train(w)]
        inner = [w for layer in self.sublayers() for w in layer.trainable_weights]
        return list(dict.fromkeys([*own, *inner]))

    def _may_train(self, weight):
        return weight.trainable and weight not in self._non_trainable_weights

    @property
    def non_trainable_weights(self):
        """Weights that optimizers leave alone: statistics, all of a frozen layer."""
        training = set(self.trainable_weights)
        return [w for w in self._all_weights() if w not in training]

    def frozen_weights(self):
        """Weights of this layer, or of layers inside it, that `trainable` freezes."""
        if not self.trainable:
            return self._all_weights()
        return [w for layer in self.sublayers() for w in layer.frozen_weights()]

    def _all_weights(self):
        """Trainable kinds first, as if this layer was not frozen."""
        own = list(self._own_variables())
        own.sort(key=lambda w: not self._may_train(w))
        inside = self.sublayers()
        trained = [w for layer in inside for w in layer.trainable_weights]
        others = [w for layer in inside for w in layer.non_trainable_weights]
        return list(dict.fromkeys([*own, *trained, *others]))

    @property
    def weights(self):
        """All weights: the trainable ones, then the others."""
        return self.trainable_weights + self.non_trainable_weights

    def get_weights(self):
        """Copies of all weights, as a list of arrays."""
        return [w.value.copy() for w in self.weights]

    def set_weights(self, weights):
        """Overwrite all weights by arrays in the order of `get_weights`."""
        own = self.weights
        check_arrays(weights, f"Layer {self.name!r}")
        if len(own) != len(weights):
            raise ValueError(
                f"You called set_weights(weights) on layer {self.name!r} with a list "
                f"of {len(weights)} arrays, but the layer has {len(own)} weights: "
                f"{[(w.name, w.shape) for w in own]}."
            )
        for weight, value in zip(own, weights, strict=True):
            if np.shape(value) != weight.shape:
                raise ValueError(
                    f"Layer {self.name!r}: weight {weight.name!r} has shape "
                    f"{weight.shape}; the array given for it has {np.shape(value)}."
                )
        for weight, value in zip(own, weights, strict=True):
            weight.assign(value)

    def count_params(self):
        """How many numbers the weights hold."""
        if not self.built:
            raise RuntimeError(
                f"Layer {self.name!r} has no weights yet, so they cannot be counted: "
                "its input shape is not known. Give input_shape=(...) or call it once."
            )
        return sum(w.value.size for w in self.weights)

    # ---- losses, updates and metrics of the layer itself -----------------------------

    def add_loss(self, losses, inputs=None):
        """Add penalties to the loss of every model that holds this layer.

        Arguments
            losses: a symbolic tensor or a list; scalars or one value for each sample.
            inputs: the tensors they depend on; None for weights only.
        """
        self._losses.extend(x for x in as_list(losses) if isinstance(x, Tensor))

    def add_update(self, updates, inputs=None):
        """Add assignments to carry out after each training step.

        A layer with `self.stateful = True` has them carried out in test and
        prediction, too.

        Arguments
            updates: one or a list of `K.update(variable, value)`, or of pairs
                (variable, value).
            inputs: accepted; the values say what they depend on.
        """
        given = [updates] if isinstance(updates, tuple) else as_list(updates)
        made = [K.update(*u) if isinstance(u, tuple) else u for u in given]
        self._updates.extend(u for u in made if isinstance(u, Update))

    def add_metric(self, value, name=None):
        """Report the mean of a tensor over the epoch among the metrics."""
        from minikeras import metrics

        metric = metrics.Mean(name=name or unique_name("metric"))
        metric.traced_value = value
        self._metrics.append(metric)

    @property
    def losses(self):
        """Penalties of this layer and of those inside it, as symbolic scalars."""
        with tracing():
            penalties = [penalty(weight) for weight, penalty in self._regularized]
        inner = [loss for layer in self.sublayers() for loss in layer.losses]
        return penalties + self._losses + inner

    @property
    def updates(self):
        """Assignments of this layer and of those inside it; none while it is frozen."""
        if not self.trainable and not self.stateful:
            return []
        return self._updates + [u for s in self.sublayers() for u in s.updates]

    @property
    def metrics(self):
        """Metrics of this layer and of those inside it."""
        return self.added_metrics()

    def added_metrics(self):
        """Metrics that came with `add_metric`, here and in the layers inside."""
        inner = [m for layer in self.sublayers() for m in layer.added_metrics()]
        return self._metrics + inner

    def get_losses_for(self, inputs=None):
        """The losses that depend on `inputs`; those of the weights alone for None."""
        return [x for x in self.losses if _depends(x, inputs)]

    def get_updates_for(self, inputs=None):
        """The updates that depend on `inputs`; the unconditional ones for None."""
        return [u for u in self.updates if _depends(u.value, inputs)]

    # ---- nodes -----------------------------------------------------------------------

    def _at(self, index, attribute):
        if not self._inbound_nodes:
            raise RuntimeError(
                f"The layer {self.name} has never been called and thus has no defined "
                f"{_words(attribute)}."
            )
        if not 0 <= whole(index, "node_index", 0) < len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {_words(attribute)} at node {index}, but the layer has "
                f"only {len(self._inbound_nodes)} inbound nodes."
            )
        found = getattr(self._inbound_nodes[index], attribute)
        return unpack(found) if isinstance(found, list) else found

    def _only(self, attribute):
        """The attribute where all nodes agree or there is only one."""
        name = _words(attribute)
        if not self._inbound_nodes:
            raise AttributeError(
                f"Layer {self.name} is not connected, no {name} to return. It was "
                "never called on a tensor."
            )
        first = self._at(0, attribute)
        for node in self._inbound_nodes[1:]:
            if "shape" not in attribute or getattr(node, attribute) != first:
                raise AttributeError(
                    f"Layer {self.name} has multiple inbound nodes, hence the notion "
                    f'of "layer {name}" is ill-defined. Use '
                    "`get_..._at(node_index)` instead."
                )
        return first

    def get_input_at(self, node_index):
        """Input tensor(s) of the n-th call."""
        return self._at(node_index, "input_tensors")

    def get_output_at(self, node_index):
        """Output tensor(s) of the n-th call."""
        return self._at(node_index, "output_tensors")

    def get_input_shape_at(self, node_index):
        """Input shape(s) of the n-th call."""
        return self._at(node_index, "input_shapes")

    def get_output_shape_at(self, node_index):
        """Output shape(s) of the n-th call."""
        return self._at(node_index, "output_shapes")

    def get_input_mask_at(self, node_index):
        """Input mask(s) of the n-th call."""
        return self._at(node_index, "input_masks")

    def get_output_mask_at(self, node_index):
        """Output mask(s) of the n-th call."""
        return self._at(node_index, "output_masks")

    input = property(lambda self: self._only("input_tensors"), doc="Input tensor(s).")
    output = property(
        lambda self: self._only("output_tensors"), doc="Output tensor(s)."
    )
    input_shape = property(
        lambda self: self._only("input_shapes"), doc="Input shape(s)."
    )
    output_shape = property(
        lambda self: self._only("output_shapes"), doc="Output shape(s)."
    )
    input_mask = property(lambda self: self._only("input_masks"), doc="Input mask(s).")
    output_mask = property(
        lambda self: self._only("output_masks"), doc="Output mask(s)."
    )

    def assert_input_compatibility(self, inputs):
        """Raise ValueError if the inputs do not suit `input_spec`."""
        check_compatibility(self, inputs)

    # ---- configuration ---------------------------------------------------------------

    def get_config(self):
        """Arguments with which `from_config` makes the layer again, without weights."""
        config = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "batch_input_shape"):
            config["batch_input_shape"] = self.batch_input_shape
        config["dtype"] = self.dtype
        return {**config, **arguments_of(self)}

    @classmethod
    def from_config(cls, config):
        """Make a layer from what `get_config` gave."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r}>"

    def __getstate__(self):
        """For pickling: without the graph that the layer was called in."""
        state = vars(self).copy()
        state.update(_inbound_nodes=[], _outbound_nodes=[], _losses=[], _updates=[])
        return state


def masks_of(tensors):
    """The mask of a tensor; the list of masks of a list."""
    if isinstance(tensors, list):
        return [getattr(t, "_keras_mask", None) for t in tensors]
    return getattr(tensors, "_keras_mask", None)


def _spread(masks, outputs):
    """One mask for each output."""
    outputs = as_list(outputs)
    if masks is None:
        return [None] * len(outputs)
    masks = as_list(masks)
    return masks if len(masks) == len(outputs) else [None] * len(outputs)


def _held(values, kind):
    """Objects of a kind among values and inside lists and dicts of them, once each."""
    found = {}
    for value in values:
        members = value.values() if isinstance(value, dict) else value
        if isinstance(value, kind):
            found[value] = True
        elif isinstance(value, (list, tuple, dict)):
            found.update((m, True) for m in members if isinstance(m, kind))
    return list(found)


def _depends(tensor, inputs):
    from minikeras.backend.graph import calls_between

    _, leaves = calls_between(as_list(inputs) if inputs is not None else [], [tensor])
    reached = [t for t in leaves if isinstance(t, Symbolic)]
    if inputs is None:
        return not reached
    return any(t in as_list(inputs) for t in reached)


def _words(attribute):
    """'input_tensors' -> 'input', 'output_shapes' -> 'output shape'."""
    return attribute.removesuffix("_tensors").removesuffix("s").replace("_", " ")
