"""How much memory a model may take while it is made from a file.

A small file can describe an enormous model. While one is being read, every weight and
every trial array is announced here, with its size in Python's exact whole numbers,
before any memory is taken.
"""

import contextlib
import threading

import numpy as np

_thread = threading.local()
MAX_TRIAL_BYTES = 2**28


class MemoryLimitExceeded(ValueError):
    """A configuration asks for more memory than the limit."""


class _Budget:
    def __init__(self, elements, max_bytes, fresh):
        self.elements, self.bytes, self.fresh = elements, max_bytes, fresh
        self.claimed_elements, self.claimed_bytes = 0, 0


@contextlib.contextmanager
def memory_limit(max_bytes, elements=None, fresh=False):
    """Inside, all weights may take this much together.

    Arguments
        max_bytes: limit for all weights.
        elements: how many numbers the file holds, if that is known; no more are made.
        fresh: whether weights get initial values; else they are zeros, and no random
            numbers are drawn.
    """
    outer = getattr(_thread, "budget", None)
    _thread.budget = _Budget(elements, max_bytes, fresh)
    try:
        yield
    finally:
        _thread.budget = outer


def is_loading():
    """Whether a model is being made from a file, which brings the weights' values."""
    budget = getattr(_thread, "budget", None)
    return budget is not None and not budget.fresh


def claim(shape, dtype, what="a weight"):
    """Announce a weight; raises if the limit does not allow it."""
    budget = getattr(_thread, "budget", None)
    if budget is None:
        return
    count = count_of(shape)
    budget.claimed_elements += count
    budget.claimed_bytes += count * np.dtype(dtype).itemsize
    if budget.elements is not None and budget.claimed_elements > budget.elements:
        raise MemoryLimitExceeded(
            f"{what} of shape {tuple(shape)} brings the model to "
            f"{budget.claimed_elements} numbers; the file holds {budget.elements}"
        )
    if budget.claimed_bytes > budget.bytes:
        raise MemoryLimitExceeded(
            f"{what} of shape {tuple(shape)} brings the model to "
            f"{budget.claimed_bytes} bytes; max_bytes is {budget.bytes}"
        )


def check_trial(shape, dtype):
    """Raise if zeros of this shape, to try an operation on, are too many."""
    budget = getattr(_thread, "budget", None)
    if budget is None:
        return
    size = count_of(shape) * np.dtype(dtype).itemsize
    if size > min(MAX_TRIAL_BYTES, budget.bytes):
        raise MemoryLimitExceeded(f"one sample of shape {tuple(shape)} is too large")


def count_of(shape):
    """How many numbers an array of this shape has, as a Python integer."""
    count = 1
    for size in shape:
        count *= int(size)
    return count
