"""The methods of a model that take generators and Sequences."""

import warnings

from minikeras.engine.generator_feeds import batch_count, make_feed
from minikeras.engine.legacy import with_old_names


class GeneratorTraining:
    """`fit_generator`, `evaluate_generator`, `predict_generator`; a part of `Model`."""

    @with_old_names(
        samples_per_epoch="steps_per_epoch",
        nb_epoch="epochs",
        nb_val_samples="validation_steps",
        val_samples="validation_steps",
        max_q_size="max_queue_size",
        nb_worker="workers",
        pickle_safe="use_multiprocessing",
    )
    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        validation_freq=1,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
    ):
        """Train on batches from a generator or a `Sequence`.

        Arguments
            generator: yields (x, y) or (x, y, sample_weight) for ever, or a `Sequence`
                of such batches.
            steps_per_epoch: batches in an epoch; `len(generator)` by default.
            validation_data: a generator or `Sequence`, or (x, y[, sample_weight]).
            validation_steps: batches of a validation; `len(validation_data)` if None.
            max_queue_size: how many batches to prepare ahead.
            workers: how many threads or processes prepare batches; 0 for none. A
                generator is always pulled by one thread.
            use_multiprocessing: processes instead of threads; needs a `Sequence`.
            shuffle: whether to take a Sequence's batches in a new order each epoch.
            epochs, verbose, callbacks, validation_freq, class_weight, initial_epoch:
                see `fit`.

        Random numbers that the generator or `Sequence` draws from `np.random` and
        `random` are its own: they are the same for any number of workers.
        """
        self._check_compiled()

        def prepare(batch):
            return self.standardize(*unpack_batch(batch), class_weight)

        options = (max_queue_size, workers, use_multiprocessing)
        steps = batch_count(steps_per_epoch, "steps_per_epoch")
        feed = make_feed(
            generator, steps, prepare, options,
            shuffle=shuffle, goes_on=True, tells=bool(verbose),
        )  # fmt: skip
        validation = self._validation_feed(
            validation_data, None, validation_steps, options
        )
        loop = (epochs, verbose, callbacks, validation, validation_freq, initial_epoch)
        return self._fit_feed(feed, *loop)

    @with_old_names(
        val_samples="steps",
        max_q_size="max_queue_size",
        nb_worker="workers",
        pickle_safe="use_multiprocessing",
    )
    def evaluate_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """Loss and metrics over `steps` batches of a generator or `Sequence`."""
        self._check_compiled()
        options = (max_queue_size, workers, use_multiprocessing)
        feed = make_feed(
            generator, batch_count(steps, "steps"), self._prepare_test, options
        )
        return self._evaluate_feed(feed, verbose, callbacks)

    @with_old_names(
        val_samples="steps",
        max_q_size="max_queue_size",
        nb_worker="workers",
        pickle_safe="use_multiprocessing",
    )
    def predict_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """The outputs for `steps` batches of a generator or `Sequence`, in order."""
        if getattr(generator, "shuffle", False) is True:
            warnings.warn(
                f"predict_generator on a {type(generator).__name__} with shuffle=True: "
                "the predictions come in its shuffled order, not in that of the files "
                "or rows. Make it with shuffle=False.",
                stacklevel=3,
            )

        def prepare(batch):
            x = batch[0] if isinstance(batch, tuple) else batch
            return self.standardize_inputs(x), [], []

        options = (max_queue_size, workers, use_multiprocessing)
        feed = make_feed(
            generator, batch_count(steps, "steps"), prepare, options, kind="predict"
        )
        return self._predict_feed(feed, verbose, callbacks)

    def _prepare_test(self, batch):
        return self.standardize(*unpack_batch(batch))


def unpack_batch(batch):
    """(x, y, sample weight) of what a generator gave."""
    x, y, *weight = batch
    return x, y, weight[0] if weight else None
