"""Workers of every kind make the batches that the main thread makes."""

import warnings

import numpy as np
import pytest

from minikeras.layers import Dense, Flatten
from minikeras.models import Sequential
from minikeras.preprocessing import image
from minikeras.preprocessing.image import ImageDataGenerator
from minikeras.preprocessing.sequence import TimeseriesGenerator
from minikeras.utils import OrderedEnqueuer

from .test_generator import EVERYTHING, pictures

EPOCHS = 3


def from_arrays(folder):
    make = ImageDataGenerator(**EVERYTHING)
    return make.flow(pictures(20, 6, 7), np.arange(20), batch_size=3, seed=7)


def from_files(folder):
    for name in ("cats", "dogs"):
        if not (folder / name).exists():
            (folder / name).mkdir()
            for i, x in enumerate(pictures(5)):
                image.save_img(folder / name / f"{i}.png", x)
    make = ImageDataGenerator(**EVERYTHING)
    return make.flow_from_directory(str(folder), (6, 7), batch_size=3, seed=7)


def from_series(folder):
    np.random.seed(1)
    series = np.arange(50)
    return TimeseriesGenerator(series, series, 4, shuffle=True, batch_size=8)


@pytest.mark.parametrize("make", [from_arrays, from_files, from_series])
@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_workers_make_the_batches_of_the_main_thread(make, processes, tmp_path):
    feed = make(tmp_path)
    expected = []
    for _ in range(EPOCHS):
        expected += [feed[i] for i in range(len(feed))]
        feed.on_epoch_end()

    enqueuer = OrderedEnqueuer(make(tmp_path), use_multiprocessing=processes)
    enqueuer.start(workers=3)
    try:
        batches = enqueuer.get()
        for x, y in expected:
            got_x, got_y = next(batches)
            np.testing.assert_array_equal(got_x, x)
            np.testing.assert_array_equal(got_y, y)
    finally:
        enqueuer.stop()


def test_training_on_images_is_the_same_with_workers():
    x, y = pictures(20, 4, 4) / 255, np.arange(20) % 3
    weights = []
    for workers in (0, 1, 3):
        np.random.seed(1)
        hidden = Dense(3, activation="softmax", input_shape=(48,))
        model = Sequential([hidden])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit_generator(Flat(x, y), epochs=2, verbose=0, workers=workers)
        weights.append(model.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    np.testing.assert_array_equal(weights[0], weights[2])


class Flat(image.NumpyArrayIterator):
    """Images as rows."""

    def __init__(self, x, y):
        changes = ImageDataGenerator(rotation_range=30)
        super().__init__(x, y, changes, batch_size=6, shuffle=True, seed=2)

    def make_batch(self, rows, random):
        x, y = super().make_batch(rows, random)
        return x.reshape(len(x), -1), y


def test_predicting_from_an_iterator_that_shuffles_warns():
    x, y = pictures(6, 4, 4) / 255, np.arange(6) % 3
    model = Sequential([Flatten(input_shape=(4, 4, 3)), Dense(3)])
    flow = ImageDataGenerator().flow
    with pytest.warns(UserWarning, match="shuffled order.*shuffle=False"):
        model.predict_generator(flow(x, y, batch_size=2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.predict_generator(flow(x, y, batch_size=2, shuffle=False))
    np.testing.assert_allclose(found, model.predict(x), rtol=1e-5, atol=1e-6)
