"""Sequences of batches, and the enqueuers that make batches ahead."""

import time
from itertools import count

import numpy as np

from minikeras.feed.pool import Pool
from minikeras.feed.randomness import draw_seed
from minikeras.feed.sources import GeneratorSource, SequenceSource


class Sequence:
    """A data set as a sequence of batches; the safest feed for workers.

    A subclass has `__getitem__(index)`, which returns a batch (x, y) or
    (x, y, sample_weight), and `__len__()`, the number of batches. It may have
    `on_epoch_end()`, called after each epoch, for instance to shuffle.

    Random numbers drawn in `__getitem__` from `np.random` or `random` depend on the
    seed, the epoch and the index only: they are the same for any number of workers.

    Example
        >>> class Squares(Sequence):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, index):
        ...         x = np.arange(8.0).reshape(8, 1) + 8 * index
        ...         return x, x**2
        >>> len(Squares()), Squares()[1][0].sum()
        (4, 92.0)
    """

    use_sequence_api = True

    def __getitem__(self, index):
        """The batch number `index`, complete."""
        raise NotImplementedError(f"{type(self).__name__} needs a __getitem__")

    def __len__(self):
        """The number of batches."""
        raise NotImplementedError(f"{type(self).__name__} needs a __len__")

    def on_epoch_end(self):
        """Called in the main process after every epoch."""

    def __iter__(self):
        """All batches once."""
        for index in range(len(self)):
            yield self[index]


class SequenceEnqueuer:
    """Makes batches ahead of their use; see its two subclasses.

    Example
        >>> enqueuer = OrderedEnqueuer(sequence)
        >>> enqueuer.start(workers=2, max_queue_size=10)
        >>> for batch in enqueuer.get():
        ...     train(batch)  # until there are enough
        >>> enqueuer.stop()
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.pool = None

    def is_running(self):
        """Whether it was started and not stopped."""
        return self.pool is not None

    def start(self, workers=1, max_queue_size=10):
        """Start the workers."""
        if self.is_running():
            self.stop()
        self.pool = Pool(
            self._source(), workers, self.use_multiprocessing, max_queue_size
        )

    def stop(self, timeout=None):
        """Stop the workers; each gets a moment to end, whatever `timeout` is."""
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.close()

    def get(self):
        """A generator of batches, in order."""
        if not self.is_running():
            raise RuntimeError(
                f"{type(self).__name__}.get() before start(): call "
                "`enqueuer.start(workers=1, max_queue_size=10)` first."
            )
        return self._batches(self.pool)


class OrderedEnqueuer(SequenceEnqueuer):
    """Makes the batches of a Sequence ahead, epoch after epoch, in order.

    Arguments
        sequence: a Sequence, or any object with __getitem__ and __len__.
        use_multiprocessing: whether the workers are processes instead of threads.
        shuffle: whether to take the batches of each epoch in a new order.
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle
        self.left = 0  # batches of the epoch under way that nobody has taken yet

    def start(self, workers=1, max_queue_size=10):
        """Start the workers."""
        super().start(workers, max_queue_size)
        self.left = self.pool.source.length()

    def join_end_of_epoch(self):
        """Wait until all batches of the epoch were taken, by another thread."""
        while self.is_running() and self.left:
            time.sleep(0.01)

    def _source(self):
        return SequenceSource(self.sequence, draw_seed(), "any")

    def _batches(self, pool):
        for epoch in count():
            order = np.arange(pool.source.length())
            if self.shuffle:
                np.random.shuffle(order)
            self.left = len(order)
            for batch in pool.epoch(epoch, order):
                self.left -= 1
                yield batch
            if hasattr(self.sequence, "on_epoch_end"):
                self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """Pulls a generator ahead, in one thread, whatever the number of workers.

    Arguments
        sequence: a generator or iterator.
        use_multiprocessing: must be False; a generator cannot be shared by processes.
        wait_time, random_seed: accepted because Keras has them; not needed.
    """

    def __init__(
        self, sequence, use_multiprocessing=False, wait_time=None, random_seed=None
    ):
        refuse_processes(sequence, use_multiprocessing)
        super().__init__(sequence, use_multiprocessing)

    def _source(self):
        return GeneratorSource(iter(self.sequence), draw_seed(), "any")

    def _batches(self, pool):
        return pool.epoch(0, count())


def refuse_processes(generator, use_multiprocessing):
    """A ValueError with a recipe if a generator is to be run by processes."""
    if use_multiprocessing:
        name = getattr(generator, "__name__", type(generator).__name__)
        raise ValueError(
            f"use_multiprocessing=True with the generator {name}: every process would "
            "run its own copy and give the same batches again. Write a Sequence, whose "
            "batches are fetched by index:\n"
            "    class Batches(keras.utils.Sequence):\n"
            "        def __len__(self):\n"
            "            return number_of_batches\n"
            "        def __getitem__(self, index):\n"
            "            rows = slice(index * n, index * n + n)\n"
            "            return x[rows], y[rows]\n"
            "or leave use_multiprocessing=False: the generator then runs in a thread."
        )


def __getattr__(name):
    """`get_file` and `validate_file`, which Keras 2 keeps here, too."""
    if name in ("get_file", "validate_file"):
        from minikeras.utils import downloads

        return getattr(downloads, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
