"""Feeds of generators and Sequences: batches made ahead by the workers of a pool.

`minikeras.feed` makes the batches; here they become epochs of `(x, y, weights)`.
"""

import math
import sys
import time
import warnings

import numpy as np

from minikeras.engine.feeds import Feed
from minikeras.feed import notes
from minikeras.feed.errors import add_note
from minikeras.feed.pool import Pool
from minikeras.feed.randomness import draw_seed
from minikeras.feed.sources import GeneratorSource, SequenceSource
from minikeras.utils.checks import number, shorten, whole
from minikeras.utils.data_utils import refuse_processes


class PooledFeed(Feed):
    """Batches from a pool that lives from the first epoch to `close`.

    Arguments
        source: a `SequenceSource` or `GeneratorSource`.
        steps: batches in an epoch; None for the length of the Sequence.
        prepare: function from what the source gives to `(x, y, weights)`.
        options: (max_queue_size, workers, use_multiprocessing).
        tells: whether to say it if making batches takes longer than using them.
    """

    def __init__(self, source, steps, prepare, options, tells=False):
        self.source = source
        self.given_steps = steps
        self.prepare = prepare
        self.options = options
        self.tells = tells
        self.pool = None
        self.first = None
        self.used = 0

    def _batches(self, number, order):
        """The batches with the indices `order`, prepared for the model."""
        if self.pool is None:
            queue, workers, processes = self.options
            self.pool = Pool(self.source, workers, processes, queue)
        began, waited = time.monotonic(), self.pool.waited
        self.used = 0
        for batch in self.pool.epoch(number, order):
            prepared = self._prepared(batch, number)
            del batch
            self.used += 1
            yield prepared
            del prepared
        if self.tells:
            self.tells = False
            self._tell(self.pool.waited - waited, time.monotonic() - began)

    def _prepared(self, batch, number):
        """What `prepare` makes of it; errors say which batch it was."""
        try:
            prepared = self.prepare(batch)
        except Exception as error:
            where = f"step {self.used} of epoch {number}"
            text = f"This is the batch of {where}: {shapes_in(batch)}."
            if self.first is not None:
                text += f" The first batch was: {self.first}."
            add_note(error, text)
            raise
        if self.first is None:
            self.first = shapes_in(batch)
        return prepared

    def _tell(self, waited, total):
        _, workers, processes = self.options
        line = notes.bottleneck(waited, total, workers, processes)
        if line is not None:
            notes.say(line)

    def close(self):
        """End the workers; at once if an error is on its way."""
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.close(at_once=sys.exc_info()[0] is not None)


class GeneratorFeed(PooledFeed):
    """Batches from a generator or iterator, pulled in order by one thread.

    It is never asked for more batches than its epochs need. If it ends early, the
    epoch is short, and the error comes after that epoch was logged.
    """

    @property
    def steps(self):
        """Batches in an epoch."""
        return self.given_steps

    ended = None
    taken = 0
    to_skip = 0

    def epoch(self, number):
        if self.ended is not None:
            raise RuntimeError(self.ended)
        skip, self.to_skip = self.to_skip, 0
        batches = self._batches(number, range(skip + self.steps))
        for batch in batches:
            if skip:
                skip, self.used = skip - 1, 0
                continue
            self.taken += 1
            yield batch
        if self.used < self.steps:
            self.ended = (
                f"The generator {self.source.name} ended after {self.used} of "
                f"{self.steps} batches in epoch {number + 1}. Let it yield for ever "
                "(`while True:` around its loop), or lower the number of steps."
            )
            if self.used == 0:
                raise RuntimeError(self.ended)

    def get_state(self):
        return {"taken": self.taken, "seed": self.source.seed}

    def set_state(self, state, epoch):
        """Pass over the batches used before; the generator makes them again."""
        self.taken = self.to_skip = state["taken"]
        self.source.seed = state["seed"]

    def close(self):
        super().close()
        if self.ended is not None and sys.exc_info()[0] is None:
            raise RuntimeError(self.ended)


