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
            yield _cut(self.x, rows), _cut(self.y, rows), _cut(self.weights, rows)

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


def _cut(arrays, rows):
    """Some rows of each array; `take` is quicker than an index if they are shuffled."""
    if type(rows) is slice:
        return [None if array is None else array[rows] for array in arrays]
    return [None if array is None else array.take(rows, axis=0) for array in arrays]


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
