"""What beginners run into, said before it costs them an evening.

An error where training cannot work, one warning where it is only foolish. Everything
here looks at shapes, at the first batch, or once over the data at the start of `fit`.
"""

import math
import warnings

import numpy as np

from minikeras import losses
from minikeras.engine.last_activation import activation_called
from minikeras.engine.node import as_list
from minikeras.utils.messages import did_you_mean

CROSSENTROPIES = {
    losses.categorical_crossentropy: ("softmax",),
    losses.sparse_categorical_crossentropy: ("softmax",),
    losses.binary_crossentropy: ("sigmoid", "hard_sigmoid"),
}
UNBOUNDED = ("linear", "relu", "tanh", "elu", "selu", "softplus", "softsign")


def warn_once(model, key, text):
    """Warn, but not twice of the same thing for the same model."""
    told = vars(model).setdefault("_told", set())
    if key not in told:
        told.add(key)
        warnings.warn(text, stacklevel=5)


# ---- compile -------------------------------------------------------------------------


def check_compile_arguments(arguments):
    """`metrics` is the third argument in Keras 2, `loss_weights` the fourth."""
    metrics = arguments["metrics"]
    flat = as_list(metrics.values() if isinstance(metrics, dict) else metrics)
    if any(isinstance(m, (int, float)) and not isinstance(m, bool) for m in flat):
        raise TypeError(
            f"metrics={metrics!r}: metrics are names or functions, such as "
            "['accuracy']. The third argument of compile is `metrics`; numbers belong "
            "to loss_weights=..."
        )
    if isinstance(arguments["loss_weights"], str):
        raise TypeError(
            f"loss_weights={arguments['loss_weights']!r}: loss weights are numbers. "
            "Did you mean metrics=[...]?"
        )


SESSION_ARGUMENTS = ("feed_dict", "fetches", "options", "run_metadata")
ARGUMENTS = (
    "optimizer", "loss", "metrics", "loss_weights", "sample_weight_mode",
    "weighted_metrics", "target_tensors",
)  # fmt: skip


def check_unknown(kwargs):
    """Arguments that `compile` does not have."""
    for name in kwargs:
        if name in ("lr", "learning_rate"):
            raise TypeError(
                f"compile takes no `{name}`; the optimizer does: "
                f"compile(SGD({name}={kwargs[name]}), ...)."
            )
        if name not in SESSION_ARGUMENTS:
            raise TypeError(
                f"compile has no argument {name!r}.{did_you_mean(name, ARGUMENTS)}"
            )


def last_activation(tensor):
    """(layer, name of its activation) of an output; None for an unknown name."""
    layer, _, index = tensor._keras_history
    inner = layer.outputs[index] if getattr(layer, "outputs", None) else tensor
    if inner is not tensor:  # the layer is a model: its output of that number
        return last_activation(inner)
    while hasattr(layer, "layer"):
        layer = layer.layer
    kind = type(layer).__name__
    if kind in ("Softmax", "ReLU"):
        return layer, kind.lower()
    if kind in ("Dense", "Activation", "Conv2D", "Conv1D"):
        return layer, getattr(activation_called(layer), "__name__", None)
    return layer, None


def check_exchanged_activations(model):
    """A warning for each layer whose activation was exchanged behind its call."""
    for layer in model.layers:
        called = activation_called(layer)
        if called is not getattr(layer, "activation", None):
            warn_once(
                model,
                f"activation of {layer.name}",
                f"layer.activation of {layer.name!r} was exchanged, but the model has "
                "the one that the layer was called with. For a model with the new one: "
                "clone = clone_model(model), clone.set_weights(model.get_weights()).",
            )


