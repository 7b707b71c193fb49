"""Files of Keras 2.3.1, tf.keras 2.15 and Keras 3 load here and predict the same.

`data/*.zip` hold them; `tests/parity/exchange_record.py` made them with the real ones.
The other direction is `exchange_write.py` and `exchange_check.py` there.
"""

import io
import os
import sys
import zipfile

import numpy as np
import pytest

import minikeras
from minikeras.models import load_model
from minikeras.saving.errors import UnsavableModel

h5py = pytest.importorskip("h5py")
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "parity"))
from exchange_models import MODELS, predictions, randomize  # noqa: E402

DATA = os.path.join(os.path.dirname(__file__), "data")
VERSIONS = ["keras-2.3.1", "tf.keras-2.15.1", "keras-3.15.1"]


def read(version, name):
    with zipfile.ZipFile(os.path.join(DATA, version + ".zip")) as archive:
        return archive.read(name)


def recorded(version, name, kind):
    with np.load(io.BytesIO(read(version, "expected.npz"))) as arrays:
        count = sum(key.startswith(f"{name}/{kind}") for key in arrays)
        return [arrays[f"{name}/{kind}{i}"] for i in range(count)]


def assert_predicts(model, version, name):
    got = predictions(model, recorded(version, name, "x"))
    expected = recorded(version, name, "y")
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)


FILES = [
    (version, name)
    for version in VERSIONS
    for name in zipfile.ZipFile(os.path.join(DATA, version + ".zip")).namelist()
    if not name.endswith(("expected.npz", ".weights.h5"))
]


@pytest.mark.filterwarnings("ignore:the model was loaded, but not compiled")
@pytest.mark.filterwarnings("ignore:the optimizer starts afresh")
@pytest.mark.filterwarnings("ignore:.*outputs at masked steps")
@pytest.mark.parametrize("version, file", FILES)
def test_a_model_of_keras_predicts_the_same_here(tmp_path, version, file):
    (tmp_path / file).write_bytes(read(version, file))
    model = load_model(tmp_path / file)
    assert_predicts(model, version, os.path.splitext(file)[0])


@pytest.mark.parametrize("name", MODELS)
def test_weights_of_keras_2_fit_a_model_made_here(tmp_path, name):
    path = tmp_path / "weights.h5"
    path.write_bytes(read("keras-2.3.1", f"{name}.weights.h5"))
    model = MODELS[name](minikeras)
    model.load_weights(path)
    assert_predicts(model, "keras-2.3.1", name)


def test_the_optimizer_of_keras_2_goes_on_where_it_was(tmp_path):
    data = read("keras-2.3.1", "core.h5")
    (tmp_path / "core.h5").write_bytes(data)
    model = load_model(tmp_path / "core.h5")
    with h5py.File(io.BytesIO(data)) as file:
        group = file["optimizer_weights"]
        saved = [group[name][()] for name in group.attrs["weight_names"]]
    own = model.optimizer.get_weights()
    assert int(own[0]) == 1 and len(own) == len(saved)
    for a, b in zip(own, saved, strict=True):
        assert np.array_equal(a, np.broadcast_to(b, a.shape))


@pytest.mark.parametrize("suffix", [".h5", ".keras", ".mk"])
@pytest.mark.parametrize("name", MODELS)
def test_every_family_comes_back_from_every_format(tmp_path, name, suffix):
    model = MODELS[name](minikeras)
    if (name, suffix) == ("local", ".keras"):
        with pytest.raises(UnsavableModel, match="Keras 3 has no LocallyConnected2D"):
            model.save(tmp_path / "model.keras")
        return
    randomize(model)
    x = recorded("keras-2.3.1", name, "x")
    before = predictions(model, x)
    model.save(tmp_path / ("model" + suffix))
    after = predictions(load_model(tmp_path / ("model" + suffix)), x)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
