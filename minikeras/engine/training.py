"""`Model`: a network that can be compiled, trained, tested and used."""

import warnings

import numpy as np

from minikeras import optimizers
from minikeras.backend.common import floatx
from minikeras.backend.graph import apply_updates, collecting_updates
from minikeras.backend.tensor import Symbolic
from minikeras.engine import advice, loops
from minikeras.engine.compiled import Compiled
from minikeras.engine.feeds import ArrayFeed, RepeatFeed
from minikeras.engine.flat import lay_flat
from minikeras.engine.legacy import accept_old_names
from minikeras.engine.network import Network
from minikeras.engine.node import as_list, unpack
from minikeras.engine.standardize import (
    by_output,
    check_lengths,
    combine_weights,
    standardize,
    standardize_sample_weight,
    weights_of_classes,
)
from minikeras.engine.validation import due_after, split_off


class Model(Network):
    """A network with a training loop.

    One training step, and nothing hidden around it (`train_step`):

        losses = graph forward on the batch      keeps what backward needs
        graph backward                           adds each weight's gradient
        optimizer.update                         changes the weights

    Arguments
        inputs, outputs, name: see `Network`.

    Example
        >>> x = Input(shape=(4,))
        >>> model = Model(x, Dense(3, activation="softmax")(x))
        >>> model.compile("adam", "categorical_crossentropy", ["accuracy"])
        >>> model.fit(data, labels, epochs=5)
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.optimizer = None
        self.compiled = None
        self.stop_training = False
        self.history = None

    # ---- compile -----------------------------------------------------------------------

    def compile(
        self,
        optimizer,
        loss=None,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
        **kwargs,
    ):
        """Say how to train.

        Arguments
            optimizer: name or object of `optimizers`.
            loss: name, function or object of `losses`; a list or dict by output name
                for models with several outputs.
            metrics: list of names, functions or objects of `metrics`; a list of lists
                or a dict for several outputs.
            loss_weights: factors of the outputs' losses in the total.
            sample_weight_mode: 'temporal' if samples have a weight for each time step.
            weighted_metrics: metrics in which sample weights count.
            target_tensors: tensors to use as targets instead of fed data.
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.loss_weights = loss, loss_weights
        self.sample_weight_mode = sample_weight_mode
        self._compile_arguments = {
            "loss": loss if loss is not None else {},
            "metrics": metrics,
            "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode,
            "weighted_metrics": weighted_metrics,
            "target_tensors": target_tensors,
        }
        advice.check_compile_arguments(self._compile_arguments)
        self.compiled = None
        if self.outputs is not None:
            self._finish_compile()

    def _finish_compile(self):
        """Prepare losses, metrics and flat weights; needs the model's shapes."""
        self.compiled = Compiled(self, **self._compile_arguments)
        self._collected = self.trainable_weights
        lay_flat(self._collected)
        self.compiled.trainable = self._collected
        advice.check_outputs(self)

    def _check_compiled(self):
        if self.optimizer is None:
            raise RuntimeError(
                "You must compile a model before training/testing. Use "
                f"`{advice.suggest_compile(self)}`."
            )
        if self.compiled is None:
            self._finish_compile()
        if not self._graphs.get("trainable_checked"):
            self._graphs["trainable_checked"] = True
        if set(self._collected) != set(self.trainable_weights):
            warnings.warn(
                "Discrepancy between trainable weights and collected trainable weights, "
                "did you set `model.trainable` without calling `model.compile` after ?",
                stacklevel=3,
            )

    @property
    def metrics_names(self):
        """Names of what a training step returns: 'loss', then the metrics."""
        if self.compiled is None:
            return ["loss"]
        return self.compiled.metrics_names

    @property
    def metrics(self):
        """The metric objects that `compile` made."""
        return self.metrics_of_layers() if not self.compiled else self.compiled.metrics

    def metrics_of_layers(self):
        """Metrics that layers added with `add_metric`."""
        return Network.metrics.fget(self)

    def loss_count(self):
        """How many of `metrics_names` are losses."""
        count = len(self.compiled.trained_outputs())
        return 1 + count if len(self.compiled.outputs) > 1 else 1

    def fed_inputs(self):
        """The inputs that data must be given for."""
        return [t for t in self.inputs if not hasattr(t, "default")]

    def reset_metrics(self):
        """Let all metrics start afresh."""
        for metric in self.metrics:
            metric.reset_states()

    # ---- one batch ---------------------------------------------------------------------

    def train_step(self, x, y, weights):
        """One step of training on lists of arrays: [loss, metrics ...]."""
        step = self.compiled.step(_pattern(weights))
        for variable in self._collected:
            variable.zero_grad()
        losses = step.train([*x, *y, *_present(weights)])
        self.optimizer.update(self._collected)
        return _numbers(losses, step.metric_results())

    def test_step(self, x, y, weights):
        """Loss and metrics of lists of arrays, without training."""
        step = self.compiled.step(_pattern(weights))
        losses = step.test([*x, *y, *_present(weights)])
        return _numbers(losses, step.metric_results())

    def predict_step(self, x):
        """Outputs for a list of arrays."""
        with collecting_updates() as updates:
            outputs = self.graph().run(x, 0)
        apply_updates(updates)
        return outputs

    def train_on_batch(
        self, x, y, sample_weight=None, class_weight=None, reset_metrics=True
    ):
        """One training step.

        Arguments
            x, y: the batch: arrays, lists of arrays, or dicts by name.
            sample_weight: weight of each sample.
            class_weight: dict of weights by class number.
            reset_metrics: False for metrics over this batch and those before.

        Returns the loss, or [loss, metrics ...] as `metrics_names` says.
        """
        batch = self.standardize(x, y, sample_weight, class_weight)
        results = self.train_step(*batch)
        advice.check_loss(self, results[0])
        if reset_metrics:
            self.reset_metrics()
        return unpack(results)

    def test_on_batch(self, x, y, sample_weight=None, reset_metrics=True):
        """Loss and metrics of one batch, without training; see `train_on_batch`."""
        results = self.test_step(*self.standardize(x, y, sample_weight))
        if reset_metrics:
            self.reset_metrics()
        return unpack(results)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        return unpack(self.predict_step(self.standardize_inputs(x)))

    # ---- data --------------------------------------------------------------------------

    def standardize(self, x, y, sample_weight=None, class_weight=None):
        """Data as users give it, as lists of checked arrays: (x, y, weights).

        A sample weight of None stands for all ones.
        """
        self._build_from_data(x)
        self._check_compiled()
        xs = self.standardize_inputs(x)
        ys = self._standardize_targets(y)
        weights = self._standardize_weights(ys, sample_weight, class_weight)
        check_lengths(xs, ys, weights)
        self._check_stateful(xs)
        return xs, ys, weights

    def standardize_inputs(self, x):
        """Inputs as a list of checked arrays."""
        self._build_from_data(x)
        tensors = self.fed_inputs()
        names = [name for name, t in zip(self.input_names, self.inputs, strict=True)
                 if t in tensors]  # fmt: skip
        shapes = [t.shape for t in tensors]
        return standardize(x, names, shapes, [t.dtype for t in tensors], "input")

    def _standardize_targets(self, y):
        outputs = self.compiled.fed_outputs()
        y = advice.check_targets(self, y)
        return standardize(
            y,
            [o.name for o in outputs],
            [o.expected_target_shape() for o in outputs],
            [o.target.dtype for o in outputs],
            "target",
        )

    def _standardize_weights(self, ys, sample_weight, class_weight):
        outputs = self.compiled.trained_outputs()
        if sample_weight is None and class_weight is None:
            return [None] * len(outputs)
        names = [o.name for o in outputs]
        if isinstance(class_weight, dict) and not set(class_weight) <= set(names):
            class_weight = [class_weight] * len(names)
        samples = by_output(sample_weight, names, "sample_weight")
        classes = by_output(class_weight, names, "class_weight")
        weights = []
        for o, y, sample, by_class in zip(outputs, ys, samples, classes, strict=True):
            sample = standardize_sample_weight(sample, y, o.name, o.mode)
            by_class = weights_of_classes(by_class, y, o.name)
            weights.append(combine_weights(sample, by_class))
        return weights

    def _check_stateful(self, xs):
        if not xs or not self.stateful:
            return
        size = self.inputs[0].shape[0]
        if size and len(xs[0]) % size:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of "
                f"samples that can be divided by the batch size. Found: {len(xs[0])} "
                f"samples. Batch size: {size}."
            )

    def _build_from_data(self, x):
        """Make the weights of a model that did not know its input shape before."""
        if self.outputs is not None:
            return
        if isinstance(x, dict):
            x = list(x.values())
        arrays = [np.asarray(each) for each in as_list(x)]
        shapes = [(None, *a.shape[1:]) if a.ndim > 1 else (None, 1) for a in arrays]
        if self.is_graph_network or hasattr(self, "_chain"):
            self.build(shapes[0])
        else:
            self._trace_call(shapes)

    def _trace_call(self, shapes):
        """Write down the graph of a model whose class defines `call`."""
        from minikeras.engine.input_layer import Input

        inputs = [Input(batch_shape=shape) for shape in shapes]
        outputs = as_list(self(unpack(inputs)))
        self.inputs, self.outputs = inputs, outputs
        self.input_names = [t._keras_history[0].name for t in inputs]
        self.output_names = [f"output_{i + 1}" for i in range(len(outputs))]

    # ---- many batches ------------------------------------------------------------------

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
        accept_old_names(kwargs, "fit")
        epochs = kwargs.pop("epochs", epochs)
        if is_feed(x):
            return self.fit_generator(
                x, steps_per_epoch, epochs, verbose, callbacks, validation_data,
                validation_steps, validation_freq, class_weight, max_queue_size,
                workers, use_multiprocessing, shuffle, initial_epoch,
            )  # fmt: skip
        batch = self.standardize(x, y, sample_weight, class_weight)
        advice.check_data(self, *batch, validation_split)
        validation = self._validation_feed(
            validation_data, batch_size, validation_steps, workers, max_queue_size
        )
        if validation is None and validation_split:
            held = self.standardize(x, y, sample_weight) if class_weight else batch
            _, held = split_off(held, validation_split)
            batch, _ = split_off(batch, validation_split)
            validation = ArrayFeed(*held, batch_size or 32)
            advice.check_split(batch, held)
        feed = self._array_feed(batch, batch_size, steps_per_epoch, shuffle)
        return self._fit_feed(
            feed, epochs, verbose, callbacks, validation, validation_freq, initial_epoch
        )

    def _array_feed(self, batch, batch_size, steps, shuffle=False):
        """A feed of arrays; of whole batches if the model reads tensors of its own."""
        if steps is not None:
            if batch_size is not None:
                raise ValueError(
                    "If steps_per_epoch is set, the `batch_size` must be None."
                )
            return RepeatFeed(*batch, steps)
        size = 32 if batch_size is None else int(batch_size)
        if size < 1:
            raise ValueError(f"batch_size must be at least 1; got {batch_size}.")
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
        self, feed, epochs, verbose, callbacks, validation, frequency, initial_epoch
    ):
        """Train from a feed; the one place that every way of fitting leads to."""
        from minikeras.callbacks import History

        due = due_after(frequency) if validation is not None else None
        self.history = History()
        callbacks = self._callbacks(callbacks, verbose, feed, epochs, validation)
        callbacks.check(self._available_logs(validation))

        def validate():
            quiet = self._callbacks_for_test(callbacks)
            results = loops.test(self, validation, quiet)
            names = [f"val_{name}" for name in self.metrics_names]
            return dict(zip(names, results, strict=True))

        self.stop_training = False
        try:
            loops.train(
                self, feed, callbacks, epochs, initial_epoch,
                validate if validation is not None else None, due,
            )  # fmt: skip
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
            return self.evaluate_generator(
                x, steps, callbacks, max_queue_size, workers, use_multiprocessing, verbose
            )
        batch = self.standardize(x, y, sample_weight)
        feed = self._array_feed(batch, batch_size, steps)
        return self._evaluate_feed(feed, verbose, callbacks)

    def _evaluate_feed(self, feed, verbose, callbacks):
        from minikeras.callbacks import evaluation_callbacks

        callbacks = evaluation_callbacks(self, callbacks, verbose, feed)
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
            return self.predict_generator(
                x, steps, callbacks, max_queue_size, workers, use_multiprocessing, verbose
            )
        xs = self.standardize_inputs(x)
        check_lengths(xs, [], [])
        self._check_stateful(xs)
        feed = self._array_feed((xs, [], []), batch_size, steps)
        return self._predict_feed(feed, verbose, callbacks)

    def _predict_feed(self, feed, verbose, callbacks):
        from minikeras.callbacks import evaluation_callbacks

        callbacks = evaluation_callbacks(self, callbacks, verbose, feed)
        try:
            return unpack(loops.predict(self, feed, callbacks))
        finally:
            feed.close()
