"""Where batches come from: an indexed Sequence, or a generator pulled in order."""

from typing import NamedTuple

from minikeras.feed.batches import check_batch
from minikeras.feed.errors import Ended, is_control_flow
from minikeras.feed.randomness import batch_words


class Task(NamedTuple):
    """One batch to be made; `ticket` numbers the tasks of a pool."""

    ticket: int
    epoch: int
    index: int


class SequenceSource:
    """Anything with __getitem__ (and __len__): batches in any order, by index.

    Arguments
        sequence: the object.
        seed: whole number; with epoch and index it fixes a batch's random numbers.
        kind: "train", "predict" or "any", see `check_batch`.
    """

    in_order = False

    def __init__(self, sequence, seed, kind="train"):
        self.sequence = sequence
        self.seed = seed
        self.kind = kind

    def words(self, task):
        """What seeds the random numbers of a batch."""
        return batch_words(self.seed, task.epoch, task.index)

    def make(self, task):
        """The batch of `task`, checked."""
        batch = self.sequence[task.index]
        check_batch(batch, self.kind, self.where(task))
        return batch

    def where(self, task):
        """The batch's name in messages."""
        return f"batch {task.index} of {self.name}, epoch {task.epoch}"

    @property
    def name(self):
        return type(self.sequence).__name__

    @property
    def changes_at_epoch_end(self):
        """Whether it has an `on_epoch_end` of its own."""
        from minikeras.utils.data_utils import Sequence

        method = getattr(type(self.sequence), "on_epoch_end", None)
        return method is not None and method is not Sequence.on_epoch_end

    def length(self):
        """How many batches there are now."""
        length = len(self.sequence)
        if length < 1:
            raise ValueError(
                f"{self.name} has no batches: its __len__ returned {length}, expected "
                "at least 1. Likely cause: `n // batch_size` with fewer samples than "
                "the batch size (use a division that rounds up), or no files found."
            )
        return length


class GeneratorSource:
    """A generator or any iterator: batches in its own order, pulled by one thread.

    Its random numbers are a stream of its own, seeded once at the first pull.
    """

    in_order = True

    def __init__(self, generator, seed, kind="train"):
        self.generator = generator
        self.seed = seed
        self.kind = kind
        self.pulled = 0

    def words(self, task):
        """The seed at the first pull; None afterwards: the stream goes on."""
        return batch_words(self.seed) if self.pulled == 0 else None

    def make(self, task):
        """The next batch, checked."""
        try:
            self.pulled += 1
            batch = next(self.generator)
        except StopIteration as end:
            raise Ended(str(end)) from None
        except BaseException as error:
            if is_control_flow(error):
                self.generator = iter(())
            raise
        check_batch(batch, self.kind, self.where(task))
        return batch

    def where(self, task):
        return f"batch {task.index} from {self.name}, epoch {task.epoch}"

    @property
    def name(self):
        return getattr(self.generator, "__name__", type(self.generator).__name__)
