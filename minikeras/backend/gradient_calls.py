"""K.gradients: the gradient of one tensor for others, as tensors of the same graph.

A gradient is a call like any other. When a graph runs it, the forward part has just
been run; its steps kept their `backward`, and are now played back from the loss
to the tensors. So `K.function([x], [loss] + K.gradients(loss, [x]))` runs forward once.
"""

import numpy as np

from minikeras.backend.graph import Call, calls_between
from minikeras.backend.kinks import Tangents
from minikeras.backend.step import Step, add_gradient, members, shapes_and_dtypes
from minikeras.backend.tensor import Symbolic, Variable, capturing_gradients
from minikeras.backend.updates import collecting_updates


def gradients(loss, variables):
    """Gradients of the sum of `loss` for each of `variables`.

    Arguments
        loss: symbolic tensor (or a list, which is added up).
        variables: tensor or list: variables, inputs, or any tensors in between.

    Returns a list of tensors; None for what the loss does not depend on. They may be
    part of a loss themselves (gradient penalties): see `SecondGradient`.

    Example: which pixels made the network say "seven"?
        >>> [grad] = K.gradients(model.output[:, 7], model.input)
        >>> saliency = K.function([model.input], [grad])
    """
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    sources = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    for tensor in losses:
        if not isinstance(tensor, (Symbolic, Variable)):
            raise TypeError(
                "K.gradients needs a symbolic loss, computed with K ops from "
                "variables, placeholders or a model's tensors; got "
                f"{type(tensor).__name__}. For arrays there is "
                "K.differentiate(function, array)."
            )
    reached = _reached_from(losses)
    connected = [source for source in sources if source in reached]
    if not connected:
        return [None] * len(sources)
    call = GradientCall(losses, connected)
    shapes, dtypes = [t.shape for t in connected], [t.dtype for t in connected]
    made = dict(zip(connected, call.outputs_like(shapes, dtypes), strict=True))
    return [made.get(source) for source in sources]


def _reached_from(losses):
    """All tensors and weights that the losses depend on, not through whole numbers.

    Nor through keywords, which get no gradient.
    """
    reached, stack = set(), list(losses)
    while stack:
        tensor = stack.pop()
        if tensor in reached or not tensor.dtype.startswith("float"):
            continue
        reached.add(tensor)
        call = getattr(tensor, "call", None)
        if call is not None and getattr(call.forward, "has_gradient", True):
            stack.extend(member for arg in call.args for member in members(arg))
            reached.update(call.layer.weights if call.layer else ())
    return reached


class GradientCall(Call):
    """The gradients of the sum of `losses` for `sources`."""

    def __init__(self, losses, sources):
        super().__init__(None, (losses, sources), name="gradients")
        self.losses, self.wanted_for = losses, sources

    def plan(self, graph, useful):
        return GradientStep(self, graph, useful)


class GradientStep(Step):
    """Plays back the steps between the sources and the losses.

    Attributes
        cone: pairs (step, slot of its backward), in the order of running.
        main_steps: the same steps as the rest of the graph uses them.
    """

    def __init__(self, call, graph, useful):
        losses, sources = [[graph.slot(t) for t in arg] for arg in call.args]
        self.losses, self.source_slots = losses, sources
        self.wanted_for = call.wanted_for
        self.variables = [t for t in call.wanted_for if isinstance(t, Variable)]
        self.cone = self._cone(call, graph)
        needed = any(t in useful for arg in call.args for t in arg)
        if needed:
            useful.update(call.outputs)
        outputs = [graph.slot(t) for t in call.outputs]
        super().__init__(call, [losses, sources], {}, outputs, needed, needed)
        # One run serves all who go back through it: a SecondGradient may be asked
        # again, while the backwards that this plays may not.
        self.reusable = True
        self.touched += [kept for _, kept in self.cone]

    def _cone(self, call, graph):
        """The calls on the way from the sources to the losses, planned for this."""
        on_the_way = set(calls_between([], call.losses)[0])
        useful = set(call.wanted_for)
        cone, planned, self.main_steps = [], {}, []
        for main in graph.steps:
            if main.call in on_the_way:
                step = graph.step(main.call, useful, trains=useful.__contains__)
                planned[main.call] = step
                if step.wanted:
                    if isinstance(main, GradientStep):
                        main.prepare_second_gradient(planned)
                        step.spread = main.spread
                    cone.append((step, main.keep_backward(graph)))
                    self.main_steps.append(main)
        return cone

    def prepare_second_gradient(self, planned):
        """A gradient of this one will be asked for, by steps planned for that."""
        self.wanted = True
        self.main_steps = [planned[main.call] for main in self.main_steps]
        self.touched += [slot for main in self.main_steps for slot in main.touched]

    def run(self, values):
        """The gradients for the sources, and `backward` for gradients of those."""
        grads = self._first_gradients(values)
        self.store(values, grads)
        wanted = self.wanted and SecondGradient(self, list(values))
        return grads, wanted or None

    def _first_gradients(self, values):
        grads = [None] * len(values)
        for slot in self.losses:
            add_gradient(grads, slot, np.ones_like(values[slot]))
        with capturing_gradients(self.variables) as captured:
            for step, kept in reversed(self.cone):
                backward, shapes = values[kept]
                dy = step.gradient(grads, shapes)
                if dy is not None and backward is not None:
                    step.spread(backward, dy, grads)
        return [
            self._result(tensor, grads[slot], captured.get(tensor))
            for tensor, slot in zip(self.wanted_for, self.source_slots, strict=True)
        ]

    def _result(self, tensor, from_ops, from_layers):
        found = [g for g in (from_ops, from_layers) if g is not None]
        if not found:
            names = [step.call.name or repr(step.call) for step, _ in self.cone]
            raise ValueError(
                f"No gradient for {tensor!r}: on every way to the loss there is an op "
                "without one (argmax, round, a comparison, stop_gradient). The ways "
                f"lead through {names}."
            )
        return sum(found[1:], found[0])

    def spread(self, backward, dy, grads):
        """Gradients that depend on these gradients."""
        backward.spread(dy, grads)


