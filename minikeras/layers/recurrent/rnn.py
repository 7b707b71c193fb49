"""`RNN`: any cell over a sequence; and the base of SimpleRNN, GRU and LSTM."""

from operator import attrgetter

import numpy as np

from minikeras import regularizers
from minikeras.backend.common import floatx
from minikeras.backend.control import running
from minikeras.backend.op import tensors_in
from minikeras.backend.tape import Tape
from minikeras.backend.tensor import Tensor, Variable
from minikeras.backend.updates import update_later
from minikeras.engine.base_layer import InputSpec, Layer
from minikeras.engine.config import arguments_of, constructor_arguments
from minikeras.engine.input_spec import find_problem
from minikeras.engine.node import as_list
from minikeras.engine.twins import place
from minikeras.layers.recurrent.cell import Cell, SameMasks
from minikeras.layers.recurrent.scan import Scan
from minikeras.utils.checks import shorten


class RNN(Layer):
    """Apply a cell to each time step, carrying its states along.

    Forward
        y_t, s_t = cell(x_t, s_(t-1))          for every t, in order
        masked steps repeat the output and the states before them

    Backward
        the cell's backward for every t, from the last to the first (back-propagation
        through time); see Scan

    Shapes
        x   (n, t, ...)
        y   (n, ...), or (n, t, ...) with return_sequences
        s   (n, size), for each size in cell.state_size

    Arguments
        cell: has `call(inputs, states)` that gives (output, new states), and
            `state_size`; or a list of such cells, one on top of the other.
        return_sequences: give the outputs of all steps, not of the last alone.
        return_state: give the last states, too: [y, s ...].
        go_backwards: read the sequence from its end.
        stateful: begin each batch with the states that the one before ended with;
            needs a fixed batch size. `reset_states` begins afresh. (Keras 2.3.1 does
            not carry them in training if there are constants.)
        unroll: accepted; the loop is the same.
        initial_state (of the call): tensors to begin with instead of zeros.
        constants (of the call): tensors that the cell gets at each step.

    Example
        >>> layer = RNN([LSTMCell(32), LSTMCell(16)], return_sequences=True)
    """

    cell = None  # one step, a layer

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            from minikeras.layers.recurrent.stacked import StackedRNNCells

            cell = StackedRNNCells(cell)
        check_cell(cell)
        if "input_dim" in kwargs:
            length = kwargs.pop("input_length", None)
            kwargs["input_shape"] = (length, kwargs.pop("input_dim"))
        kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.supports_masking = True
        self.input_spec = [InputSpec(ndim=3)]
        self._states = None
        self._num_constants = 0

    # ---- shapes and states -----------------------------------------------------------

    def state_sizes(self):
        """The sizes of the states, as a list."""
        return as_list(self.cell.state_size)

    def state_shapes(self, input_shape):
        """The shapes of the states, for the shape of x."""
        return [(input_shape[0], *as_list(size)) for size in self.state_sizes()]

    def build(self, input_shape):
        shape, *rest = input_shape if isinstance(input_shape, list) else [input_shape]
        problem = find_problem(self.input_spec[0], shape)
        if problem:
            raise ValueError(
                f"Input 0 is incompatible with layer {self.name} "
                f"({type(self).__name__}): {problem}"
            )
        if isinstance(self.cell, Layer) and not self.cell.built:
            step, constants = (
                (shape[0], *shape[2:]),
                rest[len(rest) - self._num_constants :],
            )
            self.cell.build([step, *constants] if constants else step)
            self.cell.built = True
        n = shape[0] if self.stateful else None
        self.input_spec[0] = InputSpec(shape=(n, None, *shape[2:]))
        if self.stateful:
            self._make_states(shape)
        self.built = True

    def _make_states(self, input_shape):
        if input_shape[0] is None:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size: layer "
                f"{self.name!r} got shape {tuple(input_shape)}. Specify the batch size "
                "of your input tensors: batch_input_shape=(batch size, ...) in the "
                "first layer of a Sequential model, or Input(batch_shape=...)."
            )
        self._states = [
            Variable(np.zeros(shape, floatx()), trainable=False)
            for shape in self.state_shapes(input_shape)
        ]

    @property
    def states(self):
        """The states that a stateful layer keeps; otherwise None for each."""
        if self._states is None:
            return [None] * len(self.state_sizes())
        return self._states

    def reset_states(self, states=None):
        """Set the kept states to zero, or to given arrays."""
        if not self.stateful:
            raise AttributeError(
                f"Layer {self.name!r} must be stateful to have states."
            )
        if self._states is None:
            if not hasattr(self, "batch_input_shape") and not self._inbound_nodes:
                raise ValueError(
                    f"Layer {self.name!r} is not built: no batch size yet."
                )
            shape = self.get_input_shape_at(0)
            self._make_states(shape[0] if isinstance(shape, list) else shape)
        values = [0] * len(self._states) if states is None else as_list(states)
        if len(values) != len(self._states):
            raise ValueError(
                f"Layer {self.name} expects {len(self._states)} states, but it "
                f"received {len(values)} state values."
            )
        for state, value in zip(self._states, values, strict=True):
            if states is not None and np.shape(value) != state.shape:
                raise ValueError(
                    f"State of layer {self.name} has shape {state.shape}; the value "
                    f"given for it has shape {np.shape(value)}."
                )
        for state, value in zip(self._states, values, strict=True):
            state.value[...] = value

    def get_initial_state(self, inputs):
        """What the states are before the first step: zeros, or what a subclass says."""
        return self.zero_states(inputs)

    def zero_states(self, inputs):
        """Zeros for each state, for these inputs (symbolic)."""
        from minikeras import backend as K

        zeros = K.sum(K.zeros_like(inputs), axis=tuple(range(1, len(inputs.shape))))
        zeros = K.expand_dims(zeros)
        return [K.tile(zeros, [1, size]) for size in self.state_sizes()]

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        n, t = shape[:2]
        size = getattr(self.cell, "output_size", None) or self.state_sizes()[0]
        y = (n, t, *as_list(size)) if self.return_sequences else (n, *as_list(size))
        if not self.return_state:
            return y
        return [y, *self.state_shapes(shape)]

    def compute_mask(self, inputs, mask=None):
        mask = as_list(mask)[0] if self.return_sequences else None
        return [mask, *[None] * len(self.state_sizes())] if self.return_state else mask

    # ---- calling ---------------------------------------------------------------------

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        x, states, constants = self.parts(inputs, initial_state, constants)
        self._num_constants = len(constants)
        if not states and not constants:
            return super().__call__(x, **kwargs)
        if all(isinstance(t, Variable) for t in (*states, *constants)):  # of no layer
            given = {"initial_state": states, "constants": constants}
            return super().__call__(
                x, **{k: v for k, v in given.items() if v}, **kwargs
            )
        given = [x, *states, *constants]
        self.input_spec = [self.input_spec[0], *[None] * (len(given) - 1)]
        if any(not isinstance(t, Tensor) for t in given) and tensors_in(given):
            raise ValueError(
                "The initial state or constants of an RNN layer cannot be specified "
                "with a mix of tensors and arrays."
            )
        return super().__call__(given, **kwargs)

    def parts(self, inputs, initial_state=None, constants=None):
        """Inputs, initial states, constants: from one list, or three arguments."""
        if isinstance(inputs, (list, tuple)):
            x, *rest = inputs
            count = len(rest) if constants is not None else self._num_constants
            if constants is None and count:
                rest, constants = rest[:-count], rest[-count:]
            initial_state = rest if rest else initial_state
        else:
            x = inputs
        states = as_list(initial_state) if initial_state is not None else []
        if states:
            self.check_states(states, x)
        return x, states, as_list(constants) if constants is not None else []

    def check_states(self, states, x):
        """Raise ValueError for another number of states, or states of other shapes."""
        if len(states) != len(self.state_sizes()):
            raise ValueError(
                f"Layer {self.name} expects {len(self.state_sizes())} states, but it "
                f"received {len(states)}."
            )
        for i, (state, (_, *wanted)) in enumerate(
            zip(states, self.state_shapes(tuple(x.shape)), strict=True)
        ):
            found = tuple(state.shape)
            sizes = zip(found[1:], wanted, strict=False)
            if len(found) != 1 + len(wanted) or any(
                a != b for a, b in sizes if None not in (a, b)
            ):
                raise ValueError(
                    f"Layer {self.name}: initial state {i} has shape {found}, but the "
                    f"layer keeps states of shape {(None, *wanted)}. The layer that "
                    "gives the state needs as many units as this one."
                )

    def call(
        self, inputs, mask=None, training=None, initial_state=None, constants=None
    ):
        """Place the layer in a graph, or run it on recorded tensors."""
        x, states, constants = self.parts(inputs, initial_state, constants)
        given = [x, *states, *constants] if states or constants else x
        options = {"training": training, "mask": as_list(mask)[0]}
        return place(self, RNN.forward, given, options)

    def forward(self, x, training=False, mask=None):
        several = isinstance(x, (list, tuple))
        x, given, constants = self.parts(x)
        first, first_backward = (given, None) if given else self._first_states(x)
        mask = as_list(mask)[0]
        keep = None if mask is None else self._ordered(np.asarray(mask, bool))
        y, last, run_backward = self.run(
            self._ordered(x), first, keep, training, constants
        )
        if self.stateful:
            for variable, value in zip(self.states, last, strict=True):
                update_later(variable, value)

        def backward(dy, dx_wanted=True):
            dy, dlast = self._gradients_of_outputs(dy, last)
            dx, dstates, dconstants = run_backward(dy, dlast, dx_wanted)
            dx = None if dx is None else self._ordered(dx)
            if first_backward is not None:
                begun = first_backward(dstates)
                dx = begun if dx is None else dx + begun
            if not several:
                return dx
            return [dx, *(dstates if given else ()), *dconstants]

        return ([y, *last] if self.return_state else y), backward

    def _ordered(self, steps):
        """Time steps in the order of reading, or back in their own."""
        return steps[:, ::-1] if self.go_backwards else steps

    def _first_states(self, x):
        """What the first step begins with: (states, backward), None for no backward."""
        if self.stateful:
            if len(x) != len(self.states[0].value):
                n = len(self.states[0].value)
                raise ValueError(
                    f"Layer {self.name!r} is stateful with batches of {n} samples; got "
                    f"a batch of {len(x)}. Give fit, evaluate and predict "
                    f"batch_size={n}; for other batches build the model again and copy "
                    "its weights: other.set_weights(model.get_weights())."
                )
            return [state.value.copy() for state in self.states], None
        if type(self).get_initial_state is not RNN.get_initial_state:
            return self._states_of_subclass(x)
        dtype = x.dtype if x.dtype.kind == "f" else floatx()
        return [np.zeros(shape, dtype) for shape in self.state_shapes(x.shape)], None

    def _states_of_subclass(self, x):
        """The states that a `get_initial_state` of a user's own makes of the inputs."""
        with Tape() as tape:
            inputs = tape.watch(x)
            states = as_list(self.get_initial_state(inputs))

        def backward(dstates):
            (dx,) = tape.gradients(states, [inputs], dstates)
            return np.zeros_like(x) if dx is None else dx

        return [getattr(state, "value", state) for state in states], backward

    def _gradients_of_outputs(self, dy, last):
        """The gradients of the outputs, and of the last states."""
        if self.return_state:
            dy, *dlast = dy
            return dy, dlast
        return dy, [np.zeros_like(state) for state in last]

    def run(self, x, states, mask, training, constants):
        """All steps: (outputs, last states, backward)."""
        every = self.return_sequences
        if isinstance(self.cell, Cell) and type(self.cell).call is Cell.call:
            y, last, cell_backward = self.cell.run(x, states, mask, training, every)
            return y, last, lambda *given: (*cell_backward(*given), [])
        step = AnyStep(self.cell, constants, training)
        y, last, scan_backward = Scan(step, every).forward(x, states, mask)

        def backward(dy, dlast, dx_wanted):
            return (*scan_backward(dy, dlast), step.dconstants)

        return y, last, backward

    # ---- configuration ---------------------------------------------------------------

    def get_config(self):
        """Arguments of the layer, and the cell's class and arguments."""
        config = super().get_config()
        if self._num_constants:
            config["num_constants"] = self._num_constants
        config["cell"] = {
            "class_name": type(self.cell).__name__,
            "config": self.cell.get_config(),
        }
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from minikeras.layers import deserialize

        config = dict(config)
        cell = deserialize(config.pop("cell"), custom_objects=custom_objects)
        constants = config.pop("num_constants", 0)
        layer = cls(cell, **config)
        layer._num_constants = constants
        return layer


