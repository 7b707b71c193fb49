"""Lists of numbers for networks: padding, windows over time, skip-gram pairs."""

import json
import random

import numpy as np

from minikeras.utils.checks import choice, known_dtype, number, shorten, whole
from minikeras.utils.data_utils import Sequence


def pad_sequences(
    sequences,
    maxlen=None,
    dtype="int32",
    padding="pre",
    truncating="pre",
    value=0.0,
):
    """Make sequences equally long by filling up or cutting off.

    Arguments
        sequences: list of n sequences, each of t_i elements of one shape (...).
        maxlen: length t of the result; None takes the longest sequence.
        dtype: type of the result.
        padding, truncating: 'pre' fills (cuts) at the front, 'post' at the back.
        value: what fills up.

    Returns
        Array (n, t, ...).

    Example
        >>> pad_sequences([[1], [2, 3, 4]], maxlen=2)
        array([[0, 1],
               [3, 4]], dtype=int32)
    """
    choice(padding, "padding", ("pre", "post"))
    choice(truncating, "truncating", ("pre", "post"))
    lengths = _lengths(sequences)
    maxlen = (
        max(lengths, default=0) if maxlen is None else whole(maxlen, "maxlen", least=0)
    )
    element = next((np.shape(s)[1:] for s in sequences if len(s)), ())
    padded = np.full((len(sequences), maxlen) + element, value, _fitting(dtype, value))
    for i, sequence in enumerate(sequences):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        if not len(kept) or not maxlen:
            continue
        kept = _elements(kept, padded.dtype, element, i)
        where = slice(-len(kept), None) if padding == "pre" else slice(len(kept))
        padded[i, where] = kept
    return padded


def _lengths(sequences):
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"`sequences` must be a list of sequences; got {type(sequences).__name__}. "
            "Turn a generator into a list: pad_sequences(list(sequences))."
        )
    for i, each in enumerate(sequences):
        if not hasattr(each, "__len__"):
            raise ValueError(
                f"`sequences` must be a list of sequences; element {i} is {each!r}. "
                "One sequence alone goes into a list: pad_sequences([sequence])."
            )
    return [len(each) for each in sequences]


def _fitting(dtype, value):
    if isinstance(value, str) and np.dtype(known_dtype(dtype)).kind not in "OSU":
        raise ValueError(
            f"`value` is the text {value!r}, which dtype={dtype!r} cannot hold; "
            "use dtype=object."
        )
    try:
        np.array(value, known_dtype(dtype))
    except OverflowError as error:
        raise ValueError(
            f"`value` is {value!r}, which dtype={dtype!r} cannot hold: {error}."
        ) from error
    return known_dtype(dtype)


def _elements(sequence, dtype, shape, i):
    try:
        elements = np.asarray(sequence, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"sequence {i} holds {shorten(sequence[0])}, and cannot be turned into "
            f"numbers of type {dtype}: {error}. Words are numbered by a Tokenizer "
            "(preprocessing.text); dtype=object keeps them."
        ) from error
    if elements.shape[1:] != shape:
        raise ValueError(
            f"sequence {i} has elements of shape {elements.shape[1:]}, but the first "
            f"sequence has elements of shape {shape}; all must be alike."
        )
    return elements


