"""What can go wrong while batches are made, and how it reaches the caller."""

import signal
import traceback


class FeedError(RuntimeError):
    """Something between the user's data and the training loop failed."""


class BatchError(FeedError):
    """A batch could not be made, or is not what a batch has to be."""


class WorkerDied(FeedError):
    """Worker processes died and computing again did not help."""


class WorkerStartError(FeedError):
    """A worker could not begin its work; starting it again would not help."""


class FeedTimeout(FeedError, TimeoutError):
    """A batch took longer than `feed.settings.timeout` allows."""


SERVER_LOST = 255
"""Process.exitcode where the fork server has died, which alone knows the real one."""


class Ended(Exception):
    """The generator has no further batch."""


class Failure:
    """An error on its way from the place where a batch is made to the caller.

    Arguments
        kind: name of the exception's class.
        text: its message.
        trace: the traceback, as text; empty where the exception carries its own.
        exception: the exception itself; None if it cannot travel between processes.
    """

    def __init__(self, kind, text, trace="", exception=None):
        self.kind = kind
        self.text = text
        self.trace = trace
        self.exception = exception

    @classmethod
    def of(cls, exception, trace=""):
        """The failure that `exception` is."""
        return cls(type(exception).__name__, safe_text(exception), trace, exception)

    @property
    def ends_the_generator(self):
        return isinstance(self.exception, Ended)

    def raise_in(self, where):
        """Raise in the caller, naming `where` ("batch 3 of Squares, epoch 0")."""
        if self.exception is None or is_control_flow(self.exception):
            raise BatchError(self._described(where))
        exception, self.exception = self.exception, None
        if isinstance(exception, FeedError):
            raise exception
        add_note(exception, f"While making {where}." + self._worker_traceback())
        raise exception

    def _described(self, where):
        what = f"{self.kind}: {self.text}" if self.text else self.kind
        if self.exception is None:
            return f"Making {where} raised {what}." + self._worker_traceback()
        return (
            f"Making {where} raised {what}, which only ends a program or a loop; code "
            "that makes a batch must return the batch or raise an ordinary exception. "
            "Likely cause: next() on an exhausted iterator, or sys.exit()."
            + self._worker_traceback()
        )

    def _worker_traceback(self):
        return f"\n\nTraceback in the worker:\n{self.trace}" if self.trace else ""


def is_control_flow(exception):
    """Whether it would end a loop or the program instead of telling of an error."""
    return isinstance(exception, (StopIteration, StopAsyncIteration)) or not isinstance(
        exception, Exception
    )


def is_end_of_pipe(error):
    """Whether an EOFError or OSError means that nobody is at the other end any more.

    A process that is killed while it sends leaves half a message, for which
    multiprocessing has an OSError without a number.
    """
    return isinstance(error, (EOFError, ConnectionError)) or error.errno is None


def safe_text(exception):
    """str(exception), also for classes whose __str__ fails."""
    try:
        return str(exception)
    except Exception as error:
        return f"(its message cannot be shown: {type(error).__name__})"


def trace_of(exception):
    """The traceback as text, without the frames of the feed itself."""
    inner = exception.__traceback__
    while inner is not None and _is_ours(inner.tb_frame) and inner.tb_next is not None:
        inner = inner.tb_next
    try:
        lines = traceback.format_exception(type(exception), exception, inner)
    except Exception:
        lines = traceback.format_tb(inner) + [type(exception).__name__]
    return "".join(lines)


def _is_ours(frame):
    return frame.f_globals.get("__name__", "").startswith("minikeras.feed.")


class WorkerTraceback(Exception):
    """Carries text below another exception (Python 3.10 has no add_note)."""


def add_note(exception, text):
    """Add `text` to what the traceback of `exception` shows."""
    if hasattr(exception, "add_note"):
        exception.add_note(text)
    elif exception.__cause__ is None:
        exception.__cause__ = WorkerTraceback(text)


def death_cause(exitcode):
    """Why a process ended, in words: from Process.exitcode."""
    if exitcode is None:
        return "vanished (another part of the program collected its exit status)"
    if exitcode == SERVER_LOST:
        return f"ended with exit code {exitcode} (os._exit, or a dead fork server?)"
    if exitcode >= 0:
        return f"ended with exit code {exitcode} (os._exit or a crashing library?)"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    hint = {
        "SIGKILL": " (out of memory?)",
        "SIGSEGV": " (a crash in compiled code)",
        "SIGABRT": " (a library called abort)",
        "SIGBUS": " (shared memory or disk full?)",
    }
    return f"was killed by {name}{hint.get(name, '')}"
