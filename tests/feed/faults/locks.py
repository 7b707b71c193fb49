"""Workers forked while other threads of the program hold locks."""

import os
import tempfile
import threading

import numpy as np

from feed.faults.common import Numbers, drain, wait_until


class Kernels(Numbers):
    """Batches that a compiled kernel makes."""

    def __getitem__(self, index):
        from minikeras.kernels import optimizers

        w = np.arange(6, dtype="float32")
        optimizers.sgd(w, w * 0 + 1, w * 0, 0.5, 0.0, False)
        return w[:, None], w[:, None]


def forked_while_compiling(mode):
    """No lock stays locked in the workers."""
    from minikeras.kernels import compiling, optimizers
    from minikeras.kernels.registry import use_specs

    def compiles():
        free = compiling.compiling_lock.acquire(blocking=False)
        if free:
            compiling.compiling_lock.release()
        return not free

    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp()
    zeros = [np.zeros(6, "float32") for _ in range(3)]
    with use_specs(False):
        arguments = (*zeros, 0.1, 0.1)
        thread = threading.Thread(target=optimizers.adagrad, args=arguments)
        thread.start()
        wait_until(compiles)
        got = drain(Kernels(length=2), mode)
        thread.join()
    assert got[0][0] == [[i - 0.5] for i in range(6)], got


def forked_while_drawing(mode):
    """The lock of `np.random`, held by a thread that draws all the time."""
    stop = threading.Event()

    def draw():
        while not stop.is_set():
            np.random.standard_normal(300_000)

    thread = threading.Thread(target=draw)
    expected = drain(Numbers(), "main")
    thread.start()
    try:
        for _ in range(3):
            assert drain(Numbers(), mode) == expected
    finally:
        stop.set()
        thread.join()
