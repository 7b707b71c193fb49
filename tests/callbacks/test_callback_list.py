"""Which hooks are called, in which order, and what CallbackList refuses."""

import time
import warnings

import pytest
from callbacks.fake_model import FakeModel, train

from minikeras.callbacks import (
    BaseLogger,
    Callback,
    CallbackList,
    EarlyStopping,
    LambdaCallback,
)

HOOKS = [name for name in dir(Callback) if name.startswith("on_")]


def recorder(events, label=""):
    """A callback that notes every hook that is called on it."""

    def note(hook):
        def hook_and_note(self, *args, **kwargs):
            events.append((label + hook, *args[:1]))
            getattr(Callback, hook)(self, *args, **kwargs)

        return hook_and_note

    return type("Recorder", (Callback,), {hook: note(hook) for hook in HOOKS})()


def test_hooks_are_called_in_the_order_of_keras():
    events = []
    train([recorder(events)], [{"loss": 1.0}], batches=[(4, 1.0), (2, 1.0)])
    names = [event[0] for event in events]
    batch = [
        "on_train_batch_begin",
        "on_batch_begin",
        "on_train_batch_end",
        "on_batch_end",
    ]
    assert names == [
        "on_train_begin",
        "on_epoch_begin",
        *batch,
        *batch,
        "on_epoch_end",
        "on_train_end",
    ]


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if "batch" in hook])
def test_every_batch_hook_reaches_the_callback(hook):
    events = []
    getattr(CallbackList([recorder(events)]), hook)(3, {})
    assert events[-1] == (hook.replace("train_batch", "batch"), 3)


@pytest.mark.parametrize("mode", ["train", "test", "predict"])
@pytest.mark.parametrize("moment", ["begin", "end"])
def test_begin_and_end_of_train_test_predict_reach_the_callback(mode, moment):
    events = []
    getattr(CallbackList([recorder(events)]), f"on_{mode}_{moment}")()
    assert [event[0] for event in events] == [f"on_{mode}_{moment}"]


def test_callbacks_are_called_in_the_order_of_the_list():
    events = []
    both = CallbackList([recorder(events, "first "), recorder(events, "second ")])
    both.on_epoch_end(0)
    assert [event[0].split()[0] for event in events] == ["first", "second"]


def test_logs_are_handed_on_so_that_later_callbacks_see_additions():
    seen = {}
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=1))
    look = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.update(logs))
    CallbackList([add, look]).on_epoch_end(0, {})
    assert seen == {"extra": 1}


def test_a_hook_set_during_training_is_found_at_the_next_epoch():
    events = []

    class Late(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.on_batch_end = lambda batch, logs=None: events.append(batch)

    train([Late()], [{"loss": 1.0}])
    assert events == [0]


def test_a_single_callback_needs_no_list():
    callback = Callback()
    assert CallbackList(callback).callbacks == [callback]


def test_a_class_instead_of_an_instance_is_refused():
    with pytest.raises(TypeError, match=r"class EarlyStopping. Write EarlyStopping\("):
        CallbackList([EarlyStopping])


def test_set_model_and_set_params_reach_every_callback():
    model, callbacks = FakeModel(), [Callback(), Callback()]
    listed = CallbackList(callbacks)
    listed.set_model(model)
    listed.set_params({"epochs": 3})
    assert all(c.model is model and c.params == {"epochs": 3} for c in listed)


def test_lambda_callback_takes_every_hook():
    events = []
    names = {hook: lambda *args, hook=hook: events.append(hook) for hook in HOOKS}
    callback = LambdaCallback(**names)
    for hook in HOOKS:
        getattr(callback, hook)({}, {}) if "batch" in hook else getattr(callback, hook)(
            {}
        )
    assert events == HOOKS


def test_slow_batch_hooks_are_told():
    slow = LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.11))
    listed = CallbackList([slow], queue_length=2)
    with pytest.warns(RuntimeWarning, match="on_train_batch_end.*Check your callbacks"):
        for batch in range(2):
            listed.on_train_batch_begin(batch)
            listed.on_train_batch_end(batch)


def test_hooks_that_wait_less_than_the_batch_takes_are_not_told():
    slow = LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.1))
    listed = CallbackList([slow], queue_length=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        listed.on_train_batch_begin(0)
        time.sleep(0.2)
        listed.on_train_batch_end(0)


def test_an_unknown_monitor_is_refused_with_the_names_in_reach():
    listed = CallbackList([BaseLogger(), EarlyStopping(monitor="val_acc")])
    with pytest.raises(ValueError) as error:
        listed.check(["loss", "accuracy", "val_loss", "val_accuracy"])
    assert "monitor='val_acc' unknown" in str(error.value)
    assert "loss, accuracy, val_loss, val_accuracy" in str(error.value)
    assert "Did you mean 'val_accuracy'?" in str(error.value)


def test_a_val_monitor_without_validation_data_names_the_cure():
    with pytest.raises(ValueError, match="validation_data or validation_split"):
        CallbackList([EarlyStopping()]).check(["loss", "accuracy"])


def test_a_known_monitor_passes():
    CallbackList([EarlyStopping(monitor="loss")]).check(["loss"])


def test_names_that_a_users_callback_may_add_are_not_refused():
    class F1(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_f1"] = 1.0

    listed = CallbackList([F1(), EarlyStopping(monitor="val_f1")])
    listed.check(["loss", "val_loss"])


def test_a_users_callback_without_on_epoch_end_adds_nothing():
    class Quiet(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            pass

    with pytest.raises(ValueError, match="monitor='val_f1' unknown"):
        CallbackList([Quiet(), EarlyStopping(monitor="val_f1")]).check(["loss"])
