"""Data as users give it (arrays, lists, dicts by name) to lists of arrays, checked."""

import numbers

import numpy as np

from minikeras.backend.common import floatx
from minikeras.engine.node import as_list
from minikeras.utils.checks import shorten


def standardize(data, names, shapes, dtypes, what):
    """One array for each input (or target), of the right shape and type.

    Arguments
        data: an array, a list of arrays, a dict by name, or nested lists of numbers.
        names: the inputs' (or outputs') names.
        shapes: expected shapes, with None for open sizes; None for "any".
        dtypes: types to convert to.
        what: 'input' or 'target', for messages.

    Vectors of n numbers become columns of shape (n, 1).
    """
    if is_standard(data, names, shapes, dtypes):
        return [data]
    arrays = _as_arrays(data, names, shapes, what)
    return [
        check_array(array, *expected, what)
        for array, *expected in zip(arrays, names, shapes, dtypes, strict=True)
    ]


def is_standard(data, names, shapes, dtypes):
    """Whether data is as it should be already: the usual case, and quickly seen."""
    return (
        isinstance(data, np.ndarray)
        and len(names) == 1
        and data.dtype == dtypes[0]
        and shapes[0] is not None
        and fits(data.shape, shapes[0])
    )


def _as_arrays(data, names, shapes, what):
    """The arrays in the order of the names."""
    if data is None:
        if names:
            raise ValueError(f"No data for {what}s {names}: got None.")
        return []
    if isinstance(data, dict):
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(
                f'No data provided for "{missing[0]}". Need data for each key in: '
                f"{names}; got keys {list(data)}."
            )
        return [data[name] for name in names]
    if isinstance(data, (list, tuple)) and not _is_nested_numbers(data):
        arrays = [np.stack(data)] if _are_rows(data, names, shapes) else list(data)
    elif len(names) == 1:
        return [data]
    else:
        arrays = [data]
    if len(arrays) == len(names):
        return arrays
    found = ", ".join(str(np.shape(a)) for a in arrays[:3]) or "none"
    raise ValueError(
        f"Error when checking model {what}: the list of Numpy arrays that you are "
        "passing to your model is not the size the model expected. Expected to see "
        f"{len(names)} array(s) ({', '.join(names)}), but instead got {len(arrays)} of "
        f"shapes {found}{', ...' if len(arrays) > 3 else '.'}"
    )


def _is_nested_numbers(data):
    """Whether a list is itself the data, such as [[1, 2], [3, 4]] or [0, 1, 1]."""
    return len(data) > 0 and all(
        np.isscalar(x) or not hasattr(x, "shape") for x in data
    )


def _are_rows(data, names, shapes):
    """Whether a list holds the samples of the only input, one array each."""
    return (
        len(names) == 1
        and len(data) > 1
        and all(np.shape(row) == np.shape(data[0]) for row in data)
        and (
            shapes[0] is None
            or fits((1, *np.shape(data[0])), shapes[0])
            or (np.shape(data[0]) == () and len(shapes[0]) == 2)
        )
    )


def check_array(array, name, shape, dtype, what):
    """The array in the right type; an error with its likely cause if it is wrong."""
    array = to_array(array, dtype, name, what)
    if array.ndim == 1 and (shape is None or len(shape) != 1):
        array = array[:, None]
    if shape is not None and not fits(array.shape, shape):
        raise ValueError(explain_shape(array, name, shape, what))
    return array


def fits(found, expected):
    """Whether a shape agrees with one that has None for open sizes."""
    if len(found) != len(expected):
        return False
    return found[1:] == expected[1:] or all(
        e is None or f == e for f, e in zip(found[1:], expected[1:], strict=True)
    )


def to_array(data, dtype, name, what):
    """Any data as an array of a type; says which rows are ragged if it cannot be."""
    if isinstance(data, np.ndarray) and data.dtype == dtype:
        return data
    values = getattr(data, "values", None)  # pandas
    if hasattr(data, "toarray"):  # a sparse matrix of SciPy
        data = data.toarray()
    try:
        array = np.asarray(data if values is None or callable(values) else values)
        if array.dtype == object:
            array = np.array(array.tolist())
        if array.dtype.kind in "mM":
            raise TypeError("times are no numbers")
        return array.astype(dtype, copy=False)
    except (ValueError, TypeError):
        raise ValueError(explain_ragged(data, name, what)) from None


