"""Errors in the user's code, and batches that are none."""

import faulthandler
import functools
import threading

import numpy as np

from feed.faults.common import (
    Numbers,
    delivered_before_error,
    drain,
    full_text,
    make_pool,
    no_workers_left,
)
from minikeras import feed


def fail(kind, *arguments):
    raise kind(*arguments)


def exception(mode):
    """At its place in the order; type, index, class and the worker's traceback."""
    for at in (0, 3, 5):
        faulty = Numbers(fault=functools.partial(fail, ValueError, "broken"), at=at)
        got, error = delivered_before_error(faulty, mode, ValueError)
        assert got == list(range(at)) and str(error) == "broken"
        shown = full_text(error)
        for part in (f"batch {at} of Numbers, epoch 0", "in fail", "raise kind("):
            assert part in shown, shown
    no_workers_left()


class TwoArguments(Exception):
    """Cannot be rebuilt from its `args`."""

    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


class CrashesInPickle(Exception):
    def __reduce__(self):
        faulthandler._sigsegv()


class NoText(Exception):
    def __str__(self):
        raise RuntimeError


def strange_exceptions(mode):
    """Text and traceback are kept even if the exception cannot travel."""
    for kind, arguments, text in (
        (TwoArguments, ("here", "there"), "here and there"),
        (CrashesInPickle, ("crash",), "crash"),
        (NoText, (), "NoText"),
    ):
        faulty = Numbers(fault=functools.partial(fail, kind, *arguments))
        got, error = delivered_before_error(faulty, mode, (kind, feed.BatchError))
        shown = full_text(error)
        assert got == [0, 1, 2]
        assert text in shown and kind.__name__ in shown and "in fail" in shown, shown


class Gives(Numbers):
    """Batch 3 is what it was given."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def __getitem__(self, index):
        return self.what() if index == 3 else super().__getitem__(index)


def with_lock():
    return np.zeros((3, 2)), threading.Lock()


def result_not_picklable(mode):
    """Named by its place."""
    for kind, named in (("train", "y is a lock"), ("any", "its part [1] is a lock")):
        got, error = delivered_before_error(
            Gives(with_lock), mode, (feed.BatchError, TypeError), kind=kind
        )
        assert got == [0, 1, 2] and named in str(error), error


def ends_of_loops(mode):
    """StopIteration and its like are errors, never a short epoch."""
    for kind in (StopIteration, GeneratorExit, KeyboardInterrupt, SystemExit):
        faulty = Numbers(fault=functools.partial(fail, kind))
        expected = feed.BatchError
        if mode == "main" and kind is KeyboardInterrupt:
            expected = KeyboardInterrupt
        got, error = delivered_before_error(faulty, mode, expected)
        assert got == [0, 1, 2]
        if expected is feed.BatchError:
            assert f"raised {kind.__name__}" in str(error), error


ROWS = np.zeros((3, 2), "float32")
BAD = {
    "none": (lambda: None, "is None; expected (x, y)"),
    "scalar": (lambda: 7, "is a int (7); expected (x, y)"),
    "number as x": (lambda: (7, ROWS), "x is the single number 7"),
    "one": (lambda: (ROWS,), "a tuple of 1 items; expected (x, y)"),
    "four": (lambda: (ROWS,) * 4, "a tuple of 4 items"),
    "ragged": (lambda: ([[1, 2], [3]], ROWS), "rows of different lengths"),
    "objects": (lambda: (ROWS, np.array([None, 1, 2])), "no array of numbers"),
    "lengths": (lambda: (ROWS, ROWS[:2]), "same number of samples, got x: 3, y: 2"),
    "nan": (lambda: (ROWS * np.nan, ROWS), "contains NaN"),
    "rank": (lambda: (ROWS[..., None], ROWS), "does not look like batch 0"),
    "kind": (lambda: (ROWS.astype(int), ROWS), "now it is 2-dimensional, integer"),
    "part missing": (lambda: (ROWS, ROWS, ROWS[:, 0]), "was missing"),
}


def wrong_batches(mode):
    """Each names the index, what was returned and what is allowed."""
    for what, text in BAD.values():
        got, error = delivered_before_error(Gives(what), mode, feed.BatchError)
        assert got == [0, 1, 2], (text, got)
        assert "batch 3 of Gives" in str(error) and text in str(error), error


def wrong_batches_are_allowed_on_demand(mode):
    """NaN may be meant; sizes may change; predict takes x alone."""
    feed.settings.allow_nan = True
    assert len(drain(Gives(BAD["nan"][0]), mode)) == 6
    assert len(drain(Gives(lambda: (np.ones((9, 2)), np.ones((9, 1)))), mode)) == 6
    with make_pool(Gives(lambda: ROWS), mode, kind="any") as pool:
        assert len(list(pool.epoch(0, range(6)))) == 6
