"""Padding, skip-grams, windows over time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.preprocessing.sequence import (
    TimeseriesGenerator,
    make_sampling_table,
    pad_sequences,
    skipgrams,
)

ragged = st.lists(st.lists(st.integers(1, 99), max_size=6), max_size=5)
side = st.sampled_from(["pre", "post"])


@given(ragged, st.none() | st.integers(0, 8), side, side)
def test_padding_keeps_elements_in_order_on_the_chosen_side(
    sequences, maxlen, padding, truncating
):
    padded = pad_sequences(sequences, maxlen, "int32", padding, truncating, value=-1)
    longest = max(map(len, sequences), default=0)
    maxlen = longest if maxlen is None else maxlen
    assert padded.shape == (len(sequences), maxlen)
    for row, sequence in zip(padded, sequences, strict=True):
        start = len(sequence) - maxlen if truncating == "pre" else 0
        kept = sequence[max(start, 0) :][:maxlen]
        fill = [-1] * (maxlen - len(kept))
        assert list(row) == (fill + kept if padding == "pre" else kept + fill)


@pytest.mark.parametrize(
    "sequences, options, says",
    [
        ([[1], 2], {}, "element 1 is 2.*pad_sequences..sequence.."),
        ((i for i in [[1]]), {}, "list.sequences."),
        ([[1]], {"padding": "left"}, "`padding` must be one of"),
        ([[1]], {"truncating": "right"}, "`truncating` must be one of"),
        ([[[1, 2]], [[1, 2, 3]]], {}, "sequence 1 has elements of shape"),
        ([[1]], {"value": "<pad>"}, "dtype=object"),
    ],
)
def test_wrong_arguments_of_padding_are_named(sequences, options, says):
    with pytest.raises(ValueError, match=says):
        pad_sequences(sequences, **options)


def test_an_empty_list_pads_to_an_empty_array():
    assert pad_sequences([]).shape == (0, 0)


def test_frequent_words_are_kept_less_often_than_rare_ones():
    table = make_sampling_table(100, sampling_factor=1e-3)
    assert table[0] == table[1]
    assert (np.diff(table[1:]) > 0).all()
    assert table.max() <= 1


def test_skipgrams_pair_each_word_with_its_neighbours():
    couples, labels = skipgrams([1, 2, 3], 4, 1, negative_samples=0, shuffle=False)
    assert couples == [[1, 2], [2, 1], [2, 3], [3, 2]]
    assert labels == [1, 1, 1, 1]


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 3), st.integers(0, 99))
def test_skipgrams_have_the_asked_share_of_random_words(words, negatives, seed):
    couples, labels = skipgrams(words, 10, negative_samples=negatives, seed=seed)
    assert len(couples) == len(labels)
    assert labels.count(0) == negatives * labels.count(1)
    assert all(word and 1 <= other < 10 for word, other in couples)
    assert skipgrams(words, 10, negative_samples=negatives, seed=seed)[0] == couples


def test_skipgrams_follow_the_seed_of_numpy():
    np.random.seed(3)
    first = skipgrams(range(20), 20)
    np.random.seed(3)
    assert skipgrams(range(20), 20) == first
    assert skipgrams(range(20), 20) != first


@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 7),
)
def test_windows_end_just_before_their_target(t, length, rate, stride, batch_size):
    series = np.arange(t)
    if length >= t:
        with pytest.raises(ValueError, match="no window fits"):
            TimeseriesGenerator(series, series, length)
        return
    feed = TimeseriesGenerator(
        series, series, length, rate, stride, batch_size=batch_size
    )
    batches = [feed[i] for i in range(len(feed))]
    x = np.concatenate([x for x, _ in batches])
    y = np.concatenate([y for _, y in batches])
    assert list(y) == list(range(length, t, stride))
    assert x.tolist() == [list(range(r - length, r, rate)) for r in y]


def test_random_windows_depend_on_seed_epoch_and_batch_only():
    series = np.arange(100)

    def make():
        np.random.seed(5)
        return TimeseriesGenerator(series, series, 3, shuffle=True, batch_size=8)

    one, other = make(), make()
    state = np.random.get_state()[1].copy()
    assert (one[2][1] == other[2][1]).all()
    assert (one[2][1] != one[1][1]).any()
    one.on_epoch_end()
    assert (one[2][1] != other[2][1]).any()
    assert (np.random.get_state()[1] == state).all()


def test_data_and_targets_of_unlike_length_are_refused():
    with pytest.raises(ValueError, match="`data` has 5 rows but `targets` has 4"):
        TimeseriesGenerator(np.zeros(5), np.zeros(4), 2)


def test_data_that_json_cannot_hold_is_named():
    feed = TimeseriesGenerator([1j, 2j, 3j], [0, 0, 0], 1)
    with pytest.raises(TypeError, match="`data` cannot be written as JSON"):
        feed.to_json()


@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 wraps -1 to 255, as in Keras")
def test_numbers_that_a_type_cannot_hold():
    with pytest.raises(ValueError, match="`value` is -1, which dtype='uint8'"):
        pad_sequences([[1]], maxlen=2, dtype="uint8", value=-1)
    with pytest.raises(ValueError, match="sequence 0 holds -1.*uint8"):
        pad_sequences([[-1]], dtype="uint8")
