"""minikeras's own file holds a model completely, and says what is wrong with others."""

import io
import json
import os
import warnings
import zipfile

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Dense, Dropout, Input, Lambda
from minikeras.models import (
    Model,
    Sequential,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
)
from minikeras.saving import own
from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.arrays import read_arrays, write_arrays
from minikeras.saving.errors import (
    DamagedFile,
    InvalidConfig,
    NewerFormat,
    NotAModelFile,
    SavedFileError,
    TooLarge,
    UnsavableModel,
    WeightsMismatch,
)
from minikeras.utils import custom_object_scope

X = np.random.RandomState(0).rand(12, 3).astype("float32")
Y = np.eye(2)[np.arange(12) % 2]


def make(compiled=True, units=4):
    layers = [
        Dense(units, activation="relu", input_shape=(3,), name="first"),
        Dropout(0.3),
        Dense(2, activation="softmax", name="last"),
    ]
    model = Sequential(layers)
    if compiled:
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        model.fit(X, Y, epochs=2, verbose=0)
    return model


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, **changes):
    """The file with members exchanged, and checksums that fit."""
    contents = {k: v for k, v in members(path).items() if k != "meta.json"}
    meta = json.loads(members(path)["meta.json"])
    meta.update(changes.pop("meta", {}))
    contents.update({k.replace("_json", ".json"): v for k, v in changes.items()})
    with open(path, "wb") as file:
        writer = ArchiveWriter(file)
        for name, data in contents.items():
            writer.add(name, data)
        writer.add(
            "meta.json", json.dumps({**meta, "sha256": writer.sha256()}).encode()
        )
        writer.close()
    return path


