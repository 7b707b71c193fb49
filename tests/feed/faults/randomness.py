"""Random numbers depend on (seed, epoch, index) only, and disturb nobody."""

import random
from random import randint

import numpy as np
from numpy.random import normal

from feed.faults.common import START_METHODS, Numbers, drain, generator_pool, make_pool
from feed.faults.fits import small_model
from minikeras import feed


class Draws(Numbers):
    """From both generators, by module and by imported name."""

    def __getitem__(self, index):
        drawn = [np.random.rand(), random.random(), randint(0, 10**6), normal()]
        np.random.shuffle(drawn)
        x = np.array([drawn], "float32")
        return x, x[:, :1]


def same_everywhere(mode):
    """Bit-equal for 1 and 3 workers and the main thread; epochs differ."""
    expected = drain(Draws(), "main", epochs=3)
    assert expected[:6] != expected[6:12]
    for workers in (1, 3):
        assert drain(Draws(), mode, epochs=3, workers=workers) == expected


def callers_state_is_left_alone(mode):
    """The caller's numbers do not depend on workers, nor workers' on the caller's."""
    calm = drain(Draws(), "main")
    np.random.seed(1), random.seed(1)
    expected = [(np.random.rand(), random.random()) for _ in range(6)]
    np.random.seed(1), random.seed(1)
    drawn, got = [], []
    with make_pool(Draws(), mode) as pool:
        for x, y in pool.epoch(0, range(6)):
            drawn.append((np.random.rand(), random.random()))
            got.append([x.tolist(), y.tolist()])
    assert drawn == expected and got == calm
    assert not isinstance(np.random.rand, feed.randomness.PerThread)
    assert not isinstance(randint, feed.randomness.PerThread)


def generator_has_a_stream(mode):
    """Pulled in the main thread or in another one, seeded by itself or not."""

    def draws(seed):
        if seed is not None:
            np.random.seed(seed)
        while True:
            yield np.random.rand(2, 1), np.random.rand(2, 1)

    def take(seed, mode):
        with generator_pool(draws(seed), mode) as pool:
            return [
                batch[0].tolist()
                for epoch in range(2)
                for batch in pool.epoch(epoch, range(3))
            ]

    state = np.random.get_state()[1].tolist()
    assert take(None, mode) == take(None, "main")
    own = np.random.RandomState(4)
    by_hand = [(own.rand(2, 1), own.rand(2, 1))[0].tolist() for _ in range(6)]
    assert take(4, mode) == by_hand
    assert np.random.get_state()[1].tolist() == state


def augmentation(mode):
    """ImageDataGenerator: bit-equal for all workers, epochs differ."""
    from minikeras.preprocessing.image import ImageDataGenerator

    if mode in START_METHODS:
        feed.settings.start_method = mode
    pictures = np.random.RandomState(0).rand(12, 8, 8, 1)

    def seen(mode):
        np.random.seed(2)
        changes = ImageDataGenerator(rotation_range=30, zoom_range=0.3)
        flow = changes.flow(pictures, np.arange(12), batch_size=4)
        batches = []
        with make_pool(flow, mode) as pool:
            for epoch in range(2):
                batches += [x.tobytes() for x, _ in pool.epoch(epoch, range(3))]
                flow.on_epoch_end()
        return batches

    expected = seen("main")
    assert len(set(expected)) == 6
    assert seen(mode) == expected


def training_is_reproducible(mode):
    """np.random.seed alone; the trained weights are bit-equal for all workers."""
    if mode in START_METHODS:
        feed.settings.start_method = mode

    def train(workers, processes):
        model = small_model()
        np.random.seed(8)
        model.fit_generator(
            Numbers(),
            epochs=2,
            verbose=0,
            workers=workers,
            use_multiprocessing=processes,
        )
        return [weight.tolist() for weight in model.get_weights()]

    expected = train(0, False)
    assert train(3, mode in START_METHODS) == expected
