"""One register-blocked tile of a matrix product, as LLVM vector code.

Everything that convolutions compute is built from this tile: some rows of C, one or two
vectors wide, stay in registers while a contraction runs over up to three loops.

    for q, r, k in the three loops:
        b = B[q, r, k, :]                          one or two vectors
        for p in range(rows):
            sums[p] += A[p, q, r, k] * b           one number times these vectors
    C[p, :] = max(sums[p] + S[p, :], low)

All arrays are flat, all indices have strides. Each number of A serves a whole row of
the tile, each vector of B all its rows: so the processor multiplies instead of waiting
for memory.

`shape()` says how wide vectors are and how many rows fit into the registers. Elsewhere
LLVM cuts the same code into pieces that the machine has.
"""

import contextlib
import functools

import numpy as np

from minikeras.kernels.registry import helper


@functools.lru_cache(None)
def shape(itemsize):
    """(largest number of rows, numbers in one vector) of a tile on this machine."""
    import llvmlite.binding

    has = llvmlite.binding.get_host_cpu_features()
    size = 64 if has.get("avx512f") else 32 if has.get("avx2") else 16
    many_registers = has.get("avx512f") or has.get("neon")
    return 14 if many_registers else 6, size // itemsize


def _tile_intrinsic(name, sizes):
    """`tile` for compiled loops: a call of code that each kernel contains once.

    Arguments
        name: of that code.
        sizes: function of the itemsize that lists (rows, vectors).
    """
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        rows, vectors, start, n, a, b, c, s, *arrays, low = args
        start, *numbers = (cgutils.unpack_tuple(builder, x) for x in (start, n, a, b))
        pointers = [
            builder.gep(context.make_array(kind)(context, builder, array).data, [i])
            for kind, array, i in zip(signature.args[8:12], arrays, start, strict=True)
        ]
        given = [*pointers, rows, vectors, *sum(numbers, []), c, s, low]
        code = builder.module.globals.get(name)
        if code is None:
            itemsize = signature.args[12].bitwidth // 8
            code = _Code(builder.module, name, [x.type for x in given], itemsize)
            code = code.switch(sizes(itemsize))
        builder.call(code, given)
        return context.get_dummy_value()

    @intrinsic
    def tile(typing, rows, vectors, start, n, a, b, c, s, A, B, C, S, low):
        arguments = rows, vectors, start, n, a, b, c, s, A, B, C, S, A.dtype
        return types.void(*arguments), generate

    return tile


def heights(itemsize):
    """Numbers of rows that `tile` exists for: not all, each costs compile time."""
    most = shape(itemsize)[0]
    return [p for p in (14, 13, 12, 10, 8, 6, 4, 2, 1) if p <= most]


def _all_sizes(itemsize):
    return [(p, vectors) for vectors in (1, 2) for p in heights(itemsize)]


def even_rows(itemsize):
    """The number of rows of `even_tile`: 8, or 4 where registers are few."""
    return 8 if shape(itemsize)[0] >= 8 else 4


@helper(build=lambda: _tile_intrinsic("tile", _all_sizes))
def tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low):
    """One tile of C, which may be S.

    Arguments
        rows, vectors: size of the tile; see `heights`.
        start: where the tile's parts of (A, B, C, S) begin.
        n: lengths of the loops (q, r, k).
        a: strides of A for (p, q, r, k).
        b: strides of B for (q, r, k).
        c, s: strides of C and of S for p.
        low: lower bound of the result; -inf for none. NaN stays NaN.
    """
    width = vectors * shape(A.itemsize)[1]
    size = A.itemsize

    def part(array, begin, lengths, strides):
        strides = [size * i for i in strides]
        return np.lib.stride_tricks.as_strided(array[begin:], lengths, strides)

    numbers = part(A, start[0], (rows, *n), a)
    rows_of_b = part(B, start[1], (*n, width), (*b, 1))
    first = part(S, start[3], (rows, width), (s, 1))
    sums = np.tensordot(numbers, rows_of_b, 3) + first
    part(C, start[2], (rows, width), (c, 1))[...] = np.where(sums < low, low, sums)


@helper(
    build=lambda: _tile_intrinsic(
        "even_tile", lambda itemsize: [(even_rows(itemsize), 2)]
    )
)
def even_tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low):
    """`tile` in one size only, for products whose rows and columns come out even."""
    tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low)


@helper(
    build=lambda: _tile_intrinsic(
        "short_tile",
        lambda itemsize: [(p, 2) for p in (8, 4, 2, 1) if p <= shape(itemsize)[0]],
    )
)
def short_tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low):
    """`tile` for 8, 4, 2 or 1 rows of two vectors: little code to compile."""
    tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low)


