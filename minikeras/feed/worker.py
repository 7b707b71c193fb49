"""What a worker process does: receive tasks, make batches, send them back.

Messages are tuples, pickled here and by the parent, each a message of one pipe:

    to the worker      ("parcel", data, size of shared memory or None, places)
                       ("make", task, slots given back)
                       ("stop",)
    from the worker    ("ready",)  ("unusable", text)
                       ("batch", task, pickle, buffers, slot, times)
                       ("failure", task, kind, text, trace, pickled exception or None)
                       ("print", stream name, text)
"""

import os
import pickle
import shutil
import signal
import sys
import threading
import time

import numpy as np

from minikeras.feed import slots
from minikeras.feed.errors import (
    is_control_flow,
    is_end_of_pipe,
    safe_text,
    trace_of,
)
from minikeras.feed.randomness import seed_process, unlock_process

SMALL = 4096
PIPE_PIECE = 64 * 2**10


def main(connection, begun, parcel, options, others):
    """Entry point of the process.

    Arguments
        connection: the worker's end of the pipe.
        begun: shared number, the ticket of the task that was begun last.
        parcel: (data, buffers) if the process inherited them, else None.
        options: dict; see `ProcessCrew`.
        others: connections that belong to the parent, inherited through fork.
    """
    keep_quiet()
    for other in others:
        other.close()
    watch_parent(options["started_in_main_thread"], options["litter"])
    use_one_thread()
    if parcel is not None:
        unlock_process()
    worker = Worker(connection, begun, options)
    for name in ("stdout", "stderr"):
        setattr(sys, name, Printer(worker.send, name))
    try:
        worker.run(parcel)
    except (EOFError, OSError) as error:
        if not is_end_of_pipe(error):
            raise
        remove_if_parent_ended(options["litter"])
        os._exit(0)


class Worker:
    """Makes batches of the Sequence it was sent."""

    def __init__(self, connection, begun, options):
        self.connection = connection
        self.begun = begun
        self.share_from = options["share_from"]
        self.settings = options["settings"]
        self.sending = threading.RLock()
        self.slots = slots.Writer(self._send_descriptor, options["slots"])
        self.source = None

    def run(self, parcel):
        """Serve until told to stop."""
        if parcel is not None:
            self._load(*parcel)
        while True:
            kind, *rest = pickle.loads(self.connection.recv_bytes())
            if kind == "stop":
                return
            if kind == "parcel":
                self._load(*self._receive_parcel(*rest))
            else:
                task, given_back = rest
                self.slots.give_back(given_back)
                self._make(task)

    # ------------------------------------------------------------ the Sequence

    def _receive_parcel(self, data, size, places):
        if size is None:
            return data, [receive_buffer(self.connection, n) for _, n in places]
        import mmap
        from multiprocessing.reduction import recv_handle

        descriptor = recv_handle(self.connection)
        memory = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE)
        os.close(descriptor)
        whole = np.frombuffer(memory, np.uint8)
        return data, [whole[start : start + n] for start, n in places]

    def _load(self, data, buffers):
        from minikeras.feed.settings import settings

        vars(settings).update(self.settings)
        try:
            self.source = pickle.loads(data, buffers=buffers)
        except BaseException as error:
            self.send(
                "unusable",
                f"{type(error).__name__}: {safe_text(error)}\n" + trace_of(error),
            )
            return
        self.send("ready")

    # ------------------------------------------------------------ batches

    def _make(self, task):
        began = time.monotonic()
        self.begun.value = task.ticket
        try:
            seed_process(self.source.words(task))
            batch = self.source.make(task)
            message = self._packed(task, batch, began)
        except BaseException as error:
            self._send_failure(task, error)
        else:
            self._send_batch(*message)
        sys.stdout.flush()
        sys.stderr.flush()

    def _packed(self, task, batch, began):
        """The header of the message, and big buffers that follow it."""
        buffers = []

        def outside(buffer):
            raw = buffer.raw()
            if raw.nbytes < SMALL:
                return True
            buffers.append(raw)
            return False

        data = self._pickled(task, batch, outside)
        times = (began, time.monotonic())
        total = sum(buffer.nbytes for buffer in buffers)
        slot = None
        if self.share_from is not None and total >= self.share_from:
            slot = self.slots.write(buffers)
        if slot is not None:
            return ("batch", task, data, None, slot, times), ()
        if total < PIPE_PIECE:
            inside = [bytearray(buffer) for buffer in buffers]
            return ("batch", task, data, inside, None, times), ()
        sizes = [buffer.nbytes for buffer in buffers]
        return ("batch", task, data, sizes, None, times), buffers

    def _pickled(self, task, batch, outside):
        try:
            return pickle.dumps(contiguous(batch), 5, buffer_callback=outside)
        except Exception as error:
            raise TypeError(
                f"{self.source.where(task)} cannot be sent to the main process: "
                f"{unpicklable_part(batch)} ({safe_text(error)}). A batch should "
                "consist of NumPy arrays."
            ) from error

    def _send_batch(self, header, buffers):
        with self.sending:
            self.connection.send_bytes(pickle.dumps(header))
            for buffer in buffers:
                self.connection.send_bytes(buffer)
            slot = header[4]
            if slot is not None and slot[2] is not None:
                self.slots.announce()

    def _send_failure(self, task, error):
        """First the text, which always arrives, then the exception if it can travel."""
        trace = trace_of(error)
        self.send("failing", task, type(error).__name__, safe_text(error), trace)
        self.send("failed", task, travelling(error))

    def _send_descriptor(self, descriptor):
        from multiprocessing.reduction import send_handle

        send_handle(self.connection, descriptor, os.getppid())

    def send(self, *message):
        """Send a message; whole, also if several threads print."""
        with self.sending:
            self.connection.send_bytes(pickle.dumps(message))


