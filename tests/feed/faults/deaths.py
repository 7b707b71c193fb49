"""Worker processes that die, stop or take long."""

import contextlib
import faulthandler
import functools
import io
import os
import signal
import sys
import threading
import time
import warnings
from multiprocessing import connection

from feed.faults.common import (
    Calls,
    Numbers,
    Once,
    delivered_before_error,
    drain,
    make_pool,
    no_workers_left,
    numbers,
    wait_until,
    warned,
    workers_alive,
)
from minikeras import feed


def die(how=signal.SIGKILL):
    os.kill(os.getpid(), how)


def killed_once(mode):
    """The batch is computed again with the same random numbers; one warning."""
    undisturbed = drain(Numbers(), "main")
    with warned(1, "was killed by SIGKILL (out of memory?) while making batch 3 of"):
        assert drain(Numbers(fault=Once(die)), mode) == undisturbed
    no_workers_left()


def killed_while_sending(mode):
    """Half a batch is in the pipe, which nobody reads at the moment; no more tasks."""
    feed.settings.share_from = None
    sequence = Numbers(length=4, rows=100_000)
    undisturbed = drain(sequence, "main")
    got = []
    pool = make_pool(sequence, mode, workers=1, queue=1)
    with warned(1, "is made again"), pool:
        for batch in pool.epoch(0, range(len(sequence))):
            got.append(numbers(batch))
            if len(got) == 3:
                wait_until(pool.crew.lanes[0].connection.poll)
                time.sleep(0.05)  # the worker fills the pipe, and waits
                os.kill(pool.crew.lanes[0].process.pid, signal.SIGKILL)
    assert got == undisturbed


def batch_kills_every_worker(mode):
    """The batches before it arrive, then an error that names all."""
    begun = time.monotonic()
    with warned(1, "is made again"):
        got, error = delivered_before_error(Numbers(fault=die), mode, feed.WorkerDied)
    assert time.monotonic() - begun < 2
    assert got == [0, 1, 2]
    for part in ("SIGKILL", "batch 3 of Numbers", "2 attempts", "out of memory?"):
        assert part in str(error), error
    no_workers_left()


def killed_while_idle(mode):
    """Between epochs: replaced silently, nothing lost."""
    sequence = Numbers()
    expected = drain(sequence, "main", epochs=3)
    got = []
    with warned(0), make_pool(sequence, mode) as pool:
        for epoch in range(3):
            got += map(numbers, pool.epoch(epoch, range(len(sequence))))
            for pid in workers_alive():
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: all(map(has_ended, pool.crew.lanes)))
    assert got == expected


def has_ended(lane):
    return bool(connection.wait([lane.process.sentinel], 0))


def all_killed_again_and_again(mode):
    """Made good up to 3 deaths for each worker in an epoch; then an error."""
    sequence = Numbers(length=40)
    expected = drain(sequence, "main")
    assert _drain_and_kill(sequence, mode, at=(5, 20)) == expected
    try:
        _drain_and_kill(sequence, mode, at=(2, 8, 14, 20, 26, 32))
    except feed.WorkerDied as error:
        assert "worker processes died in one epoch" in str(error), error
    else:
        raise AssertionError("no error after 12 deaths")
    no_workers_left()


def _drain_and_kill(sequence, mode, at):
    got = []
    with make_pool(sequence, mode, queue=4) as pool:
        for position, batch in enumerate(pool.epoch(0, range(len(sequence)))):
            got.append(numbers(batch))
            if position in at:
                for lane in pool.crew.lanes:
                    os.kill(lane.process.pid, signal.SIGKILL)
    return got


def leaves_in_other_ways(mode):
    """sys.exit, os._exit(0), abort and a crash are each named; 0 is a death, too."""
    got, error = delivered_before_error(
        Numbers(fault=functools.partial(sys.exit, 3)), mode, feed.BatchError
    )
    assert got == [0, 1, 2] and "raised SystemExit: 3" in str(error), error
    if mode == "thread":
        return
    ways = {
        "exit code 0": functools.partial(os._exit, 0),
        "SIGABRT": os.abort,
        "SIGSEGV": faulthandler._sigsegv,
    }
    for named, way in ways.items():
        faulty = Numbers(fault=way)
        got, error = delivered_before_error(faulty, mode, feed.WorkerDied)
        assert got == [0, 1, 2] and named in str(error), error


def stopped(mode):
    """A stopped worker: a note, then an error if a limit is set; it can be closed."""
    feed.settings.note_after, feed.settings.timeout = 0.5, 1.5
    faulty = Numbers(fault=functools.partial(die, signal.SIGSTOP))
    with contextlib.redirect_stderr(io.StringIO()) as told:
        got, error = delivered_before_error(faulty, mode, feed.FeedTimeout)
    assert got == [0, 1, 2] and "batch 3 of Numbers" in str(error), error
    no_workers_left()
    note = told.getvalue()
    assert note.count("still loading batch 3 of Numbers") == 1 and "pid" in note, note


