"""exp, tanh and sigmoid of a float32 number, for use in compiled loops.

`math.exp` in a loop is a call of the C library for each number. These functions have no
branches, so LLVM computes them for a vector of numbers at once. Their relative error is
below 3e-7. NaN stays NaN.
"""

import numpy as np

from minikeras.kernels.registry import helper

_real = np.float32

# e^r for |r| <= log(2) / 2, from the fit in Cephes' expf
E2, E3, E4, E5, E6, E7 = map(
    _real,
    (
        5.0000001201e-1,
        1.6666665459e-1,
        4.1665795894e-2,
        8.3334519073e-3,
        1.3981999507e-3,
        1.9875691500e-4,
    ),
)
LOG2_E, LOG_2_HIGH, LOG_2_LOW = map(
    _real, (1.44269504088896341, 0.693359375, -2.12194440e-4)
)
LARGEST, SMALLEST = _real(88.0), _real(-87.0)
HALF, ONE, TWO = _real(0.5), _real(1), _real(2)

# tanh x = x + T3 x^3 + ... for |x| < 1/2, least squares; and x^2 up to where it is used
T3, T5, T7, T9 = map(_real, (-0.33333184, 0.13327012, -0.05313442, 0.01744775))
NEAR = _real(0.25)


def _power_of_two_intrinsic():
    import llvmlite.ir as ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def power_of_two(typing, n):
        def generate(context, builder, signature, args):
            integer = ir.IntType(32)
            exponent = builder.add(builder.fptosi(args[0], integer), integer(127))
            return builder.bitcast(builder.shl(exponent, integer(23)), ir.FloatType())

        return types.float32(types.float32), generate

    return power_of_two


@helper(build=_power_of_two_intrinsic)
def power_of_two(n):
    """2^n for a whole float32 n from -126 to 127: n is put into the exponent's bits."""
    return np.exp2(n, dtype=np.float32)


def _multiply_add_intrinsic():
    from numba.extending import intrinsic

    @intrinsic
    def multiply_add(typing, a, b, c):
        kind = typing.unify_types(a, b, c)

        def generate(context, builder, signature, args):
            number = context.get_value_type(kind)
            name = f"llvm.fmuladd.f{kind.bitwidth}"
            module = builder.module
            function = module.globals.get(name) or ir.Function(
                module, ir.FunctionType(number, [number] * 3), name
            )
            return builder.call(function, args)

        return kind(kind, kind, kind), generate

    import llvmlite.ir as ir

    return multiply_add


@helper(build=_multiply_add_intrinsic)
def multiply_add(a, b, c):
    """a b + c, rounded once where the processor can: a third off the loops' time."""
    return a * b + c


@helper(once=True)
def exp(x):
    """e^x; x is clipped to where e^x is an ordinary float32."""
    x = LARGEST if x > LARGEST else SMALLEST if x < SMALLEST else x
    n = np.floor(multiply_add(x, LOG2_E, HALF))
    r = multiply_add(n, -LOG_2_LOW, multiply_add(n, -LOG_2_HIGH, x))
    p = multiply_add(multiply_add(multiply_add(E7, r, E6), r, E5), r, E4)
    p = multiply_add(multiply_add(p, r, E3), r, E2)
    return multiply_add(multiply_add(p, r * r, r), power_of_two(n), power_of_two(n))


@helper(once=True)
def sigmoid(x):
    """1 / (1 + e^-x)"""
    return ONE / (ONE + exp(-x))


@helper(once=True)
def tanh(x):
    """1 - 2 / (e^(2 x) + 1), and a polynomial where that would lose digits."""
    far = ONE - TWO / (exp(TWO * x) + ONE)
    s = x * x
    p = multiply_add(multiply_add(multiply_add(T9, s, T7), s, T5), s, T3)
    near = multiply_add(x * s, p, x)
    return near if s < NEAR else far
