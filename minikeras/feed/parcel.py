"""Sending a Sequence to worker processes, by value, and saying why it cannot be sent.

cloudpickle sends classes and functions of notebooks and scripts along with the object,
so that workers need not import the script. Big arrays stay outside of the pickle and
are put once into shared memory for all workers.
"""

import io
import pickle
import random
import zlib

import numpy as np

from minikeras.feed.errors import FeedError

OUT_OF_BAND = 64 * 2**10

RECIPE = (
    "Worker processes get a copy of the Sequence. Open such things in the worker "
    "instead, when they are first needed:\n"
    "    def __init__(self, path):\n"
    "        self.path, self.file = path, None\n"
    "    def __getitem__(self, index):\n"
    "        if self.file is None:\n"
    "            self.file = open_it(self.path)\n"
    "or use threads (use_multiprocessing=False)."
)


class Parcel:
    """A Sequence, packed: `data` and, beside it, big `buffers` (NumPy byte arrays).

    Buffers are checked for changes only if the Sequence has an `on_epoch_end`.
    """

    def __init__(self, source):
        buffers = []

        def outside(buffer):
            if buffer.raw().nbytes < OUT_OF_BAND:
                return True
            buffers.append(np.frombuffer(buffer.raw(), np.uint8))
            return False

        self.data = pack(source, outside)
        self.buffers = buffers
        checked = buffers if source.changes_at_epoch_end else ()
        self.check = [zlib.crc32(buffer) for buffer in checked]

    def same_as(self, other):
        """Whether nothing changed from `other` to this one."""
        return self.data == other.data and self.check == other.check

    @property
    def nbytes(self):
        return sum(buffer.nbytes for buffer in self.buffers)


def pack(source, buffer_callback=None):
    """Pickle by value; an error names the attribute that cannot be pickled."""
    try:
        return _dump(source, buffer_callback)
    except Exception as error:
        path, culprit = _find_culprit(source.sequence, source.name)
        raise FeedError(
            f"{source.name} cannot be sent to worker processes: {path} is a "
            f"{_type_name(culprit)}, which cannot be copied to another process "
            f"({error}).\n{RECIPE}"
        ) from error


def unpack(data, buffers=()):
    """The object in a parcel."""
    return pickle.loads(data, buffers=buffers)


def _dump(thing, buffer_callback=None):
    target = io.BytesIO()
    pickler_class()(target, buffer_callback).dump(thing)
    return target.getvalue()


def pickler_class():
    """cloudpickle's pickler, with three additions.

    Memory maps are opened again, open files are refused, and the global random
    generators (`from random import randint`) stay those of the process.
    """
    try:
        from cloudpickle import CloudPickler as Base
    except ImportError:
        Base = pickle.Pickler

    class Pickler(Base):
        def __init__(self, target, buffer_callback=None):
            super().__init__(target, protocol=5, buffer_callback=buffer_callback)

        def reducer_override(self, thing):
            if isinstance(thing, io.IOBase) and not isinstance(
                thing, (io.BytesIO, io.StringIO)
            ):
                raise TypeError(f"cannot pickle the open file {thing!r}")
            if type(thing) is np.memmap:
                return _reduced_memmap(thing)
            if thing is np.random.mtrand._rand:
                return getattr, (np.random.mtrand, "_rand")
            if thing is random._inst:
                return getattr, (random, "_inst")
            inherited = getattr(super(), "reducer_override", None)
            return inherited(thing) if inherited else NotImplemented

    return Pickler


def _reduced_memmap(array):
    """Name, place and form of a memory map, or its values if it is no plain part."""
    owner = array
    while isinstance(owner.base, np.memmap):
        owner = owner.base
    if array.filename is None or not array.flags.c_contiguous:
        return np.array, (np.array(array),)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    mode = "r+" if array.mode == "w+" else array.mode
    where = (array.filename, array.dtype, mode, owner.offset + start, array.shape)
    return np.memmap, where


def _find_culprit(thing, path, seen=None):
    """(path, object) of the innermost part that cannot be pickled."""
    seen = set() if seen is None else seen
    for name, part in _parts(thing, path):
        if id(part) in seen:
            continue
        seen.add(id(part))
        try:
            _dump(part)
        except Exception:
            return _find_culprit(part, name, seen)
    return path, thing


def _parts(thing, path):
    if isinstance(thing, dict):
        return [(f"{path}[{key!r}]", value) for key, value in thing.items()]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [(f"{path}[{number}]", value) for number, value in enumerate(thing)]
    attributes = getattr(thing, "__dict__", None)
    if not isinstance(attributes, dict) or isinstance(thing, type):
        return []
    return [(f"{path}.{name}", value) for name, value in attributes.items()]


def _type_name(thing):
    kind = type(thing)
    if kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"
