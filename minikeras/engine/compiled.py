"""What `compile` prepares: for each output its target, loss and metrics; one graph."""

import functools

import numpy as np

from minikeras import backend as K
from minikeras import losses as losses_module
from minikeras import metrics as metrics_module
from minikeras.backend.graph import Graph, must_be_fed
from minikeras.backend.op import op
from minikeras.backend.tensor import Symbolic, Tensor, tracing
from minikeras.backend.updates import apply_updates, collecting_updates
from minikeras.engine.node import as_list
from minikeras.engine.standardize import by_output
from minikeras.utils.checks import choice, number


class Output:
    """One output of a compiled model.

    Attributes
        name, tensor: the output layer's name, the predictions.
        loss: function of (y_true, y_pred), or None if the output is not trained on.
        loss_weight: its share in the total loss.
        mode: 'temporal' if sample weights have a time axis.
        metrics: list of (name, metric, whether sample weights count).
        target, sample_weight: placeholders for the data.
    """

    def __init__(self, name, tensor, loss, loss_weight, mode, target=None):
        self.name, self.tensor = name, tensor
        self.loss = losses_module.get(loss)
        self.loss_name = loss
        self.loss_weight = (
            1.0 if loss_weight is None else float(number(loss_weight, "loss_weights"))
        )
        self.mode = choice(mode, "sample_weight_mode", (None, "temporal"))
        self.metrics = []
        self.target = self._placeholder() if target is None else _tensor(target)
        self.target_given = target is not None and not must_be_fed(self.target)
        ndim = 2 if mode == "temporal" else 1
        self.sample_weight = Symbolic((None,) * ndim, name=f"{name}_sample_weights")

    def _placeholder(self):
        shape = self.expected_target_shape() or (None,) * len(self.tensor.shape)
        return Symbolic(shape, name=f"{self.name}_target")

    @property
    def trained(self):
        """Whether the output has a loss."""
        return self.loss is not None

    def is_sparse(self):
        """Whether targets are class numbers, not one column for each class."""
        sparse = losses_module.sparse_categorical_crossentropy
        return getattr(self.loss, "fn", self.loss) is sparse or isinstance(
            self.loss, losses_module.SparseCategoricalCrossentropy
        )

    def expected_target_shape(self):
        """The target's shape; None if a loss of the user's own takes any."""
        if self.is_sparse():
            return (*self.tensor.shape[:-1], 1)
        function = getattr(self.loss, "fn", self.loss)
        name = getattr(function, "__name__", "")
        if getattr(losses_module, name, None) is function or isinstance(
            self.loss, losses_module.LossFunctionWrapper
        ):
            return tuple(self.tensor.shape)
        return None

    def weights(self, weighted):
        """Sample weights times mask, broadcastable to the loss; None for all ones."""
        mask = getattr(self.tensor, "_keras_mask", None)
        weights = self.sample_weight if weighted else None
        if mask is None:
            return weights
        mask = K.cast(mask, K.floatx())
        if weights is None:
            return mask
        return mask * expand_like(weights, mask)

    def loss_tensor(self, weighted):
        """The loss of this output: a symbolic scalar."""
        weights = self.weights(weighted)
        if isinstance(self.loss, losses_module.Loss):
            return K.mean(self.loss(self.target, self.tensor, sample_weight=weights))
        values = self.loss(self.target, self.tensor)
        if not isinstance(values, Tensor):
            raise ValueError(
                f"The loss {self.loss_name!r} of output {self.name!r} gave {values!r}, "
                "which does not depend on the predictions through K ops, so it has no "
                "gradient. Write it with minikeras.backend."
            )
        if weights is None:
            return average(values)
        return average(values, expand_like(weights, values))


@op(shape=lambda values, weights=None: ())
def average(values, weights=None):
    """Sum of values times weights, divided by the number of values.

    Forward
        y = sum of v w / N

    Backward
        dv = dy w / N
    """
    count = values.dtype.type(max(1, values.size))
    y = (values if weights is None else values * weights).sum() / count

    def backward(dy):
        dvalues = np.empty(values.shape, values.dtype)
        dvalues[...] = dy / count if weights is None else dy / count * weights
        return dvalues

    return y, backward


def expand_like(weights, values):
    """Give weights the axes of size 1 that broadcasting over `values` needs."""
    for _ in range(len(values.shape) - len(weights.shape)):
        weights = K.expand_dims(weights, -1)
    return weights


def _tensor(target):
    if isinstance(target, Tensor):
        return target
    array = K.constant(target)
    tensor = Symbolic(array.shape, array.dtype)
    tensor.default = array
    return tensor


