"""Weights by layer: taken out of a model, compared with it, put into it.

Everything that was saved is one list here, whatever file it came from:

    [(name of layer, [(name of weight, array), ...]), ...]
"""

import warnings

import numpy as np

from minikeras.saving.errors import WeightsMismatch

_MOST_ROWS = 20


def weights_by_layer(model):
    """The weights of a model as the list above; the arrays are not copied."""
    return [(layer.name, _pairs(layer)) for layer in model.layers]


def non_finite(weights):
    """Names of the weights that hold NaN or infinity."""
    return [
        name for _, pairs in weights for name, value in pairs if not _is_finite(value)
    ]


def tell_non_finite(names, stacklevel):
    """Warn that weights of these names, if there are any, are being saved."""
    if names:
        warnings.warn(
            f"saving NaN or infinite values in {', '.join(names[:5])}: the training "
            "went wrong before.",
            stacklevel=stacklevel,
        )


def _is_finite(value):
    """Whether an array is free of NaN and infinity; a finite sum says so at once."""
    if value.dtype.kind != "f":
        return True
    with np.errstate(all="ignore"):
        total = value.sum()
    return bool(np.isfinite(total) or np.isfinite(value).all())


def load_by_order(model, saved, reshape=False, is_new=False):
    """Put saved weights into the layers that have some, in their order.

    Arguments
        model, saved: what gets the weights, and the weights by layer.
        reshape: accept another shape with as many numbers.
        is_new: the model was just made, and may take the arrays without copying them.
    """
    layers = [layer for layer in model.layers if layer.weights]
    saved = [(name, pairs) for name, pairs in saved if pairs]
    if len(layers) != len(saved):
        raise WeightsMismatch(
            f"the file has weights of {len(saved)} layers, the model has {len(layers)} "
            f"layers with weights.\n    file:  {_short(name for name, _ in saved)}\n"
            f"    model: {_short(layer.name for layer in layers)}\n"
            "If some layers agree, load them with by_name=True."
        )
    plan = [
        (layer, name, pairs) for layer, (name, pairs) in zip(layers, saved, strict=True)
    ]
    _load(plan, skip_mismatch=False, reshape=reshape, put=_give if is_new else _put)


def load_by_name(model, saved, skip_mismatch=False, reshape=False):
    """Put saved weights into the layers that have the same name."""
    by_name = {}
    for layer in model.layers:
        by_name.setdefault(layer.name, []).append(layer)
    plan = [
        (layer, name, pairs)
        for name, pairs in saved
        for layer in by_name.get(name, ())
        if layer.weights or pairs
    ]
    if not plan and saved:
        warnings.warn(
            "no layer of the file has a name of the model's: nothing was loaded. File: "
            f"{_short(name for name, _ in saved)}; model: {_short(by_name)}",
            stacklevel=4,
        )
    _load(plan, skip_mismatch, reshape)


def _load(plan, skip_mismatch, reshape, put=None):
    """Compare all, then write all: a model is never changed by half."""
    ready, rows, total = [], [], 0
    for layer, name, pairs in plan:
        own = layer.weights
        total += len(own)
        wrong = _differences(layer, own, name, pairs, reshape)
        if not wrong:
            ready += [(w, array) for w, (_, array) in zip(own, pairs, strict=True)]
        rows += wrong
    if rows and not skip_mismatch:
        raise WeightsMismatch(_table(rows, total))
    if rows:
        warnings.warn("Skipped: " + _table(rows, total), stacklevel=5)
    for weight, array in ready:
        (put or _put)(weight, array)


def _differences(layer, own, name, pairs, reshape):
    """Rows of the table of errors for one layer."""
    if len(own) != len(pairs):
        return [
            (f"layer {layer.name}", f"{len(own)} weights", f"{len(pairs)} ({name})")
        ]
    return [
        (weight.name, weight.shape, array.shape)
        for weight, (_, array) in zip(own, pairs, strict=True)
        if array.shape != weight.shape
        and not (reshape and array.size == weight.value.size)
    ]


def _table(rows, total):
    shown = [("weight", "model", "file"), *rows[:_MOST_ROWS]]
    widths = [max(len(str(row[i])) for row in shown) for i in range(3)]
    lines = [
        "  ".join(["  ", *(str(c).ljust(w) for c, w in zip(row, widths, strict=True))])
        for row in shown
    ]
    more = len(rows) - _MOST_ROWS
    lines += [f"    and {more} more"] if more > 0 else []
    return (
        f"{len(rows)} of {total} weights have other shapes in the file:\n"
        + "\n".join(line.rstrip() for line in lines)
        + "\nMake the model as it was when it was saved, or load what fits with "
        "by_name=True, skip_mismatch=True."
    )


def _put(weight, array):
    weight.assign(array.reshape(weight.shape))


def _give(weight, array):
    """Let a new weight, to which nothing refers yet, take the array itself."""
    usable = array.flags.writeable and array.flags.c_contiguous
    if usable and array.dtype == weight.value.dtype:
        weight.value = array
    else:
        _put(weight, array)


def _pairs(layer):
    return [(weight.name, weight.value) for weight in layer.weights]


def _short(names):
    names = list(names)
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" * (len(names) > 12))
