"""EarlyStopping and TerminateOnNaN."""

import pickle

import pytest
from callbacks.fake_model import FakeModel, train

from minikeras.callbacks import EarlyStopping, TerminateOnNaN


def epochs_trained(numbers, name="val_loss", **options):
    stop = EarlyStopping(monitor=name, **options)
    return int(train([stop], [{name: n} for n in numbers]).weights[0][0])


@pytest.mark.parametrize(
    "patience, expected",
    [(0, 3), (1, 3), (2, 4), (9, 6)],
)
def test_training_stops_after_patience_epochs_without_improvement(patience, expected):
    assert epochs_trained([3, 2, 2, 2, 2, 2], patience=patience) == expected


def test_an_improvement_below_min_delta_does_not_count():
    numbers = [1.0, 0.95, 0.90, 0.85]
    assert epochs_trained(numbers, min_delta=0.2) == 2
    assert epochs_trained(numbers, min_delta=0.01) == 4


@pytest.mark.parametrize(
    "name", ["val_accuracy", "acc", "auc", "precision_1", "val_recall", "f1"]
)
def test_mode_auto_lets_scores_grow(name):
    assert epochs_trained([0.1, 0.2, 0.3, 0.3], name) == 4
    assert epochs_trained([0.3, 0.2, 0.1], name) == 2


@pytest.mark.parametrize("name", ["loss", "val_mae", "acc_loss"])
def test_mode_auto_lets_losses_and_errors_shrink(name):
    assert epochs_trained([3, 2, 1], name) == 3
    assert epochs_trained([1, 2, 3], name) == 2


def test_mode_max_lets_any_number_grow():
    assert epochs_trained([1, 2, 3, 3], mode="max") == 4


def test_an_unknown_mode_is_told_and_decided_by_the_name():
    with pytest.warns(RuntimeWarning, match="mode up is unknown, fallback to auto"):
        stop = EarlyStopping("val_acc", mode="up")
    assert stop.improved(2, 1)


def test_baseline_must_be_beaten_within_patience():
    assert epochs_trained([9, 8, 7, 6], baseline=5, patience=2) == 2
    assert epochs_trained([9, 4, 3, 2], baseline=5, patience=2) == 4


def test_nan_is_no_improvement():
    assert epochs_trained([1.0, float("nan"), float("nan")], patience=2) == 3


def test_best_weights_are_restored_at_the_stop():
    stop = EarlyStopping(patience=2, restore_best_weights=True)
    model = train([stop], [{"val_loss": n} for n in (3, 1, 2, 2, 2)])
    assert model.weights[0] == [2.0]


def test_without_restoring_the_last_weights_stay():
    model = train([EarlyStopping(patience=2)], [{"val_loss": n} for n in (3, 1, 2, 2)])
    assert model.weights[0] == [4.0]


def test_weights_stay_if_the_baseline_was_never_beaten():
    stop = EarlyStopping(baseline=0.5, patience=2, restore_best_weights=True)
    model = train([stop], [{"val_loss": 1.0}] * 4)
    assert model.weights[0] == [2.0]


def test_messages_are_those_of_keras(capsys):
    stop = EarlyStopping(patience=1, verbose=1, restore_best_weights=True)
    train([stop], [{"val_loss": n} for n in (1, 2, 3)])
    assert capsys.readouterr().out == (
        "Restoring model weights from the end of the best epoch\n"
        "Epoch 00002: early stopping\n"
    )


def test_it_is_silent_by_default(capsys):
    train([EarlyStopping()], [{"val_loss": 1}] * 3)
    assert capsys.readouterr().out == ""


def test_one_instance_serves_two_trainings():
    stop = EarlyStopping(patience=1)
    for _ in range(2):
        model = train([stop], [{"val_loss": n} for n in (2, 1, 1)])
        assert model.weights[0] == [3.0]


def test_a_number_missing_without_check_is_a_warning():
    with pytest.warns(RuntimeWarning, match="Early stopping conditioned on .*val_loss"):
        train([EarlyStopping()], [{"loss": 1}], check=False)


def test_the_warning_suggests_the_name_that_was_meant():
    with pytest.warns(RuntimeWarning, match="Did you mean 'val_accuracy'?"):
        train([EarlyStopping("val_acc")], [{"val_accuracy": 1}], check=False)


def test_epochs_that_validation_freq_leaves_out_are_passed_over(recwarn):
    stop = EarlyStopping(patience=1)
    epochs = [{"val_loss": 2}, {"loss": 1}, {"val_loss": 1}, {"val_loss": 1}]
    assert train([stop], epochs).weights[0] == [4.0]
    assert not recwarn.list


def test_early_stopping_pickles():
    assert pickle.loads(pickle.dumps(EarlyStopping(patience=3))).patience == 3


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_an_invalid_loss_ends_training(loss, capsys):
    model = FakeModel()
    batches = [(4, 1.0), (4, loss)]
    train([TerminateOnNaN()], [{"loss": 1}] * 3, model, batches)
    assert model.stop_training
    assert model.weights[0] == [1.0]
    expected = "Batch 1: Invalid loss, terminating training\n"
    assert capsys.readouterr().out == expected
