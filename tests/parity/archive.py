"""Small self-describing archives: nested dicts and lists with arrays as leaves.

`save(path, tree)` and `load(path)` keep any JSON-like tree in one `.npz`: the tree as a
JSON string, in which an array is replaced by its dtype, shape and offset, and one flat
array per dtype. Hundreds of tiny arrays then cost their bytes and no more, and nothing
is pickled.

Runs on Python 3.7 and NumPy 1.18 too, where the recordings are made.
"""

import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def path_of(theme):
    """The archive of a theme, beside this file."""
    return os.path.join(HERE, theme + ".npz")


def save(path, tree):
    """Write a tree of dicts, lists, strings, numbers, None and arrays."""
    flat = {}
    tree = _replace(tree, lambda leaf: _store(leaf, flat))
    arrays = {dtype: np.concatenate(parts) for dtype, parts in flat.items()}
    np.savez_compressed(path, tree=np.array(json.dumps(tree)), **arrays)


def load(path):
    """Read a tree that `save` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        flat = {name: archive[name] for name in archive.files}
    tree = json.loads(str(flat.pop("tree")))
    return _replace(tree, lambda leaf: leaf, lambda mark: _fetch(mark, flat))


def _store(leaf, flat):
    if isinstance(leaf, np.generic):
        return leaf.item()
    if not isinstance(leaf, np.ndarray):
        return leaf
    parts = flat.setdefault(str(leaf.dtype), [])
    offset = sum(part.size for part in parts)
    parts.append(leaf.ravel())
    return {"array": [str(leaf.dtype), list(leaf.shape), offset]}


def _fetch(mark, flat):
    dtype, shape, offset = mark
    size = int(np.prod(shape, dtype=int))
    return flat[dtype][offset : offset + size].reshape(shape)


def _replace(tree, leaf, mark=None):
    if isinstance(tree, dict):
        if mark is not None and list(tree) == ["array"]:
            return mark(tree["array"])
        return {key: _replace(branch, leaf, mark) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_replace(branch, leaf, mark) for branch in tree]
    return leaf(tree)
