"""The base of all iterators over images: order, batches, epochs, random numbers."""

import threading

import numpy as np

from minikeras.preprocessing.image.files import array_to_img
from minikeras.utils.checks import whole
from minikeras.utils.data_utils import Sequence


class Iterator(Sequence):
    """Batches of n samples in an order that depends on (seed, epoch) only.

    Use it as a Sequence (`it[i]`, `len(it)`, `it.on_epoch_end()`), which several
    threads or processes may share, or as an endless iterator (`next(it)`).

    Subclasses define `make_batch(rows, random)`, where `random` is a RandomState that
    depends on (seed, epoch, index of the batch) only: the same batch has the same
    numbers whoever makes it, and NumPy's global state is left alone. They are the
    numbers that `next` of the same iterator in Keras 2 has with the same seed.

    Arguments
        n: number of samples.
        batch_size: number of samples in a batch; the last may have fewer.
        shuffle: whether each epoch has another order.
        seed: None draws one from np.random.

    Attributes
        index_array: the order of the samples in this epoch.
        last_indices: the samples of the batch that was asked for last.
        epoch, batch_index: where `next` is.
    """

    def __init__(self, n, batch_size, shuffle, seed):
        self.n = n
        self.batch_size = whole(batch_size, "batch_size")
        self.shuffle = shuffle
        self.seed = (
            int(np.random.randint(2**31))
            if seed is None
            else whole(seed, "seed", least=None)
        )
        self.epoch = 0
        self.batch_index = 0
        self.last_indices = None
        self.index_array = self._order(self._random(0))
        self.lock = threading.RLock()

    def __getstate__(self):
        return {name: v for name, v in vars(self).items() if name != "lock"}

    def __setstate__(self, state):
        vars(self).update(state)
        self.lock = threading.RLock()

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx):
        if not -len(self) <= idx < len(self):
            raise ValueError(f"there is no batch {idx}: there are {len(self)} batches.")
        with self.lock:
            rows, random = self._select(idx % len(self))
        return self.make_batch(rows, random)

    def __iter__(self):
        return self

    def __next__(self):
        return self.next()

    def next(self):
        """The next batch; after the last batch of an epoch, the next epoch's first."""
        with self.lock:
            if self.batch_index >= len(self):
                self.batch_index = 0
                self.on_epoch_end()
            rows, random = self._select(self.batch_index)
            self.batch_index += 1
        return self.make_batch(rows, random)

    def on_epoch_end(self):
        """Begin the next epoch: another order if shuffled, other random numbers."""
        with self.lock:
            self.epoch += 1
            self.index_array = self._order(self._random(0))

    def reset(self):
        """Let `next` begin again with the first batch of the present epoch."""
        with self.lock:
            self.batch_index = 0

    def make_batch(self, rows, random):
        """The samples number `rows`; subclasses define it."""
        raise NotImplementedError(
            f"{type(self).__name__} must define make_batch(self, rows, random)."
        )

    def _select(self, index):
        start = index * self.batch_size
        self.last_indices = self.index_array[start : start + self.batch_size]
        random = self._random(index)
        if index == 0:
            self._order(random)  # Keras draws it just before the first batch
        return self.last_indices, random

    def _random(self, index):
        batches_before = self.epoch * len(self) + index
        return np.random.RandomState((self.seed + batches_before) % 2**32)

    def _order(self, random):
        return random.permutation(self.n) if self.shuffle else np.arange(self.n)


def save_images(batch, rows, random, iterator):
    """Write a batch as image files, if the iterator has `save_to_dir`."""
    if not iterator.save_to_dir:
        return
    for image, row in zip(batch, rows, strict=True):
        tag = random.randint(10**7)
        name = f"{iterator.save_prefix}_{row}_{tag}.{iterator.save_format}"
        picture = array_to_img(image, iterator.data_format, scale=True)
        picture.save(f"{iterator.save_to_dir}/{name}")
