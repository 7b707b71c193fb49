"""The epoch loop: one for training, one for testing, one for predicting.

Where batches come from is the feed's affair, what happens besides is the callbacks'.
"""

import math

import numpy as np

from minikeras.engine import advice


def train(model, feed, callbacks, epochs, initial_epoch=0, validation=None, due=None):
    """Train for epochs number `initial_epoch` to `epochs` - 1.

    Arguments
        model: a compiled model.
        feed: the batches.
        callbacks: a CallbackList; the first one puts the epoch's means into the logs.
        validation: the batches to validate on, or None.
        due: function that says whether to validate after the n-th epoch (from 1).
    """
    callbacks.on_train_begin()
    feeds = [feed] if validation is None else [feed, validation]
    initial_epoch = callbacks.resume(initial_epoch, feeds)
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        for step, (x, y, weights) in enumerate(feed.epoch(epoch)):
            logs = {"batch": step, "size": batch_size_of(x, y)}
            callbacks.on_train_batch_begin(step, logs)
            results = model.train_step(x, y, weights)
            if not math.isfinite(results[0]):
                advice.check_loss(model, results[0], epoch, step)
            logs.update(zip(model.metrics_names, results, strict=True))
            callbacks.on_train_batch_end(step, logs)
            if model.stop_training:
                break
        feed.end_epoch(epoch)
        logs = {}
        if validation is not None and due(epoch + 1):
            results = test(model, validation, callbacks)
            names = [f"val_{name}" for name in model.metrics_names]
            logs = dict(zip(names, results, strict=True))
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end()


def test(model, feed, callbacks):
    """Loss and metrics over all batches of a feed, a batch counting by its samples."""
    model.reset_metrics()
    callbacks.on_test_begin()
    seen, totals, results = 0, None, None
    losses = model.loss_count()
    for step, (x, y, weights) in enumerate(feed.epoch(0)):
        size = batch_size_of(x, y)
        logs = {"batch": step, "size": size}
        callbacks.on_test_batch_begin(step, logs)
        results = model.test_step(x, y, weights)
        logs.update(zip(model.metrics_names, results, strict=True))
        part = size * np.array(results[:losses], "float64")
        totals = part if totals is None else totals + part
        seen += size
        callbacks.on_test_batch_end(step, logs)
    feed.end_epoch(0)
    callbacks.on_test_end()
    if not seen:
        raise ValueError("There is no data to evaluate on: the feed gave no batches.")
    return [*(totals / seen).tolist(), *results[losses:]]


def predict(model, feed, callbacks):
    """The predictions for all batches of a feed: a list of arrays, one an output."""
    callbacks.on_predict_begin()
    collected = None
    for step, (x, _, _) in enumerate(feed.epoch(0)):
        size = batch_size_of(x, [])
        logs = {"batch": step, "size": size}
        callbacks.on_predict_batch_begin(step, logs)
        outputs = model.predict_step(x)
        if collected is None:
            collected = [Rows(output, feed.samples) for output in outputs]
        for rows, output in zip(collected, outputs, strict=True):
            rows.add(output)
        logs["outputs"] = outputs
        callbacks.on_predict_batch_end(step, logs)
    feed.end_epoch(0)
    callbacks.on_predict_end()
    if collected is None:
        raise ValueError("There is no data to predict on: the feed gave no batches.")
    return [rows.result() for rows in collected]


class Rows:
    """Predictions put together: in one array at once, if their number is known."""

    def __init__(self, first, samples):
        fits = samples is not None and len(first) <= samples
        self.array = (
            np.empty((samples, *first.shape[1:]), first.dtype) if fits else None
        )
        self.parts, self.filled = [], 0

    def add(self, output):
        """Append the predictions of a batch."""
        if self.array is None:
            self.parts.append(output)
            return
        stop = self.filled + len(output)
        if stop > len(self.array) or output.shape[1:] != self.array.shape[1:]:
            self.parts = [self.array[: self.filled].copy(), output]
            self.array = None
            return
        self.array[self.filled : stop] = output
        self.filled = stop

    def result(self):
        """All predictions, in the order of the batches."""
        if self.array is not None:
            return self.array[: self.filled]
        return np.concatenate(self.parts)


def batch_size_of(x, y):
    """Samples in a batch."""
    for arrays in (x, y):
        if arrays:
            return len(arrays[0])
    return 1  # the model reads tensors of its own