def check_outputs(model):
    """Losses and metrics against the last layers' activations."""
    for output in model.compiled.trained_outputs():
        layer, activation = last_activation(output.tensor)
        units = output.tensor.shape[-1] if output.tensor.shape else None
        _check_softmax(layer, activation, units)
        function = getattr(output.loss, "fn", output.loss)
        kwargs = getattr(output.loss, "_fn_kwargs", None) or {}
        if function not in CROSSENTROPIES or kwargs.get("from_logits"):
            continue
        name = function.__name__
        if name == "categorical_crossentropy" and units == 1:
            raise ValueError(
                f"Output {output.name!r} has one unit; categorical_crossentropy wants "
                "one for each class, and is always 0 here. Use binary_crossentropy "
                "for two classes, Dense(n, 'softmax') for n."
            )
        if activation in UNBOUNDED:
            wanted = CROSSENTROPIES[function][0]
            warn_once(
                model,
                ("no softmax", output.name),
                f"The last layer {layer.name!r} has activation {activation!r}, so it "
                f"does not give probabilities, and {name!r} needs them. Add "
                f"activation={wanted!r}, or use a loss object with from_logits=True.",
            )
        if name == "binary_crossentropy" and activation == "softmax":
            warn_once(
                model,
                ("binary for classes", output.name),
                f"Softmax over {units} units with binary_crossentropy: for one class "
                f"out of {units} it is usually categorical_crossentropy. With this "
                "loss 'accuracy' counts units, not samples, and looks too good.",
            )


def _check_softmax(layer, activation, units):
    if activation == "softmax" and units == 1:
        raise ValueError(
            f"Layer {layer.name!r}: softmax over one unit is always 1, so nothing can "
            "be learned. Use activation='sigmoid' for two classes, Dense(n, 'softmax') "
            "for n classes, None for numbers."
        )


def suggest_compile(model):
    """The shortest compile line that suits the last layer."""
    if not model.outputs:
        return "model.compile(optimizer, loss)"
    _, activation = last_activation(model.outputs[0])
    usual = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    return f"model.compile('adam', {usual.get(activation, 'mse')!r})"


# ---- targets -------------------------------------------------------------------------


def check_targets(model, y):
    """Targets against losses: errors that say more than 'wrong shape'."""
    outputs = model.compiled.fed_outputs()
    if isinstance(y, dict):
        arrays = [y.get(output.name) for output in outputs]
    else:
        arrays = list(y) if isinstance(y, (list, tuple)) else [y]
        if len(outputs) == 1 and isinstance(y, (list, tuple)) and len(y) != 1:
            arrays = [np.asarray(y)] if not hasattr(y[0], "shape") else arrays
    if len(arrays) == len(outputs):
        for output, array in zip(outputs, arrays, strict=True):
            values = getattr(array, "values", array)  # pandas
            if isinstance(values, np.ndarray):
                _check_target(output, values)


def _check_target(output, y):
    shape = output.tensor.shape
    if y.dtype.kind not in "biufO":
        return  # not numbers: `standardize` says so
    function = getattr(output.loss, "fn", output.loss)
    units, column = shape[-1], y.ndim == 1 or y.shape[-1] == 1
    if function is losses.categorical_crossentropy and column and (units or 0) > 1:
        if y.ndim in (len(shape) - 1, len(shape)):
            raise ValueError(
                f"Error when checking target: y holds class numbers (shape {y.shape}, "
                f"values {_range(y)}) but loss='categorical_crossentropy' wants one "
                f"column per class (shape {(len(y), *shape[1:])}). Use "
                "loss='sparse_categorical_crossentropy', or "
                f"y = to_categorical(y, {units})."
            )
    if output.is_sparse() and y.ndim == len(shape) and y.shape[-1] > 1:
        raise ValueError(
            f"Error when checking target: y looks one-hot (shape {y.shape}), but "
            "loss='sparse_categorical_crossentropy' wants class numbers. Use "
            "loss='categorical_crossentropy', or y = y.argmax(-1)."
        )
    if len(shape) > 2 and y.shape == (len(y), *shape[1:-1]):
        if output.is_sparse() or (units == 1 and output.expected_target_shape()):
            raise ValueError(
                f"Error when checking target: y has shape {y.shape}, but "
                f"output {output.name!r} of shape {shape} wants one axis more: "
                "y = y[..., None]."
            )
    if output.expected_target_shape() and len(shape) > 2 and y.ndim <= 2:
        if not (output.is_sparse() and y.ndim == len(shape) - 1):
            raise ValueError(
                f"Error when checking target: the model's output {output.name!r} has "
                f"shape {shape} but y has shape {y.shape}. Dense acts on the last axis "
                "only: put Flatten() or GlobalAveragePooling2D() before the last "
                "layers, or give recurrent layers return_sequences=False."
            )


