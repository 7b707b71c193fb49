"""Batches in order, made ahead by a crew of workers."""

import atexit
import functools
import itertools
import threading
import time
import warnings
import weakref

from minikeras.feed import notes
from minikeras.feed.batches import SameShape
from minikeras.feed.errors import FeedError, FeedTimeout
from minikeras.feed.settings import settings
from minikeras.feed.sources import Task
from minikeras.feed.threads import MainThreadCrew, ThreadCrew
from minikeras.utils.checks import whole


class Pool:
    """Hands out the batches of an epoch in order, while later ones are being made.

        order of indices          crew (main thread, threads or processes)
        0 1 2 3 4 5 6 ...  --->   makes up to `max_queue_size` batches ahead
                                        |
        consumer  <--- in order --------+   an error comes at its place in the order

    Arguments
        source: a SequenceSource or a GeneratorSource.
        workers: how many; 0 (or less, as in Keras) makes each batch in the calling
            thread when it is wanted.
        processes: whether the workers are processes instead of threads.
        max_queue_size: most batches made ahead of the consumer; fewer if they would
            need more than `settings.queue_bytes`.

    Example
        >>> with Pool(SequenceSource(sequence, seed=1), workers=2) as pool:
        ...     for batch in pool.epoch(0, range(len(sequence))):
        ...         model.train_on_batch(*batch)
    """

    def __init__(self, source, workers=1, processes=False, max_queue_size=10):
        self.source = source
        self.max_queue_size = whole(max_queue_size, "max_queue_size", least=None)
        self.crew = make_crew(source, workers, processes)
        self.tickets = itertools.count()
        self.shapes = SameShape()
        self.largest = 0
        self.told_bytes = False
        self.waited = 0.0
        self._at_exit = weakref.finalize(self, self.crew.close, at_once=True)
        _notice_exit()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close(at_once=kind is not None)

    def close(self, at_once=False):
        """Stop the workers; `at_once` does not wait for those in the user's code."""
        park_if_exiting()
        self._at_exit.detach()
        try:
            self.crew.close(at_once)
        except KeyboardInterrupt:
            self.crew.close(at_once=True)
            if not at_once:
                raise

    def epoch(self, epoch, order):
        """Iterate over the batches with the indices `order`, in that order.

        Each has its own random numbers, which depend on the seed, `epoch` and the
        index. A batch is valid for as long as it is kept.
        """
        self.crew.start_epoch()
        upcoming = (Task(next(self.tickets), epoch, int(index)) for index in order)
        line = Line(self, upcoming)
        while (outcome := line.next()) is not None:
            if outcome.failure is not None:
                where = self.source.where(outcome.task)
                if outcome.failure.ends_the_generator:
                    return
                outcome.failure.raise_in(where)
            self._check_shape(outcome)
            began, batch, task = time.monotonic(), outcome.batch, outcome.task
            del outcome
            yield batch
            del batch
            notes.happened("used", task, None, began)

    def ahead(self):
        """How many batches may be on their way now."""
        if not self.crew.reads_ahead or self.max_queue_size < 1:
            return 1
        wanted = self.max_queue_size
        if not self.source.in_order:
            wanted = max(wanted, self.crew.workers)
        if self.largest == 0:
            return min(wanted, self.crew.workers)
        if self.largest * wanted <= settings.queue_bytes:
            return wanted
        fitting = max(1, settings.queue_bytes // self.largest)
        self._tell_bytes(fitting, wanted)
        return fitting

    def _tell_bytes(self, fitting, wanted):
        if not self.told_bytes:
            self.told_bytes = True
            notes.say(
                f"Batches of {self.largest / 2**20:.0f} MB: making {fitting} instead "
                f"of {wanted} ahead, to stay under {settings.queue_bytes >> 20} MB "
                "(minikeras.feed.settings.queue_bytes)."
            )

    def _check_shape(self, outcome):
        if self.source.kind != "any":
            self.shapes.check(outcome.batch, self.source.where(outcome.task))


class Line:
    """The batches of one epoch on their way, delivered in order."""

    def __init__(self, pool, upcoming):
        self.pool = pool
        self.crew = pool.crew
        self.upcoming = upcoming
        self.following = next(upcoming, None)
        self.waiting = []
        self.ready = {}

    def next(self):
        """The next outcome in order; None at the end of the epoch."""
        self._give(at_least=1)
        if not self.waiting:
            return None
        task = self.waiting[0]
        outcome = self.ready.pop(task.ticket, None) or self._wait_for(task)
        self.waiting.pop(0)
        if self.pool.crew.reads_ahead and self.pool.max_queue_size > 0:
            self._give()
        return outcome

    def _give(self, at_least=0):
        """Hand tasks to the crew, as far as it and the queue have room."""
        while self.following is not None and self.crew.can_take():
            if len(self.waiting) >= max(self.pool.ahead(), at_least):
                return
            self.crew.give(self.following)
            self.waiting.append(self.following)
            self.following = next(self.upcoming, None)

    def _wait_for(self, task):
        began = time.monotonic()
        told = False
        while task.ticket not in self.ready:
            park_if_exiting()
            waited = time.monotonic() - began
            limit = settings.timeout
            if limit is not None and waited >= limit:
                raise FeedTimeout(self._slow(task, waited))
            if waited >= settings.note_after and not told:
                told = True
                notes.say(f"still loading {self._slow(task, waited)}")
            self._collect(_next_look(waited, told, limit))
            self._give()
        ended = time.monotonic()
        self.pool.waited += ended - began
        notes.happened("waited", task, None, began, ended)
        return self.ready.pop(task.ticket)

    def _collect(self, timeout):
        try:
            outcomes = self.crew.collect(timeout)
        except Exception:
            park_if_exiting()
            raise
        for outcome in outcomes:
            self.ready[outcome.task.ticket] = outcome
            self.pool.largest = max(self.pool.largest, outcome.size, 1)
            if outcome.failure is None:
                notes.happened(
                    "made", outcome.task, outcome.worker, outcome.began, outcome.ended
                )

    def _slow(self, task, waited):
        where = self.pool.source.where(task)
        return f"{where} ({waited:.0f} s) {self.crew.busy_with(task)}"


def _next_look(waited, told, limit):
    """Seconds until something is to be done even if no batch arrives."""
    moments = [1.0]
    if not told:
        moments.append(settings.note_after - waited)
    if limit is not None:
        moments.append(limit - waited)
    return max(0.0, min(moments))


def make_crew(source, workers, processes):
    """The crew for these wishes; the main thread where workers cannot be had.

    So it is in a daemonic process (a worker of multiprocessing.Pool, or of ours), which
    may have no children: multiprocessing has an AssertionError for that.
    """
    workers = whole(workers, "workers", least=None)
    if workers < 1:
        return MainThreadCrew(source)
    try:
        if processes and not source.in_order:
            from minikeras.feed.processes import ProcessCrew

            return ProcessCrew(source, workers)
        return ThreadCrew(source, 1 if source.in_order else workers)
    except FeedError:
        raise
    except (
        AssertionError, ImportError, NotImplementedError, OSError, RuntimeError
    ) as error:  # fmt: skip
        warnings.warn(
            f"workers={workers} could not be started ({type(error).__name__}: "
            f"{error}); batches are made in the main thread instead.",
            RuntimeWarning,
            stacklevel=2,
        )
        return MainThreadCrew(source)


_exiting = threading.Event()


def park_if_exiting():
    """At the interpreter's exit, hold a daemon thread still until it is gone."""
    if _exiting.is_set() and threading.current_thread().daemon:
        threading.Event().wait()


@functools.lru_cache(None)
def _notice_exit():
    """Learn of the exit before others end our workers: hooks run backwards."""
    atexit.register(_exiting.set)