class Compiled:
    """A model's outputs with their losses and metrics, and the graphs for them.

    Arguments
        model: the model.
        loss, metrics, loss_weights, sample_weight_mode, weighted_metrics,
        target_tensors: as in `Model.compile`.
    """

    def __init__(
        self,
        model,
        loss,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
    ):
        self.model = model
        names = model.output_names
        losses = by_output(_repeat(loss, names), names, "loss")
        if all(x is None for x in losses) and not model.losses:
            raise ValueError(
                "The model cannot be compiled because it has no loss to optimize."
            )
        modes = sample_weight_mode
        if modes is None or isinstance(modes, str):
            modes = [modes] * len(names)
        self.outputs = [
            Output(*each)
            for each in zip(
                names,
                model.outputs,
                losses,
                by_output(loss_weights, names, "loss_weights"),
                by_output(modes, names, "sample_weight_mode"),
                by_output(target_tensors, names, "target_tensors"),
                strict=True,
            )
        ]
        self._add_metrics(metrics, weighted_metrics)
        self._graphs = {}

    # ---- names and metrics -----------------------------------------------------------

    def _add_metrics(self, metrics, weighted_metrics):
        names = [output.name for output in self.outputs]
        self.metrics_names = ["loss"]
        if len(self.outputs) > 1:
            self.metrics_names += [f"{o.name}_loss" for o in self.outputs if o.trained]
        plain = by_output(_for_each(metrics, names), names, "metrics")
        weighted = by_output(
            _for_each(weighted_metrics, names), names, "weighted_metrics"
        )
        for output, *both in zip(self.outputs, plain, weighted, strict=True):
            if not output.trained:
                continue  # its targets are not fed
            for given, counts in zip(both, (False, True), strict=True):
                for each in dict.fromkeys(as_list(given) if given is not None else ()):
                    self._add_metric(output, each, counts)
        for metric in self.model.added_metrics():
            self.metrics_names.append(metric.name)

    def _add_metric(self, output, given, weighted):
        name, metric = resolve_metric(given, output)
        if len(self.outputs) > 1:
            name = f"{output.name}_{name}"
        base, count = name, 0
        while name in self.metrics_names:
            count += 1
            name = f"{base}_{count}"
        self.metrics_names.append(name)
        output.metrics.append((name, metric, weighted))

    @functools.cached_property
    def metrics(self):
        """All metric objects, in the order of their names."""
        own = [metric for output in self.outputs for _, metric, _ in output.metrics]
        return own + self.model.added_metrics()

    # ---- graphs ----------------------------------------------------------------------

    def trained_outputs(self):
        """The outputs that have a loss."""
        return [output for output in self.outputs if output.trained]

    def fed_outputs(self):
        """The outputs whose targets are fed."""
        return [o for o in self.outputs if o.trained and not o.target_given]

    @functools.cached_property
    def targets_wanted(self):
        """Names, shapes (None for any) and types of the targets that are fed."""
        outputs = self.fed_outputs()
        shapes = [o.expected_target_shape() for o in outputs]
        return [o.name for o in outputs], shapes, [o.target.dtype for o in outputs]

    def total_loss(self, weighted):
        """(total loss, losses of outputs), symbolic; `weighted`: a flag by output."""
        with tracing():
            parts = [
                output.loss_tensor(flag)
                for output, flag in zip(self.trained_outputs(), weighted, strict=True)
            ]
            total = None
            for output, part in zip(self.trained_outputs(), parts, strict=True):
                share = part if output.loss_weight == 1.0 else part * output.loss_weight
                total = share if total is None else total + share
            for penalty in self.model.losses:
                penalty = K.mean(penalty) if penalty.shape else penalty
                total = penalty if total is None else total + penalty
        return total, parts

    @functools.cached_property
    def weighted_loss(self):
        """The total loss with sample weights for every output."""
        return self.total_loss((True,) * len(self.trained_outputs()))[0]

    def step(self, weighted):
        """The training and test step for a pattern of sample weights."""
        if weighted not in self._graphs:
            self._graphs[weighted] = StepGraph(self, weighted)
        return self._graphs[weighted]


def _repeat(loss, names):
    """One loss for every output, where one is given for all."""
    if isinstance(loss, (list, tuple, dict)) or loss is None:
        return loss
    return [loss] * len(names)


def _for_each(metrics, names):
    """Metrics by output: a flat list is meant for every output."""
    if metrics is None or isinstance(metrics, dict):
        return metrics
    metrics = as_list(metrics)
    nested = any(isinstance(m, (list, tuple)) for m in metrics)
    if nested:
        return metrics
    return [metrics] * len(names) if metrics else None


