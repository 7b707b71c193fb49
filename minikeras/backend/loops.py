"""Functions applied again and again along an axis: rnn, map_fn, foldl, foldr.

The function is written down once, as a small graph, and replayed for each step; going
back through the steps in reverse is backpropagation through time.
"""

import numpy as np

from minikeras.backend.graph import Graph, calls_between
from minikeras.backend.op import apply, tensors_in
from minikeras.backend.tensor import Symbolic, Variable, tracing
from minikeras.utils.checks import function


class Traced:
    """A function of tensors as a graph.

    Arguments
        function: takes tensors, gives a tensor or a list of them.
        examples: tensors or arrays like those that it will be given.

    Attributes
        outputs: what it gave, a list of symbolic tensors.
        captured: tensors from outside that it uses besides its arguments.
        variables: variables that it, or layers in it, use.
        graph: runs on [*arguments, *captured].
    """

    def __init__(self, function, examples):
        arguments = [Symbolic(_shape(x), _dtype(x)) for x in examples]
        with tracing():
            self.outputs = _flat(function(*arguments))
        calls, leaves = calls_between(arguments, self.outputs)
        self.captured = [
            t for t in leaves if t not in arguments and not isinstance(t, Variable)
        ]
        layers = [call.layer for call in calls if call.layer is not None]
        inner = [w for layer in layers for w in layer.weights]
        own = [t for t in leaves if isinstance(t, Variable)]
        self.variables = list(dict.fromkeys([*own, *inner]))
        self.graph = Graph([*arguments, *self.captured], self.outputs)

    def apply(self, forward, args, shapes, dtypes):
        """Apply an op that uses this: `forward(*args, captured, variables)`."""
        args = (*args, self.captured, self.variables)
        tensors = tensors_in(args)
        if not tensors:
            return forward(*args)[0]
        return apply(
            forward,
            args,
            {},
            tensors,
            lambda *_: shapes,
            lambda *_: dtypes,
            name="loop",
        )


def _flat(outputs):
    if not isinstance(outputs, (list, tuple)):
        return [outputs]
    return [member for each in outputs for member in _flat(each)]


def _shape(x):
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def _dtype(x):
    return str(x.dtype) if hasattr(x, "dtype") else None


def _add(totals, gradients):
    """Add lists of gradients, None for none, in place."""
    for i, gradient in enumerate(gradients):
        if gradient is not None:
            totals[i] = gradient if totals[i] is None else totals[i] + gradient


# ---- recurrent networks ------------------------------------------------------------


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
):
    """Go through the time steps of a sequence, handing states from step to step.

    Arguments
        step_function: `step(x_t, states) -> (output, new_states)`; `states` also holds
            the constants, behind the states.
        inputs: (n, time, ...).
        initial_states: list of tensors.
        go_backwards: whether to begin with the last step.
        mask: (n, time) or (n, time, 1); where it is 0, the output of the step before
            (zeros at first) and the states stay.
        constants: list of tensors that every step gets.
        unroll, input_length: accepted; they make no difference here.

    Returns (last output, all outputs (n, time, ...), list of last states).
    """
    function(step_function, "step_function", "lambda x, states: (x, states)")
    states, constants = list(initial_states), list(constants or [])
    shape = _shape(inputs)
    if len(shape) < 3:
        raise ValueError(f"K.rnn needs inputs (n, time, ...); got shape {shape}.")
    mask = _as_mask(mask)
    count = len(states)

    def step(x, *others):
        output, new_states = step_function(x, list(others))
        return [output, *new_states]

    first = Symbolic((shape[0], *shape[2:]), _dtype(inputs))
    traced = Traced(step, [first, *states, *constants])
    output = traced.outputs[0]
    loop = Recurrence(traced.graph, count, go_backwards)
    new_states = traced.outputs[1 : 1 + count]
    shapes = [output.shape, (*output.shape[:1], shape[1], *output.shape[1:])]
    shapes += [state.shape for state in new_states]
    dtypes = [output.dtype] * 2 + [state.dtype for state in new_states]
    results = traced.apply(loop, (inputs, states, constants, mask), shapes, dtypes)
    return results[0], results[1], list(results[2:])


def _as_mask(mask):
    if mask is None or len(mask.shape) != 3:
        return mask
    from minikeras.backend.shapes import squeeze

    return squeeze(mask, 2)


class Recurrence:
    """Forward and backward through the steps of `rnn`.

    Forward
        y_t, h_t = step(x_t, h_(t-1), constants)
        where the mask is 0: y_t = y_(t-1), h_t = h_(t-1)

    Backward, from the last step to the first
        dx_t, dh_(t-1), dconstants = step_backward(dy_t, dh_t)
        where the mask is 0: dy_(t-1) and dh_(t-1) take over dy_t and dh_t
    """

    def __init__(self, graph, count, go_backwards=False):
        self.graph, self.count, self.go_backwards = graph, count, go_backwards

    def __call__(self, inputs, states, constants, mask, captured, variables):
        times = range(inputs.shape[1])
        times = times[::-1] if self.go_backwards else times
        outputs, backwards, kept = [], [], None
        for t in times:
            feeds = [inputs[:, t], *states, *constants, *captured]
            new, backward = self.graph.forward(feeds)
            if mask is not None:
                before = outputs[-1] if outputs else np.zeros_like(new[0])
                kept = np.asarray(mask[:, t], bool)
                new = _keep(kept, new, [before, *states])
            outputs.append(new[0])
            states = new[1 : 1 + self.count]
            backwards.append((t, backward, kept))
        result = [outputs[-1], np.stack(outputs, axis=1), *states]

        def backward(dys):
            return self._backward(dys, backwards, inputs, len(constants))

        return result, backward

    def _backward(self, dys, backwards, inputs, constants):
        dlast, doutputs, *dstates = dys
        dx = np.zeros(inputs.shape, doutputs.dtype)
        others = [None] * (len(self.graph.inputs) - 1 - self.count)
        carried = dlast
        for place in reversed(range(len(backwards))):
            t, backward, kept = backwards[place]
            dy = doutputs[:, place] + carried
            into, past = [dy, *dstates], None
            if kept is not None:
                past = _keep(~kept, into, None)
                into = _keep(kept, into, None)
            unused = len(self.graph.outputs) - len(into)
            dx_t, *before = backward([*into, *[None] * unused])
            if dx_t is not None:
                dx[:, t] = dx_t
            _add(others, before[self.count :])
            carried = past[0] if past else 0
            dstates = _sum_lists(before[: self.count], past[1:] if past else None)
        return dx, dstates, others[:constants], None, others[constants:]


