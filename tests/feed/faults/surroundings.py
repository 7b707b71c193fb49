"""The interpreter and the system around: no threads, much output, signals, Numba."""

import contextlib
import io
import itertools
import multiprocessing
import os
import signal
import sys
import time
import warnings

import numpy as np

from feed.faults.common import START_METHODS, Numbers, drain, make_pool, warned
from minikeras import feed


def no_multiprocessing(mode):
    """Falls back to the main thread with one warning."""
    expected = drain(Numbers(), "main")
    import threading

    if mode in START_METHODS:
        sys.modules["minikeras.feed.processes"] = None
    else:
        threading.Thread.start = _cannot
    with warned(1, "batches are made in the main thread instead"):
        assert drain(Numbers(), mode) == expected


def _cannot(self):
    raise RuntimeError("can't start new thread")


def daemonic_process(mode):
    """A worker of somebody's pool may have no children: the main thread, told once."""
    expected = drain(Numbers(), "main")
    with multiprocessing.get_context("fork").Pool(1) as pool:
        got, told = pool.apply(_drain_and_note, [mode])
    assert got == expected
    assert len(told) == 1 and "main thread instead" in told[0], told


def _drain_and_note(mode):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = drain(Numbers(), mode)
    return got, [str(warning.message) for warning in caught]


class Talks(Numbers):
    """Prints much, and not always whole lines."""

    def __getitem__(self, index):
        print(f"batch {index} " + "x" * 50_000)
        print("to stderr", index, file=sys.stderr)
        print("half", end="")
        print(" line")
        print(".", end="")
        return super().__getitem__(index)


def prints_much(mode):
    """Nothing is lost, and nobody waits for ever."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        with make_pool(Talks(length=20), mode) as pool:
            for _ in pool.epoch(0, range(20)):
                time.sleep(0.005)
        printed, to_stderr = sys.stdout.getvalue(), sys.stderr.getvalue()
    finally:
        sys.stdout, sys.stderr = out, err
    for index in range(20):
        assert f"batch {index} " + "x" * 50_000 in printed
        assert f"to stderr {index}\n" in to_stderr
    assert printed.count("half line\n") == 20
    assert printed.endswith("line\n.")


class Threads(Numbers):
    """Tells how many threads numerical libraries may use in a worker."""

    def __getitem__(self, index):
        a = np.ones((300, 300))
        a @ a
        time.sleep(0.1)  # threads made by `import numpy` search for work for 30 ms
        alive = len(os.listdir("/proc/self/task"))
        in_use = [int(os.environ[f"{n}_NUM_THREADS"]) for n in ("OMP", "MKL", "NUMBA")]
        x = np.array([[alive, _busy_threads(a), *in_use, _parallel_sum(index)]])
        return x, x[:, :1]


def _busy_threads(a):
    """Processor time over elapsed time of a matrix product, rounded."""
    began, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < 0.05:
        a @ a
    return round((time.process_time() - used) / (time.perf_counter() - began))


def _parallel_sum(number):
    import numba

    @numba.njit(parallel=True)
    def total(n):
        result = 0
        for i in numba.prange(n):
            result += i
        return result

    return total(number + 10)


def numerical_threads(mode):
    """One thread in workers, and no abort after the parent used Numba's threads."""
    assert _parallel_sum(0) == 45
    a = np.ones((300, 300))
    a @ a
    with make_pool(Threads(), mode, workers=1) as pool:
        for x, _ in pool.epoch(0, [5]):
            alive, busy, *rest = x[0]
            assert busy <= 1 and rest == [1, 1, 1, sum(range(15))], x
            # its own and the one that watches the parent; no idle ones of OpenBLAS
            assert alive == 2 or mode == "spawn", x


def signals_of_the_user(mode):
    """Handlers stay as they are; a storm of signals has no effect."""
    import subprocess

    caught = []
    mine = {}
    for name in ("SIGCHLD", "SIGALRM", "SIGUSR1", "SIGTERM"):
        mine[name] = lambda number, frame: caught.append(number)
        signal.signal(getattr(signal, name), mine[name])
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    storm = subprocess.Popen(
        ["sh", "-c", f"for i in 1 2 3 4 5 6 7 8 9; do kill -USR1 {os.getpid()}; done"]
    )
    expected = drain(Numbers(), "main")
    assert drain(Numbers(), mode) == expected
    storm.wait()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for name, handler in mine.items():
        assert signal.getsignal(getattr(signal, name)) is handler
    assert signal.SIGALRM in caught and signal.SIGUSR1 in caught


def children_reaped_by_others(mode):
    """SIGCHLD ignored: exit statuses are lost, the feed works, and death is seen."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    expected = drain(Numbers(), "main")
    assert drain(Numbers(), mode) == expected
    if mode in START_METHODS:
        from feed.faults.deaths import die

        try:
            drain(Numbers(fault=die), mode)
        except feed.WorkerDied as error:
            assert "batch 3 of Numbers" in str(error), error
        else:
            raise AssertionError("no error")


def clock_jumps(mode):
    """A wall clock that jumps by a day at every look changes nothing."""
    feed.settings.timeout = 3600.0
    expected = drain(Numbers(), "main")
    real = time.time
    for day in (86400, -86400):
        times = itertools.count(10**9, day)
        time.time = lambda times=times: next(times)
        try:
            with contextlib.redirect_stderr(io.StringIO()) as told:
                assert drain(Numbers(fault=_take_a_moment), mode) == expected
        finally:
            time.time = real
        assert told.getvalue() == ""


def _take_a_moment():
    time.sleep(0.1)
