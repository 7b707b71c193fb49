"""Things inside a Sequence that cannot go to another process, and those that can."""

import os
import socket
import sqlite3
import tempfile
import threading

import numpy as np

from feed.faults.common import Numbers, drain, make_pool, no_workers_left, workers_alive
from minikeras import feed


class Holds(Numbers):
    """Has something in an attribute."""

    def __init__(self, thing):
        super().__init__()
        self.inner = {"deep": [1, thing]}


def path_of(name):
    return os.path.join(tempfile.mkdtemp(), name)


def h5_file():
    import h5py

    return h5py.File(path_of("data.h5"), "w")


THINGS = {
    "lock": threading.Lock,
    "generator": lambda: (x for x in "ab"),
    "TextIOWrapper": lambda: open(path_of("data.txt"), "w"),
    "BufferedReader": lambda: open("/dev/null", "rb"),
    "socket": socket.socket,
    "Connection": lambda: sqlite3.connect(":memory:"),
    "File": h5_file,
}


def not_picklable(mode):
    """Refused before any process starts, with the attribute's path and a recipe."""
    for name, thing in THINGS.items():
        holds = Holds(thing())
        try:
            make_pool(holds, mode)
        except feed.FeedError as error:
            assert "Holds.inner['deep'][1]" in str(error), error
            assert name in str(error) and "self.file = open_it" in str(error), error
        else:
            raise AssertionError(f"{name} was not refused")
        assert not workers_alive()


class CannotBeRebuilt(Numbers):
    """Unpickling fails in every process but the one that made it."""

    def __init__(self, attempts):
        super().__init__()
        self.home = os.getpid()
        self.attempts = attempts

    def __setstate__(self, state):
        if os.getpid() != state["home"]:
            with open(state["attempts"], "a") as file:
                file.write("attempt\n")
            raise ModuleNotFoundError("No module named 'elsewhere'")
        vars(self).update(state)


def start_fails(mode):
    """A start-up failure is told at once and never repeated."""
    attempts = path_of("attempts")
    try:
        drain(CannotBeRebuilt(attempts), mode)
    except feed.WorkerStartError as error:
        assert "CannotBeRebuilt" in str(error) and "elsewhere" in str(error), error
    else:
        raise AssertionError("no error")
    no_workers_left()
    with open(attempts) as file:
        assert len(file.readlines()) <= 2


class Mapped(Numbers):
    """Data in a memory map, whole and a part of it; a picture that is not read yet."""

    def __init__(self):
        super().__init__()
        path = path_of("data.npy")
        np.save(path, np.arange(60_000.0).reshape(6, 10_000))
        self.whole = np.load(path, mmap_mode="r")
        self.part = self.whole[2:]

    def __getitem__(self, index):
        assert isinstance(self.whole, np.memmap) and self.whole.filename
        assert isinstance(self.part, np.memmap) and self.part.filename
        x = np.array(self.whole[index, :4].reshape(4, 1))
        return x, np.array(self.part[index % 4, :4])


def memory_maps(mode):
    """Opened again by name, not copied."""
    mapped = Mapped()
    assert drain(mapped, mode) == drain(mapped, "main")
    from minikeras.feed.parcel import Parcel
    from minikeras.feed.sources import SequenceSource

    parcel = Parcel(SequenceSource(mapped, 0))
    assert len(parcel.data) < 10_000 and parcel.nbytes == 0


class Picture(Numbers):
    """A PIL image whose pixels were not read from its file yet."""

    def __init__(self):
        from PIL import Image

        super().__init__()
        path = path_of("picture.png")
        Image.new("RGB", (4, 4), (1, 2, 3)).save(path)
        self.image = Image.open(path)

    def __getitem__(self, index):
        return np.asarray(self.image, "float32"), np.zeros(4)


def lazy_picture(mode):
    """Goes to workers by value."""
    assert drain(Picture(), mode) == drain(Picture(), "main")


class Shared(Numbers):
    """Holds an array of 100 MB, which workers share."""

    def __init__(self):
        super().__init__()
        self.data = np.ones(12 * 2**20)

    def __getitem__(self, index):
        before = _private_memory()
        self.data.sum()
        used = np.array([[before, _private_memory() - before]])
        return used.repeat(2, axis=0), np.full((2, 1), self.data[index])


def _private_memory():
    """Kilobytes that belong to this process alone."""
    with open("/proc/self/status") as lines:
        told = dict(line.split(":", 1) for line in lines)
    return int(told["RssAnon"].split()[0])


def arrays_are_shared(mode):
    """Reading a big array costs the worker no memory of its own."""
    with make_pool(Shared(), mode) as pool:
        for used, value in pool.epoch(0, range(6)):
            before, more = used[0]
            assert before < 60_000 or mode == "fork", used  # which inherits all
            assert more < 4000 and value[0, 0] == 1, used
