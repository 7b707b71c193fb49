"""The dispatchers that give each worker thread streams of its own."""

import pickle
import random
import threading

import numpy as np
import pytest

from minikeras.feed import randomness


@pytest.fixture
def dispatchers():
    randomness.install_dispatchers()
    yield
    randomness.uninstall_dispatchers()


def in_thread(function):
    """What `function` returns in another thread, which has streams of its own."""
    found = []

    def run():
        streams = randomness.Streams()
        streams.seed(randomness.batch_words(1, 2, 3))
        with randomness.streams_of_this_thread(streams):
            found.append(function())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def draw():
    return np.random.rand(), random.random(), np.random.permutation(9).tolist()


def test_a_thread_draws_what_a_process_would(dispatchers):
    state = np.random.get_state()
    drawn = in_thread(draw)
    assert np.random.get_state()[1].tolist() == state[1].tolist()
    randomness.seed_process(randomness.batch_words(1, 2, 3))
    assert draw() == drawn


def test_functions_are_the_plain_ones_before_and_after():
    plain = np.random.rand, random.shuffle, np.random.seed
    randomness.install_dispatchers()
    assert isinstance(np.random.rand, randomness.PerThread)
    randomness.install_dispatchers()
    randomness.uninstall_dispatchers()
    assert isinstance(np.random.seed, randomness.PerThread)
    randomness.uninstall_dispatchers()
    assert (np.random.rand, random.shuffle, np.random.seed) == plain
    assert not isinstance(np.random.rand, randomness.PerThread)


def test_other_threads_use_the_plain_functions(dispatchers):
    np.random.seed(5)
    expected = np.random.RandomState(5).rand()
    assert np.random.rand() == expected


def test_seeding_in_a_thread_stays_there(dispatchers):
    np.random.seed(5)
    in_thread(lambda: np.random.seed(77))
    assert np.random.rand() == np.random.RandomState(5).rand()


def test_dispatchers_pickle_as_the_plain_functions(dispatchers):
    text = pickle.dumps([np.random.rand, random.random])
    assert pickle.loads(text) == [np.random.rand, random.random]


def test_numba_compiles_calls_of_dispatchers(dispatchers):
    numba = pytest.importorskip("numba")

    @numba.njit
    def noise(n):
        return np.random.rand(n)

    assert noise(3).shape == (3,)


def test_words_differ_for_seed_epoch_and_index():
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    words = {tuple(randomness.batch_words(*key)) for key in keys}
    assert len(words) == 4
