"""Callbacks on real models: what `fit`, `evaluate` and `predict` call, with what."""

import numpy as np
import pytest
from callbacks.test_callback_list import recorder

from minikeras import backend as K
from minikeras.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from minikeras.layers import Dense
from minikeras.models import Sequential

X = np.linspace(-1, 1, 40, dtype="float32").reshape(20, 2)
Y = X.sum(axis=1, keepdims=True)


def model_of_sums(**options):
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile(**{"loss": "mse", "optimizer": "sgd", "metrics": ["mae"], **options})
    return model


def fit(*callbacks, model=None, **options):
    options = {"batch_size": 8, "verbose": 0, "validation_split": 0.2, **options}
    return (model or model_of_sums()).fit(X, Y, callbacks=list(callbacks), **options)


def test_hooks_of_an_epoch_come_in_keras_order():
    events = []
    fit(recorder(events), batch_size=16)
    assert [name.replace("on_", "") for name, *_ in events] == [
        "train_begin",
        "epoch_begin",
        "train_batch_begin",
        "batch_begin",
        "train_batch_end",
        "batch_end",
        "test_begin",
        "test_batch_begin",
        "test_batch_end",
        "test_end",
        "epoch_end",
        "train_end",
    ]


@pytest.mark.parametrize("mode", ["test", "predict"])
def test_evaluate_and_predict_call_their_own_hooks(mode):
    events, model = [], model_of_sums()
    if mode == "test":
        model.evaluate(X, Y, batch_size=10, verbose=0, callbacks=[recorder(events)])
    else:
        model.predict(X, batch_size=10, callbacks=[recorder(events)])
    batch = [f"on_{mode}_batch_begin", f"on_{mode}_batch_end"]
    expected = [f"on_{mode}_begin", *batch, *batch, f"on_{mode}_end"]
    assert [name for name, *_ in events] == expected


class Logs(Callback):
    """Keeps a copy of the logs of each hook, by the hook's name."""

    def __init__(self):
        super().__init__()
        self.of = {}

    def on_batch_begin(self, batch, logs=None):
        self.of["batch_begin"] = dict(logs)

    def on_batch_end(self, batch, logs=None):
        self.of["batch_end"] = dict(logs)

    def on_epoch_end(self, epoch, logs=None):
        self.of["epoch_end"] = dict(logs)

    def on_test_batch_end(self, batch, logs=None):
        self.of["test_batch_end"] = dict(logs)

    def on_predict_batch_end(self, batch, logs=None):
        self.of["predict_batch_end"] = dict(logs)


def test_logs_hold_what_keras_puts_there():
    logs, model = Logs(), model_of_sums()
    fit(logs, model=model)
    assert logs.of["batch_begin"] == {"batch": 1, "size": 8}
    assert set(logs.of["batch_end"]) == {"batch", "size", "loss", "mae"}
    assert set(logs.of["test_batch_end"]) == {"batch", "size", "loss", "mae"}
    assert set(logs.of["epoch_end"]) == {"loss", "mae", "val_loss", "val_mae"}
    model.predict(X, callbacks=[logs])
    assert logs.of["predict_batch_end"]["outputs"][0].shape == (20, 1)


def test_params_tell_what_is_trained():
    callback = Callback()
    fit(callback, epochs=3)
    assert callback.params == {
        "batch_size": 8,
        "epochs": 3,
        "steps": None,
        "samples": 16,
        "verbose": 0,
        "do_validation": True,
        "metrics": ["loss", "mae", "val_loss", "val_mae"],
    }


def test_the_epochs_loss_is_the_mean_over_samples_of_its_batches():
    losses = []
    note = LambdaCallback(
        on_batch_end=lambda batch, logs: losses.append((logs["loss"], logs["size"]))
    )
    history = fit(note, batch_size=6)
    values, sizes = zip(*losses, strict=True)
    assert sizes == (6, 6, 4)
    expected = np.average(values, weights=sizes)
    assert history.history["loss"][0] == pytest.approx(expected, rel=1e-6)


