"""Dilated convolutions under their first name, "with holes" (à trous)."""

import warnings

from minikeras.layers.convolutional.conv1d import Conv1D
from minikeras.layers.convolutional.conv2d import Conv2D


def AtrousConvolution1D(*args, **kwargs):
    """`Conv1D` whose `dilation_rate` is called `atrous_rate`."""
    return _dilated(Conv1D, "AtrousConvolution1D", args, kwargs)


def AtrousConvolution2D(*args, **kwargs):
    """`Conv2D` whose `dilation_rate` is called `atrous_rate`."""
    return _dilated(Conv2D, "AtrousConvolution2D", args, kwargs)


def _dilated(cls, name, args, kwargs):
    warnings.warn(
        f"The `{name}` layer has been deprecated. Use instead the `{cls.__name__}` "
        "layer with the `dilation_rate` argument.",
        stacklevel=3,
    )
    if "atrous_rate" in kwargs:
        kwargs["dilation_rate"] = kwargs.pop("atrous_rate")
    return cls(*args, **kwargs)