def test_training_goes_on_where_it_was(tmp_path):
    model = make()
    model.save(tmp_path / "m.mk")
    twin = load_model(tmp_path / "m.mk")
    assert np.array_equal(model.predict(X), twin.predict(X))
    for each in (model, twin):
        np.random.seed(5)
        each.fit(X, Y, epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert model.metrics_names == twin.metrics_names


def test_loading_draws_no_random_numbers(tmp_path):
    make().save(tmp_path / "m.mk")
    before = np.random.get_state()[1].copy()
    load_model(tmp_path / "m.mk")
    assert np.array_equal(before, np.random.get_state()[1])


def test_without_optimizer_and_without_compile(tmp_path):
    model = make()
    save_model(model, tmp_path / "m.mk", include_optimizer=False)
    assert load_model(tmp_path / "m.mk").optimizer is None
    model.save(tmp_path / "m.mk")
    assert load_model(tmp_path / "m.mk", compile=False).optimizer is None


def test_overwrite_false_keeps_the_file(tmp_path):
    make(False).save(tmp_path / "m.mk")
    before = (tmp_path / "m.mk").read_bytes()
    with pytest.raises(FileExistsError):
        make(False).save(tmp_path / "m.mk", overwrite=False)
    assert (tmp_path / "m.mk").read_bytes() == before


def test_open_files_work(tmp_path):
    model, buffer = make(), io.BytesIO()
    model.save(buffer)
    buffer.seek(0)
    assert np.array_equal(load_model(buffer).predict(X), model.predict(X))
    with open(tmp_path / "w.bin", "wb") as file:
        model.save_weights(file)
    other = make(False)
    with open(tmp_path / "w.bin", "rb") as file:
        other.load_weights(file)
    assert np.array_equal(other.predict(X), model.predict(X))


def test_numpy_alone_reads_the_weights(tmp_path):
    model = make(False)
    model.save(tmp_path / "m.mk")
    flat = np.load(tmp_path / "m.mk")["weights/000"]
    name, _, shape, _, start = json.loads(members(tmp_path / "m.mk")["weights.json"])[0]
    kernel = flat[start : start + np.prod(shape)].reshape(shape)
    assert name == "first/kernel:0" and np.array_equal(kernel, model.get_weights()[0])


def test_arrays_of_several_types_keep_their_order():
    buffer = io.BytesIO()
    arrays = [
        (str(i), np.arange(i, dtype=t)) for i, t in enumerate(["f4", "i8", "f4", ">f8"])
    ]
    writer = ArchiveWriter(buffer)
    write_arrays(writer, "some", arrays)
    writer.close()
    with own.open_zip(buffer.getvalue()) as archive:
        read = read_arrays(archive, "some")
    assert [name for name, _ in read] == ["0", "1", "2", "3"]
    for (_, a), (_, b) in zip(arrays, read, strict=True):
        assert np.array_equal(a, b) and a.dtype.kind == b.dtype.kind


def test_custom_objects_are_needed_by_name(tmp_path):
    def distance(y_true, y_pred):
        return K.mean(K.abs(y_true - y_pred), axis=-1)

    model = make(False)
    model.compile("sgd", distance)
    model.save(tmp_path / "m.mk")
    with pytest.raises(SavedFileError, match="distance"):
        load_model(tmp_path / "m.mk")
    loaded = load_model(tmp_path / "m.mk", custom_objects={"distance": distance})
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_a_lambda_is_refused_when_it_is_saved(tmp_path):
    model = make(False)
    model.compile("sgd", lambda y_true, y_pred: K.mean(y_pred - y_true, axis=-1))
    with pytest.raises(UnsavableModel, match="def"):
        model.save(tmp_path / "m.mk")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("suffix", ["mk", "h5", "keras"])
def test_a_lambda_in_a_layer_is_refused_when_it_is_saved(tmp_path, suffix):
    model = Sequential([Lambda(lambda x: 2 * x, input_shape=(3,), name="twice")])
    with pytest.raises(UnsavableModel, match="layer 'twice' uses a lambda"):
        model.save(tmp_path / ("m." + suffix))
    assert os.listdir(tmp_path) == []


def twice(x):
    return 2 * x


@pytest.mark.parametrize("suffix", ["mk", "h5", "keras"])
def test_a_function_in_a_layer_is_found_by_name_only(tmp_path, suffix):
    if suffix != "mk":
        pytest.importorskip("h5py")
    path = tmp_path / ("m." + suffix)
    model = Sequential([Lambda(twice, input_shape=(3,)), Dense(2)])
    model.save(path)
    with pytest.raises(InvalidConfig, match="custom_objects={'twice': twice}"):
        load_model(path)
    loaded = load_model(path, custom_objects={"twice": twice})
    assert np.array_equal(loaded.predict(X), model.predict(X))
    with custom_object_scope({"twice": twice}):
        load_model(path)


def test_a_name_that_could_be_a_path_is_refused_when_it_is_saved(tmp_path):
    model = Sequential([Dense(2, input_shape=(3,), name="a/../b")])
    with pytest.raises(InvalidConfig, match="a/../b"):
        model.save(tmp_path / "m.mk")


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("save", ["save", "save_weights"])
def test_nan_is_told_in_files_of_others(tmp_path, suffix, save):
    pytest.importorskip("h5py")
    model = make(False)
    model.layers[0].kernel.value[0, 0] = np.nan
    suffix = "h5" if save == "save_weights" else suffix
    with pytest.warns(UserWarning, match="first/kernel:0") as told:
        getattr(model, save)(tmp_path / f"m.{suffix}")
    assert [each.filename for each in told] == [__file__]


def test_nan_is_told_and_marked(tmp_path):
    model = make(False)
    model.layers[0].kernel.value[0, 0] = np.nan
    model.layers[2].bias.value[0] = np.inf
    with pytest.warns(UserWarning, match="first/kernel:0, last/bias:0") as told:
        model.save(tmp_path / "m.mk")
    assert [each.filename for each in told] == [__file__]
    meta = json.loads(members(tmp_path / "m.mk")["meta.json"])
    assert meta["non_finite"] == ["first/kernel:0", "last/bias:0"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(False).save(tmp_path / "m.mk")


# ---- weights ---------------------------------------------------------------------


def test_weights_of_a_model_file_or_of_their_own(tmp_path):
    model = make()
    model.save(tmp_path / "m.mk")
    model.save_weights(tmp_path / "w.mk")
    for name in ("m.mk", "w.mk"):
        other = make(False)
        other.load_weights(tmp_path / name)
        assert np.array_equal(other.predict(X), model.predict(X))
    with pytest.raises(SavedFileError, match="weights only"):
        load_model(tmp_path / "w.mk")


def test_other_shapes_are_shown_in_a_table_and_nothing_changes(tmp_path):
    make(False, units=5).save_weights(tmp_path / "w.mk")
    model = make(False)
    before = model.get_weights()
    with pytest.raises(WeightsMismatch) as caught:
        model.load_weights(tmp_path / "w.mk")
    text = str(caught.value)
    assert "3 of 4 weights have other shapes" in text
    assert "first/kernel:0  (3, 4)  (3, 5)" in text and "skip_mismatch=True" in text
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_another_number_of_layers_is_told(tmp_path):
    make(False).save_weights(tmp_path / "w.mk")
    with pytest.raises(WeightsMismatch, match="2 layers.*1 layers"):
        Sequential([Dense(4, input_shape=(3,))]).load_weights(tmp_path / "w.mk")


def test_loading_by_name(tmp_path):
    model = make(False)
    model.save_weights(tmp_path / "w.mk")
    x = Input((3,))
    other = Model(x, Dense(2, name="other")(Dense(4, name="first")(x)))
    before = other.get_layer("other").get_weights()
    other.load_weights(tmp_path / "w.mk", by_name=True)
    kernel = other.get_layer("first").get_weights()[0]
    assert np.array_equal(kernel, model.get_layer("first").get_weights()[0])
    assert np.array_equal(before[0], other.get_layer("other").get_weights()[0])
    with pytest.warns(UserWarning, match="nothing was loaded"):
        Sequential([Dense(4, input_shape=(3,), name="z")]).load_weights(
            tmp_path / "w.mk", by_name=True
        )


def test_mismatches_can_be_skipped_by_name_only(tmp_path):
    make(False, units=5).save_weights(tmp_path / "w.mk")
    model = make(False)
    with pytest.raises(ValueError, match="by_name"):
        model.load_weights(tmp_path / "w.mk", skip_mismatch=True)
    with pytest.warns(UserWarning, match="first/kernel:0"):
        model.load_weights(tmp_path / "w.mk", by_name=True, skip_mismatch=True)


def test_reshape_takes_as_many_numbers_in_another_shape(tmp_path):
    source = Sequential([Dense(6, input_shape=(2,), use_bias=False)])
    source.save_weights(tmp_path / "w.mk")
    target = Sequential([Dense(4, input_shape=(3,), use_bias=False)])
    with pytest.raises(WeightsMismatch):
        target.load_weights(tmp_path / "w.mk")
    target.load_weights(tmp_path / "w.mk", reshape=True)
    assert np.array_equal(
        target.get_weights()[0].ravel(), source.get_weights()[0].ravel()
    )


def test_a_model_without_weights_yet_says_so(tmp_path):
    make(False).save_weights(tmp_path / "w.mk")
    with pytest.raises(ValueError, match="input_shape"):
        Sequential([Dense(2)]).load_weights(tmp_path / "w.mk")

    class Written(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)

        def call(self, x):
            return self.dense(x)

    model = Written()
    model.build((None, 3))  # as in Keras, this makes no weights
    with pytest.raises(ValueError, match="predict on a batch"):
        model.load_weights(tmp_path / "w.mk")


# ---- friendly errors -------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    make(False).save(tmp_path / "m.mk")
    return tmp_path / "m.mk"


def test_every_cut_and_every_kind_of_damage_is_called_so(path):
    data = path.read_bytes()
    for part in range(0, len(data), 37):
        path.write_bytes(data[:part])
        with pytest.raises(SavedFileError, match="cut off|damaged|not a zip"):
            load_model(path)
    for place in range(0, len(data), 29):
        changed = bytearray(data)
        changed[place] ^= 0x55
        path.write_bytes(changed)
        try:
            model = load_model(path)
        except SavedFileError:
            continue
        assert model.layers[0].units == 4  # a date or a version of the zip


def test_a_later_version_is_called_so(path):
    with pytest.raises(NewerFormat, match="pip install --upgrade"):
        load_model(rewritten(path, meta={"version": 99}))


@pytest.mark.parametrize("data", [b"", b"hello", b"PK", b"\x80\x04K\x01.", b"\0" * 99])
def test_other_files_are_called_what_they_are(path, data):
    path.write_bytes(data)
    with pytest.raises(SavedFileError):
        load_model(path)


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(NotAModelFile, match="SavedModel"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none.mk")


def test_another_zip_is_called_so(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(NotAModelFile, match="none of minikeras"):
        load_model(path)


def test_a_missing_member_is_named(path):
    contents = members(path)
    with open(path, "wb") as file:
        writer = ArchiveWriter(file)
        for name, data in contents.items():
            if name != "weights.json":
                writer.add(name, data)
        writer.close()
    with pytest.raises(DamagedFile, match="weights.json"):
        load_model(path)


def test_an_extra_member_without_checksum_is_refused(path):
    contents = members(path)
    with open(path, "wb") as file:
        writer = ArchiveWriter(file)
        for name, data in contents.items():
            writer.add(name, data)
        writer.add("extra", b"1")
        writer.close()
    with pytest.raises(DamagedFile, match="'extra'"):
        load_model(path)


def config_with(path, **changes):
    config = json.loads(members(path)["config.json"])
    config["model"]["config"]["layers"][0]["config"].update(changes)
    return rewritten(path, config_json=json.dumps(config).encode())


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"units": "4"}, "units"),
        ({"units": -4}, "units"),
        ({"units": 4.5}, "units"),
        ({"units": [4]}, "units"),
        ({"unitz": 4}, "units"),
        ({"activation": "relux"}, "relu"),
        ({"activation": "deserialize"}, "activation"),
        ({"activation": "np"}, "activation"),
        ({"activation": {"class_name": "os.system", "config": {}}}, "os.system"),
        ({"kernel_initializer": {"class_name": "eval", "config": {}}}, "eval"),
        ({"name": "../../x"}, "name"),
        ({"use_bias": "maybe"}, "use_bias|weights"),
        ({"batch_input_shape": [None, "x"]}, "whole number"),
        ({"batch_input_shape": "abc"}, "whole number"),
        ({"batch_input_shape": [None, -3]}, "whole number"),
    ],
)
def test_values_that_the_constructor_does_not_take_are_refused(path, changes, words):
    with pytest.raises(SavedFileError, match=words):
        load_model(config_with(path, **changes))


@pytest.mark.parametrize("units", [10**6, 10**12, 10**30])
def test_a_configuration_never_makes_more_than_the_file_holds(path, units):
    with pytest.raises((TooLarge, InvalidConfig)):
        load_model(config_with(path, units=units))


def test_a_configuration_alone_is_limited_too():
    config = make(False).get_config()
    config["layers"][0]["config"]["units"] = 10**12
    with pytest.raises(TooLarge, match="max_bytes"):
        model_from_config({"class_name": "Sequential", "config": config})


def test_json_and_configurations_make_models_with_fresh_weights():
    model = make(False)
    twin = model_from_json(model.to_json())
    assert twin.get_config() == model.get_config()
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])
    config = {"class_name": "Sequential", "config": model.get_config()}
    assert model_from_config(config).count_params() == model.count_params()


def test_yaml_is_refused_with_a_reason():
    with pytest.raises(NotImplementedError, match="CVE-2021-37678"):
        model_from_yaml("")
    with pytest.raises(NotImplementedError, match="to_json"):
        make(False).to_yaml()


def test_max_bytes_limits_the_file(path):
    with pytest.raises(TooLarge, match="max_bytes"):
        load_model(path, max_bytes=500)
