"""The one compiled loop beneath all convolutions: a contraction over strided arrays.

    C[o, p, v] = max(S[o, p, v] + sum over q, r, k of A[o, p, q, r, k] B[o, q, r, k, v],
                     low)

o stands for any number of outer loops. All arrays are flat; every index has a stride
for every array that has it, and v is contiguous. Which strides make a convolution of
this, or one of its gradients, is the knowledge of `convolution`.
"""

import dataclasses
import functools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minikeras.kernels import microkernel, team
from minikeras.kernels.microkernel import tile
from minikeras.kernels.registry import Out, helper, kernel

L2 = 40_000  # numbers of A that stay in the second cache
FEW = 28  # rows: two of the highest tiles


def contract_spec(
    A, B, C, S, starts, outer, inner, columns, panel, vector, heights, low
):
    """The formula above, one outer position after the other.

    Arguments
        A, B, C, S: flat arrays; S may be C, to add to what is there.
        starts (4): where A, B, C, S begin.
        outer (loops, 5): length, and strides in A, B, C, S, of each outer loop.
        inner (4, 5): the same for p, q, r, k.
        columns: length of v.
        panel: B's v is cut into panels of two vectors, this far apart.
        vector, heights: how wide tiles are and may be high; see `microkernel`.
        low: lower bound of the result; -inf for none. NaN stays NaN.
    """
    (p, q, r, k), (_, a, b, c, s) = inner[:, 0], inner.T
    for position in np.ndindex(*outer[:, 0]):
        at = starts + np.array(position, np.int64) @ outer[:, 1:]
        numbers = _view(A, at[0], (p, q, r, k), a)
        for v in range(0, columns, 2 * vector):
            n = min(2 * vector, columns - v)
            vectors = _view(B, at[1], (q, r, k, n), (*b[1:], 1))
            sums = np.tensordot(numbers, vectors, 3)
            sums += _view(S, at[3] + v, (p, n), (s[0], 1))
            result = _view(C, at[2] + v, (p, n), (c[0], 1))
            result[...] = np.where(sums < low, C.dtype.type(low), sums)
            at[1] += panel


def _view(array, start, lengths, strides):
    strides = [array.itemsize * stride for stride in strides]
    return as_strided(array[start:], lengths, strides)


@helper
def next_height(rows, heights):
    """The largest height that leaves tiles of nearly equal size."""
    tiles = (rows + heights[0] - 1) // heights[0]
    for height in heights:
        if height * tiles <= rows + tiles - 1:
            return height
    return heights[-1]


@kernel(spec=contract_spec)
def contract(
    A,
    B,
    C: Out,
    S,
    starts,
    outer,
    inner,
    columns: int,
    panel: int,
    vector: int,
    heights,
    low,
):
    """Tiles of nearly equal size, the last columns first.

    A tile whose last vector is not full writes too far. Where these are numbers of C
    that are computed later, from S that is not C, it does no harm; elsewhere the tile
    passes through a scratch tile.
    """
    low, lowest = C.dtype.type(low), C.dtype.type(-np.inf)
    zeros = heights[0] * 2 * vector  # where a row of them lies, behind a scratch tile
    D = np.empty(zeros + 2 * vector, C.dtype)
    position = np.empty(len(outer), np.int64)
    D[:] = 0  # np.zeros would be compiled beside np.empty
    position[:] = 0
    at = starts.copy()
    n = (inner[1, 0], inner[2, 0], inner[3, 0])
    a = (inner[0, 1], inner[1, 1], inner[2, 1], inner[3, 1])
    b = (inner[1, 2], inner[2, 2], inner[3, 2])
    c, s = inner[0, 3], inner[0, 4]
    rows = inner[0, 0]
    dense = s == 0 and c == columns
    last = (columns - 1) // (2 * vector) * 2 * vector
    while True:
        for v in range(last, -1, -2 * vector):
            left = min(columns - v, 2 * vector)
            vectors = (left + vector - 1) // vector
            wide = vectors * vector
            B_at = at[1] + v // (2 * vector) * panel
            p = 0
            while p < rows:
                m = next_height(rows - p, heights)
                A_at = at[0] + p * a[0]
                C_at = at[2] + p * c + v
                S_at = at[3] + p * s + v
                later = (rows - p - m) * c if dense else 0
                if wide - left <= later:
                    start = (A_at, B_at, C_at, S_at)
                    tile(m, vectors, start, n, a, b, c, s, A, B, C, S, low)
                else:
                    start = (A_at, B_at, 0, zeros)
                    tile(m, vectors, start, n, a, b, wide, 0, A, B, D, D, lowest)
                    for i in range(m):
                        for j in range(left):
                            value = D[i * wide + j] + S[S_at + i * s + j]
                            C[C_at + i * c + j] = low if value < low else value
                p += m
        # the next outer position, like the digits of a counter
        loop = len(outer) - 1
        while loop >= 0:
            position[loop] += 1
            for i in range(4):  # arrays of numbers take longer to compile
                at[i] += outer[loop, 1 + i]
            if position[loop] < outer[loop, 0]:
                break
            position[loop] = 0
            for i in range(4):
                at[i] -= outer[loop, 0] * outer[loop, 1 + i]
            loop -= 1
        if loop < 0:
            return