def explain_ragged(data, name, what):
    """Message for lists that are no array."""
    if callable(data):
        name_of_it = getattr(data, "__name__", "it")
        return (
            f"{what} {name!r} must be an array; got {shorten(data)}. Likely cause: it "
            f"has to be called. Give `{name_of_it}(...)`."
        )
    rows = data if hasattr(data, "__iter__") else []
    rows = [r for r in rows if hasattr(r, "__len__") and not isinstance(r, str)]
    lengths = list(dict.fromkeys(map(len, rows)))[:3]
    if len(lengths) > 1:
        return (
            f"{what} {name!r}: rows have lengths {' and '.join(map(str, lengths))}; an "
            "array needs rows of one length. For sequences: "
            "preprocessing.sequence.pad_sequences(x)."
        )
    return (
        f"{what} {name!r} holds values that are no numbers: {str(data)[:60]}... Encode "
        "texts and categories as numbers first (preprocessing.text, "
        "utils.to_categorical)."
    )


def explain_shape(array, name, shape, what):
    """Message for an array that does not fit."""
    if array.ndim != len(shape):
        text = (
            f"Error when checking {what}: expected {name} to have {len(shape)} "
            f"dimensions, but got array with shape {array.shape}."
        )
    else:
        text = (
            f"Error when checking {what}: expected {name} to have shape {shape[1:]} "
            f"but got array with shape {array.shape[1:]}."
        )
    return f"{text} {_likely_cause(array, shape, what)}".strip()


def _likely_cause(array, shape, what):
    expected, found = tuple(shape[1:]), array.shape
    if what == "target":
        return ""  # `advice` knows the loss and says more
    if found == expected or (array.ndim == 2 and found == (*expected, 1)):
        return (
            "It looks like one sample; the model wants a batch: x[None] has shape "
            f"{(1, *expected)}."
        )
    if len(expected) == 2 and len(found) == 2:
        hint = "For one number a step: x = x[..., None]." if expected[1] == 1 else ""
        return f"The model reads (samples, time, features). {hint}".strip()
    if len(expected) == 3 and len(found) == 3 and expected[-1] == 1:
        return "The channel axis is missing: x = x[..., None]."
    if len(expected) == 3 and found[1:] == expected[:-1]:
        return (
            "Grey pictures without an axis for their channel: begin the model with "
            f"input_shape={(*expected[:-1], 1)} and give it x[..., None]."
        )
    if len(expected) == 3 and len(found) == 4 and found[1] == expected[-1]:
        return (
            "The data looks channels-first: np.transpose(x, (0, 2, 3, 1)) puts the "
            "channels last."
        )
    if len(expected) == 3 and len(found) == 4:
        return _likely_cause_of_pictures(expected, found[1:])
    if len(expected) == 1 and len(found) > 2:
        return (
            f"Dense layers read vectors: x.reshape(len(x), -1) has {array[0].size} "
            "numbers a sample, or begin with Flatten(input_shape=...)."
        )
    return ""


def _likely_cause_of_pictures(expected, found):
    if found[:-1] == expected[:-1] and found[-1] == 1:
        return (
            f"Grey pictures for {expected[-1]} channels: begin the model with "
            f"input_shape={found}, or repeat the channel, "
            f"np.repeat(x, {expected[-1]}, axis=-1)."
        )
    if found[:-1] == expected[:-1] and (found[-1], expected[-1]) == (4, 3):
        return "The fourth channel is transparency, probably: x[..., :3] has colours."
    if found[-1] == expected[-1] and None not in expected:
        return (
            "Pictures of another size: give them this one "
            f"(load_img(path, target_size={expected[:2]})), or begin the model with "
            f"input_shape={found}."
        )
    return ""


