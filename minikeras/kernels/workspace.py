"""Large arrays whose memory is used again: `empty(shape, dtype)`.

The system maps the memory of every large new array page by page when it is first
written, which takes about as long as a pass of computation. An array from here returns
its memory to a pool when nobody refers to it any more; a later one starts on these warm
pages. To its users it is an ordinary array.

Large arrays, and all `zeros`, begin with a line of the cache, so that no vector lies
across two of them. That takes 10 to 25% off most passes over memory, and half off that
of Adam: 600,000 weights, one thread, 0.25 ms; 0.53 ms where NumPy's arrays often lie.

A request gets the smallest idle block that holds it and is not more than twice as
large. If there is none, memory is mapped anew, and blocks that have been idle for the
last thousand requests go back to the system: so the pool follows when shapes change.

Threads may ask at the same time, and an array may end at any moment, even in the middle
of these functions: each of them takes and gives blocks in single steps of Python.
"""

import atexit
import collections
import contextlib
import itertools
import math
import mmap

import numpy as np

LINE = 64  # bytes of a line of the cache
LARGE = 1 << 18  # bytes; smaller arrays have no pool
ROOMY = 2  # times the wanted size that a block may have
PATIENCE = 1000  # requests that a block waits for
MOST_IDLE = 1 << 30  # bytes that may lie in the pool

_PRIVATE = {}
if hasattr(mmap, "MAP_PRIVATE"):
    _PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}

_idle = collections.defaultdict(list)  # blocks by size, the last used last
_requests = itertools.count()


def empty(shape, dtype):
    """An uninitialised array; large ones come from the pool."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    return np.ndarray(shape, dtype, _lease(size))


def zeros(shape, dtype):
    """Zeros in memory of their own, for arrays that stay."""
    dtype = np.dtype(dtype)
    block = np.zeros(math.prod(shape) * dtype.itemsize + LINE, np.uint8)
    return np.ndarray(shape, dtype, block, offset=to_a_line(block))


def to_a_line(array):
    """Bytes from the beginning of an array to that of the next line of the cache."""
    return -array.ctypes.data % LINE


def clear():
    """Give idle memory back to the system."""
    _idle.clear()


def idle_bytes():
    """How much memory waits in the pool."""
    return sum(size * len(blocks) for size, blocks in list(_idle.items()))


class _Lease(np.ndarray):
    """All of a block of memory, which it gives back when nobody looks into it."""

    def __del__(self):
        block = self.base
        if idle_bytes() + len(block) <= MOST_IDLE:
            _idle[len(block)].append((self.number, block))


# Arrays may outlive what `__del__` needs of this module, when the interpreter ends.
atexit.register(delattr, _Lease, "__del__")


def _lease(size):
    """A block of at least this many bytes, out of the pool if one fits."""
    number = next(_requests)
    block = _best_fit(size)
    if block is None:
        _forget(number - PATIENCE)
        block = _mapped(_rounded(size))
    lease = _Lease(len(block), np.uint8, block)
    lease.number = number
    return lease


def _mapped(size):
    """Fresh memory from the system, which a forked child does not share.

    Large pages are not asked for: they save no time that can be measured once memory is
    warm, and the end of a block that no array reaches would take memory.
    """
    try:
        return mmap.mmap(-1, size, **_PRIVATE)
    except OSError as error:
        raise MemoryError(
            f"The system has no {size / 2**20:,.0f} MB left for one more array. A "
            "smaller batch_size takes less."
        ) from error


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
