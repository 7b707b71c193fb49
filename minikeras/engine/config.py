"""What a layer's constructor was given, read back from its attributes."""

import difflib
import inspect

import numpy as np

from minikeras import activations
from minikeras.constraints import Constraint
from minikeras.initializers import Initializer
from minikeras.regularizers import Regularizer

# Keras 1's names of arguments, and Keras 2's: the first one that a layer has.
RENAMED = {
    "output_dim": "units",
    "init": ("kernel_initializer", "embeddings_initializer", "alpha_initializer"),
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "b_regularizer": "bias_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "p": "rate",
    "border_mode": "padding",
    "subsample": "strides",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "stride": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "length": "size",
    "dim_ordering": "data_format",
    "consume_less": "implementation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "sigma": "stddev",
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
    "forget_bias_init": "unit_forget_bias",
    "input": "inputs",
    "output": "outputs",
}

# Arguments of Keras 1 that are left out, if they have one of these values.
DROPPED = {
    ("BatchNormalization", "mode"): (0,),
    ("Conv2DTranspose", "output_shape"): None,  # any: it follows from the rest
}


def constructor_arguments(cls):
    """Names of a constructor's own arguments, base classes' included, ** left out."""
    names = {}
    for base in cls.__mro__:
        if "__init__" in vars(base):
            parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
            names.update((p.name, p) for p in parameters if p.kind in (1, 3))
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    return list(names)


def arguments_of(layer):
    """The constructor's arguments by name, as plain data, where the layer kept them."""
    found = {}
    for name in constructor_arguments(type(layer)):
        if name in vars(layer):
            try:
                found[name] = as_plain(vars(layer)[name])
            except (TypeError, ValueError):
                continue  # the class has a `get_config` of its own for these
    return found


def as_plain(value):
    """A value as numbers, strings, lists and dicts, from which it can be made again."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(as_plain(member) for member in value)
    if isinstance(value, dict):
        return {key: as_plain(member) for key, member in value.items()}
    if isinstance(value, (Initializer, Regularizer, Constraint)):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if callable(value):
        return activations.serialize(value)
    raise TypeError(f"{value!r} cannot be written into a configuration.")


def explain_unknown_argument(cls, name, others=()):
    """Message for an argument that a layer does not have.

    `others` are arguments that it takes besides those of its constructor.
    """
    text = f"Keyword argument not understood: {name!r} ({cls.__name__})."
    known = constructor_arguments(cls)
    close = difflib.get_close_matches(name, [*known, *others], n=1)
    if close:
        return f"{text} Did you mean {close[0]!r}?"
    return f"{text} It takes {', '.join(known)}."
