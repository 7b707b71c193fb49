"""Models: made of layers, copied, and made again from configurations."""

from minikeras.engine.input_layer import Input, InputLayer
from minikeras.engine.node import as_list, unpack
from minikeras.engine.sequential import Sequential
from minikeras.engine.training import Model

__all__ = [  # noqa: F822  some are looked up by `__getattr__`
    "Input", "InputLayer", "Model", "Sequential", "clone_model", "load_model",
    "model_from_config", "model_from_json", "model_from_yaml", "save_model",
]  # fmt: skip


def __getattr__(name):
    """Saving and loading are imported when they are used."""
    if name not in ("load_model", "save_model"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from minikeras.saving import models

    return getattr(models, name)


def model_from_config(config, custom_objects=None):
    """Make a model from a dict with 'class_name' and 'config', with fresh weights."""
    from minikeras.saving.build import build

    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to "
            "use `Sequential.from_config(config)`?"
        )
    return build(config, custom_objects, fresh=True)


def model_from_json(json_string, custom_objects=None):
    """Make a model from the text that `model.to_json()` gave, with fresh weights."""
    from minikeras.saving.build import model_from_text

    return model_from_text(json_string, custom_objects)


def model_from_yaml(yaml_string, custom_objects=None):
    """Not available: see the message."""
    raise yaml_refused("model_from_yaml", "model_from_json")


def yaml_refused(name, instead):
    """The error of the YAML functions."""
    return NotImplementedError(
        f"{name} is not available: YAML can run code when it is read (CVE-2021-37678), "
        f"so Keras dropped it, too. Use {instead}, which holds the same."
    )


def clone_model(model, input_tensors=None):
    """A copy of a model with layers of its own and fresh weights.

    Arguments
        model: the model to copy.
        input_tensors: tensors to use as inputs instead of new placeholders.
    """
    if not isinstance(model, Model):
        raise ValueError(
            f"Expected `model` argument to be a `Model` instance, got {model!r}"
        )
    copy = type(model).from_config(model.get_config())
    if input_tensors is None:
        return copy
    inputs = [
        t if hasattr(t, "_keras_history") else Input(tensor=t)
        for t in as_list(input_tensors)
    ]
    outputs = copy.call(unpack(inputs))
    if isinstance(copy, Sequential):
        clone = Sequential(name=copy.name)
        clone._chain = [inputs[0]._keras_history[0], *copy.layers]
        clone._start(clone._chain[0])
        for layer in copy.layers:
            layer._inbound_nodes = []
            clone.outputs = as_list(layer(clone.outputs[0]))
        clone._rejoin()
        return clone
    return _joined(type(model), copy, inputs, outputs)


def _joined(cls, copy, inputs, outputs):
    """A model from `inputs` through the layers of `copy`."""
    replaced = dict(zip(copy.inputs, inputs, strict=True))
    for node in copy._nodes:
        if isinstance(node.outbound_layer, InputLayer):
            continue
        given = unpack([replaced[t] for t in node.input_tensors])
        made = node.outbound_layer(given, **node.arguments)
        replaced.update(zip(node.output_tensors, as_list(made), strict=True))
    return cls(unpack(inputs), unpack([replaced[t] for t in copy.outputs]), copy.name)
