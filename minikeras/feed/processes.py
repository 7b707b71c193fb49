"""A crew of worker processes: one pipe each, nothing shared, deaths noticed at once."""

import os
import pickle
import sys
import threading
import time
import warnings
from collections import deque
from multiprocessing import Pipe, connection, process
from multiprocessing.sharedctypes import RawValue

from minikeras.feed import slots, starting, worker
from minikeras.feed.batches import size_of
from minikeras.feed.errors import (
    SERVER_LOST,
    Failure,
    WorkerDied,
    WorkerStartError,
    death_cause,
    is_end_of_pipe,
)
from minikeras.feed.parcel import Parcel
from minikeras.feed.pool import park_if_exiting
from minikeras.feed.settings import settings
from minikeras.feed.threads import Outcome

DEPTH = 2
"""Tasks that a worker has: the one it works on, and one to go on with."""

SLOTS = 16
"""Batches of a worker that may wait or be kept in shared memory; more take the pipe."""

GRACE = 0.3
"""Seconds in which a worker that is told to stop ends by itself."""


class ProcessCrew:
    """Worker processes, each with a copy of the Sequence.

    A worker that dies is replaced. The batch that it was making is made again; if it
    dies over the same batch again, that batch is a failure.
    """

    reads_ahead = True

    def __init__(self, source, workers):
        self.source = source
        self.owner = os.getpid()
        self.parcel = Parcel(source)
        self.shared = None
        self.again = deque()
        self.failed = []
        self.attempts = {}
        self.deaths = 0
        self.lanes = []
        try:
            self._start(workers)
        except BaseException:
            self.close(at_once=True)
            raise
        self.workers = len(self.lanes)

    def _start(self, workers):
        for number in range(workers):
            try:
                self._add_lane(number)
            except OSError as error:
                if not self.lanes:
                    raise
                self._tell_fewer(workers, error)
                return

    def _tell_fewer(self, workers, error):
        warnings.warn(
            f"only {len(self.lanes)} of {workers} worker processes could be started: "
            f"{error}. See `ulimit -n` (files), `ulimit -u` (processes) and "
            "`ulimit -v` (memory).",
            RuntimeWarning,
            stacklevel=2,
        )

    def _add_lane(self, number, at=None):
        """Start a worker; a Ctrl-C meanwhile waits, so that none is lost."""
        starting.prepare()
        with starting.alone(), starting.no_interrupts():
            lane = starting.with_patience(lambda: Lane(self, number))
            if at is None:
                self.lanes.append(lane)
            else:
                self.lanes[at] = lane
        lane.begin()

    # ------------------------------------------------------------ tasks

    def start_epoch(self):
        """Finish what was broken off; show the workers what changed in the Sequence."""
        self.again.clear()
        while any(lane.tasks for lane in self.lanes):
            self.collect(1.0)
            self.again.clear()
        self.collect(0)
        self.failed.clear()
        self.attempts.clear()
        self.deaths = 0
        now = Parcel(self.source)
        if not now.same_as(self.parcel):
            self.parcel, self.shared = now, None
            for lane in self.lanes:
                lane.send_parcel()

    def can_take(self):
        return any(len(lane.tasks) < DEPTH for lane in self.lanes)

    def give(self, task):
        """Hand a task to the worker that has the least to do."""
        min(self.lanes, key=lambda lane: len(lane.tasks)).give(task)

    def collect(self, timeout):
        """Outcomes that are there; waits up to `timeout` seconds for the first."""
        if self.failed:
            timeout = 0
        watched = {lane.connection: lane for lane in self.lanes}
        watched.update({lane.end_of_process: lane for lane in self.lanes})
        outcomes = []
        for lane in {watched[each] for each in connection.wait(watched, timeout)}:
            outcomes += lane.receive()
            if lane.dead:
                self._replace(lane)
        while self.again and self.can_take():
            self.give(self.again.popleft())
        outcomes += self.failed
        self.failed = []
        return outcomes

    def busy_with(self, task):
        for lane in self.lanes:
            if lane.tasks and lane.tasks[0] == task:
                return f"in worker process {lane.number} (pid {lane.process.pid})"
        return "not begun"

    # ------------------------------------------------------------ deaths

    def _replace(self, lane):
        """Put a new worker in the place of a dead one; see to its tasks."""
        park_if_exiting()
        cause = lane.cause_of_death()
        if lane.could_not_start():
            raise WorkerStartError(self._start_failure(cause))
        self.deaths += 1
        tasks = deque(lane.tasks)
        if tasks:
            self._blame(tasks, lane, cause)
        self.again.extendleft(reversed(tasks))
        if self.deaths > settings.restarts * self.workers:
            raise WorkerDied(
                f"{self.deaths} worker processes died in one epoch; the last one "
                f"{cause}. No more are started (minikeras.feed.settings.restarts)."
            )
        try:
            self._add_lane(lane.number, at=self.lanes.index(lane))
        except OSError as error:
            self.lanes.remove(lane)
            if not self.lanes:
                raise WorkerDied(
                    f"The last worker process {cause}; a new one could not be started: "
                    f"{error}."
                ) from error
            self._tell_fewer(self.workers, error)

    def _blame(self, tasks, lane, cause):
        """See to what the worker was making when it died: once more, or a failure."""
        task = tasks[0]
        if lane.begun.value != task.ticket:
            return
        where = self.source.where(task)
        if lane.failing is not None:
            self.failed.append(Outcome(tasks.popleft(), failure=lane.failing))
            return
        attempt = self.attempts[task.ticket] = self.attempts.get(task.ticket, 0) + 1
        if attempt == 1:
            warnings.warn(
                f"Worker process {lane.number} (pid {lane.process.pid}) {cause} while "
                f"making {where}. The batch is made again by a new worker, with the "
                "same random numbers.",
                RuntimeWarning,
                stacklevel=2,
            )
            return
        error = WorkerDied(
            f"A worker process {cause} while making {where}; so did the worker that "
            f"tried before ({attempt} attempts)."
        )
        self.failed.append(Outcome(tasks.popleft(), failure=Failure.of(error)))

    def _start_failure(self, cause):
        text = (
            f"A worker process {cause} before it could begin. Its error is printed "
            "above."
        )
        if not starting.sends_by_value():
            text += (
                ' Put the script\'s code under `if __name__ == "__main__":`, or '
                "`pip install cloudpickle`, which makes that needless."
            )
        return text

    # ------------------------------------------------------------ the end

    def close(self, at_once=False):
        """Stop the workers: they get a moment to end by themselves, then are killed."""
        if os.getpid() != self.owner:
            return
        for lane in self.lanes:
            lane.ask_to_stop()
        deadline = time.monotonic() + (0 if at_once else GRACE)
        while self.lanes:
            self.lanes[-1].end(deadline)
            self.lanes.pop()
        self.shared = None


