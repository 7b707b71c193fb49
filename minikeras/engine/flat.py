"""Many weights in one flat array, so that an optimizer step is a few calls."""

import numpy as np

# Each weight starts on a cache line of its own (64 bytes of float32).
ALIGNMENT = 16


class Buffer:
    """A flat array of values and one of gradients, that weights are views of."""

    def __init__(self, size, dtype):
        self.values = np.zeros(size, dtype)
        self.grads = np.zeros(size, dtype)

    def take_in(self, variable, offset):
        """Move a variable's value into the buffer; the variable becomes a view of it."""
        place = slice(offset, offset + variable.value.size)
        view = self.values[place].reshape(variable.shape)
        view[...] = variable.value
        variable.value = view
        variable._grad = self.grads[place].reshape(variable.shape)
        variable.zero_grad()
        variable.home = (self, offset)


class Segment:
    """Neighbouring weights of one buffer as a flat array of values and one of gradients.

    Attributes
        values, grads: flat arrays, views of the buffer.
        variables: the weights in them.
        offsets: where each weight starts.
    """

    def __init__(self, buffer, variables):
        start = variables[0].home[1]
        last = variables[-1]
        stop = last.home[1] + last.value.size
        self.values, self.grads = buffer.values[start:stop], buffer.grads[start:stop]
        self.variables = variables
        self.offsets = [v.home[1] - start for v in variables]

    def view(self, flat, index):
        """The part of a flat array of the segment's size that belongs to one weight."""
        variable, offset = self.variables[index], self.offsets[index]
        return flat[offset : offset + variable.value.size].reshape(variable.shape)


class FlatWeights:
    """Weights as a few segments of flat arrays.

    Arguments
        variables: the weights. Those that no buffer holds yet get a common one; those
            that another model has moved to a buffer stay there.

    The gaps that align weights hold zeros, in the gradients too, and stay zero.
    """

    def __init__(self, variables):
        self.variables = list(variables)
        self._move_in([v for v in self.variables if getattr(v, "home", None) is None])
        self.segments = self._segments()

    def _move_in(self, homeless):
        for dtype in dict.fromkeys(v.dtype for v in homeless):
            alike = [v for v in homeless if v.dtype == dtype]
            buffer = Buffer(sum(_room(v) for v in alike), dtype)
            offset = 0
            for variable in alike:
                buffer.take_in(variable, offset)
                offset += _room(variable)

    def _segments(self):
        """Runs of weights that stand next to each other in a buffer."""
        ordered = sorted(self.variables, key=lambda v: (id(v.home[0]), v.home[1]))
        runs = []
        for variable in ordered:
            buffer, offset = variable.home
            if runs:
                before = runs[-1][-1]
                if before.home[0] is buffer and before.home[1] + _room(before) == offset:
                    runs[-1].append(variable)
                    continue
            runs.append([variable])
        return [Segment(run[0].home[0], run) for run in runs]

    def forget_gradients(self):
        """Start a step: the first gradient of each weight overwrites what was there."""
        for variable in self.variables:
            variable.has_grad = False

    def complete_gradients(self):
        """Zero the gradients of weights that the loss did not reach."""
        for variable in self.variables:
            if not variable.has_grad:
                variable._grad[...] = 0


def _room(variable):
    """How many numbers a weight takes in a buffer, the gap behind it included."""
    return -(-variable.value.size // ALIGNMENT) * ALIGNMENT
