"""The one compiled loop beneath all convolutions: a contraction over strided arrays.

    C[o, p, v] = max(S[o, p, v] + sum over q, r, k of A[o, p, q, r, k] B[o, q, r, k, v],
                     low)

o stands for any number of outer loops. All arrays are flat; every index has a stride
for every array that has it, and v is contiguous. Which strides make a convolution of
this, or one of its gradients, is the knowledge of `convolution`.
"""

import dataclasses

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minikeras.kernels import microkernel, team
from minikeras.kernels.microkernel import tile
from minikeras.kernels.registry import Out, helper, kernel


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
    """Tiles of nearly equal size; ragged columns pass through a scratch tile."""
    low = C.dtype.type(low)
    D = np.empty(heights[0] * 2 * vector, C.dtype)
    position = np.empty(len(outer), np.int64)
    D[:] = 0  # np.zeros would be compiled beside np.empty
    position[:] = 0
    at = starts.copy()
    n = (inner[1, 0], inner[2, 0], inner[3, 0])
    a = (inner[0, 1], inner[1, 1], inner[2, 1], inner[3, 1])
    b = (inner[1, 2], inner[2, 2], inner[3, 2])
    c, s = inner[0, 3], inner[0, 4]
    rows = inner[0, 0]
    while True:
        for v in range(0, columns, 2 * vector):
            left = min(columns - v, 2 * vector)
            vectors = (left + vector - 1) // vector
            B_at = at[1] + v // (2 * vector) * panel
            p = 0
            while p < rows:
                m = next_height(rows - p, heights)
                A_at = at[0] + p * a[0]
                C_at = at[2] + p * c + v
                S_at = at[3] + p * s + v
                if left == vectors * vector:
                    start = (A_at, B_at, C_at, S_at)
                    tile(m, vectors, start, n, a, b, c, s, A, B, C, S, low)
                else:
                    wide = vectors * vector
                    for i in range(m):
                        for j in range(left):
                            D[i * wide + j] = S[S_at + i * s + j]
                    start = (A_at, B_at, 0, 0)
                    tile(m, vectors, start, n, a, b, wide, wide, A, B, D, D, low)
                    for i in range(m):
                        for j in range(left):
                            C[C_at + i * c + j] = D[i * wide + j]
                p += m
        # the next outer position, like the digits of a counter
        loop = len(outer) - 1
        while loop >= 0:
            position[loop] += 1
            at += outer[loop, 1:]
            if position[loop] < outer[loop, 0]:
                break
            position[loop] = 0
            at -= outer[loop, 0] * outer[loop, 1:]
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
        """Drop loops of one turn; join the last outer loop to p where they line up."""
        self.outer = [loop for loop in self.outer if loop[0] != 1]
        while self.outer and self.outer[-1][1:] == self._steps(*self.inner[0]):
            rows, *strides = self.inner[0]
            self.inner = [(rows * self.outer.pop()[0], *strides), *self.inner[1:]]

    @staticmethod
    def _steps(length, *strides):
        return tuple(length * stride for stride in strides)

    def nanoseconds(self):
        """About how long one thread takes."""
        lengths = [loop[0] for loop in self.outer + self.inner]
        return 0.01 * self.columns * float(np.prod(lengths, dtype=float))

    def run(self, A, B, C, S, low=-np.inf):
        """C = max(S + A B, low)."""
        vector = microkernel.shape(C.itemsize)[1]
        heights = np.array(microkernel.heights(C.itemsize))
        outer = np.array(self.outer or [(1, 0, 0, 0, 0)], np.int64)
        inner = np.array(self.inner, np.int64)
        starts = np.array(self.starts, np.int64)
        tiles = self.columns, self.panel, vector, heights
        contract(A, B, C, S, starts, outer, inner, *tiles, low)

    def run_shared(self, A, B, C, S, low=-np.inf):
        """The same by all threads, where no two outer positions meet in C."""
        loops = self.outer + self.inner[:1]
        which = max(range(len(self.outer)), key=lambda i: loops[i][0], default=0)
        if loops[which][0] < 2 * team.num_threads():
            which = len(self.outer)
        length, *strides = loops[which]

        def part(lo, hi):
            share = loops[:]
            share[which] = (hi - lo, *strides)
            starts = [at + lo * i for at, i in zip(self.starts, strides, strict=True)]
            inner = share[-1:] + self.inner[1:]
            plan = Plan(starts, share[:-1], inner, self.columns, self.panel)
            plan.run(A, B, C, S, low)

        team.split(part, length, self.nanoseconds())
