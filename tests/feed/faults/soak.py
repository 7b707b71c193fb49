"""Hundreds of short epochs: everything is given back."""

import threading

from feed.faults.common import Numbers, memory, no_workers_left, open_files
from feed.faults.fits import options, small_model

EPOCHS = 500


def five_hundred_epochs(mode):
    """500 epochs with training and validation Sequences, 1 to 8 workers."""
    model = small_model()
    train, test = Numbers(length=8, rows=2), Numbers(length=2, rows=2)

    def fit(workers, epochs):
        model.fit_generator(
            train,
            epochs=epochs,
            verbose=0,
            validation_data=test,
            **options(mode, workers),
        )

    counts = (1, 2, 4, 8)
    for workers in counts:
        fit(workers, 2)
    no_workers_left()
    before = memory(), open_files(), threading.active_count()
    for workers in counts:
        fit(workers, EPOCHS // len(counts))
    no_workers_left()
    after = memory(), open_files(), threading.active_count()
    assert after[1:] == before[1:], (before, after)
    assert after[0] < before[0] + 5 * 2**20, (before, after)
