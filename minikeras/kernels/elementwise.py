"""Element-wise loops: bias and relu, dropout, softmax, cross-entropy.

Arrays are flattened to one dimension, or to rows of the last axis, by the caller, so
that each kernel has one compiled variant for each dtype.
"""

import math

import numpy as np

from minikeras.kernels.registry import Out, helper, kernel
from minikeras.kernels.smooth import SMALLEST, exp

# ------------------------------------------------------------------- bias and relu


def bias_relu_spec(z, b, relu):
    """Add the bias b (u) to every row of z (n, u), in place; then relu, if wanted."""
    z += b
    if relu:
        np.maximum(z, 0, out=z)


@kernel(spec=bias_relu_spec)
def bias_relu(z: Out, b, relu: bool):
    """One pass over z. 8x on (128, 512)."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + b[j]
            z[i, j] = zero if relu and v < zero else v


def relu_gradient_spec(dy, y, dz, db):
    """Gradients of relu(z + b) by z and by b.

    dy, y = relu(z + b), dz (n, u)      dz = dy where y > 0, else 0
    db (u)                              db = sum of dz over rows
    """
    np.multiply(dy, y > 0, out=dz)
    np.sum(dz, axis=0, out=db)


@kernel(spec=relu_gradient_spec)
def relu_gradient(dy, y, dz: Out, db: Out):
    """One pass over dy and y. 3.4x on (128, 512)."""
    zero = dy.dtype.type(0)
    one = dy.dtype.type(1)
    db[:] = zero
    for i in range(dy.shape[0]):
        for j in range(dy.shape[1]):
            v = dy[i, j] * (one if y[i, j] > zero else zero)
            dz[i, j] = v
            db[j] += v


# ------------------------------------------------------------------------- dropout


def _hash32_intrinsic():
    """The same in 32 bits: Numba computes with uint32 in 64, at half the speed."""
    import llvmlite.ir as ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def hash32(typing, counter, seed):
        def generate(context, builder, signature, args):
            def times(x, factor):
                return builder.mul(x, ir.Constant(ir.IntType(32), factor))

            def fold(x, bits):
                return builder.xor(x, builder.lshr(x, ir.Constant(x.type, bits)))

            x = builder.add(times(args[0], 0x9E3779B9), args[1])
            x = times(fold(x, 16), 0x7FEB352D)
            x = times(fold(x, 15), 0x846CA68B)
            return fold(x, 16)

        return types.uint32(types.uint32, types.uint32), generate

    return hash32


@helper(build=_hash32_intrinsic)
def hash32(counter, seed):
    """32 well mixed bits for each pair (counter, seed); both are uint32."""
    x = np.uint32(np.uint32(counter * np.uint32(0x9E3779B9)) + seed)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


def dropout_spec(x, seed, rate, y):
    """y = x / (1 - rate), with a share of `rate` of the elements set to zero.

    x, y (n). Which ones are zero depends on `seed` and position only: the gradient is
    the same function of dy with the same seed, and no mask needs to be kept.
    """
    bits = hash32(np.arange(x.size, dtype=np.uint32), np.uint32(seed))
    keep = bits >= np.uint32(rate * 2**32)
    np.multiply(x, keep * x.dtype.type(1 / (1 - rate)), out=y)


@kernel(spec=dropout_spec)
def dropout(x, seed: int, rate, y: Out):
    """One pass, the mask made in registers. 15x on 128 * 512."""
    threshold = np.uint32(rate * 2**32)
    scale = x.dtype.type(1 / (1 - rate))
    zero = x.dtype.type(0)
    for i in range(x.size):
        keep = hash32(np.uint32(i), np.uint32(seed)) >= threshold
        y[i] = x[i] * (scale if keep else zero)


# ----------------------------------------------------------- softmax, cross-entropy


def softmax_spec(x, y):
    """y = exp(x) / sum of exp(x) over each row. x, y (n, u)."""
    np.subtract(x, x.max(axis=1, keepdims=True), out=y)
    np.exp(y, out=y)
    y /= y.sum(axis=1, keepdims=True)


@kernel(spec=softmax_spec)
def softmax(x, y: Out):
    """All exponentials in one loop, in vectors. float32. 6x on (128, 10).

    NumPy wins beyond about 100 columns.
    """
    n, u = x.shape
    zero = x.dtype.type(0)
    e = np.empty(n * u, x.dtype)
    for i in range(n):
        largest = x[i, 0]
        for j in range(1, u):
            largest = x[i, j] if x[i, j] > largest else largest
        for j in range(u):
            e[i * u + j] = x[i, j] - largest
    for k in range(e.size):
        e[k] = zero if e[k] < SMALLEST else exp(e[k])
    for i in range(n):
        total = zero
        for j in range(u):
            total += e[i * u + j]
        for j in range(u):
            y[i, j] = e[i * u + j] / total


def softmax_gradient_spec(dy, y, dx):
    """dx = y * (dy - sum of dy * y over each row). dy, y, dx (n, u)."""
    np.multiply(y, dy - (dy * y).sum(axis=1, keepdims=True), out=dx)


@kernel(spec=softmax_gradient_spec)
def softmax_gradient(dy, y, dx: Out):
    """Row by row, two passes over each. 6x on (128, 10)."""
    for i in range(y.shape[0]):
        total = y.dtype.type(0)
        for j in range(y.shape[1]):
            total += dy[i, j] * y[i, j]
        for j in range(y.shape[1]):
            dx[i, j] = y[i, j] * (dy[i, j] - total)


def crossentropy_spec(t, z, p, loss, dz):
    """Cross-entropy between rows of targets and of p = softmax(z), and its gradient.

    t, z, p, dz (n, u), loss (n)
        log p = z - max z + log(max p)     exact where p itself is rounded to 0 or 1
        loss = -sum of t * log p           over each row
        dz = p * sum of t - t
    """
    log_p = z - z.max(axis=1, keepdims=True) + np.log(p.max(axis=1, keepdims=True))
    loss[...] = -(t * log_p).sum(axis=1)
    dz[...] = p * t.sum(axis=1, keepdims=True) - t


@kernel(spec=crossentropy_spec)
def crossentropy(t, z, p, loss: Out, dz: Out):
    """Row by row, three passes over each. 11x on (128, 10)."""
    for i in range(z.shape[0]):
        z_max, p_max = z[i, 0], p[i, 0]
        for j in range(z.shape[1]):
            z_max = z[i, j] if z[i, j] > z_max else z_max
            p_max = p[i, j] if p[i, j] > p_max else p_max
        whole = own = z.dtype.type(0)
        for j in range(z.shape[1]):
            whole += t[i, j]
            own += t[i, j] * (z[i, j] - z_max)
        for j in range(z.shape[1]):
            dz[i, j] = p[i, j] * whole - t[i, j]
        loss[i] = -whole * z.dtype.type(math.log(p_max)) - own


def crossentropy_of_classes_spec(classes, z, p, loss, dz):
    """The same where t is 1 at column classes[i] of row i, and 0 elsewhere."""
    rows = np.arange(len(z))
    loss[...] = z.max(axis=1) - z[rows, classes] - np.log(p.max(axis=1))
    dz[...] = p
    dz[rows, classes] -= 1


@kernel(spec=crossentropy_of_classes_spec)
def crossentropy_of_classes(classes, z, p, loss: Out, dz: Out):
    """One pass. 11x on (128, 10); NumPy is as quick on (640, 5000)."""
    for i in range(z.shape[0]):
        z_max, p_max = z[i, 0], p[i, 0]
        for j in range(z.shape[1]):
            z_max = z[i, j] if z[i, j] > z_max else z_max
            p_max = p[i, j] if p[i, j] > p_max else p_max
            dz[i, j] = p[i, j]
        loss[i] = z_max - z[i, classes[i]] - z.dtype.type(math.log(p_max))
        dz[i, classes[i]] -= z.dtype.type(1)


# ------------------------------------------------------------------- rows of a table


def add_rows_spec(rows, grads, first, table):
    """table[rows[i] - first] += grads[i], if it is there; rows (k) may repeat.

    grads (k, u), table (some rows, from the number `first` on, u)
    """
    there = (rows >= first) & (rows < first + len(table))
    np.add.at(table, rows[there] - first, grads[there])


@kernel(spec=add_rows_spec)
def add_rows(rows, grads, first: int, table: Out):
    """Row after row, without a copy."""
    for i in range(rows.size):
        row = rows[i] - first
        if 0 <= row < len(table):
            into, given = table[row], grads[i]
            for j in range(into.size):
                into[j] += given[j]
