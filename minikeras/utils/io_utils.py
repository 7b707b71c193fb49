"""Data in HDF5 files: `HDF5Matrix` and `H5Dict`. Both need the library h5py."""

import contextlib

import numpy as np

from minikeras.saving import hdf5_safe
from minikeras.saving.hdf5_safe import h5py_module

HDF5_OBJECT_HEADER_LIMIT = 64512


class HDF5Matrix:
    """A data set of an HDF5 file that is read part by part, to train from.

    Arguments
        datapath: path of the file.
        dataset: name of the data set in it.
        start, end: rows to use.
        normalizer: function applied to every part that is read.

    `fit(..., shuffle="batch")` shuffles the order of whole batches, which HDF5 reads
    quickly; other orders work too, only more slowly.

    Example
        >>> x = HDF5Matrix("data.h5", "images", start=0, end=1000)
        >>> model.fit(x, y, shuffle="batch")
    """

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        self.datapath, self.dataset, self.normalizer = datapath, dataset, normalizer
        self.data = self._open()
        rows = range(self.data.shape[0])[start:end]
        self.start, self.end = rows.start, rows.stop

    def _open(self):
        file = h5py_module().File(self.datapath, "r")
        return hdf5_safe.child(file, self.dataset)

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        """Rows by number, slice, list or array of numbers or of booleans."""
        rows = range(self.start, self.end)
        if isinstance(key, slice):
            part = self._rows(rows[key])
        elif isinstance(key, (int, np.integer)):
            part = self.data[rows[key]]
        else:
            key = np.asarray(key)
            key = np.flatnonzero(key) if key.dtype == bool else key
            part = self._rows([rows[int(index)] for index in key])
        return self.normalizer(part) if self.normalizer is not None else part

    def _rows(self, rows):
        """Rows in any order: HDF5 wants them rising, and each once."""
        if isinstance(rows, range) and rows.step > 0:
            return self.data[rows.start : max(rows.stop, rows.start) : rows.step]
        order, places = np.unique(np.array(rows, int), return_inverse=True)
        if order.size and order.size == order[-1] - order[0] + 1:
            return self.data[order[0] : order[-1] + 1][places]
        return self.data[order][places] if order.size else self.data[:0]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)

    def __getstate__(self):
        """For workers: the file is opened again where the matrix is unpickled."""
        return {**vars(self), "data": None}

    def __setstate__(self, state):
        vars(self).update(state)
        self.data = self._open()

    @property
    def shape(self):
        """Shape of the rows used, before the normalizer."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self):
        """Type of the numbers, before the normalizer."""
        return self.data.dtype

    @property
    def ndim(self):
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self):
        """Number of numbers."""
        return int(np.prod(self.shape, dtype=np.int64))


class H5Dict:
    """An HDF5 file or group (or a plain dict) that is used like a nested dict.

    Arrays become data sets; numbers, text, lists of text become attributes; a key that
    is missing becomes a group when something is written into it.

    Arguments
        path: path, open h5py group, or dict.
        mode: as for `h5py.File`: "r", "w", "a".

    Example
        >>> with H5Dict("a.h5", "w") as d:
        ...     d["layer"]["kernel"] = np.ones((2, 3))
    """

    def __init__(self, path, mode="a"):
        self._file = None
        if isinstance(path, dict):
            self.data = _InDict(path)
        elif isinstance(path, (str, bytes)) or hasattr(path, "__fspath__"):
            self._file = h5py_module().File(path, mode)
            self.data = _InGroup(self._file)
        elif self.is_supported_type(path):
            self.data = _InGroup(path)
        else:
            raise TypeError(
                f"H5Dict takes a path, an h5py group or a dict, not {type(path)}"
            )
        self.read_only = self._file is not None and mode == "r"

    @staticmethod
    def is_supported_type(path):
        """Whether H5Dict takes this: a path, an h5py group or a dict."""
        if isinstance(path, (dict, str)):
            return True
        with contextlib.suppress(ImportError):
            return isinstance(path, h5py_module().Group)
        return False

    def __setitem__(self, key, value):
        if self.read_only:
            raise ValueError(
                "this H5Dict was opened with mode='r'; it cannot be changed"
            )
        if isinstance(value, dict):
            for name, inner in value.items():
                self[key][name] = inner
        else:
            self.data.put(key, value)

    def __getitem__(self, key):
        if key in self.data:
            value = self.data.get(key)
        elif self.read_only:
            raise KeyError(f"the file has no {key!r}; it has {list(self)}")
        else:
            value = self.data.make(key)
        if isinstance(value, dict) or hasattr(value, "create_group"):
            inner = H5Dict(value)
            inner.read_only = self.read_only
            return inner
        return value

    def __delitem__(self, key):
        self.data.forget(key)

    def __contains__(self, key):
        return key in self.data

    def __iter__(self):
        return iter(self.data.members())

    def __len__(self):
        return len(self.data.members())

    def iter(self):
        """Names of arrays and groups."""
        return iter(self)

    def get(self, key, default=None):
        """The value of a key, or `default`."""
        return self[key] if key in self else default

    def update(self, *args):
        """Set the keys of dicts."""
        for mapping in args:
            for key, value in mapping.items():
                self[key] = value

    def close(self):
        """Close the file, if this object opened it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _InDict:
    """H5Dict's place to keep things when it was given a plain dict."""

    def __init__(self, target):
        self.target = target

    def put(self, key, value):
        self.target[key] = np.array(value) if isinstance(value, np.ndarray) else value

    def get(self, key):
        return self.target[key]

    def make(self, key):
        return self.target.setdefault(key, {})

    def forget(self, key):
        del self.target[key]

    def __contains__(self, key):
        return key in self.target

    def members(self):
        return list(self.target)


