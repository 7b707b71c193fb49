"""Crews without processes: the main thread, and worker threads."""

import queue
import threading
import time
from typing import NamedTuple

from minikeras.feed import randomness
from minikeras.feed.batches import private, size_of
from minikeras.feed.errors import Failure, is_control_flow, trace_of
from minikeras.feed.sources import Task


class Outcome(NamedTuple):
    """What became of a task: a batch or a failure."""

    task: Task
    batch: object = None
    failure: Failure | None = None
    size: int = 0
    worker: int | None = None
    began: float = 0.0
    ended: float = 0.0


class MainThreadCrew:
    """Makes a batch in the caller's thread, when it is asked for."""

    reads_ahead = False
    workers = 0

    def __init__(self, source):
        self.source = source
        self.tasks = []
        self.borrowed = randomness.BorrowedState()

    def start_epoch(self):
        self.tasks.clear()

    def can_take(self):
        return not self.tasks

    def give(self, task):
        self.tasks.append(task)

    def collect(self, timeout):
        """Make the batch now. An interrupt goes through unchanged."""
        task = self.tasks.pop()
        began = time.monotonic()
        try:
            with self._random_numbers(task):
                batch = self.source.make(task)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return [Outcome(task, failure=Failure.of(error), began=began)]
        ended = time.monotonic()
        return [Outcome(task, batch, None, size_of(batch), None, began, ended)]

    def _random_numbers(self, task):
        words = self.source.words(task)
        if self.source.in_order and words is not None:
            self.borrowed.begin(words)
            words = None
        return self.borrowed.lent(words)

    def busy_with(self, task):
        return "in the main thread"

    def close(self, at_once=False):
        self.tasks.clear()


class ThreadCrew:
    """Worker threads that share one list of tasks.

    A thread cannot be killed: one that is inside the user's code when the crew is
    closed ends as soon as that code returns, and being a daemon never keeps the
    program from exiting.
    """

    reads_ahead = True

    def __init__(self, source, workers):
        self.source = source
        self.tasks = queue.SimpleQueue()
        self.done = queue.SimpleQueue()
        self.running = {}
        self.threads = []
        self.closed = threading.Event()
        self.pending = 0
        try:
            self._start(workers)
        except BaseException:
            self.close(at_once=True)
            raise
        self.workers = len(self.threads)

    def _start(self, workers):
        for number in range(workers):
            thread = threading.Thread(
                target=work,
                args=(self.source, number, self.tasks, self.done, self.running),
                name=f"minikeras-feed-{number}",
                daemon=True,
            )
            randomness.install_dispatchers()
            try:
                thread.start()
            except RuntimeError:
                randomness.uninstall_dispatchers()
                if not self.threads:
                    raise
                break
            self.threads.append(thread)

    def start_epoch(self):
        """Forget what is left of an epoch that was broken off."""
        while not self.tasks.empty():
            self.tasks.get()
            self.pending -= 1
        while self.pending:
            self.collect(None)

    def can_take(self):
        return True

    def give(self, task):
        self.pending += 1
        self.tasks.put(task)

    def collect(self, timeout):
        """Outcomes that are there; waits up to `timeout` seconds for the first."""
        try:
            outcomes = [self.done.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not self.done.empty():
            outcomes.append(self.done.get())
        self.pending -= len(outcomes)
        return outcomes

    def busy_with(self, task):
        for number, running in list(self.running.items()):
            if running == task:
                return f"in worker thread {number}"
        return "not begun"

    def close(self, at_once=False):
        """Let the threads end; wait a moment for those that are busy."""
        if self.closed.is_set():
            return
        self.closed.set()
        while not self.tasks.empty():
            self.tasks.get()
        for _ in self.threads:
            self.tasks.put(None)
        deadline = time.monotonic() + (0.1 if at_once else 1.0)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def work(source, number, tasks, done, running):
    """What a worker thread does: make the batches of tasks until there is a None."""
    streams = randomness.Streams()
    try:
        while (task := tasks.get()) is not None:
            running[number] = task
            done.put(_make(source, task, number, streams))
            running.pop(number, None)
    finally:
        randomness.uninstall_dispatchers()


def _make(source, task, number, streams):
    began = time.monotonic()
    words = source.words(task)
    if words is not None:
        streams.seed(words)
    try:
        with randomness.streams_of_this_thread(streams):
            batch = private(lambda: source.make(task))
    except BaseException as error:
        trace = trace_of(error) if is_control_flow(error) else ""
        failure = Failure.of(error, trace)
        return Outcome(task, failure=failure, worker=number, began=began)
    ended = time.monotonic()
    return Outcome(task, batch, None, size_of(batch), number, began, ended)
