"""Where batches come from. One loop drains them all; see `minikeras.engine.loops`.

A feed has
    steps: batches in an epoch; None if it is not known beforehand.
    samples: samples in an epoch, or None.
    epoch(number): an iterator over that epoch's batches.
    end_epoch(number): called once, after the last batch of an epoch was used.
    close(): called once, when the feed is not needed any more.

A batch is `(x, y, weights)`: lists of arrays as the model wants them.
"""

import numpy as np


class Feed:
    """What every feed has; see the module."""

    steps = None
    samples = None
    batch_size = None

    def epoch(self, number):
        """The batches of epoch `number` (from 0)."""
        raise NotImplementedError

    def end_epoch(self, number):
        """The epoch is over; its last batch was used."""

    def close(self):
        """No more epochs."""

    def get_state(self):
        """Plain data from which `set_state` goes on with the epoch to come."""
        return None

    def set_state(self, state, epoch):
        """Go on with epoch number `epoch`, as the feed that gave `state` would."""


class ArrayFeed(Feed):
    """Batches cut from arrays that are in memory.

    Arguments
        x, y, weights: lists of arrays of the same length; weights may hold None.
        batch_size: samples in a batch; the last one of an epoch may be smaller.
        shuffle: True for a new order of samples in every epoch, 'batch' for a new order
            of whole batches (for files that are read in order), False for none.
    """

    def __init__(self, x, y=(), weights=(), batch_size=32, shuffle=False):
        self.x, self.y, self.weights = x, y, weights
        self.samples = len((x or y)[0])
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.steps = -(-self.samples // batch_size)

    def epoch(self, number):
        order = self._order()
        for start in range(0, self.samples, self.batch_size):
            stop = min(start + self.batch_size, self.samples)
            rows = slice(start, stop) if order is None else order[start:stop]
            yield tuple(
                self._cut(part, rows) for part in (self.x, self.y, self.weights)
            )

    @staticmethod
    def _cut(arrays, rows):
        return [None if array is None else array[rows] for array in arrays]

    def _order(self):
        """The order of the samples in this epoch; None for the arrays' own."""
        if not self.shuffle:
            return None
        order = np.arange(self.samples)
        if self.shuffle != "batch":
            np.random.shuffle(order)
            return order
        whole = self.samples // self.batch_size * self.batch_size
        batches = order[:whole].reshape(-1, self.batch_size)
        np.random.shuffle(batches)
        return np.concatenate([batches.reshape(-1), order[whole:]])


class RepeatFeed(Feed):
    """The same arrays, whole, a given number of times an epoch.

    Arguments
        x, y, weights: lists of arrays; empty where the model reads tensors of its own.
        steps: batches in an epoch.
    """

    def __init__(self, x, y, weights, steps):
        self.batch = (x, y, weights)
        self.steps = steps

    def epoch(self, number):
        return (self.batch for _ in range(self.steps))


class IteratorFeed(Feed):
    """Batches from a generator or iterator, taken in the main thread as they are
    needed.

    Arguments
        iterator: gives `(x, y)` or `(x, y, sample_weight)`, or only `x` for predict.
        steps: batches in an epoch.
        prepare: function from what the iterator gives to `(x, y, weights)`.
    """

    def __init__(self, iterator, steps, prepare):
        self.iterator = iter(iterator)
        self.steps = steps
        self.prepare = prepare
        self.taken = 0

    def epoch(self, number):
        for step in range(self.steps):
            try:
                batch = next(self.iterator)
            except StopIteration:
                raise RuntimeError(
                    f"The generator ended after {step} of {self.steps} batches in "
                    f"epoch {number + 1}. Let it yield for ever (`while True:`), or "
                    "lower steps_per_epoch."
                ) from None
            self.taken += 1
            yield self.prepare(batch)

    def get_state(self):
        return {"taken": self.taken}

    def set_state(self, state, epoch):
        """Take the batches that were used before; the generator gives them again."""
        for _ in range(state["taken"]):
            next(self.iterator)
        self.taken = state["taken"]


class SequenceFeed(Feed):
    """Batches from a `Sequence`: an object with `__len__` and `__getitem__`.

    Arguments
        sequence: the batches.
        steps: batches in an epoch; `len(sequence)` by default.
        shuffle: whether to take the batches in a new order in each epoch.
        prepare: function from what the sequence gives to `(x, y, weights)`.
    """

    def __init__(self, sequence, steps, prepare, shuffle=False):
        self.sequence = sequence
        self.given_steps = steps
        self.prepare = prepare
        self.shuffle = shuffle
        self.randoms = []

    @property
    def steps(self):
        """Batches in the coming epoch; a sequence may change its length in between."""
        return len(self.sequence) if self.given_steps is None else self.given_steps

    def epoch(self, number):
        order = np.arange(len(self.sequence))
        if self.shuffle:
            np.random.shuffle(order)
        for step in range(self.steps):
            yield self.prepare(self.sequence[int(order[step % len(order)])])

    def end_epoch(self, number):
        if hasattr(self.sequence, "on_epoch_end"):
            self.randoms.append(np.random.get_state())
            self.sequence.on_epoch_end()

    def get_state(self):
        if hasattr(self.sequence, "get_state"):
            return {"sequence": self.sequence.get_state()}
        return {"randoms": self.randoms}

    def set_state(self, state, epoch):
        """Let the sequence be as it was: by its own method, or by repeating its changes.

        Every `on_epoch_end` of before is called again, with NumPy's random numbers as
        they were.
        """
        if hasattr(self.sequence, "set_state"):
            self.sequence.set_state(state["sequence"])
            return
        for random in state["randoms"]:
            np.random.set_state(random)
            self.end_epoch(None)
