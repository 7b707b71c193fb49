"""`Trainer`: a network that can be compiled and trained on batches."""

import warnings

import numpy as np

from minikeras import optimizers
from minikeras.backend.updates import apply_updates, collecting_updates
from minikeras.engine import advice
from minikeras.engine.base_layer import Layer
from minikeras.engine.compiled import Compiled, check_gradients_arrived
from minikeras.engine.flat import lay_flat
from minikeras.engine.input_spec import check_initialized
from minikeras.engine.network import Network
from minikeras.engine.node import as_list, unpack
from minikeras.engine.old_attributes import OldAttributes
from minikeras.engine.standardize import (
    by_output,
    check_lengths,
    combine_weights,
    is_standard,
    standardize,
    standardize_sample_weight,
    weights_of_classes,
)
from minikeras.utils.interrupts import interrupts_held_back


class Trainer(OldAttributes, Network):
    """A network with a training step; `Model` adds the loops over many batches.

    One training step, and nothing hidden around it (`train_step`):

        losses = graph forward on the batch      keeps what backward needs
        graph backward                           adds each weight's gradient
        take_in                                  changes metrics and states
        optimizer.update                         changes the weights

    Ctrl-C comes before both changes or after both, never in between.

    Arguments
        inputs, outputs, name: see `Network`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.optimizer = None
        self.compiled = None
        self.stop_training = False
        self.history = None

    # ---- compile ---------------------------------------------------------------------

    def compile(
        self,
        optimizer,
        loss=None,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
        **kwargs,
    ):
        """Say how to train.

        Arguments
            optimizer: name or object of `optimizers`.
            loss: name, function or object of `losses`; a list or dict by output name
                for models with several outputs.
            metrics: list of names, functions or objects of `metrics`; a list of lists
                or a dict for several outputs.
            loss_weights: factors of the outputs' losses in the total.
            sample_weight_mode: 'temporal' if samples have a weight for each time step.
            weighted_metrics: metrics in which sample weights count.
            target_tensors: tensors to use as targets instead of fed data.
            kwargs: what Keras hands to TensorFlow's session; without effect.
        """
        check_initialized(self, RuntimeError)
        advice.check_unknown(kwargs)
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.loss_weights = loss, loss_weights
        self.sample_weight_mode = sample_weight_mode
        self._compile_arguments = {
            "loss": loss if loss is not None else {},
            "metrics": metrics,
            "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode,
            "weighted_metrics": weighted_metrics,
            "target_tensors": target_tensors,
        }
        advice.check_compile_arguments(self._compile_arguments)
        self.compiled = None
        if self.outputs is not None:
            self._finish_compile()

    def _finish_compile(self):
        """Prepare losses, metrics and flat weights; needs the model's shapes."""
        self.compiled = Compiled(self, **self._compile_arguments)
        self._collected = self.trainable_weights
        self._freezings = Layer.freezings
        lay_flat(self._collected)
        self.compiled.trainable = self._collected
        advice.check_exchanged_activations(self)
        advice.check_outputs(self)

    def _check_compiled(self):
        if self.optimizer is None:
            raise RuntimeError(
                "You must compile a model before training/testing. Use "
                f"`{advice.suggest_compile(self)}`."
            )
        if self.compiled is None:
            self._finish_compile()
        if self._freezings != Layer.freezings:
            self._freezings = Layer.freezings
            self._warn_of_freezing()

    def _warn_of_freezing(self):
        """Freezing a layer changes nothing until the model is compiled again."""
        if set(self._collected) != set(self.trainable_weights):
            warnings.warn(
                "Discrepancy between trainable weights and collected trainable "
                "weights, did you set `model.trainable` without calling "
                "`model.compile` after ?",
                stacklevel=4,
            )

    @property
    def metrics_names(self):
        """Names of what a training step returns: 'loss', then the metrics."""
        if self.compiled is None:
            return ["loss"]
        return self.compiled.metrics_names

    @property
    def metrics(self):
        """The metric objects that `compile` made."""
        return self.compiled.metrics if self.compiled else self.added_metrics()

    @property
    def targets(self):
        """The placeholders of the targets."""
        return [output.target for output in self.compiled.outputs]

    @property
    def sample_weights(self):
        """The placeholders of the sample weights."""
        return [output.sample_weight for output in self.compiled.trained_outputs()]

    @property
    def total_loss(self):
        """The loss as a symbolic tensor of inputs, targets and sample weights."""
        return self.compiled.weighted_loss

    def loss_count(self):
        """How many of `metrics_names` are losses."""
        count = len(self.compiled.trained_outputs())
        return 1 + count if len(self.compiled.outputs) > 1 else 1

    def reset_metrics(self):
        """Let all metrics start afresh."""
        for metric in self.metrics:
            metric.reset_states()

    # ---- one batch -------------------------------------------------------------------

    def train_step(self, x, y, weights):
        """One step of training on lists of arrays: [loss, metrics ...]."""
        step = self.compiled.step(_pattern(weights))
        for variable in self._collected:
            variable.zero_grad()
        losses, take_in = step.train([*x, *y, *_present(weights)])
        if not step.checked:
            step.checked = True
            check_gradients_arrived(self._collected)
        with interrupts_held_back():
            take_in()
            self.optimizer.update(self._collected)
        return _numbers(losses, step.metric_results())

    def test_step(self, x, y, weights):
        """Loss and metrics of lists of arrays, without training."""
        step = self.compiled.step(_pattern(weights))
        losses, take_in = step.test([*x, *y, *_present(weights)])
        with interrupts_held_back():
            take_in()
        return _numbers(losses, step.metric_results())

    def predict_step(self, x):
        """Outputs for a list of arrays."""
        graph, states = self.graph_with_states()
        results, updates = collecting_updates(graph.run, x, 0)
        count = len(results) - len(states)
        with interrupts_held_back():
            apply_updates(updates)
            for state, value in zip(states, results[count:], strict=True):
                state.assign(value)
        return results[:count]

    def train_on_batch(
        self, x, y, sample_weight=None, class_weight=None, reset_metrics=True
    ):
        """One training step.

        Arguments
            x, y: the batch: arrays, lists of arrays, or dicts by name.
            sample_weight: weight of each sample.
            class_weight: dict of weights by class number.
            reset_metrics: False for metrics over this batch and those before.

        Returns the loss, or [loss, metrics ...] as `metrics_names` says.
        """
        batch = self.standardize(x, y, sample_weight, class_weight)
        results = self.train_step(*batch)
        advice.check_loss(self, results[0])
        if reset_metrics:
            self.reset_metrics()
        return unpack(results)

    def test_on_batch(self, x, y, sample_weight=None, reset_metrics=True):
        """Loss and metrics of one batch, without training; see `train_on_batch`."""
        results = self.test_step(*self.standardize(x, y, sample_weight))
        if reset_metrics:
            self.reset_metrics()
        return unpack(results)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        return unpack(self.predict_step(self.standardize_inputs(x)))

    # ---- data ------------------------------------------------------------------------

    def standardize(self, x, y, sample_weight=None, class_weight=None):
        """Data as users give it, as lists of checked arrays: (x, y, weights).

        A sample weight of None stands for all ones.
        """
        self._build_from_data(x)
        self._check_compiled()
        xs = self.standardize_inputs(x)
        ys = self._standardize_targets(y)
        weights = self._standardize_weights(ys, sample_weight, class_weight)
        check_lengths(xs, ys, weights)
        self._check_stateful(xs)
        return xs, ys, weights

    def standardize_inputs(self, x):
        """Inputs as a list of checked arrays."""
        self._build_from_data(x)
        if "inputs wanted" not in self._graphs:
            self._graphs["inputs wanted"] = self._inputs_wanted()
        return standardize(x, *self._graphs["inputs wanted"], "input")

    def _inputs_wanted(self):
        """Names, shapes and types of the inputs that data is given for."""
        tensors = self.fed_inputs()
        pairs = zip(self.input_names, self.inputs, strict=True)
        names = [name for name, tensor in pairs if tensor in tensors]
        return names, [t.shape for t in tensors], [t.dtype for t in tensors]

    def _standardize_targets(self, y):
        wanted = self.compiled.targets_wanted
        if is_standard(y, *wanted):
            return [y]
        advice.check_targets(self, y)
        return standardize(y, *wanted, "target")

    def _standardize_weights(self, ys, sample_weight, class_weight):
        outputs = self.compiled.trained_outputs()
        if sample_weight is None and class_weight is None:
            return [None] * len(outputs)
        names = [o.name for o in outputs]
        if is_one_for_all(class_weight, names):
            class_weight = [class_weight] * len(names)
        listed = isinstance(sample_weight, (list, tuple)) and len(sample_weight) > 0
        if listed and np.ndim(sample_weight[0]) == 0:
            sample_weight = (
                np.asarray(sample_weight)
                if sample_weight[0] is not None
                else sample_weight
            )
        samples = by_output(sample_weight, names, "sample_weight")
        classes = by_output(class_weight, names, "class_weight")
        weights = []
        for o, y, sample, by_class in zip(outputs, ys, samples, classes, strict=True):
            sample = standardize_sample_weight(sample, y, o.mode)
            by_class = weights_of_classes(by_class, y)
            weights.append(combine_weights(sample, by_class))
        return weights

    def _check_stateful(self, xs):
        size = self.inputs[0].shape[0] if xs else None
        if size and self.stateful and len(xs[0]) % size:
            n = len(xs[0])
            fix = (
                f"Leave out the last {n % size} of these samples, in training and in "
                "validation data each."
                if n > size
                else "For fewer samples build the model with another batch size, and "
                "copy the weights: other.set_weights(model.get_weights())."
            )
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of "
                f"samples that can be divided by the batch size. Found: {n} samples. "
                f"Batch size: {size}. {fix}"
            )

    def __getstate__(self):
        """Without the graph, which the next batch makes anew, as the first one did."""
        state = super().__getstate__()
        state.update(inputs=None, outputs=None, compiled=None)
        return state

    def _build_from_data(self, x):
        """Make the weights of a model that did not know its input shape before."""
        if self.outputs is not None:
            return
        if isinstance(x, dict):
            x = list(x.values())
        arrays = [np.asarray(each) for each in as_list(x)]
        shapes = [(None, *a.shape[1:]) if a.ndim > 1 else (None, 1) for a in arrays]
        if self.is_graph_network or hasattr(self, "_chain"):
            self.build(shapes[0])
        else:
            self._trace_call(shapes)

    def _trace_call(self, shapes):
        """Write down the graph of a model whose class defines `call`."""
        from minikeras.engine.input_layer import Input

        inputs = [Input(batch_shape=shape) for shape in shapes]
        outputs = as_list(self(unpack(inputs)))
        self.inputs, self.outputs = inputs, outputs
        self.input_names = [t._keras_history[0].name for t in inputs]
        self.output_names = [f"output_{i + 1}" for i in range(len(outputs))]


def is_one_for_all(class_weight, names):
    """Whether class weights are given once, not by output."""
    if isinstance(class_weight, dict):
        return not set(class_weight) <= set(names)
    return not (
        isinstance(class_weight, (list, tuple))
        and all(w is None or isinstance(w, dict) for w in class_weight)
    )


def _pattern(weights):
    """Which outputs have sample weights in this batch."""
    return tuple([weight is not None for weight in weights])


def _present(weights):
    return [weight for weight in weights if weight is not None]


def _numbers(losses, metrics):
    return [float(value) for value in (*losses, *metrics)]
