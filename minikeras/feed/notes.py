"""One-line remarks for the user, and a record of what happened when."""

import contextlib
import sys
import time
from typing import NamedTuple


def say(line):
    """Print a line on stderr, above a progress bar if there is one."""
    stream = sys.stderr
    if stream is None:
        return
    clear = "\r\x1b[K" if getattr(stream, "isatty", lambda: False)() else ""
    print(f"{clear}{line}", file=stream, flush=True)


class Event(NamedTuple):
    """Something that happened between `began` and `ended` (seconds, time.monotonic).

    `what` is "made", "waited" or "used"; `worker` is None in the main thread.
    """

    what: str
    epoch: int
    index: int
    worker: int | None
    began: float
    ended: float


_records = []


@contextlib.contextmanager
def timeline():
    """Record when each batch was made, waited for and used.

    Example
        >>> with feed.timeline() as events:
        ...     model.fit_generator(sequence, workers=2)
    """
    events = []
    _records.append(events)
    try:
        yield events
    finally:
        _records.remove(events)


def happened(what, task, worker, began, ended=None):
    """Add an event to every open timeline."""
    if _records:
        event = Event(
            what, task.epoch, task.index, worker, began, ended or time.monotonic()
        )
        for events in _records:
            events.append(event)


def bottleneck(waited, total, workers, processes):
    """The line that says that feeding is slower than training; None if it is not.

    Arguments
        waited: seconds of the epoch spent waiting for batches.
        total: seconds of the epoch.
    """
    share = waited / total if total else 0.0
    if total < 1.0 or share < 0.5:
        return None
    if workers == 0:
        advice = "workers=1 or more make batches while the model trains"
    elif not processes:
        advice = "try more workers, or use_multiprocessing=True"
    else:
        advice = "try more workers, or do less work for each batch"
    return (
        f"Feeding is the bottleneck: {share:.0%} of the epoch was spent waiting for "
        f"batches, {1 - share:.0%} training (workers={workers}); {advice}."
    )