class AnyStep:
    """A step of any cell, with a gradient from its `forward` or from the tape."""

    def __init__(self, cell, constants, training):
        self.cell, self.constants, self.training = cell, constants, training
        self.dconstants = [np.zeros_like(c) for c in constants]
        self.takes_constants = takes(cell.call, "constants")
        self.takes_training = takes(cell.call, "training")
        self.same_masks = SameMasks()

    def __call__(self, x, states):
        with Tape() as tape, running(self.training), self.same_masks:
            watched = [tape.watch(a) for a in (x, *states, *self.constants)]
            inputs, rest = watched[0], watched[1:]
            options = {"training": self.training} if self.takes_training else {}
            if self.takes_constants:
                options["constants"] = rest[len(states) :]
            made = self.cell.call(inputs, rest[: len(states)], **options)
        outputs = checked_step(self.cell, made, states)
        values = [getattr(t, "value", t) for t in outputs]

        def backward(dy, dstates):
            dx, *rest = tape.gradients(outputs, watched, [dy, *dstates])
            filled = [np.zeros_like(w.value) if g is None else g
                      for g, w in zip(rest, watched[1:], strict=True)]  # fmt: skip
            for total, part in zip(self.dconstants, filled[len(states) :], strict=True):
                total += part
            dx = np.zeros_like(x) if dx is None else dx
            return dx, filled[: len(states)]

        return values[0], values[1:], backward


