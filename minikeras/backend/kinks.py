"""Kinks held still, while the change of a gradient is measured.

The difference of two gradients tells their change where functions are smooth. A relu
that passes its kink between the two points makes the gradient jump, and a jump divided
by a small step is no derivative. So the tangents of all relus are noted at the point in
the middle, and the runs to its two sides go along these straight lines.
"""

import functools
import threading

import numpy as np


class _OfThread(threading.local):
    tangents = None


_thread = _OfThread()


def kinked(forward):
    """Decorate `forward(x, ...)`, made of straight pieces, each number by itself."""

    @functools.wraps(forward)
    def held(x, *args, **kwargs):
        tangents = _thread.tangents
        if tangents is None:
            return forward(x, *args, **kwargs)
        return tangents.next(x, lambda: forward(x, *args, **kwargs))

    return held


def kinks_are_held():
    """Whether a run is under way that needs its relus one by one."""
    return _thread.tangents is not None


class Tangents:
    """The straight lines of a first run, for others that take the same way."""

    def __init__(self):
        self.lines, self.place = [], None

    def hold(self, run, *args):
        """run(*args), with the kinks noted the first time, and held from then on."""
        outer, _thread.tangents = _thread.tangents, self
        try:
            return run(*args)
        finally:
            _thread.tangents, self.place = outer, 0

    def next(self, x, differentiated):
        """`(y, backward)` of the kinked function whose turn it is."""
        if self.place is None:
            y, backward = differentiated()
            slope = backward(np.ones_like(y))
            self.lines.append((x, y, slope))
        else:
            middle, there, slope = self.lines[self.place]
            self.place += 1
            y = there + slope * (x - middle)
        return y, lambda dy: dy * slope
