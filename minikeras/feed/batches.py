"""What a batch has to be, and keeping it private while it waits."""

import functools
import sys

import numpy as np

from minikeras.feed.errors import BatchError
from minikeras.feed.settings import settings

ALLOWED = {
    "train": "(x, y) or (x, y, sample_weight)",
    "predict": "x, or a tuple (x,), (x, y) or (x, y, sample_weight)",
}


def arrays_of(batch, path=""):
    """Every (path, array or other leaf) in tuples, lists and dicts."""
    if isinstance(batch, dict):
        for key, value in batch.items():
            yield from arrays_of(value, f"{path}[{key!r}]")
    elif isinstance(batch, (list, tuple)) and not _is_one_array(batch):
        for number, value in enumerate(batch):
            yield from arrays_of(value, f"{path}[{number}]")
    else:
        yield path, batch


def _is_one_array(items):
    """Whether a list is meant as one array: numbers, or rows of numbers."""
    return isinstance(items, list) and not _holds_arrays(items)


def _holds_arrays(items):
    """Whether there are arrays among the first items, at any depth."""
    return any(
        isinstance(item, (np.ndarray, dict, tuple))
        or (isinstance(item, list) and _holds_arrays(item))
        for item in items[:8]
    )


def map_arrays(change, batch):
    """The same structure with `change` applied to every NumPy array."""
    if isinstance(batch, np.ndarray):
        return change(batch)
    if type(batch) in (list, tuple):
        return type(batch)(map_arrays(change, item) for item in batch)
    if type(batch) is dict:
        return {key: map_arrays(change, item) for key, item in batch.items()}
    return batch


def size_of(batch):
    """Bytes of its arrays."""
    return sum(getattr(leaf, "nbytes", 0) for _, leaf in arrays_of(batch))


# ---------------------------------------------------------------- checks


def check_batch(batch, kind, where):
    """Raise a BatchError that names `where` unless `batch` can be used.

    Arguments
        kind: "train" (targets needed), "predict" (inputs alone will do) or "any".
        where: for instance "batch 3 of Squares, epoch 0".
    """
    if batch is None:
        allowed = ALLOWED.get(kind, "the batch")
        raise BatchError(
            f"{where} is None; expected {allowed}. Likely cause: a path through the "
            "code that makes it ends without `return` (or `yield`s nothing)."
        )
    if kind == "any":
        return
    parts = _parts(batch, kind, where)
    lengths = [_check_part(name, part, where) for name, part in parts]
    known = {length for found in lengths for length in found.values()}
    if len(known) > 1:
        told = {path: n for found in lengths for path, n in found.items()}
        raise BatchError(
            f"{where}: all arrays of a batch need the same number of samples, got "
            + ", ".join(f"{path}: {n}" for path, n in told.items())
        )


def _parts(batch, kind, where):
    names = ("x", "y", "sample_weight")
    if isinstance(batch, tuple) or (kind == "train" and isinstance(batch, list)):
        if len(batch) in ((2, 3) if kind == "train" else (1, 2, 3)):
            return [
                (name, part)
                for name, part in zip(names, batch, strict=False)
                if part is not None or name == "x"
            ]
        got = f"a {type(batch).__name__} of {len(batch)} items"
    elif kind == "predict":
        return [("x", batch)]
    else:
        got = _description(batch)
    raise BatchError(f"{where} is {got}; expected {ALLOWED[kind]}.")


def _check_part(name, part, where):
    """{path: number of samples} of one of x, y, sample_weight."""
    lengths = {}
    for path, leaf in arrays_of(part, name):
        if leaf is None and name != "x":
            continue
        array = _as_array(leaf, path, where)
        if array.ndim == 0:
            raise BatchError(
                f"{where}: {path} is the single number {leaf!r}; expected an array "
                "whose first axis counts the samples."
            )
        if name == "x" and not settings.allow_nan and _has_nan(array):
            raise BatchError(
                f"{where}: {path} (shape {array.shape}) contains NaN. Likely cause: "
                "missing values, or a division by zero while normalising. If NaN is "
                "meant, set minikeras.feed.settings.allow_nan = True."
            )
        lengths[path] = len(array)
    return lengths


def _as_array(leaf, path, where):
    try:
        array = leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
    except ValueError:
        array = None
    if array is None or array.dtype == object:
        raise BatchError(
            f"{where}: {path} is {_description(leaf)}, which is no array of numbers; "
            "expected one. Likely cause: rows of different lengths (pad them, for "
            "instance with preprocessing.sequence.pad_sequences), or None among them."
        )
    return array


def _has_nan(array):
    """Whether any element is NaN: the minimum is, then."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not array.size:
        return False
    with np.errstate(all="ignore"):
        return bool(np.isnan(array.min()))


def _description(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return f"a {type(value).__name__} ({text if len(text) < 60 else text[:57] + '...'})"


class SameShape:
    """Compares every batch with the first one: structure, rank and kind of number."""

    def __init__(self):
        self.first = None

    def check(self, batch, where):
        found = {path: _form(leaf) for path, leaf in arrays_of(batch, "batch")}
        if self.first is None:
            self.first = where, found
            return
        first_where, first = self.first
        if found == first or not settings.check_shapes:
            return
        for path in [*first, *found]:
            before, now = first.get(path), found.get(path)
            if before != now:
                raise BatchError(
                    f"{where} does not look like {first_where}: {path} was "
                    f"{_told(before)}, now it is {_told(now)}. Sizes may change from "
                    "batch to batch; rank and kind of number may not."
                )


def _form(leaf):
    return np.ndim(leaf), getattr(getattr(leaf, "dtype", None), "kind", None)


def _told(form):
    kinds = {"f": "float", "i": "integer", "u": "unsigned integer", "b": "bool"}
    if form is None:
        return "missing"
    return f"{form[0]}-dimensional, {kinds.get(form[1], form[1] or 'no array')}"


# ---------------------------------------------------------------- privacy


def private(make):
    """What `make()` returns, each array copied that somebody else could still change.

    A batch that waits in the queue of a thread must not change when the code that made
    it goes on, for instance to refill one buffer. An array is private if this batch
    holds the only reference to it and to its memory.
    """
    return map_arrays(_private_array, [make()])[0]


def _private_array(array):
    alone, owner_alone = _references_when_private()
    if array.base is None:
        shared = sys.getrefcount(array) > alone
    else:
        owner = array.base
        shared = (
            sys.getrefcount(array) > alone
            or type(owner) is not np.ndarray
            or sys.getrefcount(owner) > owner_alone
        )
    return array.copy() if shared else array


@functools.lru_cache(None)
def _references_when_private():
    """Reference counts, in `_private_array`, of a private array and a private base."""
    return map_arrays(_count, [np.empty(4)[1:]])[0]


def _count(array):
    owner = array.base
    return sys.getrefcount(array), sys.getrefcount(owner)
