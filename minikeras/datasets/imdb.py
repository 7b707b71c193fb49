"""Reviews of films, good or bad: 25,000 + 25,000 texts as word numbers."""

import warnings

import numpy as np

from minikeras.datasets import text
from minikeras.datasets.files import KERAS, shuffled
from minikeras.utils.downloads import get_file

SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
OLD_MD5 = "599dadb1135973df5b59232a0e9a887c"  # the file that Keras 2.3 downloads
INDEX_MD5 = "bfafd718b763782e994055a2d397834f"  # Keras publishes no SHA-256 of it


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Load the reviews; word 5 is a more frequent word than word 6.

    Arguments
        path: name of the file in the cache.
        num_words: words from this number on become `oov_char`; None takes the largest
            number, so only the rarest word becomes `oov_char`, as in Keras.
        skip_top: words below this number become `oov_char`.
        maxlen: leave out texts of this many words and more.
        seed: seed of the order of the texts.
        start_char: number put before each text; None puts none.
        oov_char: number for words left out; None leaves no trace of them.
        index_from: added to every word number.

    Returns
        (x_train, y_train), (x_test, y_test): arrays of lists of numbers, and labels 0
        (bad) or 1 (good).

    References
        Maas, Daly, Pham, Huang, Ng, Potts: Learning word vectors for sentiment
        analysis, 2011.
    """
    num_words = _old_name(kwargs, num_words)
    path = get_file(path, KERAS + "imdb.npz", file_hash=SHA256, older_hashes=[OLD_MD5])
    data = text.read_texts(path, ["x_train", "y_train", "x_test", "y_test"])
    parts, random = [], np.random.RandomState(seed)
    for part in ("train", "test"):
        rows = text.as_array(text.to_rows(*data["x_" + part]))
        rows, labels = shuffled(random, rows, data["y_" + part])
        rows, labels = text.prepare(rows, labels, start_char, index_from)
        if maxlen:
            rows, labels = text.shorter_than(maxlen, rows, labels)
        parts.append((rows, labels))
    rows = [row for part, _ in parts for row in part]
    if not rows:
        raise ValueError(f"maxlen={maxlen} leaves no text. Give a larger one.")
    num_words = num_words or max(max(row, default=0) for row in rows)
    return tuple(
        (text.as_array(text.limited(part, num_words, skip_top, oov_char)), labels)
        for part, labels in parts
    )


def get_word_index(path="imdb_word_index.json"):
    """The dict of word -> number, before `index_from` is added."""
    origin = KERAS + "imdb_word_index.json"
    return text.load_word_index(get_file(path, origin, file_hash=INDEX_MD5))


def _old_name(kwargs, num_words):
    if "nb_words" in kwargs:
        warnings.warn("nb_words is called num_words since Keras 2", stacklevel=3)
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"load_data has no argument {sorted(kwargs)[0]!r}")
    return num_words