class _InGroup:
    """H5Dict's place to keep things when it was given an HDF5 file or group."""

    def __init__(self, group):
        self.group = group

    def put(self, key, value):
        if isinstance(value, np.ndarray):
            if key in self.group:
                del self.group[key]
            self.group.create_dataset(key, data=value)
        elif key in self.group:
            raise KeyError(f'Cannot set attribute. Group with name "{key}" exists.')
        elif isinstance(value, (list, tuple)):
            write_names(self.group, key, value)
        else:
            self.group.attrs[key] = value

    def get(self, key):
        if key in self.group:
            found = hdf5_safe.child(self.group, key)
            return found if hasattr(found, "keys") else hdf5_safe.array(self.group, key)
        if key in self.group.attrs:
            value = self.group.attrs[key]
            return list(value) if isinstance(value, np.ndarray) else value
        return _chunks(self.group, key)

    def make(self, key):
        return self.group.create_group(key)

    def forget(self, key):
        del (self.group.attrs if key in self.group.attrs else self.group)[key]

    def __contains__(self, key):
        attributes = self.group.attrs
        return key in self.group or key in attributes or key + "0" in attributes

    def members(self):
        return list(self.group.keys())


def write_names(group, key, names):
    """Write a list of names as an attribute; as several, if HDF5's limit demands it."""
    names = [name.encode() if isinstance(name, str) else name for name in names]
    for name in names:
        if isinstance(name, bytes) and len(name) > HDF5_OBJECT_HEADER_LIMIT:
            raise ValueError(f"a name of {len(name)} bytes is too long for HDF5")
    data = np.asarray(names) if names else np.asarray([], dtype="S1")
    parts = -(-data.nbytes // HDF5_OBJECT_HEADER_LIMIT)
    if parts <= 1:
        group.attrs[key] = data
        return
    for index, part in enumerate(np.array_split(data, parts + 1)):
        group.attrs[f"{key}{index}"] = part


def _chunks(group, key):
    values, index = [], 0
    while f"{key}{index}" in group.attrs:
        values += list(group.attrs[f"{key}{index}"])
        index += 1
    return values
