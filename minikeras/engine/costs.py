"""What a layer costs: multiply-adds of a forward pass, and memory, for one sample."""

import math

import numpy as np


def multiply_adds(layer):
    """Multiply-adds of a layer's or model's kernels on one sample; None if not known.

    Each number of a kernel is used once at every place (pixel, time step) that the
    kernel comes to. What is done number by number (activations, normalization,
    pooling) is not counted.
    """
    if getattr(layer, "layers", None):
        return total(map(multiply_adds, layer.layers))
    inner = getattr(layer, "layer", None)
    if getattr(inner, "layers", None):  # TimeDistributed(model)
        return _times(layer.input_shape[1], multiply_adds(inner))
    kernels = [w for w in layer.weights if "kernel" in w.name.split("/")[-1]]
    if not kernels:
        return 0
    try:
        places = _places(layer)
    except (AttributeError, RuntimeError):
        return None
    if None in places:
        return None
    return math.prod(places) * sum(w.value.size for w in kernels)


def _places(layer):
    """Sizes of the axes along which a layer uses its kernels again and again."""
    given, made = _first(layer.input_shape), _first(layer.output_shape)
    kind, inner = type(layer).__name__, getattr(layer, "forward_layer", layer)
    if "LocallyConnected" in kind:  # a kernel for every place
        return ()
    if hasattr(inner, "return_sequences"):
        made = made[1:] if inner.return_sequences else made
        return given[1], *_spatial(inner, made)
    return _spatial(inner, given if "Transpose" in kind else made)


def _spatial(layer, shape):
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return shape[2:] if first else shape[1:-1]


def _first(shapes):
    return shapes[0] if isinstance(shapes, list) else shapes


def output_memory(layer):
    """Bytes of a layer's outputs for one sample; None if not known."""
    try:
        shapes = layer.output_shape
    except (AttributeError, RuntimeError):
        return None
    shapes = shapes if isinstance(shapes, list) else [shapes]
    if any(None in shape[1:] for shape in shapes):
        return None
    item = np.dtype(layer.dtype or "float32").itemsize
    return sum(item * math.prod(shape[1:]) for shape in shapes)


def total(costs):
    """The sum; None if one of them is not known."""
    costs = list(costs)
    return None if None in costs else sum(costs)


def _times(count, cost):
    return None if None in (count, cost) else count * cost