def _range(y):
    return f"{y.min()}..{y.max()}" if y.size else "none"


# ---- data ----------------------------------------------------------------------------


def check_data(model, x, y, weights, validation_split=0.0):
    """One look over the data at the start of `fit`."""
    for name, array in zip(model.input_names, x):  # noqa: B905  tensors are not fed
        _check_finite(array, f"x ({name})", error=True)
    check_tokens(model, x)
    for output, array in zip(model.compiled.fed_outputs(), y):  # noqa: B905
        text = _check_finite(array, f"y ({output.name})", error=False)
        if text:
            warn_once(model, "nan in y", text)
        _check_labels(output, array)
        _check_probabilities(model, output, array)
        _check_accuracy(model, output, array)
    _check_scale(model, x)


def check_tokens(model, x):
    """Numbers that no row of an Embedding right behind an input has."""
    for tensor, array in zip(model.inputs, x):  # noqa: B905  tensors are not fed
        for node in tensor._keras_history[0]._outbound_nodes:
            if hasattr(node.outbound_layer, "check_range"):
                node.outbound_layer.check_range(array)
                _check_whole(model, node.outbound_layer, array)


def _check_whole(model, layer, array):
    if array.dtype.kind != "f":
        return
    broken = array[array != np.floor(array)]
    if broken.size:
        warn_once(
            model,
            ("not whole", layer.name),
            f"Layer {layer.name!r} looks up whole numbers, and its input holds "
            f"{broken[0]:g}, of which it takes the part before the point. Number the "
            "words (Tokenizer), or leave the Embedding out if these are measurements.",
        )


def check_shuffle(model, x, shuffle):
    """Stateful layers go on from batch to batch; shuffled samples do not."""
    size = model.inputs[0].shape[0] if x else None
    if model.stateful and shuffle and size and len(x[0]) > size:
        layer = next(each for each in model.layers if each.stateful)
        warn_once(
            model,
            "shuffled states",
            f"Layer {layer.name!r} is stateful: each sample of a batch goes on where "
            "that of the batch before ended, but fit shuffles the samples. Give fit "
            "shuffle=False.",
        )


def _check_finite(array, what, error):
    """The number and place of NaN and infinity: an error, or the text of a warning."""
    if array.dtype.kind != "f" or np.isfinite(array.sum()):
        return None
    bad = ~np.isfinite(array)
    count = int(bad.sum())
    if not count:
        return None
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    where = f"column {place[1]}" if len(place) == 2 else f"place {place}"
    text = (
        f"{what} has {count} NaN or infinite value{'s' * (count > 1)}, the first at "
        f"row {place[0]}, {where}. Replace them (np.nan_to_num) or drop those rows: a "
        "network that reads one gives NaN for ever."
    )
    if error:
        raise ValueError(text)
    return text


