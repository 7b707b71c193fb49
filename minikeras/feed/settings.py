"""What can be adjusted about feeding, in one place."""

import os
from dataclasses import dataclass


@dataclass
class Settings:
    """The knobs of the feed; the defaults suit nearly everybody.

    Attributes
        start_method: "fork", "forkserver" or "spawn"; None takes what
            multiprocessing takes.
        timeout: seconds after which waiting for one batch is an error; None waits for
            ever (a slow worker is not a dead one).
        note_after: seconds after which a line says which batch is waited for.
        queue_bytes: most bytes of batches made ahead.
        share_from: batches of at least so many bytes travel through shared memory;
            None sends all of them through pipes.
        restarts: dead workers replaced in one epoch, for each worker.
        allow_nan: whether inputs may contain NaN.
        check_shapes: whether an array may not change its rank or kind of number
            between batches.
    """

    start_method: str | None = os.environ.get("MINIKERAS_START_METHOD")
    timeout: float | None = None
    note_after: float = 10.0
    queue_bytes: int = 256 * 2**20
    share_from: int | None = 64 * 2**10
    restarts: int = 3
    allow_nan: bool = False
    check_shapes: bool = True


settings = Settings()
