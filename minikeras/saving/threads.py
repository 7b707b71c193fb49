"""Threads that compute or wait for the disk beside the caller."""

from concurrent.futures import Future, ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """A pool of threads; where none can be started, the caller does the work.

    Python starts no threads any more when it ends, and a model may be saved just then,
    by a function registered with `atexit`.
    """

    def submit(self, function, /, *arguments):
        """The future result of `function(*arguments)`."""
        try:
            return super().submit(function, *arguments)
        except RuntimeError:
            return _done(function, arguments)


def _done(function, arguments):
    future = Future()
    try:
        future.set_result(function(*arguments))
    except Exception as error:
        future.set_exception(error)
    return future
