"""Compiled loops, each beside the NumPy specification that defines it.

A kernel is two functions in one file. The *specification* is plain NumPy and says what
the result is; the *loop* under it says how to get there fast:

    def shift_spec(x, by, y):
        '''y = x + by.'''
        np.add(x, by, out=y)

    @kernel(spec=shift_spec)
    def shift(x, by, y: Out):
        '''One pass over x. 3x on (128, 64).'''
        ...

Loops write their results into arrays that the caller gives (`Out`), so that buffers can
be used again. Numba is imported at the first call of a kernel, not with the package.
Without Numba, or inside `use_specs()`, or with the environment variable
MINIKERAS_SPECS=1, every kernel runs its specification.
"""

from minikeras.kernels.registry import (
    Kernel,
    Out,
    Room,
    helper,
    kernel,
    registry,
    specs_in_use,
    use_specs,
)

__all__ = [
    "Kernel",
    "Out",
    "Room",
    "helper",
    "kernel",
    "registry",
    "specs_in_use",
    "use_specs",
]
