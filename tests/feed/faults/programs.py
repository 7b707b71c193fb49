"""Programs to interrupt or kill: `python -m feed.faults.programs name mode`."""

import functools
import sys
import threading
import time

import numpy as np

from feed.faults.common import Numbers, generator_pool, make_pool
from minikeras import feed

np.random.seed(0)  # the import of numpy.random, done here, swallows interrupts


def say(text):
    print(text, flush=True)


class Slow(Numbers):
    """Busy inside user code; batches of `megabytes`."""

    def __init__(self, seconds, megabytes=0):
        super().__init__(length=1000)
        self.seconds = seconds
        self.megabytes = megabytes

    def __getitem__(self, index):
        until = time.monotonic() + (self.seconds if index > 2 else 0)
        while time.monotonic() < until:
            sum(range(1000))
        rows = self.megabytes * 2**17 or 3
        return np.zeros((rows, 1)), np.zeros((rows, 1))


def waiting(mode):
    """In next(), for a batch that never comes."""
    with make_pool(Slow(60), mode) as pool:
        for number, _ in enumerate(pool.epoch(0, range(1000))):
            if number == 2:
                say("now")


def training(mode):
    """In the consumer, with big batches ready."""
    with make_pool(Slow(0.01, megabytes=4), mode) as pool:
        for number, _ in enumerate(pool.epoch(0, range(1000))):
            if number == 2:
                say("now")
            time.sleep(0.1)


def starting(mode):
    """Between the start of the workers and the first batch."""
    say("now")
    with make_pool(Slow(60), mode) as pool:
        list(pool.epoch(0, range(1000)))


def stopping(mode):
    """While the pool is closed, with busy workers."""
    with make_pool(Slow(60), mode) as pool:
        for number, _ in enumerate(pool.epoch(0, range(1000))):
            if number == 2:
                break
        say("now")
    time.sleep(5)


def blocked_generator(mode):
    """In next(), for a generator that blocks for ever; leaves by sys.exit."""

    def batches():
        yield np.zeros((2, 1)), np.zeros((2, 1))
        say("now")
        threading.Event().wait()

    feed.settings.timeout = 0.5
    with generator_pool(batches(), mode) as pool:
        try:
            list(pool.epoch(0, range(5)))
        except feed.FeedTimeout:
            say("timed out")
            sys.exit(0)


def in_a_daemon_thread(mode):
    """The interpreter exits while a daemon thread still feeds."""
    target = functools.partial(_feed_for_ever, mode)
    threading.Thread(target=target, daemon=True).start()
    time.sleep(0.5 if mode != "spawn" else 1.2)
    say("now")


def _feed_for_ever(mode):
    with make_pool(Slow(0.01), mode) as pool:
        for epoch in range(1000):
            list(pool.epoch(epoch, range(1000)))


def dropped(mode):
    """A pool that is forgotten in the middle, and never closed."""
    pool = make_pool(Slow(0.02), mode)
    next(pool.epoch(0, range(1000)))
    del pool
    kept = make_pool(Slow(0.02), mode)
    next(kept.epoch(0, range(1000)))
    say("now")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
