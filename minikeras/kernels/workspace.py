"""Large arrays whose memory is used again: `empty(shape, dtype)`.

The system maps the memory of every large new array page by page when it is first
written, which takes about as long as a pass of computation. An array from here returns
its memory to a pool when nobody refers to it any more; the next one of about the same
size starts on warm pages. To its users it is an ordinary array.
"""

import collections
import math

import numpy as np

LARGE = 1 << 18  # bytes; smaller arrays come from NumPy
MOST_IDLE = 1 << 30  # bytes that may lie in the pool

_idle = collections.defaultdict(list)


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
        size = _rounded(size)
        try:
            self.block = _idle[size].pop()
        except IndexError:
            self.block = np.empty(size, np.uint8)
        self.__array_interface__ = self.block.__array_interface__

    def __del__(self, pool=_idle, idle_bytes=idle_bytes):
        if idle_bytes() + self.block.nbytes <= MOST_IDLE:
            pool[self.block.nbytes].append(self.block)


def _rounded(size):
    """The next of eight sizes between each two powers of two."""
    step = 1 << max(size.bit_length() - 4, 0)
    return -(-size // step) * step
