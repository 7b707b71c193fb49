"""Assignments that wait: what layers change while they run, carried out afterwards."""

import threading


class _OfThread(threading.local):
    updates = None


_thread = _OfThread()


class LayerUpdates(list):
    """The updates of a model's layers.

    Those of layers that come with the library are not in it: they are noted in each run
    (`update_later`). So it may be empty, and still stand for them.
    """


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


def update_later(variable, value, share=1):
    """Assign `value` to `variable` now, or when the run under way says so.

    Arguments
        share: how much of the way to `value` the variable goes, from where it is at
            that time. So a layer that ran twice moves twice.
    """
    updates = _thread.updates
    if updates is None:
        apply_updates([(variable, value, share)])
    else:
        updates.append((variable, value, share))


def apply_updates(updates):
    """Carry out the assignments that a run has collected, in their order."""
    for variable, value, share in updates:
        if share != 1:
            value = variable.value + share * (value - variable.value)
        variable.assign(value)
