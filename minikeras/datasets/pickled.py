"""Numbers out of the pickles that CIFAR, IMDB and Reuters are published as.

A pickle can call any function of any module. Here it can call nothing: the few names
that arrays need stand for inert classes of this file, and any other name is refused.
"""

import io
import pickle

import numpy as np

from minikeras.saving import npy
from minikeras.saving.errors import DamagedFile, UnsafeFile


class _Inert:
    """What a pickle may make: it keeps arguments and state, and does nothing."""

    def __init__(self, *arguments):
        self.arguments, self.state = arguments, None

    def __setstate__(self, state):
        self.state = state


class _Type:
    """Stands for the class `numpy.ndarray` itself."""


class _Array(_Inert):
    """Stands for an array: state is (version, shape, dtype, Fortran order, data)."""

    def value(self):
        """The array, after all checks: numbers, or a list for an array of objects."""
        _, shape, dtype, fortran, data = self.state
        kind = dtype.arguments[0]
        kind = kind.decode() if isinstance(kind, bytes) else kind
        count = 1
        for size in shape:
            count *= int(size)
        if kind == "O8" or kind == "O":
            if not isinstance(data, list) or len(data) != count or len(shape) != 1:
                raise DamagedFile("an array of lists has another length than it says")
            return data
        if kind not in npy.KINDS or not isinstance(data, (bytes, str)):
            raise UnsafeFile(f"an array has the dtype {kind!r}")
        data = data.encode("latin1") if isinstance(data, str) else data
        numbers = np.frombuffer(data, np.dtype(kind))
        if numbers.size != count:
            raise DamagedFile(f"an array says {count} numbers and has {numbers.size}")
        return numbers.reshape(shape, order="F" if fortran else "C")


_NAMES = {
    ("numpy", "dtype"): _Inert,
    ("numpy", "ndarray"): _Type,
    ("_codecs", "encode"): lambda text, encoding: text.encode("latin1"),
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _NAMES[_module, "_reconstruct"] = _Array


class _Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _NAMES:
            raise UnsafeFile(f"the file asks for {module}.{name}, which no data needs")
        return _NAMES[module, name]


def read_pickle(data, encoding="bytes"):
    """Dicts, lists, numbers, text and arrays of a pickle; nothing else comes out."""
    try:
        value = _Reader(io.BytesIO(data), encoding=encoding).load()
        return _plain(value)
    except (UnsafeFile, DamagedFile):
        raise
    except (MemoryError, RecursionError, OverflowError):
        raise UnsafeFile("a pickle asks for too much memory") from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise DamagedFile(f"a pickle is damaged: {error}") from error


def read_batch(path):
    """The dict in one of CIFAR's files, with bytes as keys."""
    with open(path, "rb") as file:
        batch = read_pickle(file.read())
    if not isinstance(batch, dict):
        raise DamagedFile(f"{path!r} holds no dictionary. Delete its folder.")
    return batch


def read_lists(data):
    """A list of lists of whole numbers out of an .npy member that holds objects."""
    start = data.find(b"\n") + 1
    if not bytes(data[:6]) == npy.MAGIC or b"'|O'" not in data[:start]:
        raise DamagedFile("not an array of lists in NumPy's .npy layout")
    rows = read_pickle(data[start:], encoding="latin1")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise DamagedFile("the file holds no list of lists")
    return rows


def _plain(value):
    if isinstance(value, _Array):
        return value.value()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
