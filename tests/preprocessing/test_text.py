"""Splitting, hashing and numbering words."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.preprocessing.text import (
    Tokenizer,
    hashing_trick,
    one_hot,
    text_to_word_sequence,
    tokenizer_from_json,
)

texts = st.lists(st.text(max_size=30), max_size=5)


def fitted(texts, **options):
    tokenizer = Tokenizer(**options)
    tokenizer.fit_on_texts(texts)
    return tokenizer


@given(st.text())
def test_words_are_not_empty_and_hold_no_punctuation(text):
    for word in text_to_word_sequence(text):
        assert word
        assert not set(word) & set(" \t\n!?.,")


def test_an_empty_split_is_refused():
    with pytest.raises(ValueError, match="list.text."):
        text_to_word_sequence("abc", split="")


@given(st.text(), st.integers(2, 50))
def test_hashes_lie_between_one_and_n(text, n):
    words = text_to_word_sequence(text)
    for numbers in (hashing_trick(text, n, "md5"), one_hot(text, n)):
        assert len(numbers) == len(words)
        assert all(1 <= number < n for number in numbers)


def test_one_hot_is_the_hashing_trick_with_pythons_hash():
    assert one_hot("a b", 99) == hashing_trick("a b", 99)
    assert one_hot("a b", 99) == [hash(word) % 98 + 1 for word in "ab"]


@pytest.mark.parametrize(
    "arguments, says", [((1,), "`n` must be at least 2"), ((5, "sha"), "'sha'")]
)
def test_impossible_hashing_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        hashing_trick("a", *arguments)


@given(texts)
def test_every_word_that_was_counted_comes_back(texts):
    tokenizer = fitted(texts)
    expected = [" ".join(text_to_word_sequence(text)) for text in texts]
    assert tokenizer.sequences_to_texts(tokenizer.texts_to_sequences(texts)) == expected


@given(texts, st.booleans(), st.none() | st.integers(1, 5))
def test_a_tokenizer_survives_json(texts, char_level, num_words):
    options = {"char_level": char_level, "num_words": num_words, "oov_token": "?!"}
    tokenizer = fitted(texts, **options)
    restored = tokenizer_from_json(tokenizer.to_json())
    assert vars(restored) == vars(tokenizer)
    assert restored.get_config() == tokenizer.get_config()


def test_frequent_words_have_small_numbers():
    tokenizer = fitted(["b a b", "c b a"])
    assert tokenizer.word_index == {"b": 1, "a": 2, "c": 3}
    assert tokenizer.word_docs == {"b": 2, "a": 2, "c": 1}


def test_num_words_keeps_the_most_frequent_words_only():
    tokenizer = fitted(["b a b", "c b a"], num_words=2)
    assert tokenizer.texts_to_sequences(["a b c"]) == [[1]]
    assert tokenizer.texts_to_matrix(["a b c"]).tolist() == [[0, 1]]


def test_unknown_words_become_the_oov_token():
    tokenizer = fitted(["a b a"], oov_token="?", num_words=3)
    assert tokenizer.texts_to_sequences(["a b zebra"]) == [[2, 1, 1]]
    assert tokenizer.sequences_to_texts([[2, 3, 77]]) == ["a ? ?"]


def test_numpy_numbers_of_documents_can_be_written_as_json():
    tokenizer = Tokenizer(num_words=4)
    tokenizer.fit_on_sequences([np.array([1, 2]), np.array([2])])
    assert json.loads(tokenizer.get_config()["index_docs"]) == {"1": 1, "2": 2}


@pytest.mark.parametrize(
    "tokenizer, mode, says",
    [
        (Tokenizer(), "count", "give `num_words`"),
        (Tokenizer(num_words=3), "tfidf", "counts of documents"),
        (Tokenizer(num_words=3), "tf", "Unknown mode 'tf'"),
    ],
)
def test_matrices_that_cannot_be_made_are_refused(tokenizer, mode, says):
    with pytest.raises(ValueError, match=says):
        tokenizer.sequences_to_matrix([[1]], mode=mode)


def test_the_name_that_keras_1_gave_num_words_still_works():
    with pytest.warns(UserWarning, match="num_words"):
        assert Tokenizer(nb_words=7).num_words == 7
    with pytest.raises(TypeError, match="'words'"):
        Tokenizer(words=7)


def test_a_missing_text_is_named():
    with pytest.raises(TypeError, match=r"got nan.*fillna"):
        fitted(["a text", float("nan")])