def check_lengths(x, y, weights):
    """All arrays must have the same number of samples, and at least one."""
    if len({len(a) for a in (*x, *y)}) == 1 and all(w is None for w in weights):
        return
    counts = {"input": {len(a) for a in x}, "target": {len(a) for a in y}}
    for what, sizes in counts.items():
        if len(sizes) > 1:
            raise ValueError(
                f"All {what} arrays should have the same number of samples. Got "
                f"lengths {sorted(sizes)}."
            )
    n, targets = min(counts["input"], default=None), min(counts["target"], default=None)
    if n is not None and targets is not None and n != targets:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. "
            f"Found {n} input samples and {targets} target samples."
        )
    for array in weights:
        if array is not None and n is not None and len(array) != n:
            raise ValueError(
                f"Found a sample_weight array with {len(array)} entries for {n} "
                "samples."
            )


def by_output(given, names, what):
    """A list with one entry for each output, from None, one value, a list or a dict."""
    if given is None or (isinstance(given, (list, tuple, dict)) and len(given) == 0):
        return [None] * len(names)
    if isinstance(given, dict):
        unknown = [key for key in given if key not in names]
        if unknown and (len(names) > 1 or what != "class_weight"):
            raise ValueError(
                f"Unknown entries in {what} dictionary: {unknown}. Only expected "
                f"following keys: {list(names)}"
            )
        return [given.get(name) for name in names]
    given = as_list(given)
    if len(given) != len(names):
        raise ValueError(
            f"When passing a list as {what}, it should have one entry per model "
            f"output. The model has {len(names)} outputs ({', '.join(names)}), but you "
            f"passed {what} of length {len(given)}."
        )
    return given


def standardize_sample_weight(weight, y, mode):
    """A weight array checked against its target, as float32; None stays None."""
    if weight is None:
        return None
    weight = to_array(weight, floatx(), "sample_weight", "argument")
    if weight.size and not np.isfinite(weight.sum()):
        raise ValueError("sample_weight holds NaN or infinite values.")
    if mode == "temporal":
        if weight.ndim != 2:
            raise ValueError(
                f"Found a sample_weight array with shape {weight.shape}. In order to "
                "use timestep-wise sample weighting, you should pass a 2D "
                "sample_weight array."
            )
    elif weight.ndim != 1:
        raise ValueError(
            f"Found a sample_weight array with shape {weight.shape}. In order to use "
            "timestep-wise sample weights, you should specify "
            'sample_weight_mode="temporal" in compile(). If you just mean to use '
            "sample-wise weights, make sure your sample_weight array is 1D."
        )
    if weight.shape != y.shape[: weight.ndim]:
        raise ValueError(
            f"Found a sample_weight array with shape {weight.shape} for an input with "
            f"shape {y.shape}. sample_weight cannot be broadcast."
        )
    return weight


def weights_of_classes(class_weight, y):
    """The weight of each sample, by the class in its target."""
    if class_weight is None or isinstance(class_weight, str) and class_weight == "auto":
        return None
    if not isinstance(class_weight, dict):
        raise TypeError(
            "class_weight is a dict of weights by class number, such as {0: 1.0, 1: "
            f"2.5}}. Got {shorten(class_weight)}. From a list or array: "
            "dict(enumerate(weights))."
        )
    for label, weight in class_weight.items():
        if isinstance(weight, bool) or not isinstance(weight, numbers.Real):
            raise TypeError(
                f"class_weight of class {label!r} must be a number; got {weight!r}."
            )
    if y.ndim > 2:
        raise ValueError(
            "`class_weight` not supported for 3+ dimensional targets. Give "
            f"sample_weight of shape {y.shape[:2]} and compile with "
            "sample_weight_mode='temporal'."
        )
    labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
    found, index = np.unique(labels, return_inverse=True)
    missing = [c for c in found.tolist() if c not in class_weight]
    if missing:
        raise ValueError(
            "`class_weight` must contain all classes in the data. The classes "
            f"{set(missing)} exist in the data but not in `class_weight` "
            f"{sorted(class_weight)}."
        )
    weights = np.array([class_weight[c] for c in found.tolist()], floatx())
    return weights[index.reshape(-1)]


def combine_weights(sample_weight, class_weight):
    """The product of the two kinds of weights; None where there is none."""
    if sample_weight is None or class_weight is None:
        return class_weight if sample_weight is None else sample_weight
    extra = sample_weight.ndim - class_weight.ndim
    return sample_weight * class_weight.reshape(class_weight.shape + (1,) * extra)
