"""Matrix products beside kernels: BLAS's own threads, or the team's, never both."""

import numpy as np

from minikeras.kernels import blas, team, workspace

NANOSECONDS = 0.01  # for each multiply-add of one thread


def matmul(a, b, out=None):
    """a @ b for matrices; large products are shared when the team owns the threads."""
    if not blas.is_serial() or a.dtype != b.dtype:
        return a.dot(b, out)  # on small matrices quicker than np.dot, and than a @ b
    rows, columns = len(a), b.shape[1]
    work = NANOSECONDS * a.size * columns
    if work < team.ENOUGH:
        return a.dot(b, out)
    y = workspace.empty((rows, columns), a.dtype) if out is None else out

    def some_rows(lo, hi):
        np.matmul(a[lo:hi], b, out=y[lo:hi])

    def some_columns(lo, hi):
        np.matmul(a, b[:, lo:hi], out=y[:, lo:hi])

    if rows >= columns:
        team.split(some_rows, rows, work)
    else:
        team.split(some_columns, columns, work)
    return y


def column_sums(rows):
    """Sum over the rows of a matrix, as a product: half the time of `sum(axis=0)`."""
    ones = np.empty((1, len(rows)), rows.dtype)
    ones.fill(1)
    return matmul(ones, rows)[0]


# Up to this many elements a transposed matrix is worth copying before a product.
SMALL = 1 << 16


def matmul_transposed(a, w):
    """a w^T for matrices; BLAS is slow at small transposed ones, so they are copied.

    (128, 64) times (64, 64)^T, 2 cores: 12 us with the copy, 14 to 25 us without.
    """
    return matmul(a, np.ascontiguousarray(w.T) if w.size <= SMALL else w.T)