class Lane:
    """One worker process and what is on its way to it and from it."""

    def __init__(self, crew, number):
        self.crew = crew
        self.number = number
        self.tasks = deque()
        self.ready = False
        self.dead = False
        self.failing = None
        self.slots = slots.Reader()
        self.begun = RawValue("q", -1)
        self.forked = starting.start_method() == "fork"
        self.connection, theirs = Pipe()
        try:
            self.process = self._started(theirs)
            self.end_of_process = starting.end_of(self.process)
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()

    def _started(self, theirs):
        crew = self.crew
        parcel = (crew.parcel.data, crew.parcel.buffers) if self.forked else None
        ours = [lane.connection for lane in crew.lanes] + [self.connection]
        main_thread = threading.current_thread() is threading.main_thread()
        options = {
            "started_in_main_thread": main_thread,
            "litter": process.current_process()._config.get("tempdir"),
            "share_from": settings.share_from if sys.platform != "win32" else None,
            "slots": SLOTS,
            "settings": vars(settings),
        }
        others = ours if self.forked else ()
        arguments = (theirs, self.begun, parcel, options, others)
        return starting.start(worker.main, arguments, f"minikeras-{self.number}")

    def begin(self):
        """Give the worker the Sequence, unless it inherited it."""
        if not self.forked:
            self.send_parcel()

    # ------------------------------------------------------------ to the worker

    def give(self, task):
        self.tasks.append(task)
        self._send("make", task, self.slots.take_returned())

    def send_parcel(self):
        """Send the Sequence as it is now; only while the worker has nothing to do."""
        parcel = self.crew.parcel
        places, size = slots.layout(parcel.buffers)
        if size and self._share(parcel, places, size):
            return
        self._send("parcel", parcel.data, None, places)
        for buffer in parcel.buffers:
            self._guarded(self.connection.send_bytes, buffer)

    def _share(self, parcel, places, size):
        from multiprocessing.reduction import send_handle

        if sys.platform == "win32":
            return False
        if self.crew.shared is None:
            try:
                self.crew.shared = slots.shared_copy(parcel.buffers, places, size)
            except OSError:
                return False
        self._send("parcel", parcel.data, size, places)
        descriptor = self.crew.shared.fileno()
        self._guarded(send_handle, self.connection, descriptor, self.process.pid)
        return True

    def _send(self, *message):
        self._guarded(self.connection.send_bytes, pickle.dumps(message))

    def _guarded(self, send, *arguments):
        """Send; a worker that is gone is noticed by `collect`, not here."""
        try:
            send(*arguments)
        except (BrokenPipeError, ConnectionError):
            pass

    # ------------------------------------------------------------ from the worker

    def receive(self):
        """Outcomes that arrived; sets `dead` if the worker is gone."""
        outcomes = []
        try:
            while self.connection.poll():
                message = pickle.loads(self.connection.recv_bytes())
                outcome = getattr(self, "_on_" + message[0])(*message[1:])
                if outcome is not None:
                    outcomes.append(outcome)
        except (EOFError, OSError) as error:
            if not is_end_of_pipe(error):
                raise
            self.dead = True
        if connection.wait([self.end_of_process], 0):
            self.dead = not self.connection.poll() or self.dead
        return outcomes

    def _on_ready(self):
        self.ready = True

    def _on_unusable(self, text):
        raise WorkerStartError(
            f"{self.crew.source.name} could not be rebuilt in a worker process. {text}"
        )

    def _on_print(self, stream, text):
        target = getattr(sys, stream)
        clear = "\r\x1b[K" if target.isatty() else ""
        target.write(clear + text)
        target.flush()

    def _on_batch(self, task, data, buffers, slot, times):
        if slot is not None:
            number, places, size, forgotten = slot
            if size is not None:
                self._add_slot(number, size, forgotten)
            buffers = self.slots.read(number, places)
        elif buffers and isinstance(buffers[0], int):
            buffers = [worker.receive_buffer(self.connection, n) for n in buffers]
        batch = pickle.loads(data, buffers=buffers)
        self.tasks.popleft()
        return Outcome(task, batch, None, size_of(batch), self.number, *times)

    def _add_slot(self, number, size, forgotten):
        from multiprocessing.reduction import recv_handle

        self.slots.add(number, recv_handle(self.connection), size, forgotten)

    def _on_failing(self, task, kind, text, trace):
        self.failing = Failure(kind, text, trace)

    def _on_failed(self, task, data):
        failure, self.failing = self.failing, None
        try:
            failure.exception = data and pickle.loads(data)
        except Exception:
            pass
        self.tasks.popleft()
        return Outcome(task, failure=failure, worker=self.number)

    # ------------------------------------------------------------ the end

    def cause_of_death(self):
        """Collect what is left of a dead process; say why it ended."""
        if not self._ends_within(GRACE):
            self.process.kill()
            self._ends_within(GRACE)
        self.connection.close()
        self._forget_end()
        return death_cause(self.process.exitcode)

    def could_not_start(self):
        """Whether it ended by itself before it was ready, as the next one would."""
        code = self.process.exitcode
        return not self.ready and code is not None and 0 <= code != SERVER_LOST

    def _ends_within(self, seconds):
        if not connection.wait([self.end_of_process], seconds):
            return False
        self.process.join(GRACE)  # for the exit code
        return True

    def _forget_end(self):
        if self.end_of_process != self.process.sentinel:
            os.close(self.end_of_process)
            self.end_of_process = self.process.sentinel

    def ask_to_stop(self):
        if not self.connection.closed:
            self._send("stop")
            self.connection.close()

    def end(self, deadline):
        """Wait until `deadline`, then terminate, then kill."""
        wait = max(0.0, deadline - time.monotonic())
        for stop in (self.process.terminate, self.process.kill, None):
            if self._ends_within(wait) or stop is None:
                break
            stop()
            wait = GRACE
        self._forget_end()
        try:
            self.process.close()
        except ValueError:
            pass