def travelling(error):
    """The exception, pickled; None if it would not arrive as what it is."""
    if is_control_flow(error):
        return None
    try:
        from cloudpickle import dumps
    except ImportError:
        from pickle import dumps
    try:
        data = dumps(error)
        same = pickle.loads(data)
        return data if type(same) is type(error) else None
    except BaseException:
        return None


def contiguous(batch):
    """Arrays in one piece each, which travel without being copied by pickle."""
    from minikeras.feed.batches import map_arrays

    return map_arrays(_one_piece, batch)


def _one_piece(array):
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return array
    return np.ascontiguousarray(array)


def unpicklable_part(batch):
    """Which part of a batch cannot be pickled, in words."""
    from minikeras.feed.batches import arrays_of

    for path, leaf in arrays_of(batch):
        try:
            pickle.dumps(leaf)
        except Exception:
            return f"its part {path or 'itself'} is a {type(leaf).__name__}"
    return "it"


def receive_buffer(connection, size):
    """A byte array of `size` bytes from the pipe."""
    buffer = np.empty(size, np.uint8)
    connection.recv_bytes_into(buffer)
    return buffer


class Printer:
    """Stands for sys.stdout in a worker: whole lines go to the main process."""

    def __init__(self, send, name):
        self.send = send
        self.name = name
        self.line = ""
        self.encoding = "utf-8"

    def write(self, text):
        self.line += text
        if "\n" in self.line:
            lines, _, self.line = self.line.rpartition("\n")
            self.send("print", self.name, lines + "\n")
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.line:
            text, self.line = self.line, ""
            self.send("print", self.name, text)

    def isatty(self):
        return False

    def writable(self):
        return True

    def fileno(self):
        return {"stdout": 1, "stderr": 2}[self.name]


# ---------------------------------------------------------------- the process


def keep_quiet():
    """Leave Ctrl-C to the main process, and forget handlers that it installed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for name in ("SIGCHLD", "SIGALRM", "SIGUSR1", "SIGUSR2"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def watch_parent(kernel_may_watch, litter):
    """End this process when its parent ends, even inside the user's code.

    Arguments
        kernel_may_watch: whether the thread that started this process lives as long as
            the parent; if it does, Linux can be told to kill this process.
        litter: a temporary directory that the parent can no longer remove, or None.
    """
    from multiprocessing import process

    if sys.platform == "linux" and kernel_may_watch:
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL))
    arguments = process.parent_process(), os.getppid(), litter
    threading.Thread(target=_watch, args=arguments, daemon=True).start()


def _watch(parent, parent_pid, litter):
    from multiprocessing.connection import wait

    while not wait([parent.sentinel], timeout=0.25) and os.getppid() == parent_pid:
        pass
    if litter and _is_open(parent.sentinel):
        shutil.rmtree(litter, ignore_errors=True)
    os._exit(1)


def _is_open(descriptor):
    """Whether the user's code has left it open; else it says nothing of the parent."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def remove_if_parent_ended(litter):
    """Remove the parent's temporary directory if the parent is no more.

    Its pipe may close a moment before the parent counts as ended.
    """
    from multiprocessing import process
    from multiprocessing.connection import wait

    sentinel = process.parent_process().sentinel
    if litter and _is_open(sentinel) and wait([sentinel], timeout=0.1):
        shutil.rmtree(litter, ignore_errors=True)


def use_one_thread():
    """One thread for BLAS, OpenMP and Numba: workers are the parallelism."""
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    if "numba" in sys.modules:
        sys.modules["numba"].config.NUMBA_NUM_THREADS = 1
    set_blas_threads(1)


def set_blas_threads(count):
    """Tell the OpenBLAS libraries that are loaded already (Linux)."""
    import ctypes

    names = [
        prefix + "openblas_set_num_threads" + suffix
        for prefix in ("scipy_", "")
        for suffix in ("64_", "")
    ]
    for path in _loaded_libraries("openblas"):
        library = ctypes.CDLL(path)
        _shrink_pool(library, count)
        for name in names:
            if hasattr(library, name):
                getattr(library, name)(count)


def _shrink_pool(library, count):
    """Let OpenBLAS begin with `count` threads, if a fork has left it without any.

    Asked for its first task, or for fewer threads, it would start them all again, and
    each would search for work for 30 ms before it sleeps, on a core that we need.
    """
    import ctypes

    try:
        running = ctypes.c_int.in_dll(library, "blas_server_avail")
        wanted = ctypes.c_int.in_dll(library, "blas_num_threads")
    except ValueError:
        return  # a version with other names: the 30 ms are lost
    if not running.value:
        wanted.value = count


def _loaded_libraries(part):
    try:
        with open("/proc/self/maps") as lines:
            return {
                line.split(maxsplit=5)[5].strip()
                for line in lines
                if part in line and ".so" in line
            }
    except OSError:
        return set()
