"""The graph: calls noted for later, and the executor that replays them on data.

Symbolic tensors remember the `Call` they came from. A `Graph` collects the calls
between some inputs and some outputs and keeps the one contract: `forward(values)` gives
the outputs and a `backward` that gives the gradients. K.function, a model's prediction
and a model's training step are all graphs.
"""

from minikeras.backend.step import (
    Step,
    add_gradient,
    members,
    name_of,
    shapes_and_dtypes,
)
from minikeras.backend.tensor import Symbolic, Tensor, Variable

# The placeholder that says whether the model is being trained (1) or used (0).
LEARNING_PHASE = Symbolic((), "int32", name="learning_phase")
LEARNING_PHASE._uses_learning_phase = True


class Call:
    """One use of a function in a graph: what is called, on what, and what it gives.

    Arguments
        forward: function that returns `(y, backward)`.
        args: its positional arguments; tensors stand for values to come.
        kwargs: constant keyword arguments.
        keywords: keyword arguments that may be tensors, without a gradient (a mask, the
            learning phase).
        layer: the layer whose forward this is, or None.
    """

    def __init__(
        self, forward, args, kwargs=None, keywords=None, layer=None, name=None
    ):
        self.forward = forward
        self.args = tuple(args)
        self.kwargs = kwargs or {}
        self.keywords = keywords or {}
        self.layer = layer
        self.name = name
        self.outputs = None

    def outputs_like(self, shape, dtype, samples=None):
        """Create the symbolic results: one tensor, or a list if `shape` is a list."""
        if not isinstance(shape, list):
            self.outputs = self._output(shape, dtype, 0, samples)
        else:
            dtypes = dtype if isinstance(dtype, list) else [dtype] * len(shape)
            self.outputs = [
                self._output(each, kind, index, (samples or [None] * len(shape))[index])
                for index, (each, kind) in enumerate(zip(shape, dtypes, strict=True))
            ]
        return self.outputs

    def _output(self, shape, dtype, index, samples):
        name = f"{self.name}:{index}" if self.name else None
        made = Symbolic(shape, dtype, name=name, call=self, index=index)
        made.samples = samples or {}
        made._uses_learning_phase = any(
            getattr(t, "_uses_learning_phase", False) for t in self.sources()
        )
        return made

    def plan(self, graph, useful):
        """The step that carries out this call in a graph."""
        return graph.step(self, useful)

    def sources(self):
        """All tensors that this call reads."""
        for arg in (*self.args, *self.keywords.values()):
            if isinstance(arg, Tensor):
                yield arg
            elif isinstance(arg, (list, tuple)):
                yield from (member for member in arg if isinstance(member, Tensor))

    def __repr__(self):
        what = self.layer.name if self.layer is not None else name_of(self.forward)
        return f"<Call of {what}>"


def calls_between(inputs, outputs):
    """The calls that lead from `inputs` to `outputs`, in an order that can be run.

    Returns (calls, leaves): leaves are the variables and placeholders that are read.
    """
    calls, leaves = {}, {}
    given = set(inputs)
    stack = [(t, False) for t in reversed(outputs) if isinstance(t, Tensor)]
    while stack:
        tensor, sources_done = stack.pop()
        call = getattr(tensor, "call", None)
        if call is None or tensor in given:
            leaves[tensor] = True
        elif sources_done:
            calls[call] = True
        elif call not in calls:
            stack.append((tensor, True))
            stack.extend((source, False) for source in call.sources())
    return list(calls), list(leaves)


def must_be_fed(tensor):
    """Whether a tensor is a placeholder without a value of its own."""
    return (
        isinstance(tensor, Symbolic)
        and tensor.call is None
        and tensor is not LEARNING_PHASE
        and getattr(tensor, "default", None) is None
    )


def placeholders_of(outputs):
    """The placeholders that `outputs` are computed from."""
    _, leaves = calls_between([], outputs)
    return [t for t in leaves if isinstance(t, Symbolic)]


