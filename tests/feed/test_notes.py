"""Lines that tell the user something, and the timeline."""

import time

import numpy as np
import pytest

from minikeras import feed
from minikeras.feed import notes
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.utils import Sequence


class Slow(Sequence):
    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def __len__(self):
        return 4

    def __getitem__(self, index):
        time.sleep(self.seconds)
        return np.ones((2, 2)), np.ones((2, 1))


@pytest.fixture
def model():
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def test_slow_feeding_is_told_once_with_advice(model, capfd):
    model.fit_generator(Slow(0.3), epochs=2, verbose=2, workers=1)
    told = [line for line in capfd.readouterr().err.split("\n") if "bottleneck" in line]
    assert len(told) == 1
    assert "waiting for batches" in told[0] and "try more workers" in told[0]


def test_fast_feeding_and_silent_training_tell_nothing(model, capfd):
    model.fit_generator(Slow(), epochs=2, verbose=2)
    model.fit_generator(Slow(0.3), verbose=0)
    assert "bottleneck" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "waited, total, workers, processes, text",
    [
        (9, 10, 0, False, "90% of the epoch.*10% training.*workers=1 or more"),
        (9, 10, 2, False, "use_multiprocessing=True"),
        (9, 10, 2, True, "less work for each batch"),
    ],
)
def test_the_advice_fits_the_kind_of_worker(waited, total, workers, processes, text):
    import re

    assert re.search(text, notes.bottleneck(waited, total, workers, processes))


@pytest.mark.parametrize("waited, total", [(4, 10), (0.9, 0.95), (0, 0)])
def test_no_advice_where_there_is_no_bottleneck(waited, total):
    assert notes.bottleneck(waited, total, 1, False) is None


@pytest.mark.parametrize("workers, processes", [(0, False), (2, False), (2, True)])
def test_the_timeline_shows_each_batch_made_and_used(model, workers, processes):
    with feed.timeline() as events:
        model.fit_generator(
            Slow(), verbose=0, workers=workers, use_multiprocessing=processes
        )
    for what in ("made", "used"):
        assert sorted(e.index for e in events if e.what == what) == [0, 1, 2, 3]
    assert all(event.began <= event.ended for event in events)
    made = {event.index: event.ended for event in events if event.what == "made"}
    used = {event.index: event.began for event in events if event.what == "used"}
    assert all(made[index] <= used[index] for index in range(4))


def test_a_batch_that_does_not_fit_the_model_is_named(model):
    class Changes(Slow):
        def __getitem__(self, index):
            return np.ones((2, 2 + (index == 2))), np.ones((2, 1))

    with pytest.raises(ValueError) as caught:
        model.fit_generator(Changes(), verbose=0, shuffle=False)
    import traceback

    shown = "".join(traceback.format_exception(caught.value))
    assert "step 2 of epoch 0: (float64[2, 3], float64[2, 1])" in shown
    assert "first batch was: (float64[2, 2], float64[2, 1])" in shown
