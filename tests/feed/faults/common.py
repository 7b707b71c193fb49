"""What the scenarios share: small Sequences, pools of every kind, a look around."""

import contextlib
import os
import tempfile
import time
import warnings

import numpy as np

from minikeras import feed
from minikeras.feed.pool import Pool
from minikeras.feed.sources import GeneratorSource, SequenceSource
from minikeras.utils import Sequence

START_METHODS = ("fork", "forkserver", "spawn")


class Numbers(Sequence):
    """Batch i holds the number i, random numbers, and what a fault adds."""

    def __init__(self, length=6, rows=3, fault=None, at=3):
        self.length = length
        self.rows = rows
        self.fault = fault
        self.at = at

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if self.fault is not None and index == self.at:
            self.fault()
        x = np.full((self.rows, 2), index, "float32")
        x[:, 1] = np.random.rand(self.rows)
        return x, x[:, :1] * 2


def make_pool(sequence, mode, workers=2, kind="train", queue=10, seed=5):
    """A pool over a Sequence; mode: "main", "thread" or a start method."""
    if mode in START_METHODS:
        feed.settings.start_method = mode
    workers = 0 if mode == "main" else workers
    source = SequenceSource(sequence, seed, kind)
    return Pool(source, workers, mode in START_METHODS, queue)


def generator_pool(generator, mode="thread", kind="train", queue=10, seed=5):
    """A pool over a generator."""
    source = GeneratorSource(iter(generator), seed, kind)
    return Pool(source, 0 if mode == "main" else 4, False, queue)


def drain(sequence, mode, epochs=1, **options):
    """All batches of some epochs, as lists of numbers."""
    with make_pool(sequence, mode, **options) as pool:
        return [
            numbers(batch)
            for epoch in range(epochs)
            for batch in pool.epoch(epoch, range(len(sequence)))
        ]


def numbers(batch):
    return [np.asarray(part).tolist() for part in batch]


def delivered_before_error(sequence, mode, kinds, **options):
    """(indices delivered, error) of an epoch that ends with an error."""
    got = []
    with make_pool(sequence, mode, **options) as pool:
        try:
            for x, _ in pool.epoch(0, range(len(sequence))):
                got.append(int(np.asarray(x).flat[0]))
        except kinds as error:
            return got, error
    raise AssertionError(f"no error; delivered {got}")


def full_text(error):
    """The whole traceback of an error, as the user sees it."""
    import traceback

    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


@contextlib.contextmanager
def warned(count, containing=""):
    """The block issues `count` warnings, each with the text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    ours = [str(w.message) for w in caught if w.category is not DeprecationWarning]
    assert len(ours) == count, ours
    assert all(containing in text for text in ours), ours


class Once:
    """A fault that happens once, in whatever process: a file remembers."""

    def __init__(self, fault):
        self.fault = fault
        self.flag = os.path.join(tempfile.mkdtemp(), "flag")

    def __call__(self):
        if not os.path.exists(self.flag):
            open(self.flag, "w").close()
            self.fault()


class Calls:
    """Counts calls in whatever process: a line of a file for each."""

    def __init__(self):
        self.file = os.path.join(tempfile.mkdtemp(), "calls")
        open(self.file, "w").close()

    def add(self, text=""):
        with open(self.file, "a") as file:
            file.write(f"{text}\n")

    def lines(self):
        with open(self.file) as file:
            return file.read().split("\n")[:-1]


def children(pid=None):
    """Processes below this one: {pid: command line}, zombies left out."""
    pid = pid or os.getpid()
    parents, commands = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(name)] = int(fields[1])
                with open(f"/proc/{name}/cmdline") as file:
                    commands[int(name)] = file.read().replace("\0", " ")
    below, front = {}, {pid}
    while front:
        front = {p for p, parent in parents.items() if parent in front}
        below.update((p, commands.get(p, "")) for p in front)
    return below


def workers_alive():
    """Children that are not multiprocessing's own server or tracker."""
    helpers = ("resource_tracker", "forkserver import main")
    found = children()
    servers = {p for p, command in found.items() if helpers[1] in command}
    forked = {p for p in found if parent_of(p) in servers}
    return {
        pid: command
        for pid, command in found.items()
        if pid in forked or not any(helper in command for helper in helpers)
    }


def parent_of(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])


def wait_until(condition, seconds=1.0):
    """Wait until it holds; an AssertionError after some seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.01)


def no_workers_left():
    wait_until(lambda: not workers_alive())


def memory():
    """Resident bytes of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def open_files():
    return len(os.listdir("/proc/self/fd"))
