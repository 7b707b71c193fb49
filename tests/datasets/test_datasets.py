"""Data sets in the real files' formats, against what Keras 2.3.1 makes of them."""

import gzip
import hashlib
import io
import json
import os
import pickle
import shutil
import struct
import tarfile

import numpy as np
import pytest

from minikeras.datasets import (
    boston_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    pickled,
    reuters,
)
from minikeras.saving.errors import DamagedFile, SavedFileError, UnsafeFile

DATA = os.path.join(os.path.dirname(__file__), "data")
with open(os.path.join(DATA, "reference.json")) as _file:
    REFERENCE = json.load(_file)
OPTIONS = {
    "plain": {},
    "num_words": {"num_words": 20},
    "left_out": {"skip_top": 3, "num_words": 20, "oov_char": None},
    "unshifted": {"start_char": None, "index_from": 0},
    "maxlen": {"maxlen": 6},
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder, with every downloaded file's hash taken as it comes."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return folder


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(cache, monkeypatch, module, name):
    shutil.copy(os.path.join(DATA, name), cache)
    monkeypatch.setattr(module, "SHA256", sha256(cache / name))


def plain(data):
    return [[np.asarray(x).tolist(), y.tolist()] for x, y in data]


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("module", [imdb, reuters])
def test_texts_are_those_of_keras(cache, monkeypatch, module, name):
    dataset = module.__name__.split(".")[-1]
    put(cache, monkeypatch, module, dataset + ".npz")
    expected = REFERENCE[f"{dataset}/{name}"]
    for _ in range(2):  # the second time from the flat file
        data = plain(module.load_data(**OPTIONS[name]))
        if (dataset, name) == ("imdb", "maxlen"):
            # Keras moves the border between the parts here; all texts are the same.
            merged = [sum(parts, []) for parts in zip(*data, strict=True)]
            assert merged == [sum(parts, []) for parts in zip(*expected, strict=True)]
        else:
            assert data == expected
    assert (cache / f"{dataset}.flat.npz").exists()


def test_maxlen_keeps_train_and_test_apart(cache, monkeypatch):
    put(cache, monkeypatch, imdb, "imdb.npz")
    (x_train, _), (x_test, _) = imdb.load_data(maxlen=6, num_words=99)
    (all_train, _), (all_test, _) = imdb.load_data(num_words=99)
    assert list(x_train) == [row for row in all_train if len(row) < 6]
    assert list(x_test) == [row for row in all_test if len(row) < 6]


def test_a_flat_file_of_another_source_is_not_used(cache, monkeypatch):
    put(cache, monkeypatch, imdb, "imdb.npz")
    before = plain(imdb.load_data())
    (cache / "imdb.flat.npz").write_bytes(b"damaged")
    assert plain(imdb.load_data()) == before


def test_a_file_that_keras_2_3_downloaded_is_used(cache, monkeypatch):
    shutil.copy(os.path.join(DATA, "imdb.npz"), cache)
    md5 = hashlib.md5((cache / "imdb.npz").read_bytes()).hexdigest()
    monkeypatch.setattr(imdb, "OLD_MD5", md5)
    assert plain(imdb.load_data()) == REFERENCE["imdb/plain"]


def test_no_text_left_is_said(cache, monkeypatch):
    put(cache, monkeypatch, imdb, "imdb.npz")
    with pytest.raises(ValueError, match="maxlen=1 leaves no text"):
        imdb.load_data(maxlen=1)


def test_an_unknown_argument_is_named():
    with pytest.raises(TypeError, match="num_wrods"):
        imdb.load_data(num_wrods=3)


def test_boston_housing_is_that_of_keras(cache, monkeypatch):
    put(cache, monkeypatch, boston_housing, "boston_housing.npz")
    assert plain(boston_housing.load_data()) == REFERENCE["boston_housing"]


def test_word_index(cache, monkeypatch):
    for module, name in ((imdb, "imdb"), (reuters, "reuters")):
        path = cache / f"{name}_word_index.json"
        path.write_text('{"the": 1, "and": 2}')
        md5 = hashlib.md5(path.read_bytes()).hexdigest()
        monkeypatch.setattr(module, "INDEX_MD5", md5)
        assert module.get_word_index() == {"the": 1, "and": 2}


def test_mnist(cache, monkeypatch):
    x, y = np.arange(2 * 784).reshape(2, 28, 28).astype("u1"), np.array([7, 1], "u1")
    np.savez_compressed(cache / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    monkeypatch.setattr(mnist, "SHA256", sha256(cache / "mnist.npz"))
    (x_train, y_train), (_, y_test) = mnist.load_data()
    assert np.array_equal(x_train, x) and np.array_equal(y_train, y_test)
    assert x_train.dtype == np.uint8


def idx(array):
    header = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def test_fashion_mnist(cache, monkeypatch):
    x, y = np.arange(3 * 784).reshape(3, 28, 28).astype("u1"), np.array([9, 0, 4], "u1")
    (cache / "fashion-mnist").mkdir()
    for files in (fashion_mnist.TRAINING, fashion_mnist.TEST):
        for name in files:
            path = cache / "fashion-mnist" / name
            path.write_bytes(idx(x if "images" in name else y))
            monkeypatch.setitem(files, name, sha256(path))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert np.array_equal(x_train, x) and np.array_equal(y_test, y)


@pytest.mark.parametrize("data", [b"", b"text", idx(np.zeros((2, 2), "u1"))[:-9]])
def test_a_damaged_idx_file_is_called_so(tmp_path, data):
    from minikeras.datasets.files import read_idx

    (tmp_path / "a.gz").write_bytes(data)
    with pytest.raises(DamagedFile, match="Delete"):
        read_idx(str(tmp_path / "a.gz"), 2)


def cifar_file(rows, **labels):
    """A batch as the published ones are: a pickle of Python 2, protocol 2."""

    def text(value):
        return b"U" + bytes([len(value)]) + value

    def numbers(values):
        return b"](" + b"".join(b"K" + bytes([value]) for value in values) + b"e"

    raw = rows.tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K" + bytes([len(rows)]) + b"M" + struct.pack("<H", 3072) + b"\x86"
        b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"
    )
    items = text(b"data") + array
    for key, values in labels.items():
        items += text(key.encode()) + numbers(values)
    return b"\x80\x02}(" + items + b"u."


def cifar_archive(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sha256(path)


def test_cifar10_from_the_archive(cache, monkeypatch):
    rows = np.arange(6 * 2 * 3072).reshape(6, 2, 3072).astype("u1")
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    digest = cifar_archive(
        cache / "cifar-10-batches-py.tar.gz",
        {
            f"cifar-10-batches-py/{name}": cifar_file(rows[i], labels=[i, 9 - i])
            for i, name in enumerate(names)
        },
    )
    monkeypatch.setattr(cifar10, "SHA256", digest)
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert x_train.shape == (10, 32, 32, 3) and y_train.shape == (10, 1)
    assert np.array_equal(x_test[1, :, :, 2].ravel(), rows[5, 1, 2048:])
    assert y_train[:4, 0].tolist() == [0, 9, 1, 8] and y_test.dtype == np.uint8


@pytest.mark.parametrize("mode, expected", [("fine", [3, 99]), ("coarse", [1, 19])])
def test_cifar100_from_the_archive(cache, monkeypatch, mode, expected):
    rows = np.zeros((2, 3072), "u1")
    data = cifar_file(rows, fine_labels=[3, 99], coarse_labels=[1, 19])
    files = {"cifar-100-python/train": data, "cifar-100-python/test": data}
    digest = cifar_archive(cache / "cifar-100-python.tar.gz", files)
    monkeypatch.setattr(cifar100, "SHA256", digest)
    (_, y_train), _ = cifar100.load_data(mode)
    assert y_train[:, 0].tolist() == expected


def test_cifar100_knows_two_modes():
    with pytest.raises(ValueError, match="'fine' or 'coarse'"):
        cifar100.load_data("medium")


class Runs:
    """Unpickling this runs a command."""

    def __reduce__(self):
        return os.system, ("touch /tmp/should_not_exist",)


HOSTILE = {
    "call": pickle.dumps(Runs()),
    "call in dict": pickle.dumps({b"data": Runs()}),
    "module": b"cbuiltins\nexec\n(S'1'\ntR.",
    "getattr": b"cbuiltins\ngetattr\n.",
    "numpy function": b"cnumpy\nload\n(S'/etc/passwd'\ntR.",
    "huge memo": b"\x80\x02]r\xff\xff\xff\x7f.",
    "huge text": b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "deep": b"(" * 10**6,
    "empty": b"",
    "cut": cifar_file(np.zeros((1, 3072), "u1"), labels=[1])[:200],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_runs_nothing(name):
    with pytest.raises(SavedFileError):
        pickled.read_pickle(HOSTILE[name])


def test_an_array_in_a_pickle_cannot_claim_more_than_it_holds():
    data = cifar_file(np.zeros((2, 3072), "u1"), labels=[0, 0])
    with pytest.raises(DamagedFile, match="says"):
        pickled.read_pickle(data.replace(b"(K\x01K\x02M", b"(K\x01K\x03M"))


def test_a_text_file_with_a_hostile_pickle_is_refused(cache, monkeypatch):
    rows = np.empty(2, object)
    rows[:] = [[1, 2], Runs()]
    np.savez(cache / "reuters.npz", x=rows, y=np.zeros(2))
    monkeypatch.setattr(reuters, "SHA256", sha256(cache / "reuters.npz"))
    with pytest.raises(UnsafeFile, match="system"):
        reuters.load_data()
