"""ModelCheckpoint saves what and where it should, and says early if it cannot."""

import os

import numpy as np
import pytest

from minikeras.callbacks import LambdaCallback, ModelCheckpoint
from minikeras.layers import Dense
from minikeras.models import Sequential, load_model

X = np.random.RandomState(0).rand(12, 3)
Y = X.sum(axis=1, keepdims=True)


def make():
    model = Sequential([Dense(4, activation="tanh", input_shape=(3,)), Dense(1)])
    model.compile("sgd", "mse")
    return model


def fit(*callbacks, **options):
    model = make()
    options = {"epochs": 3, "verbose": 0, "validation_data": (X, Y), **options}
    model.fit(X, Y, callbacks=list(callbacks), **options)
    return model


def test_every_epoch_gets_its_file(tmp_path):
    model = fit(ModelCheckpoint(tmp_path / "m.{epoch:02d}-{val_loss:.3f}.mk"))
    losses = model.history.history["val_loss"]
    expected = [f"m.{i + 1:02d}-{loss:.3f}.mk" for i, loss in enumerate(losses)]
    assert sorted(os.listdir(tmp_path)) == expected
    last = load_model(tmp_path / expected[-1])
    assert np.array_equal(last.predict(X), model.predict(X))


def test_weights_only_and_period(tmp_path):
    path = str(tmp_path / "w.{epoch}.mk")
    model = fit(ModelCheckpoint(path, save_weights_only=True, period=2), epochs=5)
    assert sorted(os.listdir(tmp_path)) == ["w.2.mk", "w.4.mk"]
    model.load_weights(tmp_path / "w.4.mk")


def scripted(values):
    """A callback that puts given numbers into the logs, as a metric would."""

    def end(epoch, logs):
        logs["val_loss"] = values[epoch]

    return LambdaCallback(on_epoch_end=end)


def test_only_the_best_is_kept(tmp_path, capsys):
    path = str(tmp_path / "best.{epoch}.mk")
    fit(
        scripted([3.0, 2.0, 2.5, float("nan"), 1.0]),
        ModelCheckpoint(path, save_best_only=True, verbose=1),
        epochs=5,
    )
    assert sorted(os.listdir(tmp_path)) == ["best.1.mk", "best.2.mk", "best.5.mk"]
    text = capsys.readouterr().out
    assert "Epoch 00002: val_loss improved from 3.00000 to 2.00000, saving" in text
    assert "Epoch 00003: val_loss did not improve from 2.00000" in text


def test_the_larger_is_better_in_mode_max(tmp_path):
    path = str(tmp_path / "{epoch}.mk")
    fit(
        scripted([1.0, 3.0, 2.0]),
        ModelCheckpoint(path, save_best_only=True, mode="max"),
    )
    assert sorted(os.listdir(tmp_path)) == ["1.mk", "2.mk"]


@pytest.mark.filterwarnings("ignore:.*(overflow|invalid|NaN|nan).*")
def test_a_model_of_nan_never_replaces_a_good_one(tmp_path):
    def spoil(epoch, logs):
        if epoch == 1:
            weight = checkpoint.model.weights[0]
            weight.assign(np.full(weight.shape, np.nan))

    path = tmp_path / "best.mk"
    checkpoint = ModelCheckpoint(path, save_best_only=True)
    with pytest.warns(RuntimeWarning, match="the file from before is kept"):
        fit(
            scripted([3.0, 2.0]),
            LambdaCallback(on_epoch_end=spoil),
            checkpoint,
            epochs=2,
        )
    assert all(np.isfinite(w).all() for w in load_model(path).get_weights())


@pytest.mark.parametrize(
    "path, words",
    [
        ("{epoch}-{val_acc}.mk", "'val_acc'"),
        ("missing/{epoch}.mk", "makedirs"),
        ("{epoch.mk", "no format"),
    ],
)
def test_a_path_that_cannot_work_is_an_error_before_training(tmp_path, path, words):
    model = make()
    before = model.get_weights()
    with pytest.raises(ValueError, match=words):
        model.fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(str(tmp_path / path))])
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_an_unwritable_folder_is_an_error_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="cannot be written"):
        fit(ModelCheckpoint(tmp_path / "m.mk"))


def test_an_unknown_monitor_is_an_error_before_training(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "m.mk", "val_los", save_best_only=True)
    with pytest.raises(ValueError, match="val_loss"):
        fit(checkpoint)


def test_an_epoch_without_validation_saves_nothing_and_says_so(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.1f}.mk")
    with pytest.warns(RuntimeWarning, match="no validation in this epoch"):
        fit(checkpoint, epochs=2, validation_freq=2)
    assert len(os.listdir(tmp_path)) == 1
