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
        _LanesCode(context, builder, signature.args, args).switch()
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


class _LanesCode(microkernel.VectorCode):
    """Emits LLVM code for a call of `lanes` at the builder's position."""

    def __init__(self, context, builder, kinds, args):
        super().__init__(context, builder, kinds[9])
        self.X, self.V, self.S, self.Y, self.first, self.second = map(
            self.pointer, kinds[2:8], args[2:8]
        )
        self.count, self.turns, self.channel = args[0], args[1], args[8]
        self.c = self.length(kinds[5], args[5], 1)
        several = builder.icmp_signed(
            ">", self.length(kinds[4], args[4], 0), self.integer(1)
        )
        self.step_S = builder.select(several, self.c, self.integer(0))
        self.low = self.everywhere(args[9])

    def length(self, kind, array, axis):
        array = self.context.make_array(kind)(self.context, self.builder, array)
        return self.builder.extract_value(array.shape, axis)

    def switch(self):
        """Go to the code for the wanted number of sums, with or without a mask."""
        build, ir = self.builder, self.ir
        left = build.sub(self.c, self.channel)
        numbers = ir.Constant(ir.VectorType(self.int, self.width), [*range(self.width)])
        masks = [None, build.icmp_signed("<", numbers, self.everywhere(left))]
        part = build.icmp_signed("<", left, self.integer(self.width))
        wanted = build.select(part, self.integer(100), self.integer(0))
        wanted = build.add(wanted, self.count)
        for case in self.cases(wanted, [*COUNTS, *(100 + i for i in COUNTS)]):
            self.mask = masks[case // 100]
            self.emit(case % 100)

    def emit(self, count):
        build = self.builder
        sums = [self.cgutils.alloca_once(build, self.vector) for _ in range(count)]
        places = [self.row(self.X, self.entry(self.first, i, 0)) for i in range(count)]
        for total in sums:
            build.store(self.constant(0), total)
        with self.cgutils.for_range(build, self.turns) as loop:
            step = build.mul(self.entry(self.second, loop.index, 0), self.c)
            v = self.load(self.row(self.V, self.entry(self.second, loop.index, 1)))
            for place, total in zip(places, sums, strict=True):
                x = self.load(build.gep(place, [step]))
                build.store(self.multiply_add(x, v, build.load(total)), total)
        for i, total in enumerate(sums):
            into = self.entry(self.first, i, 1)
            s = self.load(self.row(self.S, into, self.step_S))
            y = self.at_least(self.low, build.fadd(build.load(total), s))
            self.store(y, self.row(self.Y, into))

    def entry(self, table, i, column):
        """table[i, column] of a table with two columns."""
        i = self.integer(i) if isinstance(i, int) else i
        at = self.builder.mul(i, self.integer(2))
        at = self.builder.add(at, self.integer(column))
        return self.builder.load(self.builder.gep(table, [at]))

    def row(self, array, i, step=None):
        """Where the wanted channels of row i begin."""
        at = self.builder.mul(i, step or self.c)
        return self.builder.gep(array, [self.builder.add(at, self.channel)])

    def load(self, pointer):
        if self.mask is None:
            return super().load(pointer)
        align = self.ir.IntType(32)(self.itemsize)
        given = self.place(pointer, 0), align, self.mask, self.constant(0)
        return self.masked("load", self.vector, given)

    def store(self, value, pointer):
        if self.mask is None:
            super().store(value, pointer)
            return
        align = self.ir.IntType(32)(self.itemsize)
        given = value, self.place(pointer, 0), align, self.mask
        self.masked("store", self.ir.VoidType(), given)

    def masked(self, what, returns, args):
        """LLVM's load or store of the numbers for which the mask is true."""
        vector = f"v{self.width}f{8 * self.itemsize}"
        name = f"llvm.masked.{what}.{vector}.p0{vector}"
        kind = self.ir.FunctionType(returns, [arg.type for arg in args])
        function = self.cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, args)
