"""The reader of .npy agrees with NumPy on good files and refuses all others."""

import io

import numpy as np
import pytest

from minikeras.saving import npy
from minikeras.saving.errors import DamagedFile, SavedFileError, UnsafeFile


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize("dtype", sorted(npy.KINDS))
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3, 4)])
def test_what_numpy_wrote_is_read(dtype, shape):
    array = np.ones(shape, dtype)
    read = npy.parse(saved(array))
    assert read.dtype == array.dtype and np.array_equal(read, array)


def test_fortran_order_is_read():
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    assert np.array_equal(npy.parse(saved(array)), array)


@pytest.mark.parametrize("shape", [(), (7,), (2, 3)])
def test_what_is_written_is_what_numpy_writes(shape):
    array = np.zeros(shape, np.float32)
    assert npy.header(array.dtype, shape) + array.tobytes() == saved(array)


@pytest.mark.parametrize(
    "array",
    [
        np.array([None, {}], object),
        np.array(["text"]),
        np.zeros(2, complex),
        np.zeros(2, [("a", "f4")]),
        np.zeros(2, "datetime64[s]"),
    ],
)
def test_anything_but_plain_numbers_is_refused(array):
    with pytest.raises(SavedFileError):
        npy.parse(saved(array))


def test_a_huge_shape_is_refused_before_memory_is_taken():
    data = saved(np.zeros(3, "f4")).replace(b"(3,)", b"(999999999999,)")
    with pytest.raises(DamagedFile):
        npy.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, -1), }",
        b"{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (3+1,), }",
        b"{}",
        b"",
    ],
)
def test_a_header_of_another_form_is_not_evaluated(text):
    data = npy.MAGIC + b"\x01\x00" + len(text).to_bytes(2, "little") + text
    with pytest.raises(DamagedFile):
        npy.parse(data + bytes(12))


def test_every_cut_is_noticed():
    data = saved(np.arange(6, dtype="f4"))
    for length in range(len(data)):
        with pytest.raises(DamagedFile):
            npy.parse(data[:length])


def test_writing_objects_is_refused():
    with pytest.raises(UnsafeFile, match="object"):
        npy.header(object, (3,))
