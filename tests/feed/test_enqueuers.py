"""The enqueuers of `utils`, used on their own."""

import threading
from itertools import islice

import numpy as np
import pytest

from minikeras.utils import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    Sequence,
    SequenceEnqueuer,
)


class Squares(Sequence):
    def __init__(self):
        self.epochs = 0

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return np.array([index**2 + 100 * self.epochs])

    def on_epoch_end(self):
        self.epochs += 1


def values(batches, count):
    return [int(batch[0]) for batch in islice(batches, count)]


TWO_EPOCHS = [0, 1, 4, 9, 100, 101, 104, 109]


@pytest.mark.parametrize("workers, processes", [(0, False), (3, False), (2, True)])
def test_ordered_enqueuer_gives_epoch_after_epoch(workers, processes):
    enqueuer = OrderedEnqueuer(Squares(), use_multiprocessing=processes)
    assert not enqueuer.is_running()
    enqueuer.start(workers=workers, max_queue_size=3)
    assert enqueuer.is_running()
    assert values(enqueuer.get(), 8) == TWO_EPOCHS
    enqueuer.stop()
    assert not enqueuer.is_running()
    enqueuer.stop(timeout=1)


def test_shuffle_gives_each_batch_once_an_epoch():
    np.random.seed(0)
    enqueuer = OrderedEnqueuer(Squares(), shuffle=True)
    enqueuer.start(2)
    drawn = values(enqueuer.get(), 8)
    enqueuer.stop()
    assert drawn != TWO_EPOCHS
    assert sorted(drawn) == TWO_EPOCHS


def test_generator_enqueuer_ends_with_its_generator():
    enqueuer = GeneratorEnqueuer(np.array([n]) for n in range(5))
    enqueuer.start(workers=4)
    assert values(enqueuer.get(), 9) == [0, 1, 2, 3, 4]
    enqueuer.stop()


def test_get_before_start_says_what_to_do():
    with pytest.raises(RuntimeError, match="start"):
        OrderedEnqueuer(Squares()).get()


def test_both_are_sequence_enqueuers():
    assert issubclass(OrderedEnqueuer, SequenceEnqueuer)
    assert issubclass(GeneratorEnqueuer, SequenceEnqueuer)


def test_a_sequence_iterates_over_its_batches_once():
    assert values(iter(Squares()), 9) == [0, 1, 4, 9]


def test_an_unfinished_sequence_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="Half needs a __len__"):
        len(type("Half", (Sequence,), {})())


def test_joining_waits_until_an_epoch_was_taken():
    enqueuer = OrderedEnqueuer(Squares())
    enqueuer.start()
    waiting = threading.Thread(target=enqueuer.join_end_of_epoch, daemon=True)
    waiting.start()
    batches = enqueuer.get()
    assert values(batches, 3) == [0, 1, 4]
    waiting.join(0.1)
    assert waiting.is_alive()
    assert values(batches, 1) == [9]
    waiting.join(10)
    assert not waiting.is_alive()
    enqueuer.stop()


def test_stopping_ends_the_wait_for_an_epoch():
    enqueuer = OrderedEnqueuer(Squares())
    enqueuer.start()
    waiting = threading.Thread(target=enqueuer.join_end_of_epoch, daemon=True)
    waiting.start()
    enqueuer.stop()
    waiting.join(10)
    assert not waiting.is_alive()