class _Code:
    """Emits the LLVM function of a tile.

    Its arguments: pointers into A, B, C, S; rows, vectors; n; a; b; c, s; low.
    """

    def __init__(self, module, name, kinds, itemsize):
        from llvmlite import ir
        from numba.core import cgutils

        self.ir, self.cgutils, self.int = ir, cgutils, ir.IntType(64)
        self.itemsize, self.width = itemsize, shape(itemsize)[1]
        self.vector = ir.VectorType(kinds[-1], self.width)
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        self.function.linkage = "internal"
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.A, self.B, self.C, self.S, self.rows, self.vectors = self.function.args[:6]
        numbers = self.function.args[6:]
        self.n, self.a, self.b = numbers[:3], numbers[3:7], numbers[7:10]
        self.c, self.s = numbers[10:12]
        self.low = self.everywhere(numbers[12])

    def switch(self, sizes):
        """The function that goes to the code for the wanted size."""
        build = self.builder
        end = build.append_basic_block("end")
        wanted = build.add(build.mul(self.vectors, self.integer(100)), self.rows)
        jump = build.switch(wanted, end)
        for rows, vectors in sizes:
            block = build.append_basic_block(f"tile{rows}x{vectors}")
            jump.add_case(self.integer(100 * vectors + rows), block)
            build.position_at_end(block)
            self.emit(rows, vectors)
            build.branch(end)
        build.position_at_end(end)
        build.ret_void()
        return self.function

    def emit(self, rows, vectors):
        cells = [(p, v) for p in range(rows) for v in range(vectors)]
        zero = self.ir.Constant(self.vector, [0.0] * self.width)
        sums = {}
        for cell in cells:
            sums[cell] = self.cgutils.alloca_once(self.builder, self.vector)
            self.builder.store(zero, sums[cell])
        step_p = [self.at(self.a[0], p) for p in range(rows)]
        with self.loop(self.n[0]) as q, self.loop(self.n[1]) as r:
            A = self.move(self.A, (q, self.a[1]), (r, self.a[2]))
            B = self.move(self.B, (q, self.b[0]), (r, self.b[1]))
            A = [self.builder.gep(A, [step]) for step in step_p]
            with self.loop(self.n[2]) as k:
                self.multiply(A, B, k, cells, sums)
        self.finish(cells, sums)

    def multiply(self, A, B, k, cells, sums):
        build = self.builder
        offset, B = build.mul(k, self.a[3]), self.move(B, (k, self.b[2]))
        b = [self.load(B, v) for v in range(1 + cells[-1][1])]
        a = [self.everywhere(build.load(build.gep(row, [offset]))) for row in A]
        for p, v in cells:
            total = self.call("llvm.fmuladd", a[p], b[v], build.load(sums[p, v]))
            build.store(total, sums[p, v])

    def finish(self, cells, sums):
        build = self.builder
        for p, v in cells:
            first = self.load(build.gep(self.S, [self.at(self.s, p)]), v)
            total = build.fadd(build.load(sums[p, v]), first)
            below = build.fcmp_ordered("<", total, self.low)
            total = build.select(below, self.low, total)
            self.store(total, build.gep(self.C, [self.at(self.c, p)]), v)

    @contextlib.contextmanager
    def loop(self, n):
        """for i in range(n), not unrolled: unrolling moves sums out of registers."""
        build, zero = self.builder, self.integer(0)
        before = build.block
        body, after = (
            build.append_basic_block("body"),
            build.append_basic_block("after"),
        )
        build.cbranch(build.icmp_signed(">", n, zero), body, after)
        build.position_at_end(body)
        i = build.phi(self.int)
        i.add_incoming(zero, before)
        yield i
        following = build.add(i, self.integer(1))
        i.add_incoming(following, build.block)
        again = build.cbranch(build.icmp_signed("<", following, n), body, after)
        again.set_metadata("llvm.loop", self.not_unrolled())
        build.position_at_end(after)

    def not_unrolled(self):
        """Metadata for one loop; its number makes it different from other loops'."""
        module = self.builder.module
        name = self.ir.MetaDataString(module, "llvm.loop.unroll.disable")
        disable = module.add_metadata([name])
        number = self.integer(len(module.metadata))
        node = module.add_metadata([disable, number])
        node.operands = (node, disable)
        return node

    def integer(self, value):
        return self.ir.Constant(self.int, value)

    def at(self, stride, i):
        return self.builder.mul(stride, self.integer(i))

    def move(self, pointer, *steps):
        for i, stride in steps:
            pointer = self.builder.gep(pointer, [self.builder.mul(i, stride)])
        return pointer

    def place(self, pointer, v):
        pointer = self.builder.gep(pointer, [self.integer(v * self.width)])
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def load(self, pointer, v):
        value = self.builder.load(self.place(pointer, v))
        value.align = self.itemsize
        return value

    def store(self, value, pointer, v):
        self.builder.store(value, self.place(pointer, v)).align = self.itemsize

    def everywhere(self, number):
        """The vector with `number` in every place."""
        nothing = self.ir.Constant(self.vector, self.ir.Undefined)
        zeros = self.ir.Constant(
            self.ir.VectorType(self.ir.IntType(32), self.width), None
        )
        one = self.builder.insert_element(nothing, number, self.ir.IntType(32)(0))
        return self.builder.shuffle_vector(one, nothing, zeros)

    def call(self, name, *vectors):
        kind = self.ir.FunctionType(self.vector, [self.vector] * len(vectors))
        name = f"{name}.v{self.width}f{8 * self.itemsize}"
        function = self.cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, vectors)
