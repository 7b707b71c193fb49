"""Faults around a whole `fit_generator`, with a small model."""

import functools
import os
import random
import signal
import threading
import time

import numpy as np

from feed.faults.common import (
    START_METHODS,
    Calls,
    Numbers,
    no_workers_left,
    workers_alive,
)
from feed.faults.errors import fail
from minikeras import feed
from minikeras.callbacks import Callback, EarlyStopping, LambdaCallback
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.optimizers import Adam


def small_model():
    np.random.seed(3)
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def options(mode, workers=2):
    """Arguments of fit_generator for a mode."""
    if mode in START_METHODS:
        feed.settings.start_method = mode
    workers = 0 if mode == "main" else workers
    return {"workers": workers, "use_multiprocessing": mode in START_METHODS}


def fit(mode, sequence, model=None, **more):
    model = model or small_model()
    more = {"verbose": 0, "shuffle": False, **more}
    return model.fit_generator(sequence, **options(mode), **more)


def raises(kind, run, *named):
    """`run()` ends with an error of this kind, whose text has all of `named`."""
    try:
        run()
    except kind as error:
        assert all(name in str(error) for name in named), error
        no_workers_left()
        return error
    raise AssertionError(f"no {kind.__name__}")


def error_in_every_use(mode):
    """Training, validation, evaluation and prediction."""
    faulty = Numbers(fault=functools.partial(fail, ValueError, "broken"))
    model = small_model()
    raises(ValueError, lambda: fit(mode, faulty, model), "broken")
    raises(ValueError, lambda: fit(mode, Numbers(), validation_data=faulty), "broken")
    use = options(mode)
    raises(ValueError, lambda: model.evaluate_generator(faulty, **use), "broken")
    raises(ValueError, lambda: model.predict_generator(faulty, **use), "broken")


class Length(Numbers):
    """A Sequence whose __len__ does what it is told."""

    def __init__(self, lengths):
        super().__init__()
        self.lengths = lengths

    def __len__(self):
        length = self.lengths[0]
        if isinstance(length, Exception):
            raise length
        return length

    def on_epoch_end(self):
        self.lengths = self.lengths[1:] or self.lengths


def lengths(mode):
    """Wrong ones raise in the caller; one that changes is honoured."""
    for length, kind in (
        (KeyError("no length"), KeyError),
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
    ):
        raises(kind, lambda length=length: fit(mode, Length([length])))
    counts = CountBatches()
    fit(mode, Length([3, 5, 2]), epochs=3, callbacks=[counts])
    assert counts.batches == [3, 5, 2], counts.batches


class CountBatches(Callback):
    def __init__(self):
        super().__init__()
        self.batches = []

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.append(0)

    def on_batch_end(self, batch, logs=None):
        self.batches[-1] += 1


class Shrinks(Numbers):
    def __getitem__(self, index):
        if index >= 4:
            raise IndexError(index)
        return super().__getitem__(index)


def shrinks_during_the_epoch(mode):
    raises(IndexError, lambda: fit(mode, Shrinks()))


class Stateful(Numbers):
    """Its data changes in place after every epoch, slowly."""

    def __init__(self, fault=None):
        super().__init__(fault=None)
        self.data = np.zeros((6, 3, 2), "float32")
        self.big = np.zeros(40_000)
        self.at_epoch_end = fault

    def __getitem__(self, index):
        assert self.big[0] == self.data[0, 0, 0]
        return self.data[index], self.data[index, :, :1]

    def on_epoch_end(self):
        if self.at_epoch_end is not None:
            self.at_epoch_end()
        time.sleep(0.05)
        self.data += 1
        self.big += 1


def on_epoch_end(mode):
    """Its error reaches the caller; what it changes is seen, but not too early."""
    faulty = Stateful(functools.partial(fail, RuntimeError, "no more"))
    raises(RuntimeError, lambda: fit(mode, faulty), "no more")
    model, seen = small_model(), []
    train_step = model.train_step

    def watched(x, y, weights):
        seen.append(float(x[0].mean()))
        return train_step(x, y, weights)

    model.train_step = watched
    fit(mode, Stateful(), model, epochs=3)
    assert seen == [0.0] * 6 + [1.0] * 6 + [2.0] * 6, seen


