"""Assignments that wait: what layers change while they run, carried out afterwards."""

import threading


class _OfThread(threading.local):
    updates = None


_thread = _OfThread()


def collecting_updates(run, *args):
    """(what run(*args) gives, the assignments that it wants).

    Layers that change state while they run (moving averages, recurrent states) call
    `update_later`; whoever runs the graph decides whether the changes are applied.

    No scope of a `with`: Ctrl-C at the first step of its `__exit__` would leave it
    open, and assignments of later calls would wait in it for ever. Python looks for
    signals at calls, and `finally` has none.
    """
    outer = _thread.updates
    updates = _thread.updates = []
    try:
        return run(*args), updates
    finally:
        _thread.updates = outer


def update_later(variable, value):
    """Assign `value` to `variable` now, or when the run under way says so."""
    updates = _thread.updates
    if updates is None:
        variable.assign(value)
    else:
        updates.append((variable, value))


def apply_updates(updates):
    """Carry out the assignments that a run has collected."""
    for variable, value in updates:
        variable.assign(value)
