"""Assignments that wait: what layers change while they run, carried out afterwards."""

import threading

_thread = threading.local()


class collecting_updates:
    """Inside `with collecting_updates() as updates:` assignments wait in a list.

    Layers that change state while they run (moving averages, recurrent states) call
    `update`; whoever runs the graph decides whether the changes are applied.
    """

    def __enter__(self):
        self.outer = getattr(_thread, "updates", None)
        _thread.updates = []
        return _thread.updates

    def __exit__(self, *exc):
        _thread.updates = self.outer


def update_later(variable, value):
    """Assign `value` to `variable` now, or when the run under way says so."""
    updates = getattr(_thread, "updates", None)
    if updates is None:
        variable.assign(value)
    else:
        updates.append((variable, value))


def apply_updates(updates):
    """Carry out the assignments that a run has collected."""
    for variable, value in updates:
        variable.assign(value)
