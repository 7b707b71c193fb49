"""`Model`: a network that can be compiled, trained, tested and used."""

from minikeras.callbacks import (
    History,
    announce,
    evaluation_callbacks,
    training_callbacks,
)
from minikeras.engine import advice, loops
from minikeras.engine.feeds import ArrayFeed, RepeatFeed
from minikeras.engine.generator_feeds import (
    batch_count,
    is_feed,
    make_feed,
    refuse_with_feed,
)
from minikeras.engine.generator_training import GeneratorTraining
from minikeras.engine.legacy import accept_old_names
from minikeras.engine.node import unpack
from minikeras.engine.standardize import check_lengths
from minikeras.engine.trainer import Trainer
from minikeras.engine.validation import due_after, split_off
from minikeras.utils.checks import choice, shorten, whole

OPTIONS = (
    "batch_size", "epochs", "verbose", "callbacks", "validation_split",
    "validation_data", "shuffle", "class_weight", "sample_weight", "initial_epoch",
    "steps_per_epoch", "validation_steps", "validation_freq",
)  # fmt: skip


class Model(GeneratorTraining, Trainer):
    """A network that can be compiled, trained, tested and used.

    Arguments
        inputs, outputs, name: see `Network`; the training step is in `Trainer`, the
            epoch loop in `loops`.

    Example
        >>> x = Input(shape=(4,))
        >>> model = Model(x, Dense(3, activation="softmax")(x))
        >>> model.compile("adam", "categorical_crossentropy", ["accuracy"])
        >>> model.fit(data, labels, epochs=5)
    """

    # ---- many batches ----------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_freq=1,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        **kwargs,
    ):
        """Train on data, epoch after epoch.

        Arguments
            x, y: arrays, lists of arrays, or dicts by name; or x a generator or
                `Sequence` that gives batches (see `fit_generator`).
            batch_size: samples in a batch; 32 by default.
            epochs: number of the last epoch (with `initial_epoch`, not a count).
            verbose: 0 silent, 1 progress bar, 2 one line an epoch.
            callbacks: list of `Callback` objects.
            validation_split: share of the data to set apart; the last part of it,
                before shuffling.
            validation_data: (x, y) or (x, y, sample_weight) to test on after an epoch.
            shuffle: True, False, or 'batch' (whole batches, for HDF5 data).
            class_weight: dict of weights by class number; only in training.
            sample_weight: weight of each sample; 2-D with 'temporal' mode.
            initial_epoch: number of the first epoch, to go on with an earlier training.
            steps_per_epoch: batches in an epoch, where x is not an array.
            validation_steps: the same for the validation.
            validation_freq: validate after every n-th epoch, or a list of epochs.
            max_queue_size, workers, use_multiprocessing: see `fit_generator`.

        Returns a `History`: `history.history['loss']` has one number an epoch.
        """
        epochs = accept_old_names(kwargs, "fit", OPTIONS).get("epochs", epochs)
        if is_feed(x):
            refuse_with_feed(y, sample_weight, batch_size, validation_split)
            return self.fit_generator(
                x, steps_per_epoch, epochs, verbose, callbacks, validation_data,
                validation_steps, validation_freq, class_weight, max_queue_size,
                workers, use_multiprocessing, shuffle, initial_epoch,
            )  # fmt: skip
        batch = self.standardize(x, y, sample_weight, class_weight)
        advice.check_data(self, *batch, validation_split)
        if (
            validation_steps
            and steps_per_epoch is None
            and not is_feed(validation_data)
        ):
            raise ValueError(
                "Can only use `validation_steps` when doing step-wise training, i.e. "
                "`steps_per_epoch` must be set. Arrays tell how many batches they have."
            )
        if isinstance(shuffle, str):
            choice(shuffle, "shuffle", (True, False, "batch"))
        options = (max_queue_size, workers, use_multiprocessing)
        validation = self._validation_feed(
            validation_data, batch_size, validation_steps, options
        )
        if validation is None and validation_split:
            held = self.standardize(x, y, sample_weight) if class_weight else batch
            _, held = split_off(held, validation_split)
            batch, _ = split_off(batch, validation_split)
            self._check_stateful(batch[0])
            self._check_stateful(held[0])
            validation = ArrayFeed(*held, batch_size or 32)
            advice.check_split(batch, held, self)
        advice.check_shuffle(self, batch[0], shuffle)
        feed = self._array_feed(
            batch, batch_size, steps_per_epoch, shuffle, "steps_per_epoch"
        )
        loop = (epochs, verbose, callbacks, validation, validation_freq, initial_epoch)
        return self._fit_feed(feed, *loop)

    def _array_feed(self, batch, batch_size, steps, shuffle=False, argument="steps"):
        """A feed of arrays; of whole batches if the model reads tensors of its own."""
        if steps is not None:
            if batch_size is not None:
                raise ValueError(
                    "If steps_per_epoch is set, the `batch_size` must be None."
                )
            return RepeatFeed(*batch, whole(steps, argument))
        size = 32 if batch_size is None else whole(batch_size, "batch_size")
        x, y, _ = batch
        if not (x or y):
            raise ValueError(
                "The model reads tensors of its own, so the number of batches is not "
                "known. Give steps_per_epoch."
            )
        if len((x or y)[0]) == 0:
            raise ValueError("There is no data: the arrays have no samples.")
        return ArrayFeed(*batch, size, shuffle)

    def _fit_feed(
        self,
        feed,
        epochs,
        verbose,
        callbacks,
        validation,
        validation_freq,
        initial_epoch,
    ):
        """Train from a feed; the one place that every way of fitting leads to."""
        epochs = whole(epochs, "epochs", least=0)
        initial_epoch = whole(initial_epoch, "initial_epoch", least=0)
        due = due_after(validation_freq) if validation is not None else None
        self.history = History()
        callbacks = training_callbacks(
            self, callbacks, verbose, feed, epochs, validation is not None
        )
        if verbose:
            announce(feed, validation)
        self.stop_training = False
        try:
            loops.train(self, feed, callbacks, epochs, initial_epoch, validation, due)
        finally:
            feed.close()
            if validation is not None:
                validation.close()
        return self.history

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose=1,
        sample_weight=None,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """Loss and metrics over data: the loss, or [loss, metrics ...]."""
        if is_feed(x):
            refuse_with_feed(y, sample_weight, batch_size)
            return self.evaluate_generator(
                x,
                steps,
                callbacks,
                max_queue_size,
                workers,
                use_multiprocessing,
                verbose,
            )
        batch = self.standardize(x, y, sample_weight)
        feed = self._array_feed(batch, batch_size, steps)
        return self._evaluate_feed(feed, verbose, callbacks)

    def _evaluate_feed(self, feed, verbose, callbacks):
        names = list(self.metrics_names)
        callbacks = evaluation_callbacks(self, callbacks, verbose, feed, names)
        try:
            return unpack(loops.test(self, feed, callbacks))
        finally:
            feed.close()

    def predict(
        self,
        x,
        batch_size=None,
        verbose=0,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """The outputs for data, batch by batch: an array, or a list of arrays."""
        if is_feed(x):
            refuse_with_feed(batch_size=batch_size)
            return self.predict_generator(
                x,
                steps,
                callbacks,
                max_queue_size,
                workers,
                use_multiprocessing,
                verbose,
            )
        xs = self.standardize_inputs(x)
        check_lengths(xs, [], [])
        self._check_stateful(xs)
        feed = self._array_feed((xs, [], []), batch_size, steps)
        return self._predict_feed(feed, verbose, callbacks)

    def _predict_feed(self, feed, verbose, callbacks):
        callbacks = evaluation_callbacks(self, callbacks, verbose, feed)
        try:
            return unpack(loops.predict(self, feed, callbacks))
        finally:
            feed.close()

    def _validation_feed(self, data, batch_size, steps, options):
        """The feed of the validation, from arrays or a generator; None for none."""
        if data is None:
            return None
        if is_feed(data):
            steps = batch_count(
                steps or None, "validation_steps"
            )  # 0: all, as in Keras
            return make_feed(data, steps, self._prepare_test, options)
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            listed = isinstance(data, (tuple, list))
            found = f"contains {len(data)} items" if listed else f"is {shorten(data)}"
            raise ValueError(
                "When passing validation_data, it must contain 2 (x_val, y_val) or 3 "
                f"(x_val, y_val, val_sample_weights) items, however it {found}"
            )
        batch = self.standardize(*data)
        advice.check_tokens(self, batch[0])
        if steps is not None and batch[0]:
            steps = None  # arrays tell their number of batches
        return self._array_feed(batch, batch_size, steps)