def slow_is_not_dead(mode):
    """A batch that takes long is waited for and computed once."""
    feed.settings.note_after = 0.1
    calls = Calls()
    sequence = Numbers(fault=functools.partial(_slow, calls))
    with warned(0):
        assert len(drain(sequence, mode)) == 6
    assert len(calls.lines()) == 1


def _slow(calls):
    calls.add()
    time.sleep(0.8)


def killed_before_ready(mode):
    """Whoever kills every worker that starts gets an error within seconds, no loop."""
    stop, kills = threading.Event(), []

    def kill_all():
        while not stop.is_set():
            for pid in workers_alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    kills.append(pid)

    killer = threading.Thread(target=kill_all)
    begun = time.monotonic()
    try:
        with warnings.catch_warnings(), make_pool(Numbers(), mode) as pool:
            warnings.simplefilter("ignore")
            killer.start()
            try:
                for epoch in range(1000):
                    list(pool.epoch(epoch, range(6)))
            except feed.WorkerDied as error:  # whichever bound is met first
                told = str(error)
                assert "7 worker processes died in one epoch" in told or (
                    "while making batch" in told and "(2 attempts)" in told
                ), told
            else:
                raise AssertionError("no error")
    finally:
        stop.set()
        killer.join()
    assert time.monotonic() - begun < 8 and kills
    no_workers_left()


def killed_while_unpickling(mode):
    """Once: another worker takes its place. Always: an error, bounded like all."""
    feed.settings.restarts = 1
    expected = drain(Numbers(), "main")
    sequence = Numbers()
    sequence.extra = DiesWhenLoaded(Once(die))
    assert drain(sequence, mode) == expected
    sequence.extra = DiesWhenLoaded(die)
    begun = time.monotonic()
    try:
        drain(sequence, mode)
    except feed.WorkerDied as error:
        assert "3 worker processes died" in str(error), error
    else:
        raise AssertionError("no error")
    assert time.monotonic() - begun < 5
    no_workers_left()


class DiesWhenLoaded:
    """Calls a fault whenever it is unpickled in a worker."""

    def __init__(self, fault):
        self.fault = fault

    def __reduce__(self):
        return _load_and_die, (self.fault, os.getpid())


def _load_and_die(fault, parent):
    if os.getpid() != parent:
        fault()


def helpers_killed(mode):
    """Without the fork server and the resource tracker: as if its workers had died."""
    from multiprocessing import forkserver, resource_tracker

    sequence = Numbers(length=20)
    expected = drain(sequence, "main", epochs=3)
    got = []
    with warnings.catch_warnings(), make_pool(sequence, mode) as pool:
        warnings.simplefilter("ignore")
        for epoch in range(3):
            for position, batch in enumerate(pool.epoch(epoch, range(20))):
                got.append(numbers(batch))
                server = forkserver._forkserver._forkserver_pid
                tracker = resource_tracker._resource_tracker._pid
                for pid in filter(None, (server, tracker)):
                    if position == 5 * epoch:
                        os.kill(pid, signal.SIGKILL)
    assert got == expected
    no_workers_left()


def killed_with_a_child_of_its_own(mode):
    """A process that the user's code forked holds all pipes of the dead worker open."""
    sequence = Numbers(fault=Once(_fork_and_die))
    begun = time.monotonic()
    with warned(1, "is made again"):
        assert drain(sequence, mode) == drain(Numbers(), "main")
    assert time.monotonic() - begun < 8


def _fork_and_die():
    if os.fork() == 0:
        time.sleep(12)
        os._exit(0)
    die()


def closes_all_files(mode):
    """The worker lives, but cannot send any more; it does not hold up anything."""
    feed.settings.timeout = 1.0
    faulty = Numbers(fault=_close_all_and_sleep)
    kinds = feed.WorkerDied, feed.FeedTimeout
    begun = time.monotonic()
    got, _ = delivered_before_error(faulty, mode, kinds)
    assert got == [0, 1, 2]
    assert time.monotonic() - begun < 8
    no_workers_left()


def _close_all_and_sleep():
    os.closerange(3, 1000)
    time.sleep(60)


def no_new_worker(mode):
    """Those that are left go on, with a warning; without any there is an error."""
    from minikeras.feed import starting

    def refuse(*arguments):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    sequence = Numbers(fault=Once(die))
    expected = drain(Numbers(), "main")
    start = starting.start
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with make_pool(sequence, mode) as pool:
            starting.start = refuse
            got = [numbers(batch) for batch in pool.epoch(0, range(6))]
    assert got == expected
    assert "only 1 of 2 worker processes" in str(caught[-1].message), caught
    starting.start = start
    try:
        with make_pool(Numbers(fault=die), mode, workers=1) as pool:
            starting.start = refuse
            list(pool.epoch(0, range(6)))
    except feed.WorkerDied as error:
        assert "could not be started" in str(error), error
    else:
        raise AssertionError("no error")
    no_workers_left()