def _check_labels(output, y):
    """Class numbers must have a unit each."""
    if not output.is_sparse() or not y.size:
        return
    units = output.tensor.shape[-1]
    broken = ~(np.floor(y) == y)  # NaN, too
    if broken.any():
        raise ValueError(
            f"Label {y[broken][0]:g} found at row {int(np.argwhere(broken)[0][0])}: "
            "with a sparse loss labels are whole numbers, the numbers of the classes."
        )
    low, high = y.min(), y.max()
    if units is None or (low >= 0 and high < units):
        return
    row = int(np.argmax((y < 0) | (y >= units)) // max(1, y[0].size))
    label = y.reshape(-1)[int(np.argmax((y < 0) | (y >= units)))]
    fix = "Use"
    if low != 0 and high - low < units:
        fix = f"{'Subtract' if low > 0 else 'Add'} {abs(low):g}, or use"
    needed = int(high - min(low, 0)) + 1
    raise ValueError(
        f"Label {label:g} found at row {row}, but the last layer has {units} units, so "
        f"labels must be 0..{units - 1}. {fix} Dense({needed})."
    )


def _check_probabilities(model, output, y):
    """Targets of binary_crossentropy lie between 0 and 1."""
    function = getattr(output.loss, "fn", output.loss)
    if function is not losses.binary_crossentropy or not y.size:
        return
    low, high = y.min(), y.max()
    if low >= 0 and high <= 1:
        return
    fix = f"y / {high:g}, if they are numbers from 0 to {high:g}"
    if np.array_equal(y, np.round(y)):
        fix = "y > 0 makes labels of -1 and 1 fit; more than two classes want Dense(n, "
        fix += "'softmax') and sparse_categorical_crossentropy"
    warn_once(
        model,
        ("not binary", output.name),
        f"binary_crossentropy wants targets from 0 to 1; y ({output.name}) holds "
        f"{_range(y)}. {fix}.",
    )


def _check_accuracy(model, output, y):
    """Accuracy of numbers that are no classes means nothing."""
    named = [
        name
        for name, *_ in output.metrics
        if name.split("_")[-1] in ("accuracy", "acc")
    ]
    if named and y.size and not np.array_equal(y[:1000], np.round(y[:1000])):
        warn_once(
            model,
            "accuracy for regression",
            f"Metric {named[0]!r} counts targets that are met exactly, but the targets "
            "are real numbers: it means nothing here. Use metrics=['mae'].",
        )


def _check_scale(model, x):
    """Pixels from 0 to 255 want scaling."""
    for name, array in zip(model.input_names, x):  # noqa: B905
        batch = array[:32]
        if not batch.size or batch.min() < 0 or not 100 < batch.max() <= 255:
            continue
        first = next((layer for layer in model.layers if layer.weights), None)
        if type(first).__name__ not in ("Dense", "Conv2D", "Conv1D"):
            continue
        if np.array_equal(batch, np.round(batch)):
            warn_once(
                model,
                "scale",
                f"Input {name!r} holds whole numbers from 0 to {batch.max():g}; "
                "networks want about 0..1: x = x.astype('float32') / 255.",
            )


def check_split(trained, held, model):
    """Both parts of the data should hold all classes."""
    for seen, unseen in zip(trained[1], held[1], strict=True):
        classes = _classes(seen), _classes(unseen)
        if None in classes:
            continue
        missing = sorted(classes[1] - classes[0])
        if missing:
            problem = f"classes that the training part lacks ({missing[:5]})"
        elif len(classes[1]) == 1 < len(classes[0]) and len(unseen) >= 10:
            problem = f"only class {classes[1].pop():g}"
        else:
            continue
        warn_once(
            model,
            "sorted labels",
            f"The validation part holds {problem}: y seems sorted. validation_split "
            "takes the last part of the data before shuffling; shuffle x and y "
            "together first.",
        )


def _classes(y):
    """The set of classes in targets; None if they are no classes."""
    if y.ndim == 2 and y.shape[1] > 1:
        if not np.array_equal(y.sum(axis=1), np.ones(len(y))):
            return None
        return set(np.unique(y.argmax(axis=1)).tolist())
    if not np.array_equal(y, np.round(y)):
        return None
    found = np.unique(y)
    return set(found.tolist()) if len(found) <= 100 else None


# ---- training ------------------------------------------------------------------------


def check_loss(model, loss, epoch=None, batch=None):
    """Say once when, where and perhaps why the loss stopped being a number."""
    if math.isfinite(loss):
        return
    place = f" in epoch {epoch + 1}, batch {batch}" if epoch is not None else ""
    broken = [w.name for w in model._collected if not np.isfinite(w.grad.sum())]
    first = f" First non-finite gradient: {broken[0]!r}." if broken else ""
    warn_once(
        model,
        "nan loss",
        f"The loss became {loss}{place}.{first} Usual causes: a learning rate that is "
        "too large (try a tenth), inputs that are not scaled (x / 255), or a logarithm "
        "or division by zero in a loss of your own; clipnorm=1.0 in the optimizer "
        "helps.",
    )
