"""The bases from which recurrent layers were derived before there were cells."""

from minikeras import backend as K
from minikeras.backend import volumes
from minikeras.backend.common import normalize_data_format
from minikeras.backend.volumes import several
from minikeras.engine.base_layer import InputSpec
from minikeras.engine.node import as_list
from minikeras.layers.convolutional.base import normalize_padding
from minikeras.layers.recurrent.rnn import RNN


class Recurrent(RNN):
    """Base of recurrent layers with a `step` of K ops; new ones use RNN and a cell.

    Subclasses set `units` and `states` (a list with None for each state of size u)
    and have

        step(x, states)              (output, new states) of one time step; behind the
                                     states stand the constants
        get_constants(inputs)        tensors that every step gets; none here
        preprocess_input(inputs)     what is done for all steps at once; nothing here
        get_initial_state(inputs)    tensors that the first step gets; zeros here

    All of it is written down with K ops by `call`, so a step may also use tensors that
    the `call` of a subclass has made of the inputs.

    Shapes
        x   (n, t, d)
        y   (n, u), or (n, t, u) with return_sequences

    Arguments
        return_sequences, return_state, go_backwards, stateful, unroll: see RNN.
        implementation: kept for subclasses.
    """

    def __init__(
        self,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        implementation=0,
        **kwargs,
    ):
        if "input_dim" in kwargs:
            length = kwargs.pop("input_length", None)
            kwargs["input_shape"] = (length, kwargs.pop("input_dim"))
        self.state_count = 1
        super().__init__(
            StepOf(self), return_sequences, return_state, go_backwards, stateful,
            unroll, **kwargs,
        )  # fmt: skip
        self.implementation = implementation

    @property
    def states(self):
        """The states that a stateful layer keeps; otherwise None for each."""
        return RNN.states.fget(self)

    @states.setter
    def states(self, states):
        self.state_count = len(states)

    def step(self, inputs, states):
        """One time step; subclasses say which."""
        raise NotImplementedError(f"{type(self).__name__} has no method `step`.")

    def get_constants(self, inputs, training=None):
        """Tensors that every step gets behind the states; none here."""
        return []

    def preprocess_input(self, inputs, training=None):
        """What the steps read in the place of the inputs."""
        return inputs

    def call(self, inputs, mask=None, training=None, initial_state=None):
        """All steps, by `K.rnn`; a subclass's `call` may do something before it."""
        x, states, _ = self.parts(inputs, initial_state)
        if self.stateful and self._states is None:
            self._make_states(K.int_shape(x))
        if not states:
            states = self.states if self.stateful else self.get_initial_state(x)
        last, outputs, new_states = K.rnn(
            self.step,
            self.preprocess_input(x, training=None),
            states,
            go_backwards=self.go_backwards,
            mask=as_list(mask)[0],
            constants=self.get_constants(x, training=None),
        )
        if self.stateful:
            for state, value in zip(self.states, new_states, strict=True):
                self.add_update(K.update(state, value), inputs)
        y = outputs if self.return_sequences else last
        return [y, *new_states] if self.return_state else y

    def get_config(self):
        """Arguments of the layer."""
        config = super().get_config()
        config.pop("cell")
        return {**config, "implementation": self.implementation}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


class StepOf:
    """The `step` of a layer as the cell of an RNN: what it says about the states."""

    def __init__(self, layer):
        self.layer = layer

    @property
    def state_size(self):
        """The sizes of all states."""
        return [getattr(self.layer, "units", None)] * self.layer.state_count

    def call(self, inputs, states):
        """One time step; RNN asks for it, though `Recurrent.call` calls `step`."""
        return self.layer.step(inputs, states)

    def get_config(self):
        """Nothing: the layer has all arguments."""
        return {}


class ConvRecurrent2D(Recurrent):
    """Base of recurrent layers on films; ConvLSTM2D has taken its place.

    Shapes
        x   (n, t, height, width, d), or (n, t, d, height, width) for channels_first
        y   (n, height', width', u), or (n, t, ...) with return_sequences; u = filters

    Arguments
        filters, kernel_size, strides, padding, data_format, dilation_rate: see Conv2D.
        return_sequences, go_backwards, stateful: see RNN.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        super().__init__(
            return_sequences=return_sequences,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        self.filters = self.units = filters
        self.kernel_size = several(kernel_size, 2, "kernel_size")
        self.strides = several(strides, 2, "strides")
        self.padding = normalize_padding(padding, causal=False)
        self.data_format = normalize_data_format(data_format)
        self.dilation_rate = several(dilation_rate, 2, "dilation_rate")
        self.input_spec = [InputSpec(ndim=5)]

    def state_shapes(self, input_shape):
        n, _, *frame = input_shape
        sizes = volumes.out_sizes(
            volumes.spatial((n, *frame), self.data_format),
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        shape = volumes.shape_of(n, sizes, self.filters, self.data_format)
        return [shape] * self.state_count

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        states = self.state_shapes(shape)
        n, *frame = states[0]
        y = (n, shape[1], *frame) if self.return_sequences else (n, *frame)
        return [y, *states] if self.return_state else y
