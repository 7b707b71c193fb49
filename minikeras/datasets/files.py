"""The file formats of the data sets, read as plain numbers."""

import gzip
import struct
import zlib

import numpy as np

from minikeras.saving import npy
from minikeras.saving.archive import Archive
from minikeras.saving.errors import DamagedFile

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def read_npz(path, *names):
    """Arrays of an .npz file by name; arrays of objects are refused."""
    with Archive(path, compressed=True) as archive:
        return [npy.parse(archive.read(name + ".npy"), name) for name in names]


def read_idx(path, dimensions):
    """An array of bytes in the IDX layout of MNIST, compressed by gzip."""
    try:
        with gzip.open(path) as file:
            start = file.read(4 * (1 + dimensions))
            magic, *shape = struct.unpack(f">{1 + dimensions}I", start)
            count = 1
            for size in shape:
                count *= size
            data = file.read(min(count, 2**28) + 1)
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise DamagedFile(f"{path!r} is damaged: {error}. Delete it.") from error
    if magic != 0x800 + dimensions or len(data) != count:
        raise DamagedFile(f"{path!r} is not {dimensions}-dimensional IDX. Delete it.")
    return np.frombuffer(data, np.uint8).reshape(shape)


def shuffled(random, *arrays):
    """The arrays in one order, drawn as Keras does from a `np.random.RandomState`."""
    order = np.arange(len(arrays[0]))
    random.shuffle(order)
    return [array[order] for array in arrays]
