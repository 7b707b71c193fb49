"""The graph: calls noted for later, and the executor that replays them on data.

Symbolic tensors remember the `Call` they came from. A `Graph` collects the calls
between some inputs and some outputs and keeps the one contract: `forward(values)` gives
the outputs and a `backward` that gives the gradients. K.function, a model's prediction
and a model's training step are all graphs.
"""

import threading
import types

import numpy as np

from minikeras.backend.errors import say_where
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
        what = self.layer.name if self.layer is not None else _name_of(self.forward)
        return f"<Call of {what}>"


def _name_of(function):
    return getattr(function, "__qualname__", None) or repr(function)


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


def placeholders_of(outputs):
    """The placeholders that must be fed to compute `outputs`."""
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
        """When a run keeps nothing for backward, values go as soon as possible."""
        keep = {*self.output_slots}
        for step in reversed(self.steps):
            step.last_uses = [s for s in step.touched if s not in keep]
            keep.update(step.touched)

    # ---- running ---------------------------------------------------------------------

    def forward(self, feeds, training=0):
        """Run on arrays, one for each input: (list of outputs, backward).

        `backward(dys)` takes the outputs' gradients (None for zero), adds the gradients
        of variables and returns those of the inputs.
        """
        values = self._start(feeds, training)
        backwards, shapes = [], {}
        for step in self.steps:
            y, backward = step.run(values)
            step.store(values, y)
            backwards.append(backward if step.wanted else None)
            if step.several:
                shapes[step] = shapes_and_dtypes(y)

        def backward(dys):
            grads = [None] * len(self.template)
            for slot, dy in zip(self.output_slots, dys, strict=True):
                add_gradient(grads, slot, dy)
            for variable in self.frozen:
                variable.accumulate = False
            try:
                self._play_back(backwards, grads, shapes)
            finally:
                for variable in self.frozen:
                    variable.accumulate = True
            return [grads[slot] for slot in self.wrt_slots]

        return [values[slot] for slot in self.output_slots], backward

    def run(self, feeds, training=0):
        """The outputs only; intermediate values are let go as early as possible."""
        values = self._start(feeds, training)
        for step in self.steps:
            y, _ = step.run(values)
            step.store(values, y)
            for slot in step.last_uses:
                values[slot] = None
        return [values[slot] for slot in self.output_slots]

    def _start(self, feeds, training):
        values = self.template.copy()
        for variable in self.variables:
            values[self.slots[variable]] = variable.value
        if LEARNING_PHASE in self.slots:
            values[self.slots[LEARNING_PHASE]] = training
        for tensor, value in zip(self.inputs, feeds, strict=True):
            values[self.slots[tensor]] = value
        return values

    def _play_back(self, backwards, grads, shapes):
        for step in reversed(self.steps):
            backward = backwards.pop()
            if backward is None:
                continue
            dy = step.gradient(grads, shapes.get(step))
            if dy is not None:
                step.spread(backward, dy, grads)
        for variable in self.variables:
            gradient = grads[self.slots[variable]]
            if gradient is not None:
                variable.add_grad(gradient)


