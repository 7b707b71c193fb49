"""LearningRateScheduler and ReduceLROnPlateau."""

import numpy as np
import pytest
from callbacks.fake_model import FakeModel, train

from minikeras import backend as K
from minikeras.callbacks import History, LearningRateScheduler, ReduceLROnPlateau


def rate(model):
    return float(K.get_value(model.optimizer.lr))


def rates(callback, numbers, lr=0.5):
    history = History()
    model = FakeModel(lr)
    train([callback, history], [{"val_loss": n} for n in numbers], model)
    return history.history["lr"], rate(model)


def test_a_schedule_of_the_epoch_sets_the_rate():
    logged, last = rates(LearningRateScheduler(lambda epoch: 1 / 2**epoch), [1] * 3)
    assert logged == [1.0, 0.5, 0.25]
    assert last == 0.25


def test_a_schedule_of_epoch_and_rate_sees_the_present_rate():
    logged, _ = rates(LearningRateScheduler(lambda epoch, lr: lr / 2), [1] * 3)
    assert logged == [0.25, 0.125, 0.0625]


def test_an_error_inside_a_schedule_is_not_hidden():
    def schedule(epoch, lr):
        return lr + "oops"

    with pytest.raises(TypeError, match="unsupported operand"):
        train([LearningRateScheduler(schedule)], [{"loss": 1}])


@pytest.mark.parametrize("wrong", ["0.1", None, True])
def test_a_schedule_must_return_a_number(wrong):
    with pytest.raises(ValueError, match="should be float.*returned"):
        train([LearningRateScheduler(lambda epoch: wrong)], [{"loss": 1}])


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.float64(0.5)])
def test_a_schedule_may_return_any_real_number(number):
    model = train([LearningRateScheduler(lambda epoch: number)], [{"loss": 1}])
    assert rate(model) == number


def test_scheduler_tells_the_rate_as_keras_does(capsys):
    train([LearningRateScheduler(lambda epoch: 0.25, verbose=1)], [{"loss": 1}])
    assert capsys.readouterr().out == (
        "\nEpoch 00001: LearningRateScheduler setting learning rate to 0.25.\n"
    )


def test_an_optimizer_without_lr_is_refused():
    model = FakeModel()
    del model.optimizer.lr
    for callback in (LearningRateScheduler(float), ReduceLROnPlateau("loss")):
        with pytest.raises(ValueError, match='Optimizer must have a "lr" attribute'):
            train([callback], [{"loss": 1}], model)


def test_plateau_reduces_after_patience_epochs():
    logged, last = rates(ReduceLROnPlateau(factor=0.5, patience=2), [1, 1, 1, 1, 1])
    assert logged == [0.5, 0.5, 0.5, 0.25, 0.25]
    assert last == 0.125


def test_plateau_starts_counting_anew_with_an_improvement():
    _, last = rates(ReduceLROnPlateau(factor=0.5, patience=2), [3, 3, 2, 2, 1, 1])
    assert last == 0.5


def test_cooldown_rests_patience():
    numbers = [1] * 5
    _, without = rates(ReduceLROnPlateau(factor=0.5, patience=1), numbers)
    _, cooled = rates(ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2), numbers)
    assert without == 0.5 / 16
    assert cooled == 0.5 / 4


def test_the_rate_is_never_below_min_lr():
    _, last = rates(ReduceLROnPlateau(factor=0.1, patience=1, min_lr=0.25), [1] * 5)
    assert last == 0.25


def test_mode_max_waits_for_growth():
    _, last = rates(ReduceLROnPlateau(patience=1, mode="max"), [1, 2, 3])
    assert last == 0.5


def test_plateau_tells_the_rate_as_keras_does(capsys):
    plateau = ReduceLROnPlateau(factor=0.5, patience=1, verbose=1)
    train([plateau], [{"val_loss": 1}] * 2)
    assert capsys.readouterr().out == (
        "\nEpoch 00002: ReduceLROnPlateau reducing learning rate to 0.25.\n"
    )


def test_a_factor_of_one_or_more_is_refused():
    with pytest.raises(ValueError, match="does not support a factor >= 1.0"):
        ReduceLROnPlateau(factor=1.0)


def test_epsilon_is_the_old_name_of_min_delta():
    with pytest.warns(UserWarning, match="use `min_delta` instead"):
        assert abs(ReduceLROnPlateau(epsilon=0.5).min_delta) == 0.5


def test_an_unknown_argument_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'patient'"):
        ReduceLROnPlateau(patient=3)


def test_lr_can_be_monitored_because_the_callback_adds_it():
    train([ReduceLROnPlateau(monitor="lr")], [{"loss": 1}])
