"""From text to numbers: splitting, counting, indexing and hashing words."""

import collections
import hashlib
import json
import warnings

import numpy as np

from minikeras.utils.checks import shorten, whole
from minikeras.utils.messages import did_you_mean

PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(text, filters=PUNCTUATION, lower=True, split=" "):
    """The words of a text, in order.

    Arguments
        text: a string.
        filters: characters to leave out; each counts as a `split`.
        lower: whether to turn everything into lower case.
        split: what stands between words.

    Example
        >>> text_to_word_sequence("The cat, the hat.")
        ['the', 'cat', 'the', 'hat']
    """
    if not split:
        raise ValueError("`split` is empty; for single characters use list(text).")
    if not isinstance(filters, (str, list, tuple)):
        raise TypeError(
            "`filters` must be a string of the characters to leave out; got "
            f"{shorten(filters)}."
        )
    if not isinstance(text, str):
        raise TypeError(
            f"A text must be a string; got {text!r}. A missing one (NaN) in a table: "
            "texts.fillna('')."
        )
    text = text.lower() if lower else text
    text = text.translate({ord(character): split for character in filters})
    return [word for word in text.split(split) if word]


def one_hot(text, n, filters=PUNCTUATION, lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, by Python's `hash`.

    Despite its name it returns one number for each word. Different words may get the
    same number, and other numbers in another Python process (unless PYTHONHASHSEED is
    set). `hashing_trick` with 'md5' is stable; a `Tokenizer` is free of collisions too.
    """
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(
    text, n, hash_function=None, filters=PUNCTUATION, lower=True, split=" "
):
    """The words of a text as numbers from 1 to n - 1, by a hash function.

    Arguments
        text: a string.
        n: how many numbers there are, 0 included, which stands for no word.
        hash_function: 'md5', which gives the same numbers everywhere; a function from
            string to integer; None for Python's `hash`, which changes between
            processes.
        filters, lower, split: see `text_to_word_sequence`.
    """
    if whole(n, "n", least=None) < 2:
        raise ValueError(f"`n` must be at least 2, to have room for one word; got {n}.")
    hash_function = _hash_functions.get(hash_function, hash_function)
    if not callable(hash_function):
        raise ValueError(
            f"`hash_function` must be 'md5', a function or None; got {hash_function!r}."
        )
    words = text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word):
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


_hash_functions = {None: hash, "md5": _md5}


class Tokenizer:
    """Number the words of a collection of texts, the most frequent word first.

    Arguments
        num_words: use only the num_words - 1 most frequent words; None: all.
        filters, lower, split: see `text_to_word_sequence`.
        char_level: whether every character is a word.
        oov_token: word that stands for all unknown words; None leaves them out.
        document_count: number of texts seen already.

    Attributes (after `fit_on_texts`)
        word_counts: how often each word occurred.
        word_docs: in how many texts each word occurred.
        word_index, index_word: number of each word, word of each number, from 1.
        index_docs: in how many texts each number occurred.
        document_count: number of texts.

    A text is a string, or a list of words that need no splitting.

    Example
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["the cat", "the hat"])
        >>> tokenizer.texts_to_sequences(["the hat", "a hat"])
        [[1, 3], [3]]
    """

    def __init__(
        self,
        num_words=None,
        filters=PUNCTUATION,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        document_count=0,
        **kwargs,
    ):
        num_words = _renamed_num_words(num_words, kwargs)
        self.num_words = num_words and whole(num_words, "num_words")
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.word_counts = collections.OrderedDict()
        self.word_docs = collections.defaultdict(int)
        self.index_docs = collections.defaultdict(int)
        self.word_index = {}
        self.index_word = {}

    def fit_on_texts(self, texts):
        """Count the words of `texts` (a list or a generator) and number them."""
        self._check_texts(texts)
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] += 1
        self._number_words()

    def _check_texts(self, texts):
        _check_list(texts, "texts")
        if isinstance(texts, str) and not self.char_level:
            warnings.warn(
                "`texts` is one text, so that each of its characters counts as a text. "
                "Put it into a list: [text].",
                stacklevel=3,
            )

    def _words(self, text):
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def _number_words(self):
        by_count = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: i for i, word in enumerate(first + by_count, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count in how many of `sequences` each number occurs (for mode 'tfidf')."""
        _check_list(sequences, "sequences")
        self.document_count += len(sequences)
        for sequence in sequences:
            for i in set(sequence):
                self.index_docs[int(i)] += 1

    def texts_to_sequences(self, texts):
        """The numbers of the words of each text: a list of lists."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """As `texts_to_sequences`, one text at a time."""
        self._check_texts(texts)
        unknown = self._unknown()
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            known = (i if self._is_used(i) else unknown for i in numbers)
            yield [i for i in known if i is not None]

    def sequences_to_texts(self, sequences):
        """The words of each sequence, joined by spaces: a list of strings."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """As `sequences_to_texts`, one sequence at a time."""
        _check_list(sequences, "sequences")
        unknown = self._unknown()
        for sequence in sequences:
            known = (i if self._is_used(i) else unknown for i in sequence)
            yield " ".join(self.index_word[i] for i in known if i is not None)

    def _unknown(self):
        """Number that stands for unknown words; None: they are left out."""
        return self.word_index.get(self.oov_token)

    def _is_used(self, i):
        return i in self.index_word and (not self.num_words or i < self.num_words)

    def texts_to_matrix(self, texts, mode="binary"):
        """As `sequences_to_matrix`, from texts."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """One row for each sequence, one column for each number.

        Arguments
            sequences: list of lists of numbers.
            mode: what an entry says about number j in its sequence:
                'binary' 1 if it occurs; 'count' how often; 'freq' count / length;
                'tfidf'  (1 + log count) log(1 + documents / (1 + documents with j)).

        Returns
            Array (len(sequences), num_words).
        """
        _check_list(sequences, "sequences")
        self._check_matrix(mode)
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            counts = collections.Counter(j for j in sequence if j < columns)
            for j, count in counts.items():
                row[j] = self._entry(mode, j, count, len(sequence))
        return matrix

    def _entry(self, mode, j, count, length):
        if mode == "binary":
            return 1
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        rarity = self.document_count / (1 + self.index_docs.get(j, 0))
        return (1 + np.log(count)) * np.log(1 + rarity)

    def _check_matrix(self, mode):
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError(
                f"Unknown mode {mode!r}; use 'binary', 'count', 'freq' or 'tfidf'."
            )
        if not self.num_words and not self.word_index:
            raise ValueError(
                "The number of columns is unknown: give `num_words` to the Tokenizer, "
                "or call fit_on_texts first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "mode='tfidf' needs counts of documents: call fit_on_texts or "
                "fit_on_sequences first."
            )

    def get_config(self):
        """Settings and counts; the counts as JSON text, as Keras writes them."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            **{name: json.dumps(getattr(self, name)) for name in _TABLES},
        }

    def to_json(self, **kwargs):
        """Everything as text, for `tokenizer_from_json`; kwargs go to json.dumps."""
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