class SecondGradient:
    """The gradient of <v, gradient>, where v is the gradient of the loss for it.

    It is the change of the gradient when the sources move along v:

        (gradient at x + e v - gradient at x - e v) / (2 e)

    Two more runs forward and backward through the same steps, instead of a derivative
    of every backward, after a run forward that notes on which side of its kink every
    relu is (`kinks`); PReLU, max pooling, abs and clip may still jump. Right to 2 or 3
    digits in float32, 8 in float64. Dropout draws the same new mask in all runs. This
    is what gradient penalties (WGAN-GP) need.
    """

    def __init__(self, step, values):
        self.step, self.values = step, values
        self.steps = step.main_steps
        self.inside = {slot for main in self.steps for slot in main.out_slots}

    def _check(self):
        if self.step.variables or self.inside & set(self.step.source_slots):
            raise NotImplementedError(
                "A gradient of a gradient is available for gradients with respect to "
                "inputs (or other tensors that are not computed from one another), not "
                f"with respect to {self.step.wanted_for}."
            )

    def spread(self, directions, grads):
        """Add to the gradients of all that the steps read, and of their weights."""
        self._check()
        e = self._step_size(directions)
        if e == 0:
            return
        state, tangents = np.random.get_state(), Tangents()
        tangents.hold(collecting_updates, self._run, list(self.values))
        for sign in (1, -1):
            np.random.set_state(state)
            values = self._moved(directions, sign * e)
            found = tangents.hold(self._gradients, values, sign / (2 * e))
            for slot, gradient in found:
                add_gradient(grads, slot, gradient)

    def _step_size(self, directions):
        """A step that is small beside the sources, yet far above their rounding."""
        sources = [self.values[slot] for slot in self.step.source_slots]
        length = max(_rms(v) for v in directions)
        size = max(1.0, *(_rms(x) for x in sources))
        if length == 0:
            return 0
        return size / length * np.cbrt(np.finfo(sources[0].dtype).eps)

    def _moved(self, directions, e):
        values = list(self.values)
        for slot, direction in zip(self.step.source_slots, directions, strict=True):
            values[slot] = values[slot] + values[slot].dtype.type(e) * direction
        return values

    def _gradients(self, values, weight):
        """Gradients of `weight` times the losses, for what comes from outside."""
        backwards, _ = collecting_updates(self._run, values)  # and forgetting them
        grads = [None] * len(values)
        for slot in self.step.losses:
            add_gradient(grads, slot, np.full_like(values[slot], weight))
        for main, backward, shapes in reversed(backwards):
            dy = main.gradient(grads, shapes)
            if dy is not None and backward is not None:
                main.spread(backward, dy, grads)
        return [(i, g) for i, g in enumerate(grads) if i not in self.inside]

    def _run(self, values):
        backwards = []
        for main in self.steps:
            y, backward = type(main).run(main, values)
            shapes = shapes_and_dtypes(y) if main.several else None
            backwards.append((main, backward, shapes))
        return backwards


def _rms(x):
    return float(np.sqrt(np.mean(np.square(x))))
