"""Short news of 46 topics: 11,228 texts as word numbers."""

import numpy as np

from minikeras.datasets import text
from minikeras.datasets.files import KERAS, shuffled
from minikeras.datasets.imdb import _old_name
from minikeras.utils.downloads import get_file

SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
OLD_MD5 = "87aedbeb0cb229e378797a632c1997b6"  # the file that Keras 2.3 downloads
INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"  # Keras publishes no SHA-256 of it


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Load the news; word 5 is a more frequent word than word 6.

    Arguments
        path: name of the file in the cache.
        num_words: words from this number on become `oov_char`; None takes the largest
            number, so only the rarest word becomes `oov_char`, as in Keras.
        skip_top: words below this number become `oov_char`.
        maxlen: leave out texts of this many words and more.
        test_split: share of the texts that are for tests.
        seed: seed of the order of the texts.
        start_char: number put before each text; None puts none.
        oov_char: number for words left out; None leaves no trace of them.
        index_from: added to every word number.

    Returns
        (x_train, y_train), (x_test, y_test): arrays of lists of numbers, and topics
        from 0 to 45.

    References
        Lewis: Reuters-21578 text categorization collection, 1987.
    """
    num_words = _old_name(kwargs, num_words)
    path = get_file(
        path, KERAS + "reuters.npz", file_hash=SHA256, older_hashes=[OLD_MD5]
    )
    data = text.read_texts(path, ["x", "y"])
    rows = text.as_array(text.to_rows(*data["x"]))
    rows, labels = shuffled(np.random.RandomState(seed), rows, data["y"])
    rows, labels = text.prepare(rows, labels, start_char, index_from)
    if maxlen:
        rows, labels = text.shorter_than(maxlen, rows, labels)
    if not rows:
        raise ValueError(f"maxlen={maxlen} leaves no text. Give a larger one.")
    num_words = num_words or max(max(row, default=0) for row in rows)
    rows = text.as_array(text.limited(rows, num_words, skip_top, oov_char))
    split = int(len(rows) * (1 - test_split))
    return (rows[:split], labels[:split]), (rows[split:], labels[split:])


def get_word_index(path="reuters_word_index.json"):
    """The dict of word -> number, before `index_from` is added."""
    origin = KERAS + "reuters_word_index.json"
    return text.load_word_index(get_file(path, origin, file_hash=INDEX_MD5))
