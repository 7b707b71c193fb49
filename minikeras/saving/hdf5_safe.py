"""HDF5 files of others, read without following where they point.

An HDF5 file can declare more than it holds, and refer to other files of the reader: by
external and soft links, external storage and virtual data. Nothing of this is followed.
"""

import contextlib
import mmap
import struct

import numpy as np

from minikeras.backend.limits import count_of
from minikeras.saving.errors import (
    DamagedFile,
    NotAModelFile,
    SavedFileError,
    TooLarge,
    UnsafeFile,
    kilo,
)
from minikeras.saving.npy import KINDS

MAX_ATTRIBUTE = 16 * 2**20
MAX_RATIO = 1000
MAX_OBJECTS = 50_000
_SMALL = 2**20
_GZIP, _SHUFFLE, _CHECKSUM = 1, 2, 3
_HEAP = b"GCOL\x01\0\0\0"
SIGNATURE = b"\x89HDF\r\n\x1a\n"


def h5py_module():
    """The library h5py, or an error that says how to get it."""
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "Files of kind .h5 and .keras need the library h5py: `pip install h5py` "
            "(or `pip install minikeras[hdf5]`). minikeras's own format needs nothing: "
            "save to a name such as 'model.mk'."
        ) from None
    return h5py


@contextlib.contextmanager
def reading(what):
    """Turn the many errors of a damaged HDF5 file into one of ours."""
    try:
        yield
    except (SavedFileError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise DamagedFile(f"{what} is damaged: {text}") from error
    except (MemoryError, OverflowError, UnicodeError, AttributeError) as error:
        raise DamagedFile(f"{what} is damaged: {type(error).__name__}") from error


@contextlib.contextmanager
def open_for_reading(source, what=None):
    """The open file at a path, or the group that is given, errors explained."""
    h5py = h5py_module()
    if isinstance(source, h5py.Group):
        with reading(what or "the HDF5 group"):
            yield source
        return
    what = what or (repr(source) if not hasattr(source, "read") else "the HDF5 file")
    if _first_bytes(source) != SIGNATURE:
        raise NotAModelFile(f"{what} is not an HDF5 file")
    with reading(what), h5py.File(source, "r") as file:
        yield file


def _first_bytes(source):
    if hasattr(source, "getbuffer"):
        return bytes(source.getbuffer()[:8])
    with open(source, "rb") as file:
        return file.read(8)


def check_heaps(source, extents):
    """Walk the heaps of texts: the HDF5 library hangs on one whose sizes are wrong.

    Arguments
        source: path, or a binary file in memory; for open groups nothing is done.
        extents: (start, size) of the numbers in the file, which hold no heaps.
    """
    if hasattr(source, "getbuffer"):
        _walk_heaps(source.getvalue(), extents)
    elif not hasattr(source, "keys"):
        with open(source, "rb") as file:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _walk_heaps(data, extents)


def _walk_heaps(data, extents):
    start = 0
    for place, size in [*sorted(extents), (len(data), 0)]:
        heap = data.find(_HEAP, start, place)
        while heap >= 0:
            _walk_heap(data, heap)
            heap = data.find(_HEAP, heap + 4, place)
        start = max(start, place + size)


def _walk_heap(data, heap):
    """A heap is name and version, its size, and objects: number, count, size, bytes.

    The bytes are padded to 8. Number 0 is what is left at the end.
    """
    (size,) = struct.unpack_from("<Q", data[heap + 8 : heap + 16].ljust(8, b"\0"))
    end, here = heap + size, heap + 16
    while here + 16 <= end <= len(data):
        number, _, _, length = struct.unpack("<HHIQ", data[here : here + 16])
        step = 16 + length + -length % 8 if number else length
        if step < 16 or here + step > end:
            raise DamagedFile("the HDF5 file is damaged: its texts have wrong sizes")
        here += step


def child(group, name):
    """A member of a group that lies in the same file under a plain name."""
    h5py = h5py_module()
    if "/" in name and name.strip("/") != name:
        raise UnsafeFile(f"{name[:80]!r} is not a plain name")
    for step in name.split("/"):
        link = group.get(step, getlink=True) if step in _names(group) else None
        if link is None:
            raise DamagedFile(f"{group.name!r} has no member {step[:80]!r}")
        if not isinstance(link, h5py.HardLink):
            raise UnsafeFile(
                f"{step[:80]!r} in {group.name!r} is a link to another place; "
                "links are not followed"
            )
        group = group[step]
    return group


def subgroup(group, name):
    """A member that must be a group."""
    found = child(group, name)
    if not isinstance(found, h5py_module().Group):
        raise DamagedFile(f"{name[:80]!r} should be a group")
    return found


def array(group, name):
    """The numbers of a data set, after checks that they are there and no more."""
    dataset = child(group, name)
    if not isinstance(dataset, h5py_module().Dataset):
        raise DamagedFile(f"{name[:80]!r} should be a data set")
    check_dataset(dataset)
    return np.asarray(dataset[()])


def check_dataset(dataset):
    """Raise unless a data set holds plain numbers, all of them inside the file."""
    name, plan = dataset.name, dataset.id.get_create_plist()
    if dataset.dtype.str[1:] not in KINDS:
        raise UnsafeFile(f"{name!r} holds {dataset.dtype}, not plain numbers")
    if dataset.is_virtual or dataset.external:
        raise UnsafeFile(f"{name!r} takes its numbers from other files")
    filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if filters - {_GZIP, _SHUFFLE, _CHECKSUM}:
        raise UnsafeFile(f"{name!r} is compressed by something else than gzip")
    stored, size = dataset.id.get_storage_size(), size_of(dataset)
    allowed = stored if _GZIP not in filters else max(_SMALL, stored * MAX_RATIO)
    if size > allowed and size > 0:
        raise TooLarge(
            f"{name!r} declares {kilo(size)}, but the file holds {kilo(stored)} of it"
        )


def size_of(dataset):
    """Bytes that a data set declares, as a Python integer."""
    return dataset.dtype.itemsize * count_of(dataset.shape)


def examine(group, source, max_bytes):
    """Bytes that all data sets declare; raises if they are too many or not in the file.

    Attributes can be read after this, not before.
    """
    sets = list(data_sets(group))
    size = sum(map(size_of, sets))
    if size > max_bytes:
        raise TooLarge(
            f"the HDF5 file holds {kilo(size)}; the limit is {kilo(max_bytes)}. If you "
            "trust it, pass a larger max_bytes."
        )
    places = ((each.id.get_offset(), each.id.get_storage_size()) for each in sets)
    check_heaps(source, [place for place in places if place[0] is not None])
    return size


def data_sets(group):
    """All checked sets of plain numbers under a group; links raise."""
    h5py, waiting, seen = h5py_module(), [group], {group}
    while waiting:
        current = waiting.pop()
        for name in _names(current):
            found = child(current, name)
            if found in seen or len(seen) > MAX_OBJECTS:
                raise TooLarge("the file has too many groups, or one inside itself")
            seen.add(found)
            if isinstance(found, h5py.Group):
                waiting.append(found)
            elif isinstance(found, h5py.Dataset) and found.dtype.str[1:] in KINDS:
                check_dataset(found)
                yield found


def attribute(group, name, default=None):
    """An attribute's value, if it is small enough; bytes become text."""
    if name not in group.attrs:
        return default
    identifier = group.attrs.get_id(name)
    count = count_of(identifier.shape)
    size = identifier.get_storage_size() if count else 0
    if max(size, count) > MAX_ATTRIBUTE:
        raise TooLarge(f"attribute {name!r} of {group.name!r} has {kilo(size)}")
    return _text(group.attrs[name])


def names_attribute(group, name):
    """A list of names that may be spread over attributes name0, name1 and so on."""
    if name in group.attrs:
        parts = [attribute(group, name)]
    else:
        parts, index = [], 0
        while f"{name}{index}" in group.attrs:
            parts.append(attribute(group, f"{name}{index}"))
            index += 1
    names = [_text(each) for part in parts for each in np.atleast_1d(part)]
    if not all(isinstance(each, str) for each in names):
        raise DamagedFile(f"attribute {name!r} of {group.name!r} should hold names")
    return names


def _names(group):
    return list(group.keys()) if hasattr(group, "keys") else []


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else value
