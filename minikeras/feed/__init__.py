"""Feeding: batches made ahead, by threads or processes, in order and reproducibly.

from minikeras import feed

feed.settings.start_method = "spawn"
with feed.timeline() as events:
    model.fit_generator(sequence, workers=2, use_multiprocessing=True)
"""

from minikeras.feed.errors import (
    BatchError,
    FeedError,
    FeedTimeout,
    WorkerDied,
    WorkerStartError,
)
from minikeras.feed.notes import timeline
from minikeras.feed.settings import settings

__all__ = [
    "BatchError",
    "FeedError",
    "FeedTimeout",
    "WorkerDied",
    "WorkerStartError",
    "settings",
    "timeline",
]
