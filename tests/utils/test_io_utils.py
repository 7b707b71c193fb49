"""HDF5Matrix reads rows in any order; H5Dict is a dict in a file."""

import pickle

import numpy as np
import pytest

from minikeras.saving.errors import SavedFileError
from minikeras.utils.io_utils import H5Dict, HDF5Matrix

h5py = pytest.importorskip("h5py")


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/rows"] = np.arange(60.0).reshape(20, 3)
    return str(tmp_path / "a.h5")


ROWS = np.arange(60.0).reshape(20, 3)[2:12]


@pytest.mark.parametrize(
    "key",
    [0, -1, slice(1, 3), slice(None), slice(5, 50), slice(None, None, -2), [2, 1]]
    + [[], [1, 1, 9], np.array([3, 0]), np.arange(10) % 3 == 0, np.int64(4)],
    ids=str,
)
def test_rows_are_those_of_the_array(path, key):
    matrix = HDF5Matrix(path, "group/rows", 2, 12)
    assert np.array_equal(matrix[key], ROWS[key])


def test_shape_type_and_normalizer(path):
    matrix = HDF5Matrix(path, "group/rows", 2, 12, normalizer=lambda x: x * 2)
    assert (len(matrix), matrix.shape, matrix.size, matrix.ndim) == (10, (10, 3), 30, 2)
    assert matrix.dtype == np.float64
    assert np.array_equal(matrix[[3, 1]], 2 * ROWS[[3, 1]])
    assert np.array_equal(np.asarray(matrix), 2 * ROWS)


@pytest.mark.parametrize("key", [10, -11, [0, 10]])
def test_rows_outside_raise(path, key):
    with pytest.raises(IndexError):
        HDF5Matrix(path, "group/rows", 2, 12)[key]


def test_a_matrix_travels_to_a_worker(path):
    matrix = pickle.loads(pickle.dumps(HDF5Matrix(path, "group/rows", 2, 12)))
    assert np.array_equal(matrix[:], ROWS)


@pytest.fixture(params=["path", "group", "dict"])
def h5dict(request, tmp_path):
    if request.param == "dict":
        yield H5Dict({})
    elif request.param == "path":
        with H5Dict(str(tmp_path / "d.h5"), "w") as made:
            yield made
    else:
        with h5py.File(tmp_path / "d.h5", "w") as file:
            yield H5Dict(file.create_group("inside"))


def test_values_come_back(h5dict):
    h5dict["array"] = np.arange(3)
    h5dict["text"], h5dict["number"] = "abc", 3.5
    h5dict["names"] = [b"u", b"vv"]
    h5dict["group"]["inner"] = np.ones(2)
    h5dict.update({"dict": {"a": np.zeros(1)}})
    assert h5dict["array"].tolist() == [0, 1, 2] and h5dict["text"] == "abc"
    assert h5dict["number"] == 3.5
    assert list(h5dict["names"]) == [b"u", b"vv"]
    assert h5dict["group"]["inner"].tolist() == [1, 1]
    assert h5dict["dict"]["a"].tolist() == [0]
    assert "array" in h5dict and "text" in h5dict and "other" not in h5dict
    assert h5dict.get("other", 5) == 5
    h5dict["array"] = np.zeros(1)
    assert h5dict["array"].tolist() == [0]
    del h5dict["array"]
    assert "array" not in h5dict


def test_keras_names_of_many_layers_are_split(tmp_path):
    names = [f"layer_with_a_long_name_{i:06d}".encode() for i in range(5000)]
    with H5Dict(str(tmp_path / "d.h5"), "w") as made:
        made["names"] = names
        assert "names" in made and "names1" in made
    with H5Dict(str(tmp_path / "d.h5"), "r") as read:
        assert [bytes(name) for name in read["names"]] == names


def test_reading_changes_nothing(tmp_path):
    with H5Dict(str(tmp_path / "d.h5"), "w") as made:
        made["a"] = np.zeros(2)
    with H5Dict(str(tmp_path / "d.h5"), "r") as read:
        with pytest.raises(KeyError, match="'b'"):
            read["b"]
        with pytest.raises(ValueError, match="mode='r'"):
            read["b"] = 1
        assert list(read) == ["a"] and len(read) == 1


def test_an_attribute_does_not_hide_an_array(tmp_path):
    with H5Dict(str(tmp_path / "d.h5"), "w") as made:
        made["a"] = np.zeros(2)
        with pytest.raises(KeyError, match="exists"):
            made["a"] = 1


def test_links_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.ones(3)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x")
    with H5Dict(str(tmp_path / "d.h5"), "r") as read, pytest.raises(SavedFileError):
        read["x"]


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="list"):
        H5Dict([1])
