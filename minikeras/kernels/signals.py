"""Waiting for another thread without the GIL: what `team` needs from the processor.

Imports Numba; `team` imports it when it first needs a second thread.
"""

import platform

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from minikeras.kernels.registry import Out, helper, kernel

POSTED, DONE = 0, 8  # places in a helper's flags, one cache line apart
EAGER = 2000  # turns of waiting, about 50 us, before others may run in between


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


def _store_now_intrinsic():
    @intrinsic
    def store_now(typing, flags, place, value):
        def generate(context, builder, signature, args):
            array = cgutils.create_struct_proxy(signature.args[0])(
                context, builder, args[0]
            )
            address = builder.gep(array.data, [args[1]])
            builder.store_atomic(args[2], address, "release", 8)
            return context.get_dummy_value()

        return types.void(flags, types.int64, types.int64), generate

    return store_now


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


def _let_others_run_intrinsic():
    @intrinsic
    def let_others_run(typing):
        def generate(context, builder, signature, args):
            if platform.system() != "Windows":
                kind = ir.FunctionType(ir.IntType(32), [])
                name = "sched_yield"
                builder.call(
                    cgutils.get_or_insert_function(builder.module, kind, name), []
                )
            return context.get_dummy_value()

        return types.void(), generate

    return let_others_run


@helper(build=_load_now_intrinsic)
def load_now(flags, place):
    """flags[place], read from memory now, before anything that follows."""
    return flags[place]


@helper(build=_store_now_intrinsic)
def store_now(flags, place, value):
    """Write flags[place] to memory now, after anything that came before."""
    flags[place] = value


@helper(build=_pause_intrinsic)
def pause():
    """Tell the processor that this is a waiting loop."""


@helper(build=_let_others_run_intrinsic)
def let_others_run():
    """Offer the processor to threads that wait for one."""


def tell_and_wait_spec(flags, own, told, other, seen, patience, grace):
    """Write flags[own] = told, then wait until flags[other] is not `seen` any more.

    Returns flags[other]; after `patience` turns without a change, that is `seen`. After
    a change, `grace` pauses pass: the thread that made the change gets the time to
    release the GIL, which this thread wants next.
    """
    flags[own] = told
    return flags[other]


@kernel(spec=tell_and_wait_spec)
def tell_and_wait(
    flags: Out,
    own: int,
    told: int,
    other: int,
    seen: int,
    patience: int,
    grace: int,
):
    """Look again and again, without the GIL; after a while let others run in between.

    What is told here is told when the GIL is free: so whoever waits for it can go on at
    once. A thread that finds the GIL taken goes to sleep, and waking up takes it 30 to
    50 us.
    """
    store_now(flags, own, told)
    for turn in range(patience):
        now = load_now(flags, other)
        if now != seen:
            for _ in range(grace):
                pause()
            return now
        pause()
        if turn > EAGER:
            let_others_run()
    return seen
