"""Sizes of windows and of what convolutions give, for layers of one's own."""

from minikeras.backend.volumes import several
from minikeras.layers.convolutional.base import normalize_padding as _normalized
from minikeras.utils.layer_utils import convert_kernel

__all__ = [
    "conv_input_length", "conv_output_length", "convert_kernel", "deconv_length",
    "normalize_padding", "normalize_tuple",
]  # fmt: skip


def normalize_tuple(value, n, name):
    """`value` as a tuple of `n` whole numbers; one number stands for all.

    Arguments
        name: of the argument, for messages.
    """
    return several(value, n, name)


def normalize_padding(value):
    """'valid', 'same' or 'causal' in lower case; an error for anything else."""
    return _normalized(value, causal=True)


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """How many places a window of `filter_size` has along an axis.

    Arguments
        input_length: size of the axis, or None.
        padding: 'same', 'valid', 'causal' or 'full'.
        stride, dilation: steps between places, and between the window's taps.
    """
    if input_length is None:
        return None
    span = (filter_size - 1) * dilation
    grown = {"same": 0, "causal": 0, "valid": -span, "full": span}[padding]
    return (input_length + grown + stride - 1) // stride


def conv_input_length(output_length, filter_size, padding, stride):
    """The size of an axis along which a window has `output_length` places."""
    if output_length is None:
        return None
    margin = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * margin + filter_size


def deconv_length(
    dim_size, stride_size, kernel_size, padding, output_padding, dilation=1
):
    """The size that a transposed convolution makes of an axis.

    Arguments
        dim_size: size of the axis, or None.
        stride_size, kernel_size, padding, dilation: of the transposed convolution.
        output_padding: places to add at the end; None for the usual size.
    """
    if dim_size is None:
        return None
    span = (kernel_size - 1) * dilation + 1
    if output_padding is None:
        more = {"same": 0, "valid": max(span - stride_size, 0)}
        more["full"] = 2 - stride_size - span
        return dim_size * stride_size + more[padding]
    margin = {"same": span // 2, "valid": 0, "full": span - 1}[padding]
    return (dim_size - 1) * stride_size + span - 2 * margin + output_padding