class Graph:
    """Calls in order, ready to run on arrays.

    Arguments
        inputs: symbolic tensors that will be fed.
        outputs: tensors to compute.
        trainable: variables whose gradients `backward` shall compute; None for all.
        wrt: tensors whose gradients `backward` shall return; the inputs by default.
        differentiate: the outputs that `backward` will be given gradients for; all by
            default. What only the others need leaves nothing behind for backward.

    A graph holds no data: any number of threads may run one at the same time.
    """

    def __init__(self, inputs, outputs, trainable=None, wrt=None, differentiate=None):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.wrt = self.inputs if wrt is None else list(wrt)
        calls, leaves = calls_between(self.inputs, self.outputs)
        self.template = []
        self.slots = {}
        for tensor in (*self.inputs, *leaves):
            self.slot(tensor)
        self._check_leaves(leaves)
        self.variables = [t for t in leaves if isinstance(t, Variable)]
        self.trainable = None if trainable is None else set(trainable)
        self.frozen = [v for v in self._all_variables(calls) if not self._trains(v)]
        useful = {t for t in self.wrt} | {v for v in self.variables if self._trains(v)}
        self.steps = []
        for call in calls:
            self.steps.append(call.plan(self, useful))
        if differentiate is not None:
            needed = set(calls_between(self.inputs, differentiate)[0])
            for step in self.steps:
                step.wanted = step.wanted and step.call in needed
        self.input_slots = [self.slot(t) for t in self.inputs]
        self.variable_slots = [(v, self.slot(v)) for v in self.variables]
        self.phase_slot = self.slots.get(LEARNING_PHASE)
        self.output_slots = [self.slot(t) for t in self.outputs]
        self.wrt_slots = [self.slot(t) for t in self.wrt]
        self._note_last_uses()

    # ---- planning --------------------------------------------------------------------

    def slot(self, value):
        """The place of a tensor's value; a new, filled place for a constant."""
        if not isinstance(value, Tensor):
            self.template.append(value)
            return len(self.template) - 1
        if value not in self.slots:
            self.template.append(None)
            self.slots[value] = len(self.template) - 1
        return self.slots[value]

    def _check_leaves(self, leaves):
        known = {*self.inputs, LEARNING_PHASE}
        for leaf in leaves:
            default = getattr(leaf, "default", None)
            if default is not None:
                self.template[self.slot(leaf)] = default
            elif isinstance(leaf, Symbolic) and leaf not in known:
                raise ValueError(
                    f"The output depends on {leaf!r}, which is not among the inputs "
                    f"{[t.name for t in self.inputs]}. Add it to the inputs."
                )

    def _trains(self, variable):
        if self.trainable is None:
            return variable.trainable
        return variable in self.trainable

    def _all_variables(self, calls):
        found = dict.fromkeys(self.variables)
        for call in calls:
            if call.layer is not None:
                found.update(dict.fromkeys(call.layer.weights))
        return found

    def step(self, call, useful, trains=None):
        """Turn a call into slots; decide whether its gradient is wanted.

        `useful`: tensors whose gradients are wanted, those of the call's results are
        added; `trains(variable)`: whether a weight's gradient is.
        """
        trains = trains or self._trains
        wants_dx = any(s in useful for arg in call.args for s in members(arg))
        has_weights = call.layer is not None and any(map(trains, call.layer.weights))
        if wants_dx or has_weights:
            useful.update(members(call.outputs))
        arg_slots = [
            [self.slot(member) for member in arg]
            if isinstance(arg, (list, tuple)) and any(True for _ in members(arg))
            else self.slot(arg)
            for arg in call.args
        ]
        keywords = {k: self.slot(v) for k, v in call.keywords.items()}
        if isinstance(call.outputs, list):
            out = [self.slot(t) for t in call.outputs]
        else:
            out = self.slot(call.outputs)
        return Step(call, arg_slots, keywords, out, wants_dx, wants_dx or has_weights)

    def _note_last_uses(self):
        """Values and gradients that nobody waits for go as soon as possible.

        Values only when a run keeps nothing for backward.
        """
        keep = {*self.output_slots}
        for step in reversed(self.steps):
            step.inner_slots = [s for s in step.out_slots if s not in self.wrt_slots]
            step.last_uses = [s for s in step.touched if s not in keep]
            keep.update(step.touched)

    # ---- running ---------------------------------------------------------------------

    def forward(self, feeds, training=0):
        """Run on arrays, one for each input: (list of outputs, backward).

        `backward(dys)` takes the outputs' gradients (None for zero), adds the gradients
        of variables and returns those of the inputs.
        """
        values = self._start(feeds, training)
        played = []
        for step in self.steps:
            y, backward = step.run(values)
            if step.wanted:
                shapes = shapes_and_dtypes(y) if step.several else None
                played.append((step, backward, shapes))
        count = len(played)

        def backward(dys):
            grads = [None] * len(self.template)
            for slot, dy in zip(self.output_slots, dys, strict=True):
                add_gradient(grads, slot, dy)
            for variable in self.frozen:
                variable.accumulate = False
            try:
                self._play_back(played, count, grads)
            finally:
                for variable in self.frozen:
                    variable.accumulate = True
            return [grads[slot] for slot in self.wrt_slots]

        return [values[slot] for slot in self.output_slots], backward

    def run(self, feeds, training=0):
        """The outputs only; intermediate values are let go as early as possible."""
        values = self._start(feeds, training)
        for step in self.steps:
            step.run(values)
            for slot in step.last_uses:
                values[slot] = None
        return [values[slot] for slot in self.output_slots]

    def _start(self, feeds, training):
        values = self.template.copy()
        for variable, slot in self.variable_slots:
            values[slot] = variable.value
        if self.phase_slot is not None:
            values[self.phase_slot] = training
        for slot, value in zip(self.input_slots, feeds, strict=True):
            values[slot] = value
        return values

    def _play_back(self, played, count, grads):
        """From the last call to the first; what each has kept or got is let go."""
        for _ in range(count):
            step, backward, shapes = played.pop()
            dy = step.gradient(grads, shapes)
            for slot in step.inner_slots:
                grads[slot] = None
            if dy is not None and backward is not None:
                step.spread(backward, dy, grads)
        for variable, slot in self.variable_slots:
            if grads[slot] is not None:
                variable.add_grad(grads[slot])