class Events(Numbers):
    """Writes down what happens to it, in whatever process."""

    def __init__(self, calls, name, length):
        super().__init__(length=length)
        self.calls, self.name = calls, name

    def on_epoch_end(self):
        self.calls.add(f"{self.name} over in {os.getpid()}")


GOLDEN = """
epoch 0
train 0
train 1
train 2
data over
test 0
test 1
validation over
epoch 0 ends
epoch 1
train 0
train 1
train 2
data over
test 0
test 1
validation over
epoch 1 ends
end
""".strip().split("\n")


def event_log(mode):
    """The same events in the same order, for any number of workers of any kind."""
    for workers in (1, 4) if mode != "main" else (0,):
        calls = Calls()
        write = LambdaCallback(
            on_epoch_begin=lambda epoch, logs, c=calls: c.add(f"epoch {epoch}"),
            on_epoch_end=lambda epoch, logs, c=calls: c.add(f"epoch {epoch} ends"),
            on_batch_end=lambda batch, logs, c=calls: c.add(f"train {batch}"),
            on_train_end=lambda logs, c=calls: c.add("end"),
        )
        write.on_test_batch_end = lambda batch, logs, c=calls: c.add(f"test {batch}")
        small_model().fit_generator(
            Events(calls, "data", 3), epochs=2, verbose=0, callbacks=[write],
            validation_data=Events(calls, "validation", 2),
            **options(mode, workers),
        )  # fmt: skip
        here = f" in {os.getpid()}"
        assert [line.replace(here, "") for line in calls.lines()] == GOLDEN


