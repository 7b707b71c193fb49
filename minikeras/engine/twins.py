"""`forward` and `call`: whichever a layer's class defines, the other comes free.

    forward(x) -> (y, backward)     on arrays; what built-in layers write
    call(inputs) -> outputs         on tensors, with K ops; what Keras users write

`call` made from a `forward` places the layer as one `Call` in the graph. `forward` made
from a `call` records the K ops on a tape.
"""

import functools
import inspect

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.control import learning_phase, running
from minikeras.backend.graph import LEARNING_PHASE, Call
from minikeras.backend.op import apply, infer, tensors_in
from minikeras.backend.tape import Tape
from minikeras.backend.tensor import Recorded, Symbolic, Tensor
from minikeras.engine.last_activation import split


def add_twin(cls):
    """Give a class that defines only one of the two the other one."""
    own = vars(cls)
    if "forward" in own and "call" not in own:
        cls.call = call_from(own["forward"])
    elif "call" in own and "forward" not in own:
        cls.forward = forward_from(own["call"])


@functools.lru_cache(None)
def options_of(function):
    """Names of the arguments that a `forward` or `call` takes behind its input."""
    parameters = list(inspect.signature(function).parameters.values())[2:]
    return tuple(p.name for p in parameters if p.kind is not p.VAR_KEYWORD)


def call_from(forward):
    """A `call` for layers that define `forward`."""

    def call(self, inputs, **options):
        return place(self, forward, inputs, options)

    parameters = list(inspect.signature(forward).parameters.values())
    names = ["self", "inputs"] + [p.name for p in parameters[2:]]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature(
        [inspect.Parameter(n, kind) for n in names[:2]]
        + [inspect.Parameter(n, kind, default=None) for n in names[2:]]
    )
    call.__doc__ = "Place the layer in a graph, or run it on recorded tensors."
    return call


def place(layer, forward, inputs, options):
    """Apply a layer's `forward` to tensors, as an op: recorded, or as a `Call`.

    Softmax or sigmoid at the layer's end become a second call, see `last_activation`.
    """
    bound = functools.partial(forward, layer)
    if "training" in options_of(forward) and options.get("training") is None:
        options["training"] = learning_phase()
    options = {k: v for k, v in options.items() if v is not None}
    tensors = tensors_in([inputs])
    if any(isinstance(t, Recorded) for t in tensors):
        options = {k: _now(v) for k, v in options.items()}
        return apply(bound, (inputs,), options, tensors)
    shapes, dtypes = result_of(layer, bound, inputs, options)
    as_called, activation = split(layer, forward)
    bound = functools.partial(forward, as_called)
    call = Call(bound, (inputs,), keywords=options, layer=layer, name=layer.name)
    y = call.outputs_like(shapes, dtypes)
    if activation is None:
        return y
    call = Call(activation.forward, (y,), layer=layer, name=layer.name)
    return call.outputs_like(shapes, dtypes)


def _now(option):
    """The value of an option on the tape; a learning phase not known yet means use."""
    if option is LEARNING_PHASE:
        return 0
    return option.value if isinstance(option, Tensor) else option


def result_of(layer, forward, inputs, options):
    """Shape(s) and dtype(s) of what a layer will give for symbolic inputs."""
    shapes = layer.compute_output_shape(shapes_of(inputs))
    if all(t.dtype == floatx() for t in tensors_in([inputs])):
        return shapes, floatx()
    known = {k: v for k, v in options.items() if not isinstance(v, Symbolic)}
    return shapes, infer(forward, (inputs,), known)[1]


def shapes_of(inputs):
    """The shape of a tensor or array; the list of shapes of a list."""
    if isinstance(inputs, (list, tuple)):
        return [tuple(np.shape(x) if _is_plain(x) else x.shape) for x in inputs]
    return tuple(np.shape(inputs) if _is_plain(inputs) else inputs.shape)


def _is_plain(x):
    return not hasattr(x, "shape")


def forward_from(call):
    """A `forward` for layers that define `call`: record its K ops, play them back."""

    def forward(self, x, training=False, mask=None):
        takes = options_of(call)
        options = {"training": training, "mask": mask}
        options = {k: v for k, v in options.items() if k in takes}
        with Tape() as tape, running(training):
            several = isinstance(x, (list, tuple))
            watched = [tape.watch(each) for each in (x if several else [x])]
            y = call(self, watched if several else watched[0], **options)

        def backward(dy):
            dx = tape.gradients(y, watched, dy)
            return dx if several else dx[0]

        return _values(y), backward

    return forward


def _values(y):
    if isinstance(y, (list, tuple)):
        return [_values(each) for each in y]
    return y.value if isinstance(y, Tensor) else np.asarray(y)
