"""Large arrays whose memory is used again: `empty(shape, dtype)`.

The system maps the memory of every large new array page by page when it is first
written, which takes about as long as a pass of computation. An array from here returns
its memory to a pool when nobody refers to it any more; a later one starts on these warm
pages. To its users it is an ordinary array.

A request gets the smallest idle block that holds it and is not more than twice as
large. If there is none, memory is mapped anew, and blocks that have been idle for the
last thousand requests go back to the system: so the pool follows when shapes change.

Threads may ask at the same time, and an array may end at any moment, even in the middle
of these functions: each of them takes and gives blocks in single steps of Python.
"""

import collections
import contextlib
import itertools
import math

import numpy as np

LARGE = 1 << 18  # bytes; smaller arrays come from NumPy
ROOMY = 2  # times the wanted size that a block may have
PATIENCE = 1000  # requests that a block waits for
MOST_IDLE = 1 << 30  # bytes that may lie in the pool

_idle = collections.defaultdict(list)  # blocks by size, the last used last
_requests = itertools.count()


def empty(shape, dtype):
    """An uninitialised array; large ones come from the pool."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    return np.asarray(_Lease(size)).view(dtype)[: size // dtype.itemsize].reshape(shape)


def clear():
    """Give idle memory back to the system."""
    _idle.clear()


def idle_bytes():
    """How much memory waits in the pool."""
    return sum(size * len(blocks) for size, blocks in list(_idle.items()))


class _Lease:
    """Owns a block of memory for as long as an array looks into it."""

    def __init__(self, size):
        self.number = next(_requests)
        self.block = _best_fit(size)
        if self.block is None:
            _forget(self.number - PATIENCE)
            self.block = np.empty(_rounded(size), np.uint8)
        self.__array_interface__ = self.block.__array_interface__

    def __del__(self, pool=_idle, idle_bytes=idle_bytes):
        if idle_bytes() + self.block.nbytes <= MOST_IDLE:
            pool[self.block.nbytes].append((self.number, self.block))


def _best_fit(size):
    """The idle block that wastes least, or None."""
    fitting = _rounded(size)
    while fitting <= ROOMY * size:
        if _idle.get(fitting):
            with contextlib.suppress(IndexError):  # another thread has just taken it
                return _idle[fitting].pop()[1]
        fitting = _rounded(fitting + 1)
    return None


def _forget(oldest):
    """Give back the blocks whose last request came before the number `oldest`."""
    for blocks in list(_idle.values()):
        with contextlib.suppress(IndexError):
            while blocks[0][0] < oldest:
                blocks.pop(0)


def _rounded(size):
    """The next of 1, 1.5, 2, 3, 4, 6, ...; pages that nobody writes take no memory."""
    step = 1 << max(size.bit_length() - 2, 0)
    return -(-size // step) * step