def test_early_stopping_puts_the_best_weights_back():
    model = model_of_sums()
    kept = {}

    def spoil(epoch, logs):
        kept[epoch] = model.get_weights()
        if epoch in (3, 4):
            model.set_weights([weight + 100 for weight in model.get_weights()])

    stop = EarlyStopping(monitor="loss", patience=2, restore_best_weights=True)
    history = fit(stop, LambdaCallback(on_epoch_end=spoil), model=model, epochs=50)
    assert history.epoch == [0, 1, 2, 3, 4, 5]
    assert np.argmin(history.history["loss"]) == 3
    for weight, best in zip(model.get_weights(), kept[3], strict=True):
        assert np.array_equal(weight, best)


def test_a_scheduled_rate_of_zero_keeps_the_weights():
    model = model_of_sums()
    before = model.get_weights()
    history = fit(LearningRateScheduler(lambda epoch: 0.0), model=model, epochs=2)
    assert history.history["lr"] == [0.0, 0.0]
    assert all(
        np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)
    )


def test_a_plateau_lowers_the_rate_of_the_optimizer():
    model = model_of_sums()
    K.set_value(model.optimizer.lr, 1e-12)
    plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1)
    fit(plateau, model=model, epochs=3)
    assert K.get_value(model.optimizer.lr) == pytest.approx(0.25e-12)


def test_training_ends_in_the_batch_whose_loss_is_no_number(capsys):
    model = model_of_sums()
    events = []
    count = LambdaCallback(on_batch_end=lambda batch, logs: events.append(batch))
    model.set_weights([np.full((2, 1), 1e30), np.zeros(1)])
    with pytest.warns(UserWarning, match="loss became inf"), np.errstate(all="ignore"):
        fit(TerminateOnNaN(), count, model=model, epochs=5, validation_split=0)
    assert events == [0]
    assert "Batch 0: Invalid loss, terminating training" in capsys.readouterr().out


def test_csv_holds_the_history(tmp_path):
    history = fit(CSVLogger(tmp_path / "log.csv"), epochs=3)
    rows = np.genfromtxt(tmp_path / "log.csv", delimiter=",", names=True)
    assert rows.dtype.names == ("epoch", "loss", "mae", "val_loss", "val_mae")
    for name in history.history:
        assert rows[name] == pytest.approx(history.history[name], rel=1e-5)


@pytest.mark.parametrize("freq, epochs", [(2, [1, 3]), ([1, 4], [0, 3])])
def test_an_epoch_without_validation_neither_stops_nor_warns(freq, epochs, recwarn):
    stop = EarlyStopping(patience=9)
    history = fit(stop, epochs=4, validation_freq=freq)
    assert len(history.epoch) == 4
    assert len(history.history["val_loss"]) == len(epochs)
    assert not recwarn.list


def test_an_unknown_monitor_stops_before_the_first_batch():
    model, batches = model_of_sums(), []
    count = LambdaCallback(on_batch_end=lambda batch, logs: batches.append(batch))
    stop = EarlyStopping(monitor="val_mea")
    with pytest.raises(ValueError, match="Did you mean 'val_mae'"):
        fit(stop, count, model=model)
    with pytest.raises(ValueError, match="validation_data or validation_split"):
        fit(EarlyStopping(), count, model=model, validation_split=0)
    assert batches == []
    fit(model=model)


def test_stop_training_ends_after_the_epoch():
    class Enough(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    assert fit(Enough(), epochs=9).epoch == [0, 1]


def test_a_file_gets_one_line_an_epoch(capsys):
    fit(verbose=1, epochs=2)
    title, first, second = capsys.readouterr().out.splitlines()
    assert title == "Train on 16 samples, validate on 4 samples"
    assert first.startswith("Epoch 1/2 - ") and "val_mae: " in first
    assert second.startswith("Epoch 2/2 - ")


@pytest.mark.parametrize("verbose", [0, False])
def test_verbose_0_is_silent(verbose, capsys):
    fit(verbose=verbose)
    assert capsys.readouterr().out == ""
