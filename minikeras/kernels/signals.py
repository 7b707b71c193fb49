"""Waiting for another thread without the GIL: what `team` needs from the processor.

Imports Numba; `team` imports it when it first needs a second thread.
"""

import platform

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from minikeras.kernels.registry import helper, kernel

POSTED, DONE = 0, 8  # places in a helper's flags, one cache line apart


def _load_now_intrinsic():
    @intrinsic
    def load_now(typing, flags, place):
        def generate(context, builder, signature, args):
            array = cgutils.create_struct_proxy(signature.args[0])(
                context, builder, args[0]
            )
            address = builder.gep(array.data, [args[1]])
            return builder.load_atomic(address, "acquire", 8)

        return types.int64(flags, types.int64), generate

    return load_now


def _pause_intrinsic():
    @intrinsic
    def pause(typing):
        def generate(context, builder, signature, args):
            if platform.machine() in ("x86_64", "AMD64"):
                kind = ir.FunctionType(ir.VoidType(), [])
                name = "llvm.x86.sse2.pause"
                builder.call(
                    cgutils.get_or_insert_function(builder.module, kind, name), []
                )
            return context.get_dummy_value()

        return types.void(), generate

    return pause


@helper(build=_load_now_intrinsic)
def load_now(flags, place):
    """flags[place], read from memory now, before anything that follows."""
    return flags[place]


@helper(build=_pause_intrinsic)
def pause():
    """Tell the processor that this is a waiting loop."""


def wait_for_change_spec(flags, place, seen, patience, grace):
    """flags[place] as soon as it differs from `seen`; `seen` when patience ends.

    After a change, `grace` more turns pass: the thread that made the change gets the
    time to release the GIL, which this thread wants next.
    """
    return flags[place]


@kernel(spec=wait_for_change_spec)
def wait_for_change(flags, place: int, seen: int, patience: int, grace: int):
    """Look again and again, without the GIL."""
    for _ in range(patience):
        now = load_now(flags, place)
        if now != seen:
            for _ in range(grace):
                pause()
            return now
        pause()
    return seen
