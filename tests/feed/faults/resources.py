"""Memory, descriptors, processes: bounded, and given back."""

import contextlib
import os
import resource
import threading
import time

import numpy as np

from feed.faults.common import (
    Calls,
    Numbers,
    drain,
    make_pool,
    memory,
    no_workers_left,
    numbers,
    open_files,
    warned,
)
from minikeras import feed


class Big(Numbers):
    """Batches of some megabytes."""

    def __init__(self, megabytes, length=30):
        super().__init__(length=length)
        self.megabytes = megabytes
        self.made = Calls()

    def __getitem__(self, index):
        self.made.add()
        x = np.full((self.megabytes * 2**17, 1), index, "float64")
        return x, x[:, 0]


def two_hundred_epochs(mode):
    """Processes, threads, descriptors and memory are back where they were."""
    sequence = Numbers(length=3)
    drain(sequence, mode)
    before = memory(), open_files(), threading.active_count()
    with make_pool(sequence, mode) as pool:
        for epoch in range(200):
            assert len(list(pool.epoch(epoch, range(3)))) == 3
    no_workers_left()
    after = memory(), open_files(), threading.active_count()
    assert after[1:] == before[1:], (before, after)
    assert after[0] < before[0] + 5 * 2**20, (before, after)


def slow_consumer_of_big_batches(mode):
    """The queue is bounded by bytes; workers wait and do not fail."""
    feed.settings.queue_bytes = 200 * 2**20
    before, most = memory(), 0
    big = Big(50, length=12)
    with make_pool(big, mode, workers=4) as pool:
        for index, (x, _) in enumerate(pool.epoch(0, range(12))):
            time.sleep(0.05)
            assert x[0, 0] == x[-1, 0] == index
            most = max(most, memory() - before)
            ahead = len(big.made.lines()) - (index + 1)
            assert ahead <= 4, f"{ahead} batches of 50 MB made ahead"
            del x, _
    assert most < 600 * 2**20, most >> 20


def kept_batches_stay_as_they_are(mode):
    """A batch that the consumer keeps is never written over, however many it keeps."""
    with make_pool(Big(1, length=50), mode) as pool:
        kept = [x for x, _ in pool.epoch(0, range(50))]
    for index, x in enumerate(kept):
        assert (x == index).all()


class Reuses(Numbers):
    """Fills one buffer again and again, and returns it."""

    def __init__(self):
        super().__init__(length=20)
        self.buffer = np.zeros((3, 2))

    def __getitem__(self, index):
        self.buffer[...] = index
        return self.buffer, self.buffer[:, :1]


def reused_buffer(mode):
    """A batch that waits does not change when its maker goes on."""
    with make_pool(Reuses(), mode, workers=1) as pool:
        got = []
        for x, y in pool.epoch(0, range(20)):
            time.sleep(0.002)
            got.append((x[0, 0], y[0, 0]))
    assert got == [(i, i) for i in range(20)], got


@contextlib.contextmanager
def limited(kind, value):
    """A resource limit of this process and those that it starts, for a moment."""
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def no_shared_memory(mode):
    """Big batches take the pipe if there is no shared memory for them."""
    with limited(resource.RLIMIT_FSIZE, 2**19):
        with make_pool(Big(1, length=8), mode) as pool:
            got = [int(x[-1, 0]) for x, _ in pool.epoch(0, range(8))]
    assert got == list(range(8))
    feed.settings.share_from = None
    assert drain(Numbers(rows=50_000, length=3), mode) == drain(
        Numbers(rows=50_000, length=3), "main"
    )


def few_descriptors(mode):
    """Fewer workers, or none, with one warning that names the limit."""
    expected = drain(Numbers(), "main")
    drain(Numbers(), mode)
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    with limited(resource.RLIMIT_NOFILE, open_files() + 8):
        with warned(1, "could"):
            assert drain(Numbers(), mode, workers=8) == expected
    for descriptor in held:
        os.close(descriptor)
    no_workers_left()


def few_processes(mode):
    """The same where threads or processes are refused; here by a stand-in."""
    import _thread

    from minikeras.feed import starting

    expected = drain(Numbers(), "main")
    start, begin = starting.start, threading._start_new_thread
    started = []

    def refuse_after_two(*arguments):
        started.append(1)
        if len(started) > 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start(*arguments)

    def refuse_threads(*arguments, **more):
        raise _thread.error("can't start new thread")

    if mode == "thread":
        threading._start_new_thread = refuse_threads
    starting.start = refuse_after_two
    try:
        with warned(1, "could"):
            assert drain(Numbers(), mode, workers=4) == expected
    finally:
        starting.start, threading._start_new_thread = start, begin


class Hungry(Numbers):
    """Batch 3 needs more memory than there is."""

    def __getitem__(self, index):
        if index == 3:
            resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
            np.ones(2**30)
        return super().__getitem__(index)


def little_memory(mode):
    """MemoryError at its place in the order."""
    got = []
    with make_pool(Hungry(), mode) as pool:
        try:
            for batch in pool.epoch(0, range(6)):
                got.append(numbers(batch))
        except MemoryError:
            assert len(got) == 3
            return
    raise AssertionError("no error")