class KilledByCallback(Callback):
    """Does something at a batch of epoch 1."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (1, 2):
            self.what(self.model)


def error_while_training(mode):
    """In a callback or in the training step: unchanged, workers gone at once."""
    callback = KilledByCallback(lambda model: fail(ZeroDivisionError, "mine"))
    error = raises(
        ZeroDivisionError, lambda: fit(mode, Numbers(), epochs=3, callbacks=[callback])
    )
    assert str(error) == "mine"
    model = small_model()
    model.train_step = lambda *arguments: fail(FloatingPointError, "step")
    raises(FloatingPointError, lambda: fit(mode, Numbers(), model), "step")


def interrupted(mode):
    """Ctrl-C: history kept, weights those of the last batch, the model can go on."""
    whole = small_model()
    stop = KilledByCallback(lambda model: setattr(model, "stop_training", True))
    fit(mode, Numbers(), whole, epochs=3, callbacks=[stop])
    model = small_model()
    steps = []
    send = KilledByCallback(lambda model: os.kill(os.getpid(), signal.SIGINT))
    count = LambdaCallback(on_batch_end=lambda batch, logs: steps.append(batch))
    raises(
        KeyboardInterrupt,
        lambda: fit(mode, Numbers(), model, epochs=3, callbacks=[count, send]),
    )
    assert len(model.history.history["loss"]) == 1 and len(steps) == 9
    for weight, expected in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    fit(mode, Numbers(), model)


def interrupted_at_any_moment(mode):
    """Whenever Ctrl-C comes, the weights are those after a whole number of batches."""
    model, whole = model_with_slots(), []
    remember = LambdaCallback(
        on_batch_end=lambda batch, logs: whole.append(state(model))
    )
    whole.append(state(model))
    fit(mode, Numbers(), model, epochs=40, callbacks=[remember])
    known = {data: count for count, data in enumerate(whole)}
    found, until = set(), time.monotonic() + 6
    while time.monotonic() < until:
        model = model_with_slots()
        threading.Thread(target=_interrupt_in_the_middle, args=(model,)).start()
        raises(KeyboardInterrupt, lambda m=model: fit(mode, Numbers(), m, epochs=5000))
        if state(model) in known:
            found.add(known[state(model)])
        else:
            assert int(model.optimizer.iterations.value) >= len(whole), "torn"
    assert len(found) >= (2 if mode in ("forkserver", "spawn") else 8), found


class SlowAdam(Adam):
    """Most of a training step goes by with the update half done."""

    def _share(self, arrays, rates):
        super()._share(arrays, rates)
        time.sleep(0.001)


def model_with_slots():
    model = small_model()
    model.compile(SlowAdam(), "mse", ["mae"])
    model.optimizer.build(model.trainable_weights)
    return model


def state(model):
    """The bytes of all weights, slots and counters."""
    variables = [*model.weights, *model.optimizer.weights]
    return b"".join(variable.value.tobytes() for variable in variables)


def _interrupt_in_the_middle(model):
    while model.optimizer.iterations.value < 1:
        time.sleep(0.001)
    time.sleep(0.1 * random.random())
    os.kill(os.getpid(), signal.SIGINT)


def stopped_early(mode):
    """EarlyStopping, stop_training in the middle: no orphans; the next fit is whole."""
    sequence, model = Numbers(), small_model()
    stop = EarlyStopping(monitor="loss", min_delta=1e9, patience=0)
    history = fit(mode, sequence, model, epochs=9, callbacks=[stop])
    assert len(history.epoch) == 2
    no_workers_left()
    middle = KilledByCallback(lambda model: setattr(model, "stop_training", True))
    history = fit(mode, sequence, model, epochs=9, callbacks=[middle])
    assert history.epoch == [0, 1]
    no_workers_left()
    seen = []
    watch = LambdaCallback(on_batch_end=lambda batch, logs: seen.append(batch))
    fit(mode, sequence, model, callbacks=[watch])
    assert seen == list(range(6))


class Indices(Numbers):
    def __getitem__(self, index):
        return np.full((3, 2), index), np.zeros((3, 1))


def batches_seen(model, run):
    """The index of every batch that the model was trained on, or tested on."""
    train, test = [], []
    for name, seen in (("train_step", train), ("test_step", test)):
        step = getattr(model, name)

        def watched(x, y, weights, step=step, seen=seen):
            seen.append(int(x[0].flat[0]))
            return step(x, y, weights)

        setattr(model, name, watched)
    run()
    return train, test


def steps_and_validation(mode):
    """Fewer steps than batches: training goes on, validation begins anew."""
    model = small_model()
    train, test = batches_seen(
        model,
        lambda: fit(
            mode, Indices(), model, steps_per_epoch=4, epochs=3, validation_freq=2,
            validation_data=Indices(), validation_steps=2,
        ),
    )  # fmt: skip
    assert train == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], train
    assert test == [0, 1], test
    model = small_model()
    _, test = batches_seen(
        model,
        lambda: fit(
            mode, Indices(), model, epochs=2,
            validation_data=Indices(), validation_steps=4,
        ),
    )  # fmt: skip
    assert test == [0, 1, 2, 3] * 2, test


def generator_as_validation(mode):
    """A generator is asked for as many batches as are used."""
    pulled = []

    def batches():
        while True:
            pulled.append(1)
            yield np.ones((3, 2)), np.ones((3, 1))

    fit(mode, Numbers(), epochs=3, validation_data=batches(), validation_steps=2)
    assert len(pulled) == 6


def nested_fits(mode):
    """Two fits in a row, a fit inside of a fit, two in two threads, fork afterwards."""
    sequence = Numbers()
    fit(mode, sequence)
    inner = KilledByCallback(lambda model: fit(mode, sequence))
    fit(mode, sequence, epochs=2, callbacks=[inner])
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(fit(mode, sequence, epochs=2)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    no_workers_left()
    assert not workers_alive()


def predictions_in_order(mode):
    """As many rows as were given, in their order, whatever the last batch is."""
    for rows in (1, 15, 16, 17, 65):
        x = np.arange(rows * 2.0).reshape(rows, 2)
        model = small_model()
        found = model.predict_generator(Rows(x), **options(mode))
        np.testing.assert_allclose(found, model.predict(x), rtol=1e-6)


class Rows(Numbers):
    """Batches of 16 rows; the last one is shorter; early ones are slow."""

    def __init__(self, x):
        self.x = x

    def __len__(self):
        return -(-len(self.x) // 16)

    def __getitem__(self, index):
        time.sleep(0.01 / (index + 1))
        return self.x[index * 16 : index * 16 + 16]