def make_sampling_table(size, sampling_factor=1e-5):
    """Probability to keep each word in `skipgrams`, frequent words being kept less.

    Word i is taken to be the i-th most frequent one, of frequency (Zipf)

        1 / frequency(i) = i (log i + 0.577) + 1/2 - 1/(12 i)

    and is kept with probability min(1, sqrt(sampling_factor / frequency(i))), as in
    word2vec. Index 0, which stands for no word, is treated as index 1.

    Returns
        Array (size,).

    References
        Mikolov et al. (2013), Distributed Representations of Words and Phrases and
        their Compositionality, https://arxiv.org/abs/1310.4546
    """
    number(sampling_factor, "sampling_factor", least=0)
    rank = np.maximum(np.arange(whole(size, "size", least=0)), 1)
    inverse_frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse_frequency))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs (word, word nearby) with label 1, and (word, random word) with label 0.

    Arguments
        sequence: word numbers; 0 stands for no word and is skipped.
        vocabulary_size: random words are drawn from 1 to vocabulary_size - 1.
        window_size: how far away, on either side, a word is still nearby.
        negative_samples: number of random pairs for each true pair; 0 for none.
        shuffle: whether to mix the pairs; otherwise true pairs come first, in order.
        categorical: whether labels are [0, 1] and [1, 0] in the place of 1 and 0.
        sampling_table: probability to keep each word, see `make_sampling_table`.
        seed: makes the result reproducible; None draws a seed from np.random.

    Returns
        Two lists: couples [word, other], and their labels.
    """
    if isinstance(sequence, str) or not hasattr(sequence, "__iter__"):
        raise TypeError(
            "`sequence` must be a list of word numbers, such as "
            f"tokenizer.texts_to_sequences([text])[0]; got {shorten(sequence)}."
        )
    whole(window_size, "window_size", least=0)
    if number(negative_samples, "negative_samples") > 0:
        whole(vocabulary_size, "vocabulary_size", least=2)
    seed = int(np.random.randint(10**7)) if seed is None else seed
    draw = random.Random(seed)
    true, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    couples = _nearby(sequence, window_size, sampling_table, draw)
    labels = [true] * len(couples)
    if negative_samples > 0:
        wrong = _random_couples(couples, negative_samples, vocabulary_size, draw)
        couples = couples + wrong
        labels = labels + [false] * len(wrong)
    if shuffle:
        random.Random(seed).shuffle(couples)
        random.Random(seed).shuffle(labels)
    return couples, labels


def _nearby(sequence, window_size, sampling_table, draw):
    couples = []
    for i, word in enumerate(sequence):
        if not word or (
            sampling_table is not None and sampling_table[word] < draw.random()
        ):
            continue
        start = max(0, i - window_size)
        for j, other in enumerate(sequence[start : i + window_size + 1], start):
            if j != i and other:
                couples.append([word, other])
    return couples


def _random_couples(couples, negative_samples, vocabulary_size, draw):
    words = [word for word, _ in couples]
    draw.shuffle(words)
    return [
        [words[i % len(words)], draw.randint(1, vocabulary_size - 1)]
        for i in range(int(len(couples) * negative_samples))
    ]


class TimeseriesGenerator(Sequence):
    """Batches of windows over a series, each with the target that follows it.

    Window number r ends just before row r and is taught to predict `targets[r]`:

        x = data[r - length : r : sampling_rate]        y = targets[r]

    Arguments
        data: array (t, ...) or list: one row for each time step.
        targets: array (t, ...) or list: one target for each time step.
        length: number of rows that a window spans.
        sampling_rate: take every sampling_rate-th row of the window.
        stride: number of rows from one window to the next.
        start_index, end_index: first and last row that may be used; None: all.
        shuffle: whether each batch consists of windows drawn at random.
        reverse: whether windows run backwards in time.
        batch_size: number of windows in a batch (the last may have fewer).

    Shapes
        x   (n, length / sampling_rate, ...)
        y   (n, ...)

    Random windows depend on np.random's state at construction, the epoch and the
    batch's index, on nothing else.

    Example
        >>> series = np.arange(6)
        >>> x, y = TimeseriesGenerator(series, series, length=3)[0]
        >>> x, y
        (array([[0, 1, 2], [1, 2, 3], [2, 3, 4]]), array([3, 4, 5]))
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        for name, rows in (("data", data), ("targets", targets)):
            if not hasattr(rows, "__len__") or isinstance(rows, str):
                raise TypeError(f"`{name}` must be an array; got {shorten(rows)}.")
        self.data = data
        self.targets = targets
        self.length = whole(length, "length")
        self.sampling_rate = whole(sampling_rate, "sampling_rate")
        self.stride = whole(stride, "stride")
        self.start_index = whole(start_index, "start_index", least=0) + self.length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = whole(batch_size, "batch_size")
        self.seed = int(np.random.randint(2**31)) if shuffle else None
        self.epoch = 0
        self._check()

    def _check(self):
        if len(self.data) != len(self.targets):
            raise ValueError(
                f"`data` has {len(self.data)} rows but `targets` has "
                f"{len(self.targets)}; there must be one target for each row of data."
            )
        if self.start_index > self.end_index:
            raise ValueError(
                f"no window fits: the first target would be row start_index + length = "
                f"{self.start_index}, but the last usable row is {self.end_index}. "
                "Use a smaller `length` or more data."
            )

    def __len__(self):
        rows = self.end_index - self.start_index + 1
        return -(-rows // (self.batch_size * self.stride))

    def __getitem__(self, index):
        rows = self._rows(index)
        windows = [self.data[r - self.length : r : self.sampling_rate] for r in rows]
        samples = np.array(windows)
        if self.reverse:
            samples = samples[:, ::-1]
        return samples, np.array([self.targets[row] for row in rows])

    def _rows(self, index):
        """Rows whose targets make up batch `index`."""
        if self.shuffle:
            draw = np.random.default_rng([self.seed, self.epoch, index])
            return draw.integers(self.start_index, self.end_index + 1, self.batch_size)
        start = self.start_index + self.batch_size * self.stride * index
        stop = min(start + self.batch_size * self.stride, self.end_index + 1)
        return np.arange(start, stop, self.stride)

    def on_epoch_end(self):
        """Draw other windows in the next epoch, if they are drawn."""
        self.epoch += 1

    def get_config(self):
        """The settings; data and targets as JSON text, length added to start_index."""
        return {
            "data": _json_text(self.data, "data"),
            "targets": _json_text(self.targets, "targets"),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs):
        """The configuration as text. `kwargs` are passed to json.dumps."""
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def _json_text(values, name):
    values = values.tolist() if isinstance(values, np.ndarray) else values
    try:
        return json.dumps(values)
    except TypeError as error:
        raise TypeError(f"`{name}` cannot be written as JSON: {error}") from error