class SequenceFeed(PooledFeed):
    """Batches from a `Sequence`: an object with `__len__` and `__getitem__`.

    Arguments, beside those of every `PooledFeed`
        shuffle: whether to take the batches in a new order in each pass.
        goes_on: whether an epoch begins where the one before it ended, if `steps` is
            not the length; training does, so that it sees all the data.
    """

    def __init__(self, *arguments, shuffle=False, goes_on=False, **options):
        super().__init__(*arguments, **options)
        self.shuffle = shuffle
        self.goes_on = goes_on
        self.rest = np.empty(0, int)
        self.randoms = []

    @property
    def steps(self):
        """Batches in the coming epoch; a Sequence may change its length between."""
        if self.given_steps is None:
            return self.source.length()
        return self.given_steps

    def epoch(self, number):
        self.wanted = self.steps
        return self._batches(number, self._order(self.wanted))

    def _order(self, steps):
        """The indices of the next `steps` batches."""
        length = self.source.length()
        parts = [self.rest[self.rest < length]] if self.goes_on else []
        while sum(map(len, parts)) < steps:
            one_pass = np.arange(length)
            if self.shuffle:
                np.random.shuffle(one_pass)
            parts.append(one_pass)
        order = np.concatenate(parts)
        self.rest = order[steps:]
        return order[:steps]

    def end_epoch(self, number):
        """Call the Sequence's `on_epoch_end`, if the epoch was complete."""
        on_epoch_end = getattr(self.source.sequence, "on_epoch_end", None)
        if on_epoch_end is not None and self.used == self.wanted:
            self.randoms.append(np.random.get_state())
            on_epoch_end()

    def get_state(self):
        state = {"seed": self.source.seed, "rest": self.rest.tolist()}
        if hasattr(self.source.sequence, "get_state"):
            return {**state, "sequence": self.source.sequence.get_state()}
        return {**state, "randoms": self.randoms}

    def set_state(self, state, epoch):
        """Bring the Sequence back: by its own method, or by repeating its changes.

        Every `on_epoch_end` of before is called again, with NumPy's random numbers as
        they were.
        """
        self.source.seed, self.rest = state["seed"], np.array(state["rest"], int)
        if hasattr(self.source.sequence, "set_state"):
            self.source.sequence.set_state(state["sequence"])
            return
        self.used = self.wanted = 0
        for random in state["randoms"]:
            np.random.set_state(random)
            self.end_epoch(None)


def is_sequence(x):
    """Whether it has batches by index."""
    return hasattr(x, "__len__") and hasattr(x, "__getitem__")


def is_feed(x):
    """Whether x gives batches by itself: a generator, an iterator or a `Sequence`."""
    if isinstance(x, (list, tuple, dict, str)) or x is None or hasattr(x, "shape"):
        return False
    is_table = hasattr(x, "columns") or hasattr(x, "iloc")
    return hasattr(x, "__next__") or (is_sequence(x) and not is_table)


def make_feed(source, steps, prepare, options, kind="train", **more):
    """The feed for a generator, an iterator or a `Sequence`.

    Arguments
        source, steps, prepare, options: see `PooledFeed`.
        kind: "train" if batches need targets, else "predict".
        more: shuffle, goes_on (for a Sequence) and tells.
    """
    _check_called(source)
    _, workers, processes = options
    workers = whole(workers, "workers", least=None)
    if is_sequence(source):
        sequence = SequenceSource(source, draw_seed(), kind)
        return SequenceFeed(sequence, steps, prepare, options, **more)
    if steps is None:
        raise ValueError(
            "A generator does not say how many batches make an epoch. Give "
            "steps_per_epoch (or steps), or use a `keras.utils.Sequence`."
        )
    refuse_processes(source, processes and workers > 0)
    if workers > 1:
        warnings.warn(
            f"workers={workers}, but a generator is pulled by one thread only, in "
            "order. Write a `keras.utils.Sequence` to make batches in parallel.",
            stacklevel=4,
        )
    pulled = GeneratorSource(iter(source), draw_seed(), kind)
    return GeneratorFeed(pulled, steps, prepare, options, tells=more.get("tells"))


def batch_count(steps, name):
    """Batches in an epoch, rounded up: `len(x) / 32` is often written. Or None."""
    if steps is None:
        return None
    if not 0 < number(steps, name) < math.inf:
        raise ValueError(
            f"`{name}` must be at least 1, or None for all batches of a Sequence; got "
            f"{steps!r}. Less than one batch of data: take a smaller batch_size."
        )
    return math.ceil(steps)


def _check_called(source):
    """An error if a function or a class was given where its result is meant."""
    if isinstance(source, type) or not (
        is_sequence(source) or hasattr(source, "__iter__")
    ):
        name = getattr(source, "__name__", "it")
        raise TypeError(
            "Batches come from a generator, an iterator or a `Sequence`; got "
            f"{shorten(source)}. Likely cause: it has to be called. Give `{name}(...)` "
            f"instead of `{name}`."
        )


def refuse_with_feed(y=None, sample_weight=None, batch_size=None, split=0.0):
    """Raise ValueError for arguments that only arrays can have."""
    for name, value, place in (
        ("y", y, "targets as the second element"),
        ("sample_weight", sample_weight, "sample weights as the third element"),
    ):
        if value is not None:
            raise ValueError(
                f"`{name}` argument is not supported when data is a generator or "
                f"Sequence instance. Instead pass {place} of the generator."
            )
    if batch_size is not None:
        raise ValueError(
            "The `batch_size` argument must not be specified when using a generator or "
            "Sequence as an input: the generator decides how large its batches are."
        )
    if split:
        raise ValueError(
            "If your data is in the form of a Python generator, you cannot use "
            "`validation_split`. Give validation_data."
        )


def shapes_in(batch):
    """The structure of a batch with shapes in the place of arrays, as text."""
    if hasattr(batch, "shape"):
        return f"{batch.dtype}{list(batch.shape)}"
    if isinstance(batch, dict):
        return ", ".join(f"{key}: {shapes_in(part)}" for key, part in batch.items())
    if isinstance(batch, (list, tuple)) and any(hasattr(p, "shape") for p in batch):
        return "(" + ", ".join(shapes_in(part) for part in batch) + ")"
    return type(batch).__name__
