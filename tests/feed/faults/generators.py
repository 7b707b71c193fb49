"""Plain generators and iterators: in order, exactly, by one thread."""

import threading
import time

import numpy as np

from feed.faults.common import generator_pool, warned
from feed.faults.fits import fit, raises, small_model
from minikeras.utils import GeneratorEnqueuer


def numbered(stop=10**9, fault=None):
    """Batches 0, 1, 2 ...; not safe for threads: it sleeps in its middle."""
    for number in range(stop):
        time.sleep(0.001)
        yield np.full((2, 2), number), np.ones((2, 1))
    if fault is not None:
        raise fault


def order_and_count(mode):
    """Exact, whatever the number of workers; nothing is pulled that is not used."""
    pulled = []

    def watched():
        for batch in numbered():
            pulled.append((int(batch[0][0, 0]), threading.get_ident()))
            yield batch

    for queue in (0, 1, 10):
        pulled.clear()
        with generator_pool(watched(), mode, queue=queue) as pool:
            got = [
                int(x[0, 0])
                for epoch in range(3)
                for x, _ in pool.epoch(epoch, range(7))
            ]
        assert got == list(range(21)) == [number for number, _ in pulled]
        assert len({thread for _, thread in pulled}) == 1


def read_ahead_is_bounded(mode):
    pulled = []

    def watched():
        for batch in numbered():
            pulled.append(1)
            yield batch

    for queue in (0, 1, 4):
        pulled.clear()
        with generator_pool(watched(), mode, queue=queue) as pool:
            for used, _ in enumerate(pool.epoch(0, range(12)), 1):
                time.sleep(0.02)
                assert used <= len(pulled) <= used + queue


def ends_early(mode):
    """The short epoch is logged, then the error tells all numbers."""
    model = small_model()
    raises(
        RuntimeError,
        lambda: fit(mode, numbered(7), model, steps_per_epoch=5, epochs=4),
        "numbered ended after 2 of 5 batches in epoch 2",
        "while True",
    )
    assert len(model.history.history["loss"]) == 2
    raises(
        RuntimeError,
        lambda: fit(mode, numbered(0), steps_per_epoch=5),
        "after 0 of 5 batches in epoch 1",
    )
    raises(
        RuntimeError,
        lambda: model.predict_generator((x for x, _ in numbered(2)), 3),
        "after 2 of 3",
    )
    raises(
        RuntimeError, lambda: model.evaluate_generator(numbered(1), 3), "after 1 of 3"
    )


def raises_itself(mode):
    raises(
        ZeroDivisionError,
        lambda: fit(mode, numbered(3, ZeroDivisionError("mine")), steps_per_epoch=5),
        "mine",
    )


class Plain:
    """An iterator that is no generator."""

    def __init__(self):
        self.number = -1

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        return np.full((2, 2), self.number), np.ones((2, 1))


def iterators(mode):
    fit(mode, Plain(), steps_per_epoch=3, epochs=2)
    fit(mode, map(tuple, numbered(9)), steps_per_epoch=9)


def processes_are_refused(mode):
    """With a recipe, by fit and by the enqueuer; many workers are remarked on."""
    model = small_model()
    for run in (
        lambda: model.fit_generator(numbered(), 3, use_multiprocessing=True),
        lambda: GeneratorEnqueuer(numbered(), use_multiprocessing=True),
    ):
        raises(ValueError, run, "numbered", "keras.utils.Sequence", "__getitem__")
    with warned(1, "pulled by one thread only"):
        model.fit_generator(numbered(), 3, workers=4, verbose=0)
