"""Means over an epoch, the history, and the CSV file."""

import json

import numpy as np
import pytest
from callbacks.fake_model import train

from minikeras.callbacks import BaseLogger, CSVLogger, History
from minikeras.callbacks.history import Records


def epoch_means(batches, stateful_metrics=None):
    logger = BaseLogger(stateful_metrics)
    logger.set_params({"metrics": ["loss", "accuracy"]})
    logger.on_epoch_begin(0)
    for number, (size, loss, accuracy) in enumerate(batches):
        logs = {"batch": number, "size": size, "loss": loss, "accuracy": accuracy}
        logger.on_batch_end(number, logs)
    logs = {}
    logger.on_epoch_end(0, logs)
    return logs


def test_base_logger_weights_batches_by_their_samples():
    means = epoch_means([(3, 1.0, 0.0), (1, 5.0, 1.0)])
    assert means == {"loss": 2.0, "accuracy": 0.25}


def test_base_logger_keeps_the_last_value_of_stateful_metrics():
    means = epoch_means([(3, 1.0, 0.0), (1, 5.0, 0.75)], ["accuracy"])
    assert means == {"loss": 2.0, "accuracy": 0.75}


def test_base_logger_gives_only_names_of_the_metrics():
    assert set(epoch_means([(3, 1.0, 0.0)])) == {"loss", "accuracy"}


def test_history_holds_one_number_an_epoch():
    history = History()
    train([history], [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}])
    assert history.epoch == [0, 1]
    assert history.history == {"loss": [2.0, 1.0], "val_loss": [3.0, 2.5]}


def test_history_holds_plain_numbers_that_json_can_write():
    history = History()
    train([history], [{"loss": np.float32(0.5), "accuracy": np.float64(1.0)}])
    assert json.dumps(history.history) == '{"loss": [0.5], "accuracy": [1.0]}'


def test_history_starts_anew_with_every_training():
    history = History()
    for _ in range(2):
        train([history], [{"loss": 2.0}])
    assert history.epoch == [0]


@pytest.mark.parametrize(
    "held, asked",
    [
        ("accuracy", "acc"),
        ("acc", "accuracy"),
        ("val_accuracy", "val_acc"),
        ("val_acc", "val_accuracy"),
        ("digit_accuracy", "digit_acc"),
    ],
)
def test_the_other_name_of_accuracy_is_an_alias_told_once(held, asked, monkeypatch):
    monkeypatch.setattr(Records, "told", False)
    records = Records({held: [0.5]})
    with pytest.warns(UserWarning, match=f"'{asked}'.*'{held}'") as warned:
        assert records[asked] == [0.5]
        assert records[asked] == [0.5]
    assert len(warned) == 1


def test_a_missing_name_is_explained():
    records = Records({"loss": [1.0], "accuracy": [0.5]})
    with pytest.raises(KeyError, match="no 'val_loss'.*validation_data"):
        records["val_loss"]
    with pytest.raises(KeyError, match="Did you mean 'loss'"):
        records["los"]


def test_csv_logger_writes_a_line_an_epoch(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path)], [{"loss": 2.0, "accuracy": 0.5}, {"loss": 1.0}])
    assert path.read_text() == "epoch,accuracy,loss\n0,0.5,2.0\n1,NA,1.0\n"


def test_csv_logger_writes_each_line_at_once(tmp_path):
    path = tmp_path / "log.csv"
    logger = CSVLogger(path)
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 2.0})
    assert path.read_text() == "epoch,loss\n0,2.0\n"
    logger.on_train_end()


def test_csv_logger_appends_in_the_columns_of_the_file(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path)], [{"loss": 2.0, "val_loss": 3.0}])
    train([CSVLogger(path, append=True)], [{"loss": 1.0}])
    assert path.read_text() == "epoch,loss,val_loss\n0,2.0,3.0\n0,1.0,NA\n"


def test_csv_logger_appends_to_no_file_with_a_header(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path, append=True)], [{"loss": 1.0}])
    assert path.read_text() == "epoch,loss\n0,1.0\n"


def test_csv_logger_without_append_starts_anew(tmp_path):
    path = tmp_path / "log.csv"
    for loss in (2.0, 1.0):
        train([CSVLogger(path)], [{"loss": loss}])
    assert path.read_text() == "epoch,loss\n0,1.0\n"


def test_csv_logger_announced_columns_wait_for_their_first_validation(tmp_path):
    path = tmp_path / "log.csv"
    epochs = [{"loss": 2.0}, {"loss": 1.0, "val_loss": 1.5}]
    train([CSVLogger(path)], epochs, metrics=["loss", "val_loss"])
    assert path.read_text() == "epoch,loss,val_loss\n0,2.0,NA\n1,1.0,1.5\n"


def test_csv_logger_uses_the_separator_and_writes_lists_in_one_cell(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path, separator=";")], [{"loss": [1, 2]}])
    assert path.read_text() == "epoch;loss\n0;[1, 2]\n"