def _keep(condition, arrays, otherwise):
    """Rows of `arrays` where the condition holds, of `otherwise` (0) elsewhere."""
    otherwise = otherwise or [None] * len(arrays)
    return [
        x
        if x is None
        else np.where(_like(condition, x), x, _zero(x) if y is None else y)
        for x, y in zip(arrays, otherwise, strict=False)
    ]


def _like(condition, x):
    return condition.reshape(condition.shape + (1,) * (np.ndim(x) - 1))


def _zero(x):
    return np.zeros((), x.dtype)


def _sum_lists(first, second):
    totals = list(first)
    if second is not None:
        _add(totals, second)
    return totals


# ---- map and fold ------------------------------------------------------------------


def map_fn(fn, elems, name=None, dtype=None):
    """fn applied to each element along the first axis, stacked.

    Arguments
        fn: function of one element, or of a list of elements if `elems` is a list.
        elems: tensor, or list of tensors of equal length.
        name, dtype: accepted; the type is that of fn's result.
    """
    several = isinstance(elems, (list, tuple))
    sequences = list(elems) if several else [elems]
    rows = [Symbolic(_shape(x)[1:], _dtype(x)) for x in sequences]
    function(fn, "fn", "lambda x: K.square(x)")
    traced = Traced((lambda *e: fn(list(e))) if several else fn, rows)
    length = _shape(sequences[0])[0]
    shapes = [(length, *y.shape) for y in traced.outputs]
    dtypes = [y.dtype for y in traced.outputs]
    results = traced.apply(Mapping(traced.graph), (sequences,), shapes, dtypes)
    return results[0] if len(shapes) == 1 else results


class Mapping:
    """Forward and backward of `map_fn`: a graph run on row after row."""

    def __init__(self, graph):
        self.graph = graph

    def __call__(self, sequences, captured, variables):
        rows = zip(*sequences, strict=True)
        runs = [self.graph.forward([*row, *captured]) for row in rows]
        columns = zip(*(outputs for outputs, _ in runs), strict=True)

        def backward(dys):
            dsequences = [np.zeros(x.shape, x.dtype) for x in sequences]
            dcaptured = [None] * len(captured)
            for i, (_, row_backward) in enumerate(runs):
                gradients = row_backward([dy[i] for dy in dys])
                for dx, gradient in zip(dsequences, gradients, strict=False):
                    dx[i] = 0 if gradient is None else gradient
                _add(dcaptured, gradients[len(sequences) :])
            return dsequences, dcaptured

        return [np.stack(column) for column in columns], backward


def foldl(fn, elems, initializer=None, name=None):
    """fn(fn(fn(initializer, first), second), ...): one result of all elements.

    Arguments
        fn: function of (result so far, element).
        elems: tensor; its elements along the first axis.
        initializer: the result before the first element; the first element by default.
        name: accepted.
    """
    return _fold(fn, elems, initializer, backwards=False)


def foldr(fn, elems, initializer=None, name=None):
    """The same as `foldl`, from the last element to the first."""
    return _fold(fn, elems, initializer, backwards=True)


def _fold(fn, elems, initializer, backwards):
    shape, dtype = _shape(elems), _dtype(elems)
    start = Symbolic(shape[1:], dtype) if initializer is None else initializer
    function(fn, "fn", "lambda total, x: total + x")
    traced = Traced(fn, [start, Symbolic(shape[1:], dtype)])
    shapes = [_shape(start)]
    fold = Fold(traced.graph, backwards)
    initial = [] if initializer is None else [initializer]
    return traced.apply(fold, (elems, initial), shapes, [traced.outputs[0].dtype])[0]


class Fold:
    """Forward and backward of `foldl` and `foldr`."""

    def __init__(self, graph, backwards):
        self.graph, self.backwards = graph, backwards

    def __call__(self, elems, initial, captured, variables):
        order = list(range(len(elems)))[:: -1 if self.backwards else 1]
        first = None if initial else order.pop(0)
        total = initial[0] if initial else elems[first]
        runs = []
        for i in order:
            [total], backward = self.graph.forward([total, elems[i], *captured])
            runs.append((i, backward))

        def backward(dys):
            dtotal, delems = dys[0], np.zeros(elems.shape, elems.dtype)
            dcaptured = [None] * len(captured)
            for i, step_backward in reversed(runs):
                dtotal, delem, *others = step_backward([dtotal])
                delems[i] = 0 if delem is None else delem
                _add(dcaptured, others)
            if first is not None:
                delems[first] = 0 if dtotal is None else dtotal
            return delems, [dtotal] if initial else [], dcaptured

        return [total], backward
