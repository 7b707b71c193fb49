"""Helpers that work on layers and their tensors."""

import numpy as np

from minikeras.utils.checks import model_like

# Layers whose kernels Theano and TensorFlow store turned by 180 degrees to each other.
_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose")


def get_source_inputs(tensor, layer=None, node_index=None):
    """The input tensors that a tensor was computed from.

    Arguments
        tensor: tensor that a layer gave.
        layer, node_index: the layer and the number of its call that gave the tensor, if
            the tensor does not know them.
    """
    found, seen = {}, set()
    waiting = [_node(tensor, layer, node_index)]
    while waiting:
        node = waiting.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        if not node.inbound_layers:
            found.update(dict.fromkeys(node.output_tensors))
        else:
            waiting += [_node(each) for each in node.input_tensors]
    return list(found) or [tensor]


def _node(tensor, layer=None, node_index=None):
    if layer is None and not hasattr(tensor, "_keras_history"):
        return None
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    return layer._inbound_nodes[node_index or 0] if layer._inbound_nodes else None


def convert_kernel(kernel):
    """A convolution's kernel turned by 180 degrees, from Theano's order or to it."""
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(
            f"a convolution's kernel has 3 to 5 axes; this one has shape {kernel.shape}"
        )
    return np.copy(np.flip(kernel, axis=tuple(range(kernel.ndim - 2))))


def convert_all_kernels_in_model(model):
    """Turn the kernels of all convolutions, for weights trained with Theano's Keras."""
    for layer in model_like(model).layers:
        if type(layer).__name__ in _CONVOLUTIONS:
            layer.kernel.assign(convert_kernel(layer.kernel.value))


def convert_dense_weights_data_format(
    dense, previous_feature_map_shape, target_data_format="channels_first"
):
    """Reorder a Dense layer's rows that follow a Flatten, for the other data format.

    Arguments
        dense: the Dense layer after the Flatten.
        previous_feature_map_shape: shape of one sample before the Flatten, in the
            target format, such as (512, 7, 7).
        target_data_format: format that the model now has.
    """
    if target_data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "target_data_format must be 'channels_first' or 'channels_last', got "
            f"{target_data_format!r}"
        )
    kernel, *others = dense.get_weights()
    shape = tuple(previous_feature_map_shape)
    if target_data_format == "channels_first":
        old, axes = (*shape[1:], shape[0]), (2, 0, 1, 3)
    else:
        old, axes = (shape[-1], *shape[:-1]), (1, 2, 0, 3)
    rows = kernel.reshape(*old, -1).transpose(axes)
    dense.set_weights([rows.reshape(kernel.shape), *others])


def count_params(weights):
    """How many numbers weights hold together, each weight counted once."""
    return int(sum(np.prod(weight.shape, dtype=np.int64) for weight in set(weights)))


def print_summary(model, line_length=None, positions=None, print_fn=None):
    """Print a table of a model's layers; the same as `model.summary`."""
    model_like(model).summary(line_length, positions, print_fn)
