"""One register-blocked tile of a matrix product, as LLVM vector code.

Everything that convolutions compute is built from this tile: some rows of C, one or two
vectors wide, stay in registers while a contraction runs over up to three loops.

    for q, r, k in the three loops:
        b = B[q, r, k, :]                          one or two vectors
        for p in range(rows):
            sums[p] += A[p, q, r, k] * b           one number times these vectors
    C[p, :] = max(sums[p] + S[p, :], low)

Arrays count as flat, all indices have strides. Each number of A serves a whole row of
the tile, each vector of B all its rows: so the processor multiplies instead of waiting
for memory.

`shape()` says how wide vectors are and how many rows fit into the registers. Elsewhere
LLVM cuts the same code into pieces that the machine has.
"""

import contextlib
import functools

import numpy as np

from minikeras.kernels.registry import helper

# Bytes that the stack of a tile's function is aligned to. Where the caller's stack
# happens to lie decides otherwise: on half of all threads the 1x1 convolutions of
# (32, 32, 32, 32) to 64 channels took 0.85 ms in place of 0.70 (Zen 4, one thread).
STACK = 64


@functools.lru_cache(None)
def shape(itemsize):
    """(largest number of rows, numbers in one vector) of a tile on this machine."""
    import llvmlite.binding

    has = llvmlite.binding.get_host_cpu_features()
    size = 64 if has.get("avx512f") else 32 if has.get("avx2") else 16
    many_registers = has.get("avx512f") or has.get("neon")
    return 14 if many_registers else 6, size // itemsize


def _tile_intrinsic(name, sizes):
    """`tile` for compiled loops: a call of a function that each kernel contains once.

    Arguments
        name: of that function.
        sizes: function of the itemsize that lists (rows, vectors).
    """
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        rows, vectors, start, n, a, b, c, s, *arrays, low = args
        start, *numbers = (cgutils.unpack_tuple(builder, x) for x in (start, n, a, b))
        code = VectorCode(context, builder, signature.args[12])
        pointers = map(code.pointer, signature.args[8:12], arrays, start)
        given = [*pointers, rows, vectors, *sum(numbers, []), c, s, low]
        code.call(name, given, lambda inside, args: _Tile(inside, args).switch(sizes))
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
        array = array.reshape(-1)[begin:]
        return np.lib.stride_tricks.as_strided(array, lengths, strides)

    numbers = part(A, start[0], (rows, *n), a)
    rows_of_b = part(B, start[1], (*n, width), (*b, 1))
    first = part(S, start[3], (rows, width), (s, 1))
    sums = np.tensordot(numbers, rows_of_b, 3) + first
    part(C, start[2], (rows, width), (c, 1))[...] = np.where(sums < low, low, sums)


def even_rows(itemsize):
    """The number of rows of `even_tile`: 8, or 4 where registers are few."""
    return 8 if shape(itemsize)[0] >= 8 else 4


@helper(
    build=lambda: _tile_intrinsic(
        "even_tile",
        lambda itemsize: [(even_rows(itemsize), vectors) for vectors in (1, 2)],
    )
)
def even_tile(rows, vectors, start, n, a, b, c, s, A, B, C, S, low):
    """`tile` in one height only, for products whose rows come out even."""
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


