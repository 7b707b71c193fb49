"""The loop over time: one step after the other, and back."""

import numpy as np


class Scan:
    """Apply a step to every time step of a sequence, carrying states along.

    Forward
        y_t, s_t = step(x_t, s_(t-1))        for t = 0, 1, ...
        masked t:  y_t = y_(t-1), s_t = s_(t-1)        y_(-1) = 0

    Backward, for the last t first
        dx_t, ds_(t-1) = step's backward(dy_t, ds_t)

    Shapes
        x      (n, t, ...)
        y      (n, t, ...), or (n, ...) for the last step alone
        s      (n, ...)         each state
        mask   (n, t)           True where a step counts; None for all

    Arguments
        step: function of (x_t, states) that gives (y_t, states, backward);
            `backward(dy_t, dstates)` gives (dx_t, dstates).
        every: whether the outputs of all steps are wanted, or of the last alone.
    """

    def __init__(self, step, every=True):
        self.step = step
        self.every = every

    def forward(self, x, states, mask=None):
        """(outputs, last states, backward)."""
        outputs, backwards = [], []
        y, states = None, list(states)
        for t in range(x.shape[1]):
            keep = None if mask is None else mask[:, t]
            y, states, backward = self._masked_step(x[:, t], y, states, keep)
            outputs.append(y)
            backwards.append(backward)

        def backward(dy, dstates):
            dxs = [None] * len(backwards)
            carried = 0
            for t in reversed(range(len(backwards))):
                keep = None if mask is None else mask[:, t]
                dxs[t], dstates, carried = self._masked_back(
                    backwards.pop(), self._dy(dy, t, len(dxs)) + carried, dstates, keep
                )
            return np.stack(dxs, axis=1), dstates

        return (np.stack(outputs, axis=1) if self.every else y), states, backward

    def _dy(self, dy, t, count):
        """The gradient by the output of step t."""
        if self.every:
            return dy[:, t]
        return dy if t == count - 1 else np.zeros_like(dy)

    def _masked_step(self, x, y_before, states, keep):
        y, new_states, backward = self.step(x, states)
        if keep is None:
            return y, new_states, backward
        before = np.zeros_like(y) if y_before is None else y_before
        y = select(keep, y, before)
        return y, list(map(select, [keep] * len(states), new_states, states)), backward

    @staticmethod
    def _masked_back(backward, dy, dstates, keep):
        """(dx, dstates, gradient that goes on to the output before)."""
        if keep is None:
            return (*backward(dy, dstates), 0)
        through = [select(keep, ds, np.zeros_like(ds)) for ds in dstates]
        past = [ds - part for ds, part in zip(dstates, through, strict=True)]
        dy_through = select(keep, dy, np.zeros_like(dy))
        dx, dstates = backward(dy_through, through)
        dstates = [ds + part for ds, part in zip(dstates, past, strict=True)]
        return dx, dstates, dy - dy_through


def select(keep, then, otherwise):
    """Rows of `then` where `keep` (n) is True, of `otherwise` elsewhere."""
    keep = keep.reshape(keep.shape + (1,) * (np.ndim(then) - 1))
    return np.where(keep, then, otherwise)