class Step:
    """A call with its tensors replaced by positions in the list of values."""

    def __init__(self, call, args, keywords, out, wants_dx, wanted):
        self.call = call
        self.forward = call.forward
        self.args = args
        self.kwargs = call.kwargs
        self.keywords = keywords
        self.out = out
        self.wants_dx = wants_dx
        self.wanted = wanted
        self.several = isinstance(out, list)
        self.simple = len(args) == 1 and type(args[0]) is int and not call.kwargs
        flat = [s for arg in args for s in (arg if isinstance(arg, list) else [arg])]
        self.out_slots = out if self.several else [out]
        self.touched = [*flat, *keywords.values(), *self.out_slots]
        self.last_uses = []
        self.kept = []
        self.reusable = call.layer is None and isinstance(
            call.forward, types.FunctionType
        )

    def run(self, values):
        """(y, backward) of the call on the values that are there now."""
        try:
            if self.simple:
                x = values[self.args[0]]
                if not self.keywords:
                    return self.forward(x)
                options = {k: values[slot] for k, slot in self.keywords.items()}
                return self.forward(x, **options)
            args = [
                values[s] if type(s) is int else [values[i] for i in s]
                for s in self.args
            ]
            options = {k: values[slot] for k, slot in self.keywords.items()}
            return self.forward(*args, **self.kwargs, **options)
        except Exception as error:
            self._say_where(error, values)
            raise

    def keep_backward(self, graph):
        """Have `backward` put into a slot at each run, for a `K.gradients`: the slot.

        A layer's `backward` may be called once only; who comes next gets another one.
        """
        if not self.kept or not self.reusable:
            self.kept.append(graph.slot(None))
            self.run = self._run_and_keep
        return self.kept[-1]

    def _run_and_keep(self, values):
        """Run once for each `backward` that is needed; dropout draws the same mask."""
        count = len(self.kept) + (self.wanted and not self.reusable)
        state = np.random.get_state() if count > 1 else None
        backwards = []
        for _ in range(count):
            if backwards:
                np.random.set_state(state)
            y, backward = type(self).run(self, values)
            backwards.append(backward)
        shapes = shapes_and_dtypes(y) if self.several else None
        for slot, each in zip(self.kept, backwards):  # noqa: B905  one may be left
            values[slot] = each, shapes
        return y, backward

    def store(self, values, y):
        """Put the result where later calls look for it."""
        if self.several:
            for slot, part in zip(self.out, y, strict=True):
                values[slot] = part
        else:
            values[self.out] = y

    def gradient(self, grads, shapes):
        """The gradient of the call's result; None if nothing depends on it."""
        if not self.several:
            return grads[self.out]
        dys = [grads[slot] for slot in self.out]
        if all(dy is None for dy in dys):
            return None
        return [
            np.zeros(*shape_and_dtype) if dy is None else dy
            for shape_and_dtype, dy in zip(shapes, dys, strict=True)
        ]

    def spread(self, backward, dy, grads):
        """Go back through the call and add to its arguments' gradients."""
        if self.wants_dx or backward.__code__.co_argcount == 1:
            dx = backward(dy)
        else:
            dx = backward(dy, False)
        if not self.wants_dx:
            return
        if type(dx) is not tuple:
            _add_to(grads, self.args[0], dx)
        elif type(self.args[0]) is list and len(self.args) == 1:  # a layer's inputs
            _add_to(grads, self.args[0], list(dx))
        else:
            for slot, part in zip(self.args, dx):  # noqa: B905  the rest has no gradient
                _add_to(grads, slot, part)

    def _say_where(self, error, values):
        layer = self.call.layer
        if layer is None:
            what = f"K.{_name_of(self.forward)}".replace("._", ".")
        else:
            what = f"layer {layer.name!r}, {type(layer).__name__}"
        used = [values[slot] for slot in self.touched]
        say_where(error, what, [np.shape(x) for x in used if x is not None])


def shapes_and_dtypes(arrays):
    """What zeros in the place of each array would be made of."""
    return [(np.shape(x), np.asarray(x).dtype) for x in arrays]


def members(arg):
    """The tensors that an argument is or holds."""
    if isinstance(arg, Tensor):
        return (arg,)
    if isinstance(arg, (list, tuple)):
        return tuple(member for member in arg if isinstance(member, Tensor))
    return ()


def add_gradient(grads, slot, gradient):
    """Add to the gradient that is in a slot."""
    if gradient is not None:
        before = grads[slot]
        grads[slot] = gradient if before is None else before + gradient


def _add_to(grads, slots, gradient):
    if type(slots) is int:
        add_gradient(grads, slots, gradient)
    elif gradient is not None:
        for slot, part in zip(slots, gradient, strict=True):
            add_gradient(grads, slot, part)


# ---- updates -------------------------------------------------------------------------

_thread = threading.local()


class collecting_updates:
    """Inside `with collecting_updates() as updates:` assignments wait in a list.

    Layers that change state while they run (moving averages, recurrent states) call
    `update`; whoever runs the graph decides whether the changes are applied.
    """

    def __enter__(self):
        self.outer = getattr(_thread, "updates", None)
        _thread.updates = []
        return _thread.updates

    def __exit__(self, *exc):
        _thread.updates = self.outer


def update_later(variable, value):
    """Assign `value` to `variable` now, or when the run under way says so."""
    updates = getattr(_thread, "updates", None)
    if updates is None:
        variable.assign(value)
    else:
        updates.append((variable, value))


def apply_updates(updates):
    """Carry out the assignments that a run has collected."""
    for variable, value in updates:
        variable.assign(value)