def tokenizer_from_json(json_string):
    """The Tokenizer that `to_json` of minikeras or Keras wrote down."""
    config = dict(_config_in(json_string))
    tables = {name: json.loads(config.pop(name)) for name in _TABLES}
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts.update(tables["word_counts"])
    tokenizer.word_docs.update(tables["word_docs"])
    tokenizer.word_index.update(tables["word_index"])
    tokenizer.index_docs.update(_with_numbers(tables["index_docs"]))
    tokenizer.index_word.update(_with_numbers(tables["index_word"]))
    return tokenizer


def _config_in(json_string):
    if not isinstance(json_string, (str, bytes)):
        raise TypeError(
            "tokenizer_from_json reads what tokenizer.to_json() gave, a text; got "
            f"{shorten(json_string)}."
        )
    read = json.loads(json_string)
    config = read.get("config") if isinstance(read, dict) else None
    if not isinstance(config, dict) or not set(_TABLES) <= set(config):
        raise ValueError(
            "The text is not what tokenizer.to_json() gave: it lacks 'config' with "
            f"{', '.join(_TABLES)}. Got {shorten(json_string)}."
        )
    return config


def _check_list(values, name):
    if hasattr(values, "__iter__"):
        return
    raise TypeError(f"`{name}` must be a list of {name}; got {shorten(values)}.")


def _with_numbers(table):
    """JSON turns the keys of a table into text; turn them back."""
    return {int(key): value for key, value in table.items()}


def _renamed_num_words(num_words, kwargs):
    if "nb_words" in kwargs:
        warnings.warn("Keras 2 calls `nb_words` `num_words`.", stacklevel=3)
        num_words = kwargs.pop("nb_words")
    if kwargs:
        known = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        raise TypeError(
            f"Tokenizer does not know the arguments {sorted(kwargs)}."
            f"{did_you_mean(min(kwargs), known)}"
        )
    return num_words
