"""Sums of products of rows, every channel by itself, as LLVM vector code.

    for j in range(turns):
        v = V[weight_of[j]]                               one vector of channels
        for i in range(count):
            sums[i] += X[place_of[i] + step_of[j]] * v    vector times vector
    Y[into[i]] = max(sums[i] + S[into[i]], low)

Some sums stay in registers while all turns pass, so that each vector of V is loaded
once for all of them and nothing is stored but the results. A last vector that is not
full is read and written through a mask.

The tile of `microkernel` multiplies numbers by vectors; here both are vectors.
"""

import numpy as np

from minikeras.kernels import microkernel
from minikeras.kernels.registry import helper

COUNTS = (5, 4, 3, 2, 1)  # numbers of sums that code exists for; nine taps are 5 and 4


def lanes_spec(count, turns, X, V, S, Y, first, second, channel, low):
    """One vector of channels of `count` sums of `turns` products.

    Arguments
        X, V, S, Y (rows, c): S may be Y, or a single row for all sums.
        first (count, 2): place_of, into.
        second (turns, 2): step_of, weight_of.
        channel: the first of the channels; up to one vector of them is computed.
        low: lower bound of the result; -inf for none. NaN stays NaN.
    """
    width = microkernel.shape(Y.itemsize)[1]
    part = slice(channel, channel + width)
    (place_of, into), (step_of, weight_of) = first[:count].T, second[:turns].T
    products = X[place_of[:, None] + step_of, part] * V[weight_of, part]
    sums = (
        products.sum(axis=1, dtype=Y.dtype) + S[into if len(S) > 1 else 0 * into, part]
    )
    Y[into, part] = np.where(sums < low, low, sums)


def _lanes_intrinsic():
    from numba import types
    from numba.extending import intrinsic

    def generate(context, builder, signature, args):
        code = _Code(context, builder, signature, args)
        code.switch()
        return context.get_dummy_value()

    @intrinsic
    def lanes(typing, count, turns, X, V, S, Y, first, second, channel, low):
        arguments = count, turns, X, V, S, Y, first, second, channel, Y.dtype
        return types.void(*arguments), generate

    return lanes


@helper(build=_lanes_intrinsic)
def lanes(count, turns, X, V, S, Y, first, second, channel, low):
    """As the specification says."""
    lanes_spec(count, turns, X, V, S, Y, first, second, channel, low)


class _Code:
    """Emits LLVM code for a call of `lanes` at the builder's position."""

    def __init__(self, context, builder, signature, args):
        from llvmlite import ir
        from numba.core import cgutils

        self.ir, self.cgutils, self.builder = ir, cgutils, builder
        self.int = ir.IntType(64)
        kinds = signature.args[2:8]
        arrays = [
            context.make_array(kind)(context, builder, array)
            for kind, array in zip(kinds, args[2:8], strict=True)
        ]
        self.X, self.V, self.S, self.Y, self.first, self.second = (
            array.data for array in arrays
        )
        self.count, self.turns, self.channel = args[0], args[1], args[8]
        rows_of_S = builder.extract_value(arrays[2].shape, 0)
        many = builder.icmp_signed(">", rows_of_S, self.integer(1))
        self.c = builder.extract_value(arrays[3].shape, 1)
        self.step_S = builder.select(many, self.c, self.integer(0))
        self.itemsize = kinds[3].dtype.bitwidth // 8
        self.width = microkernel.shape(self.itemsize)[1]
        self.vector = ir.VectorType(args[9].type, self.width)
        self.low = self.everywhere(args[9])

    def switch(self):
        """Go to the code for the wanted number of sums, with or without a mask."""
        build, end = self.builder, self.builder.append_basic_block("end")
        left = build.sub(self.c, self.channel)
        full = build.icmp_signed(">=", left, self.integer(self.width))
        wanted = build.add(
            self.count, build.select(full, self.integer(0), self.integer(100))
        )
        lanes = self.ir.Constant(
            self.ir.VectorType(self.int, self.width), list(range(self.width))
        )
        mask = build.icmp_signed("<", lanes, self.everywhere(left))
        jump = build.switch(wanted, end)
        for self.mask in (None, mask):
            for count in COUNTS:
                block = build.append_basic_block(f"lanes{count}")
                jump.add_case(self.integer(count + (100 if self.mask else 0)), block)
                build.position_at_end(block)
                self.emit(count)
                build.branch(end)
        build.position_at_end(end)

    def emit(self, count):
        build = self.builder
        zero = self.ir.Constant(self.vector, [0.0] * self.width)
        sums = [self.cgutils.alloca_once(build, self.vector) for _ in range(count)]
        places = [self.row(self.X, self.entry(self.first, i, 0)) for i in range(count)]
        for total in sums:
            build.store(zero, total)
        with self.cgutils.for_range(build, self.turns) as loop:
            step = build.mul(self.entry(self.second, loop.index, 0), self.c)
            v = self.load(self.row(self.V, self.entry(self.second, loop.index, 1)))
            for place, total in zip(places, sums, strict=True):
                x = self.load(build.gep(place, [step]))
                build.store(self.multiply_add(x, v, build.load(total)), total)
        for i, total in enumerate(sums):
            into = self.entry(self.first, i, 1)
            s = self.load(self.row(self.S, into, self.step_S))
            y = build.fadd(build.load(total), s)
            below = build.fcmp_ordered("<", y, self.low)
            self.store(build.select(below, self.low, y), self.row(self.Y, into))

    def integer(self, value):
        return self.ir.Constant(self.int, value)

    def entry(self, table, i, column):
        """table[i, column] of a table with two columns."""
        i = self.integer(i) if isinstance(i, int) else i
        at = self.builder.add(
            self.builder.mul(i, self.integer(2)), self.integer(column)
        )
        return self.builder.load(self.builder.gep(table, [at]))

    def row(self, array, i, step=None):
        """Where the wanted channels of row i begin."""
        at = self.builder.mul(i, step or self.c)
        return self.builder.gep(array, [self.builder.add(at, self.channel)])

    def load(self, pointer):
        place = self.builder.bitcast(pointer, self.vector.as_pointer())
        if self.mask is None:
            value = self.builder.load(place)
            value.align = self.itemsize
            return value
        zero = self.ir.Constant(self.vector, None)
        align = self.ir.IntType(32)(self.itemsize)
        return self.call("masked.load", self.vector, place, align, self.mask, zero)

    def store(self, value, pointer):
        place = self.builder.bitcast(pointer, self.vector.as_pointer())
        if self.mask is None:
            self.builder.store(value, place).align = self.itemsize
            return
        align = self.ir.IntType(32)(self.itemsize)
        self.call("masked.store", self.ir.VoidType(), value, place, align, self.mask)

    def multiply_add(self, a, b, total):
        return self.call("fmuladd", self.vector, a, b, total)

    def everywhere(self, number):
        """The vector with `number` in every place."""
        kind = self.ir.VectorType(number.type, self.width)
        nothing = self.ir.Constant(kind, self.ir.Undefined)
        zeros = self.ir.Constant(
            self.ir.VectorType(self.ir.IntType(32), self.width), None
        )
        one = self.builder.insert_element(nothing, number, self.ir.IntType(32)(0))
        return self.builder.shuffle_vector(one, nothing, zeros)

    def call(self, name, returns, *args):
        """A call of LLVM's intrinsic of this name for our vectors."""
        kind = self.ir.FunctionType(returns, [arg.type for arg in args])
        vector = f"v{self.width}f{8 * self.itemsize}"
        name = f"llvm.{name}.{vector}" + (f".p0{vector}" if "masked" in name else "")
        function = self.cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, args)
