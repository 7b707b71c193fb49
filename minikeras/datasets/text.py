"""Texts as lists of word numbers: what IMDB and Reuters have in common."""

import json
import os

import numpy as np

from minikeras.datasets.pickled import read_lists
from minikeras.saving import atomic, npy
from minikeras.saving.archive import Archive
from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.errors import DamagedFile, SavedFileError
from minikeras.utils.downloads import file_digest


def read_texts(path, names):
    """Arrays of a data set by name; those of lists come as (numbers, offsets).

    The published file has arrays of Python lists, which are pickles. They are converted
    once to plain numbers, kept in a file beside it that the next call reads.
    """
    flat = path.removesuffix(".npz") + ".flat.npz"
    source = file_digest(path)
    try:
        return _read_flat(flat, names, source)
    except (OSError, SavedFileError):
        arrays = _convert(path, names)
    try:
        _write_flat(flat, arrays, source)
    except OSError:
        pass  # a folder that is read only: convert again next time
    return arrays


def prepare(rows, labels, start_char, index_from):
    """Shift the word numbers, and put the start mark before each text."""
    shifted = [[word + index_from for word in row] for row in rows]
    if start_char is not None:
        shifted = [[start_char] + row for row in shifted]
    return shifted, labels


def shorter_than(maxlen, rows, labels):
    """Only the texts with fewer than `maxlen` words."""
    kept = [i for i, row in enumerate(rows) if len(row) < maxlen]
    return [rows[i] for i in kept], labels[kept]


def limited(rows, num_words, skip_top, oov_char):
    """Replace words outside skip_top <= word < num_words, or leave them out."""
    if oov_char is None:
        return [[w for w in row if skip_top <= w < num_words] for row in rows]
    return [[w if skip_top <= w < num_words else oov_char for w in row] for row in rows]


def as_array(rows):
    """An array whose elements are lists, as Keras returns texts."""
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def to_rows(numbers, offsets):
    """Lists of word numbers from flat numbers and where each text ends."""
    flat, ends = numbers.tolist(), offsets.tolist()
    return [flat[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]


def load_word_index(path):
    """A dict of word -> number from a JSON file."""
    with open(path, encoding="utf-8") as file:
        words = json.load(file)
    if not isinstance(words, dict) or not all(type(n) is int for n in words.values()):
        raise DamagedFile(f"{path!r} is not a dictionary of word numbers. Delete it.")
    return words


def _convert(path, names):
    with Archive(path, compressed=True) as archive:
        members = {name: archive.read(name + ".npy") for name in names}
    arrays = {}
    for name, data in members.items():
        if name.startswith("x"):
            arrays[name] = _flattened(read_lists(data.tobytes()))
        else:
            arrays[name] = npy.parse(data, name)
    return arrays


def _flattened(rows):
    offsets = np.cumsum([0] + [len(row) for row in rows])
    numbers = [word for row in rows for word in row]
    if not all(type(word) is int and 0 <= word < 2**31 for word in numbers):
        raise DamagedFile("a text has something else than word numbers")
    return np.array(numbers, np.int32), offsets


def _write_flat(path, arrays, source):
    with atomic.replacing(path) as file:
        writer = ArchiveWriter(file)
        writer.add("source.txt", source.encode())
        for name, array in arrays.items():
            if name.startswith("x"):
                _add(writer, name + "_offsets", array[1])
                array = array[0]
            _add(writer, name, array)
        writer.close()


def _add(writer, name, array):
    writer.add(name + ".npy", npy.header(array.dtype, array.shape), array)


def _read_flat(path, names, source):
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    with Archive(path) as archive:
        if archive.read("source.txt").tobytes() != source.encode():
            raise DamagedFile(f"{path!r} was made from another file")
        return {name: _read_one(archive, name) for name in names}


def _read_one(archive, name):
    array = npy.parse(archive.read(name + ".npy"), name)
    if not name.startswith("x"):
        return array
    return array, npy.parse(archive.read(name + "_offsets.npy"), name)
