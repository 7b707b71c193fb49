"""A small team of threads that shares the work of one compiled kernel.

Kernels are serial and run without the GIL. `split(part, n, work)` calls `part(lo, hi)`
for shares of range(n), one per thread, and returns the results in order. Results depend
on the number of shares, never on which thread took which.

* Shares are claimed, not assigned: if a helper is late, because it sleeps or the
  machine is busy, the caller does that share too.
* After a task a helper looks out for the next one for about a millisecond, and lets
  other threads run meanwhile; then it sleeps. So the kernels of a training step reach
  it within microseconds, and idle costs nothing.
* While Python code of one share runs, the other shares wait for the GIL, and a thread
  that has to sleep for it wakes up 30 to 50 us later. So `part` should be brief, and
  whatever all shares need is prepared before. A task of 0.1 ms for each of two threads
  takes 0.11 ms.
* While one Python thread uses the team, others work alone, with the same results.
* A forked child starts helpers of its own when it first needs them.

Numba's `prange` does none of this: it aborts when two Python threads enter it, and it
kills forked children.
"""

import itertools
import os
import threading

import numpy as np

from minikeras.kernels import blas
from minikeras.kernels.registry import specs_in_use

ENOUGH = 40_000  # nanoseconds of work from which a second thread pays
PATIENCE = 4000  # looks before a helper sleeps, about 1 ms; see signals.EAGER
# Pauses, about 8 us: a brief part of the caller has entered its kernel. With 60 of them
# the steps of small convolutional nets took 3 to 4% longer.
GRACE = 400
_size = None


def num_threads():
    """How many threads share the work of a kernel.

    MINIKERAS_NUM_THREADS if it is set, else the number of usable processors.
    """
    global _size
    if _size is None:
        _size = int(os.environ.get("MINIKERAS_NUM_THREADS") or _processors())
    return _size


def set_num_threads(n):
    """Let `n` threads (the calling one included) share the work of a kernel."""
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"the number of threads must be 1, 2, ...; got {n!r}")
    global _size, _team
    _size = n
    _team.dismiss()
    _team = Team()


def split(part, n, work):
    """[part(lo, hi) for each share of range(n)], at the same time if it pays.

    Arguments
        part: function of two integers that calls kernels.
        n: number of independent items (images, rows, weights).
        work: about how many nanoseconds all of it takes one thread.

    Example
        >>> split(lambda lo, hi: relu(x[lo:hi], y[lo:hi]), len(x), work=x.size)
    """
    size = min(num_threads(), n)
    if size < 2 or work < ENOUGH or specs_in_use():
        return [part(0, n)]
    bounds = [(n * i // size, n * (i + 1) // size) for i in range(size)]
    return _team.run(part, bounds)


class Team:
    """The calling thread and its helpers."""

    def __init__(self):
        self.busy = threading.Lock()
        self.helpers = []
        self.numbers = itertools.count(1)

    def run(self, part, bounds):
        """[part(lo, hi) for lo, hi in bounds], shared if nobody else uses the team."""
        task = Task(part, bounds)
        if not self.busy.acquire(blocking=False):
            task.work()
            return task.result()
        try:
            self.share(task, len(bounds) - 1)
        finally:
            self.busy.release()
        return task.result()

    def share(self, task, helpers):
        while len(self.helpers) < helpers:
            self.helpers.append(Helper())
        blas.leave_threads_to_team()
        number = next(self.numbers)
        called = self.helpers[:helpers]
        for helper in called:
            helper.call(task, number)
        task.work()
        for helper in called:
            helper.wait_until_done(number)

    def dismiss(self):
        """End the helpers once they are idle."""
        with self.busy:
            for helper in self.helpers:
                helper.call(None, next(self.numbers))


class Task:
    """Shares of one piece of work, claimed by whoever is free."""

    def __init__(self, part, bounds):
        self.part = part
        self.bounds = bounds
        self.claims = itertools.count()  # next() is atomic
        self.results = [None] * len(bounds)
        self.error = None

    def work(self):
        """Claim shares and do them until none is left."""
        for i in self.claims:
            if i >= len(self.bounds):
                return
            try:
                self.results[i] = self.part(*self.bounds[i])
            except BaseException as error:
                self.error = error

    def result(self):
        if self.error is not None:
            raise self.error
        return self.results


class Helper:
    """A thread that waits for tasks: awake for a while, then asleep."""

    def __init__(self):
        from minikeras.kernels import signals  # imports Numba

        self.signals = signals
        self.wait = signals.tell_and_wait
        self.flags = np.zeros(16, np.int64)
        self.alarm = threading.Semaphore(0)
        self.asleep = False
        self.task = None
        threading.Thread(target=self.live, name="minikeras", daemon=True).start()

    def call(self, task, number):
        """Announce a task; None ends the thread."""
        self.task = task
        self.flags[self.signals.POSTED] = number
        if self.asleep:
            self.alarm.release()

    def wait_until_done(self, number):
        """Return when no share of task `number` is in this thread's hands."""
        posted, place = self.signals.POSTED, self.signals.DONE
        done = int(self.flags[place])
        while done != number:
            done = self.wait(self.flags, posted, number, place, done, PATIENCE, 0)
        self.task = None

    def live(self):
        seen = 0
        while True:
            posted = self.next_number(seen)
            if posted != seen:
                seen, task = posted, self.task
                if task is None:
                    return
                task.work()
                del task

    def next_number(self, seen):
        """Tell that task `seen` is done; the next number, or `seen` after a rest."""
        posted, done = self.signals.POSTED, self.signals.DONE
        number = self.wait(self.flags, done, seen, posted, seen, PATIENCE, GRACE)
        if number == seen:
            self.asleep = True
            if self.flags[posted] == seen:
                self.alarm.acquire()
            self.asleep = False
        return number


def _processors():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start_afresh():
    global _team
    _team = Team()


_team = Team()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
