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
        x      (t, n, ...)      time first
        y      (t, n, ...)
        s      (n, ...)         each state
        mask   (t, n)           True where a step counts; None for all

    Arguments
        step: function of (x_t, states) that gives (y_t, states, backward);
            `backward(dy_t, dstates)` gives (dx_t, dstates).
    """

    def __init__(self, step):
        self.step = step

    def forward(self, x, states, mask=None):
        """(outputs of all steps, last states, backward)."""
        outputs, backwards = [], []
        y, states = None, list(states)
        for t in range(len(x)):
            keep = None if mask is None else mask[t]
            y, states, backward = self._masked_step(x[t], y, states, keep)
            outputs.append(y)
            backwards.append(backward)

        def backward(dys, dstates):
            dxs = [None] * len(backwards)
            carried = 0
            for t in reversed(range(len(backwards))):
                keep = None if mask is None else mask[t]
                dxs[t], dstates, carried = self._masked_back(
                    backwards.pop(), dys[t] + carried, dstates, keep
                )
            return np.stack(dxs), dstates

        return np.stack(outputs), states, backward

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
