"""Keras 2's HDF5 files: groups, open files, names, and what is refused."""

import io

import numpy as np
import pytest

from minikeras.layers import Dense, Input
from minikeras.models import Model, Sequential, load_model
from minikeras.saving import hdf5
from minikeras.saving.errors import (
    DamagedFile,
    NotAModelFile,
    SavedFileError,
    TooLarge,
)
from minikeras.utils.io_utils import H5Dict

h5py = pytest.importorskip("h5py")

X = np.random.RandomState(0).rand(6, 3).astype("float32")


def make(compiled=False):
    model = Sequential([Dense(4, input_shape=(3,), name="a"), Dense(2, name="b")])
    if compiled:
        model.compile("adam", "mse")
        model.fit(X, X[:, :2], verbose=0)
    return model


def test_the_layout_is_that_of_keras_2(tmp_path):
    make(True).save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert file.attrs["keras_version"] == b"2.3.1"
        assert {"model_config", "training_config", "backend"} <= set(file.attrs)
        weights = file["model_weights"]
        assert list(weights.attrs["layer_names"]) == [b"a", b"b"]
        names = list(weights["a"].attrs["weight_names"])
        assert names == [b"a/kernel:0", b"a/bias:0"]
        assert weights["a"]["a/kernel:0"].shape == (3, 4)
        assert "weight_names" in file["optimizer_weights"].attrs


def test_training_goes_on_where_it_was(tmp_path):
    model = make(True)
    model.save(tmp_path / "m.h5")
    twin = load_model(tmp_path / "m.h5")
    for each in (model, twin):
        each.fit(X, X[:, :2], epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("wrap", [lambda group: group, H5Dict], ids=["group", "H5Dict"])
def test_open_groups_are_written_and_read(tmp_path, wrap):
    model = make()
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["data"] = np.arange(3)
        model.save(wrap(file.create_group("models/first")))
        loaded = load_model(wrap(file["models/first"]))
    assert np.array_equal(model.predict(X), loaded.predict(X))


def test_the_contents_decide_not_the_name(tmp_path):
    model = make()
    model.save(tmp_path / "m.h5")
    (tmp_path / "m.h5").rename(tmp_path / "m.mk")
    loaded = load_model(tmp_path / "m.mk")
    data = io.BytesIO((tmp_path / "m.mk").read_bytes())
    for each in (loaded, load_model(data)):
        assert np.array_equal(model.predict(X), each.predict(X))


def test_weights_by_name_and_from_a_model(tmp_path):
    model = make()
    model.save(tmp_path / "m.h5")
    model.save_weights(tmp_path / "w.h5")
    for name in ("m.h5", "w.h5"):
        other = make()
        other.load_weights(tmp_path / name)
        assert np.array_equal(model.predict(X), other.predict(X))
    x = Input((3,))
    other = Model(x, Dense(5, name="c")(Dense(4, name="a")(x)))
    other.load_weights(tmp_path / "w.h5", by_name=True)
    kernel = other.get_layer("a").get_weights()[0]
    assert np.array_equal(kernel, model.get_weights()[0])
    with pytest.raises(NotAModelFile, match="load_weights"):
        load_model(tmp_path / "w.h5")


def test_names_of_very_many_layers_are_split(tmp_path):
    layers = [Dense(1, input_shape=(1,), name="first")]
    layers += [Dense(1, name=f"layer_{'x' * 100}_{i}") for i in range(700)]
    model = Sequential(layers)
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        assert "layer_names1" in file.attrs
    before = model.get_weights()
    model.set_weights([w * 0 for w in before])
    model.load_weights(tmp_path / "w.h5")
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    from minikeras.saving import hdf5

    model = make()
    model.save(tmp_path / "m.h5")
    before = (tmp_path / "m.h5").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hdf5, "_write_weights", fail)
    with pytest.raises(OSError, match="unchanged"):
        model.save(tmp_path / "m.h5")
    assert (tmp_path / "m.h5").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.h5"]


@pytest.mark.parametrize("part", [10, 100, 1000, 3000])
def test_a_cut_file_is_called_damaged(tmp_path, part):
    make().save(tmp_path / "m.h5")
    data = (tmp_path / "m.h5").read_bytes()
    (tmp_path / "m.h5").write_bytes(data[:part])
    with pytest.raises(SavedFileError, match="damaged"):
        load_model(tmp_path / "m.h5")


def test_max_bytes(tmp_path):
    make().save(tmp_path / "m.h5")
    with pytest.raises(TooLarge, match="max_bytes"):
        load_model(tmp_path / "m.h5", max_bytes=50)


def test_without_h5py_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install h5py"):
        make().save(tmp_path / "m.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_group_inside_itself_is_refused(tmp_path):
    make().save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        file["model_weights"]["again"] = file["model_weights"]
    with pytest.raises(TooLarge, match="inside itself"):
        load_model(tmp_path / "m.h5")


def test_verification_reads_back_every_number(tmp_path, monkeypatch):
    path, verify = tmp_path / "m.h5", hdf5._verify
    make(compiled=True).save(path)
    before = path.read_bytes()
    with h5py.File(path) as file:
        last = file["optimizer_weights"].attrs["weight_names"][-1].decode()
    for name in ("model_weights/b/b/bias:0", "optimizer_weights/" + last):

        def changed(temporary, written, name=name):
            with h5py.File(temporary, "r+") as file:
                file[name][-1] += 1
            verify(temporary, written)

        monkeypatch.setattr(hdf5, "_verify", changed)
        with pytest.raises(DamagedFile, match="not written correctly"):
            make(compiled=True).save(path)
        assert path.read_bytes() == before
