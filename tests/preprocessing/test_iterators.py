"""Order, epochs and random numbers of the iterators over images."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.preprocessing.image import ImageDataGenerator, Iterator

from .test_generator import EVERYTHING, pictures


class Rows(Iterator):
    """Yields the numbers of its samples."""

    def make_batch(self, rows, random):
        return list(rows)


def changing(seed=7, **options):
    x = pictures(20, 6, 7)
    make = ImageDataGenerator(**EVERYTHING)
    return make.flow(x, np.arange(20), batch_size=3, seed=seed, **options)


@given(st.integers(1, 65), st.integers(1, 20), st.booleans(), st.integers(0, 2**40))
def test_every_epoch_has_every_sample_once(n, batch_size, shuffle, seed):
    feed = Rows(n, batch_size, shuffle, seed)
    assert len(feed) == np.ceil(n / batch_size)
    for _ in range(3):
        rows = [row for i in range(len(feed)) for row in feed[i]]
        assert sorted(rows) == list(range(n))
        assert shuffle or rows == sorted(rows)
        feed.on_epoch_end()


@given(st.integers(1, 30), st.integers(1, 8), st.booleans())
def test_next_walks_through_the_epochs_like_indexing(n, batch_size, shuffle):
    walking, indexed = (Rows(n, batch_size, shuffle, 3) for _ in range(2))
    for _ in range(3):
        assert [next(walking) for _ in indexed_batches(indexed)] == list(
            indexed_batches(indexed)
        )
        indexed.on_epoch_end()


def indexed_batches(feed):
    return [feed[i] for i in range(len(feed))]


def test_epochs_differ_in_order_and_in_changes():
    feed = changing()
    first = [feed[i] for i in range(len(feed))]
    feed.on_epoch_end()
    second = [feed[i] for i in range(len(feed))]
    assert list(first[0][1]) != list(second[0][1])
    row = first[0][1][0]
    again = next(x[list(y).index(row)] for x, y in second if row in y)
    assert (again != first[0][0][0]).any()


def test_reset_begins_the_epoch_again():
    feed = Rows(10, 4, True, 1)
    first = next(feed)
    next(feed)
    feed.reset()
    assert next(feed) == first


def test_last_indices_name_the_samples_of_a_batch():
    feed = Rows(10, 4, True, 1)
    assert list(feed[2]) == list(feed.last_indices)
    assert next(feed) == list(feed.last_indices)


def test_a_seed_makes_everything_reproducible_and_numpy_is_left_alone():
    state = np.random.get_state()[1].copy()
    one, other = changing(), changing()
    for _ in range(2):
        for i in range(len(one)):
            np.testing.assert_array_equal(one[i][0], other[i][0])
        one.on_epoch_end()
        other.on_epoch_end()
    assert (changing(8)[0][0] != changing(7)[0][0]).any()
    assert (np.random.get_state()[1] == state).all()


def test_without_a_seed_numpys_own_decides_once():
    feeds = []
    for _ in range(2):
        np.random.seed(3)
        feeds.append(changing(seed=None))
    np.random.seed(4)
    state = np.random.get_state()[1].copy()
    assert (feeds[0][1][0] == feeds[1][1][0]).all()
    assert (np.random.get_state()[1] == state).all()
    assert (changing(seed=None)[1][0] != feeds[0][1][0]).any()


def test_eight_threads_make_the_same_batches_as_one():
    feed = changing()
    expected = [feed[i][0] for i in range(len(feed))]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            got = list(pool.map(lambda i: feed[i][0], range(len(feed))))
            np.testing.assert_array_equal(np.concatenate(got), np.concatenate(expected))


def test_threads_that_call_next_get_every_sample_once():
    feed = changing()
    labels, lock = [], threading.Lock()

    def pull():
        for _ in range(len(feed)):
            y = next(feed)[1]
            with lock:
                labels.extend(y)

    threads = [threading.Thread(target=pull) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(labels) == sorted(list(range(20)) * 4)


def test_a_pickled_iterator_goes_on_where_it_was():
    feed = changing()
    for _ in range(len(feed) + 2):
        next(feed)
    copy = pickle.loads(pickle.dumps(feed))
    for _ in range(len(feed)):
        np.testing.assert_array_equal(next(copy)[0], next(feed)[0])


def test_equal_seeds_change_images_and_masks_alike():
    x = pictures(20, 6, 7)
    make = ImageDataGenerator(rotation_range=90, horizontal_flip=True, zoom_range=0.3)
    images = make.flow(x, batch_size=3, seed=5)
    masks = make.flow(x / 255, batch_size=3, seed=5)
    for _ in range(len(images) + 3):
        np.testing.assert_allclose(next(images), 255 * next(masks), atol=1e-3)


def test_a_batch_has_inputs_labels_and_weights():
    x, y, w = pictures(5), np.arange(5), np.arange(5) / 5
    make = ImageDataGenerator()
    inputs, labels, weights = make.flow((x, [y, w]), y, sample_weight=w, seed=1)[0]
    assert [part.shape[0] for part in inputs] == [5, 5, 5]
    np.testing.assert_array_equal(inputs[1], labels)
    np.testing.assert_array_equal(inputs[2], weights)
    np.testing.assert_array_equal(inputs[0], x[labels])


def test_validation_takes_the_first_part_and_training_the_rest():
    make = ImageDataGenerator(validation_split=0.3)
    y = np.arange(10) % 3
    x = np.arange(10.0)[:, None, None, None] * np.ones((1, 2, 2, 1))
    part = {
        name: make.flow(x, y, subset=name, shuffle=False)[0]
        for name in ("validation", "training")
    }
    assert part["validation"][0][:, 0, 0, 0].tolist() == [0, 1, 2]
    assert part["training"][0][:, 0, 0, 0].tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_images_can_stay_in_a_file_that_is_mapped_into_memory(tmp_path):
    np.save(tmp_path / "x.npy", pictures(6))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    feed = ImageDataGenerator(rescale=2).flow(mapped, shuffle=False)
    assert isinstance(feed.x, np.memmap)
    np.testing.assert_array_equal(feed[0], 2 * pictures(6))


def test_dtype_is_that_of_the_images_made():
    assert ImageDataGenerator(dtype="float64").flow(pictures())[0].dtype == "float64"


def test_images_are_saved_where_asked_under_reproducible_names(tmp_path):
    names = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        feed = changing(save_to_dir=str(tmp_path / folder), save_prefix="new")
        feed[0], feed[1]
        names.append(sorted(path.name for path in (tmp_path / folder).iterdir()))
    assert names[0] == names[1] and len(names[0]) == 6
    assert all(name.startswith("new_") and name.endswith(".png") for name in names[0])


@pytest.mark.parametrize(
    "arguments, options, error, says",
    [
        ((pictures()[0],), {}, ValueError, r"shape \(5, 4, 3\)"),
        ((pictures(), [1, 2]), {}, ValueError, r"6 images but `y` has shape \(2,\)"),
        ((pictures(),), {"sample_weight": [1]}, ValueError, "`sample_weight` has"),
        (((pictures(), [1]),), {}, ValueError, "further input 0"),
        ((pictures(),), {"subset": "test"}, ValueError, "`subset` must be one of"),
        ((pictures(),), {"subset": "validation"}, ValueError, "no images: `x` has 6"),
        ((list(pictures()),), {}, ValueError, r"list of 6; .* np.stack\(x\)"),
        ((pictures(),), {"batch_size": 0}, ValueError, "batch_size must be at least"),
        ((pictures(),), {"save_to_dir": "/no/where"}, OSError, "'/no/where'"),
    ],
)
def test_impossible_flows_are_explained(arguments, options, error, says):
    with pytest.raises(error, match=says):
        ImageDataGenerator().flow(*arguments, **options)


def test_sorted_labels_are_not_split():
    make = ImageDataGenerator(validation_split=0.5)
    with pytest.raises(ValueError, match="shuffle x and y first"):
        make.flow(pictures(), [0, 0, 0, 1, 1, 1], subset="training")


def test_targets_of_a_regression_are_split_like_any_other():
    make = ImageDataGenerator(validation_split=0.5)
    targets = np.arange(6) + 0.5
    _, y = make.flow(pictures(), targets, subset="training", shuffle=False)[0]
    assert y.tolist() == [3.5, 4.5, 5.5]


def test_without_a_split_all_samples_are_for_training():
    feed = ImageDataGenerator().flow(pictures(), np.arange(6), subset="training")
    assert feed.n == 6


def test_images_of_unusual_channels_warn():
    with pytest.warns(UserWarning, match="5 channels"):
        ImageDataGenerator().flow(np.zeros((2, 4, 4, 5)))


def test_a_batch_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no batch 4: there are 4"):
        Rows(8, 2, False, None)[4]
    assert Rows(8, 2, False, None)[-1] == [6, 7]


def test_an_iterator_without_make_batch_says_so():
    with pytest.raises(NotImplementedError, match="make_batch"):
        Iterator(3, 1, False, None)[0]
