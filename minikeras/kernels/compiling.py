"""How loops are compiled: the only module of the package that needs Numba.

It is imported at the first call of a kernel.
"""

import contextlib
import functools
import gc
import types
import warnings

import numpy as np
import numpy.ma  # noqa: F401  Numba does at the first call, where no lock is held

from minikeras.kernels.registry import Out, Room, compiling_lock

try:
    import numba
except ImportError as error:
    numba = None
    warnings.warn(
        f"Numba cannot be imported ({error}): minikeras runs its NumPy specifications, "
        "which give the same results more slowly. `pip install numba` makes it fast.",
        stacklevel=4,
    )

_OPTIONS = dict(nogil=True, error_model="numpy", no_cfunc_wrapper=True)


def dispatcher(loop):
    """A callable without variants that never compiles; None where Numba is missing.

    A call finds a variant that its arguments convert to, or raises TypeError.
    """
    if numba is None:
        return None
    from minikeras.kernels.cache import KernelCache

    calls = numba.njit(**_OPTIONS)(loop)
    calls._can_compile = False
    calls.compiler = numba.njit(**_OPTIONS)(_linked(loop))
    calls.compiler._cache = KernelCache(loop)
    return calls


def compile_variant(dispatcher, args, kinds):
    """Compile (or load from the cache) the variant for arguments like these."""
    with compiling_lock, _no_garbage_collection():
        signature = tuple(map(_numba_type, args, kinds))
        if signature not in dispatcher.overloads:
            dispatcher.compiler.compile(signature)
            dispatcher.add_overload(dispatcher.compiler.overloads[signature])


@contextlib.contextmanager
def _no_garbage_collection():
    """Numba makes many objects that live on; to look through them took a tenth more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _numba_type(arg, kind):
    if isinstance(arg, np.ndarray):
        dtype = numba.typeof(arg).dtype
        readonly = kind not in (Out, Room)
        return numba.types.Array(dtype, arg.ndim, "C", readonly=readonly)
    return {int: numba.types.int64, bool: numba.types.boolean}.get(
        kind, numba.types.float64
    )


def _linked(function):
    """`function` with its helpers replaced by what compiled code calls."""
    names = function.__globals__
    helpers = {
        name: _compiled_helper(names[name])
        for name in function.__code__.co_names
        if hasattr(names.get(name), "build")
    }
    return types.FunctionType(function.__code__, {**names, **helpers})


@functools.lru_cache(None)
def _compiled_helper(function):
    if function.build:
        return function.build()
    inline = "never" if function.once else "always"  # LLVM still may
    return numba.njit(**_OPTIONS, inline=inline)(_linked(function))