@dataclasses.dataclass
class Plan:
    """The loops and strides of one contraction; see `contract_spec`.

    A loop is written (length, stride in A, in B, in C, in S).
    """

    starts: tuple
    outer: list
    inner: list
    columns: int
    panel: int

    def __post_init__(self):
        """Drop loops of one turn; join the last outer loop to p where they line up.

        All columns of the result pass over the p rows of A before the next outer turn:
        so as many as stay in the second cache, but enough for tiles of good sizes.
        """
        self.outer = [loop for loop in self.outer if loop[0] != 1]
        while self.outer and self.outer[-1][1:] == self._steps(*self.inner[0]):
            rows, *strides = self.inner[0]
            joined = rows * self.outer[-1][0]
            if rows >= FEW and joined * strides[0] > L2:
                break
            self.outer.pop()
            self.inner = [(joined, *strides), *self.inner[1:]]
        self.loops = self.outer + self.inner
        turns = math.prod(loop[0] for loop in self.loops)
        self.nanoseconds = 0.01 * self.columns * turns  # for one thread, about
        self.parts = {}

    @staticmethod
    def _steps(length, *strides):
        return tuple(length * stride for stride in strides)

    def run(self, A, B, C, S, low=-np.inf):
        """C = max(S + A B, low)."""
        self.run_part(0, self.loops[0][0], 0, A, B, C, S, low)

    def run_part(self, lo, hi, which, A, B, C, S, low=-np.inf):
        """The same for turns lo to hi of one loop: `which` in `outer`, or else p.

        Brief, because other threads wait for the GIL while their part is prepared: so
        a plan remembers its parts.
        """
        part = self.parts.get((lo, hi, which)) or self.part(lo, hi, which)
        contract(A, B, C, S, *part, self.columns, self.panel, *_tiles(C.itemsize), low)

    def part(self, lo, hi, which):
        """(starts, outer, inner) for turns lo to hi of one loop; see `contract`."""
        loops = np.array(self.loops, np.int64)
        starts = np.array(self.starts, np.int64) + lo * loops[which, 1:]
        loops[which, 0] = hi - lo
        self.parts[lo, hi, which] = starts, loops[:-4], loops[-4:]
        return self.parts[lo, hi, which]

    def run_shared(self, A, B, C, S, low=-np.inf):
        """The same by all threads, where no two outer positions meet in C."""
        which = max(range(len(self.outer)), key=lambda i: self.loops[i][0], default=0)
        if self.loops[which][0] < 2 * team.num_threads():
            which = len(self.outer)

        def part(lo, hi):
            self.run_part(lo, hi, which, A, B, C, S, low)

        team.split(part, self.loops[which][0], self.nanoseconds)


@functools.lru_cache(None)
def _tiles(itemsize):
    """How wide tiles are, and how high they may be."""
    return microkernel.shape(itemsize)[1], np.array(microkernel.heights(itemsize))