def resolve_metric(given, output):
    """(name, metric object) for a string, function or object given to `compile`."""
    if isinstance(given, metrics_module.Metric):
        return given.name, given
    if isinstance(given, str) and given in ("accuracy", "acc", "crossentropy", "ce"):
        function = _by_shape(given, output)
        name = given
    else:
        function = metrics_module.get(given)
        name = given if isinstance(given, str) else _function_name(given)
    if isinstance(function, metrics_module.Metric):
        return name if isinstance(given, str) else function.name, function
    return name, metrics_module.MeanMetricWrapper(function, name=name)


def _function_name(function):
    return getattr(function, "__name__", type(function).__name__).strip("<>")


def _by_shape(given, output):
    """'accuracy' and 'crossentropy' mean what fits the output and the loss."""
    kind = "accuracy" if given in ("accuracy", "acc") else "crossentropy"
    if output.tensor.shape[-1] == 1 or _is_binary(output.loss):
        return getattr(metrics_module, f"binary_{kind}")
    if output.is_sparse():
        return getattr(metrics_module, f"sparse_categorical_{kind}")
    return getattr(metrics_module, f"categorical_{kind}")


def _is_binary(loss):
    return getattr(loss, "fn", loss) is losses_module.binary_crossentropy


class StepGraph:
    """Loss and metrics of one batch, ready to run; with their gradient.

    `train(feeds)` and `test(feeds)` give `(losses, take_in)`: the total loss and the
    outputs' losses, in the order of `metrics_names`, and a function that lets states
    and metrics take in the batch (see `metric_results`). Before that, nothing has
    changed but the weights' gradients.
    """

    def __init__(self, compiled, weighted):
        model = compiled.model
        total, parts = compiled.total_loss(weighted)
        self.losses = [total, *parts] if len(compiled.outputs) > 1 else [total]
        self.updates, self.results = trace_metrics(compiled, weighted)
        self.updates += model.state_updates
        self.test_updates = len(self.updates)
        known = set(map(id, self.updates))
        self.updates += [u for u in model.updates if id(u) not in known]
        self.targets = [u.variable for u in self.updates]
        fetched = [u.value for u in self.updates]
        trained = compiled.trained_outputs()
        weights = [
            output.sample_weight
            for output, flag in zip(trained, weighted, strict=True)
            if flag
        ]
        targets = [output.target for output in compiled.fed_outputs()]
        inputs = [*model.fed_inputs(), *targets, *weights]
        self.graph = Graph(
            inputs,
            [*self.losses, *fetched],
            trainable=compiled.trainable,
            wrt=(),
            differentiate=[total],
        )
        self.dys = [None] * (len(self.losses) + len(fetched))
        self.dys[0] = np.ones((), total.dtype)[()]
        self.result_graph = Graph([], self.results)
        self.frozen = set(model.frozen_weights())  # their statistics stay, too
        self.checked = False  # whether gradients have been seen for all weights

    def train(self, feeds):
        """Losses of a batch, and `take_in`; leaves the weights' gradients."""
        fetched, updates = collecting_updates(self._forward_and_back, feeds)
        updates = [u for u in updates if u[0] not in self.frozen]
        return self._results(fetched, updates, len(self.targets))

    def test(self, feeds):
        """Losses of a batch, and `take_in`."""
        fetched, updates = collecting_updates(self.graph.run, feeds, 0)
        return self._results(fetched, updates, self.test_updates)

    def _forward_and_back(self, feeds):
        fetched, backward = self.graph.forward(feeds, 1)
        backward(self.dys)
        return fetched

    def _results(self, fetched, updates, count):
        first = len(self.losses)

        def take_in():
            apply_updates(updates)
            values = fetched[first : first + count]
            for variable, value in zip(self.targets[:count], values, strict=True):
                variable.assign(value)

        return fetched[:first], take_in

    def metric_results(self):
        """The metrics' values, over all that they have taken in since their reset."""
        return self.result_graph.run([])


def check_gradients_arrived(variables):
    """After the first step: an error for weights that got no gradient at all."""
    missing = [v.name for v in variables if not v.has_grad]
    if missing:
        raise ValueError(
            f"The gradient of {', '.join(missing)} is `None`: the loss does not depend "
            "on these weights, or only through ops without a gradient (K.argmax, "
            "K.round, comparisons, K.stop_gradient). Use other ops, or freeze the "
            "layer (layer.trainable = False before compile)."
        )


def trace_metrics(compiled, weighted):
    """(updates for a batch, results) of all metrics, as symbolic tensors."""
    updates, results = [], []
    with tracing():
        for output, flag in zip(compiled.trained_outputs(), weighted, strict=True):
            for _, metric, counts in output.metrics:
                weights = output.weights(counts and flag)
                made = metric.update_state(
                    output.target, output.tensor, sample_weight=weights
                )
                updates += as_list(made)
                results.append(metric.result())
        for metric in compiled.model.added_metrics():
            updates += as_list(metric.update_state(metric.traced_value))
            results.append(metric.result())
    return [u for u in updates if u is not None], results