def checked_step(cell, made, states):
    """[output, new states ...] of a cell's call, if it gave just these."""
    kind = type(cell).__name__
    if not isinstance(made, (list, tuple)) or len(made) != 2:
        raise ValueError(
            f"{kind}.call must give (output, new states); got {shorten(made)}. "
            "Write: return h, [h]."
        )
    new = as_list(made[1])
    shapes = [tuple(s.shape) for s in new], [s.shape for s in states]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{kind}.call was given states of shapes {shapes[1]}, as "
            f"state_size={cell.state_size} says, and gave new states of shapes "
            f"{shapes[0]}. Let both agree."
        )
    return [made[0], *new]


def takes(function, name):
    """Whether a function has an argument of this name."""
    import inspect

    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def check_cell(cell):
    """Raise ValueError for what cannot be a cell."""
    for needed in ("call", "state_size"):
        if not hasattr(cell, needed):
            raise ValueError(
                f"`cell` should have a `{needed}` "
                f"{'method' if needed == 'call' else 'attribute'}. The RNN was passed: "
                f"{cell!r}. A cell makes one step, as LSTMCell(8) does; LSTM(8) is a "
                "whole layer and needs no RNN."
            )


class RecurrentLayer(RNN):
    """An RNN with a built-in cell, whose arguments are the layer's own.

    Subclasses name their `cell_class`, and list all arguments in `__init__`.
    """

    cell_class = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in constructor_arguments(cls.cell_class) if cls.cell_class else ():
            setattr(cls, name, property(attrgetter(f"cell.{name}")))

    def _set_up(self, arguments):
        """Make the cell and the layer from the constructor's local variables."""
        arguments = dict(arguments)
        arguments.pop("self")
        arguments.pop("__class__", None)
        kwargs = arguments.pop("kwargs")
        regularizer = regularizers.get(arguments.pop("activity_regularizer"))
        names = [n for n in constructor_arguments(self.cell_class) if n in arguments]
        dtype = {"dtype": kwargs["dtype"]} if "dtype" in kwargs else {}
        cell = self.cell_class(**{n: arguments.pop(n) for n in names}, **dtype)
        RNN.__init__(self, cell, **arguments, **kwargs)
        self.activity_regularizer = regularizer

    def get_config(self):
        """Arguments of the layer, the cell's among them."""
        config = super().get_config()
        config.pop("cell")
        own = constructor_arguments(type(self))
        of_cell = arguments_of(self.cell)
        return {**config, **{n: of_cell[n] for n in of_cell if n in own}}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        constants = config.pop("num_constants", 0)
        layer = cls(**config)
        layer._num_constants = constants
        return layer