class VectorCode:
    """Emits LLVM code on vectors of numbers at the builder's position."""

    def __init__(self, context, builder, dtype):
        from llvmlite import ir
        from numba.core import cgutils

        self.ir, self.cgutils = ir, cgutils
        self.context, self.builder, self.dtype = context, builder, dtype
        self.int = ir.IntType(64)
        self.itemsize = dtype.bitwidth // 8
        self.width = shape(self.itemsize)[1]
        self.vector = ir.VectorType(context.get_value_type(dtype), self.width)

    def call(self, name, values, emit):
        """Call the function `name` of this module, which `emit(code, args)` makes once.

        It stays a function, because inside loops it takes longer to compile: LLVM makes
        a copy of the loops for each of its cases.
        """
        ir, module = self.ir, self.builder.module
        if name not in module.globals:
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
            function = ir.Function(module, kind, name)
            function.linkage = "internal"
            function.attributes.add("noinline")
            function.attributes.alignstack = STACK
            builder = ir.IRBuilder(function.append_basic_block("entry"))
            emit(VectorCode(self.context, builder, self.dtype), function.args)
            builder.ret_void()
        self.builder.call(module.globals[name], values)

    def pointer(self, kind, array, at=0):
        """Where element `at` of an array, counted as flat, lies; `kind`: its type."""
        at = self.integer(at) if isinstance(at, int) else at
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        return self.builder.gep(data, [at])

    def integer(self, value):
        return self.ir.Constant(self.int, value)

    def place(self, pointer, v):
        """Pointer to the v-th vector from here on."""
        pointer = self.builder.gep(pointer, [self.integer(v * self.width)])
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def load(self, pointer, v=0):
        value = self.builder.load(self.place(pointer, v))
        value.align = self.itemsize
        return value

    def store(self, value, pointer, v=0):
        self.builder.store(value, self.place(pointer, v)).align = self.itemsize

    def constant(self, number):
        return self.ir.Constant(self.vector, [float(number)] * self.width)

    def everywhere(self, number):
        """The vector with `number` in every place."""
        kind = self.ir.VectorType(number.type, self.width)
        nothing = self.ir.Constant(kind, self.ir.Undefined)
        index = self.ir.IntType(32)
        one = self.builder.insert_element(nothing, number, index(0))
        zeros = self.ir.Constant(self.ir.VectorType(index, self.width), None)
        return self.builder.shuffle_vector(one, nothing, zeros)

    def multiply_add(self, a, b, c):
        """a * b + c"""
        kind = self.ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fmuladd.v{self.width}f{8 * self.itemsize}"
        function = self.cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [a, b, c])

    def fetch(self, pointer):
        """Ask for a line of memory, for reading, into the second cache."""
        kinds = [pointer.type, *3 * [self.ir.IntType(32)]]
        kind = self.ir.FunctionType(self.ir.VoidType(), kinds)
        name = f"llvm.prefetch.p0f{8 * self.itemsize}"
        function = self.cgutils.get_or_insert_function(self.builder.module, kind, name)
        reading, second, data = (kinds[1](i) for i in (0, 2, 1))
        self.builder.call(function, [pointer, reading, second, data])

    def at_least(self, low, value):
        """max(value, low); NaN stays NaN."""
        below = self.builder.fcmp_ordered("<", value, low)
        return self.builder.select(below, low, value)

    def cases(self, value, numbers):
        """For each of `numbers`: (number, code that runs if `value` is this number)."""
        build = self.builder
        end = build.append_basic_block("end")
        jump = build.switch(value, end)
        for number in numbers:
            block = build.append_basic_block(f"case{number}")
            jump.add_case(self.integer(number), block)
            build.position_at_end(block)
            yield number
            build.branch(end)
        build.position_at_end(end)

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


class _Tile(VectorCode):
    """Emits the function of a tile.

    Its arguments: pointers into A, B, C, S; rows, vectors; n; a; b; c, s; low.
    """

    def __init__(self, code, args):
        super().__init__(code.context, code.builder, code.dtype)
        self.A, self.B, self.C, self.S, self.rows, self.vectors = args[:6]
        numbers = args[6:]
        self.n, self.a, self.b = numbers[:3], numbers[3:7], numbers[7:10]
        self.c, self.s = numbers[10:12]
        self.low = self.everywhere(numbers[12])

    def switch(self, sizes):
        """Go to the code for the wanted size."""
        build = self.builder
        wanted = build.add(build.mul(self.vectors, self.integer(100)), self.rows)
        for size in self.cases(wanted, [100 * v + p for p, v in sizes(self.itemsize)]):
            self.emit(size % 100, size // 100)

    def emit(self, rows, vectors):
        cells = [(p, v) for p in range(rows) for v in range(vectors)]
        sums = {}
        for cell in cells:
            sums[cell] = self.cgutils.alloca_once(self.builder, self.vector)
            self.builder.store(self.constant(0), sums[cell])
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
            total = self.multiply_add(a[p], b[v], build.load(sums[p, v]))
            build.store(total, sums[p, v])

    def finish(self, cells, sums):
        build = self.builder
        for p, v in cells:
            first = self.load(build.gep(self.S, [self.at(self.s, p)]), v)
            total = build.fadd(build.load(sums[p, v]), first)
            total = self.at_least(self.low, total)
            self.store(total, build.gep(self.C, [self.at(self.c, p)]), v)

    def at(self, stride, i):
        return self.builder.mul(stride, self.integer(i))

    def move(self, pointer, *steps):
        for i, stride in steps:
            pointer = self.builder.gep(pointer, [self.builder.mul(i, stride)])
        return pointer
