"""Any function of K ops as a layer."""

import functools

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.op import apply, tensors_in
from minikeras.backend.tensor import NotAnArrayError
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import shorten
from minikeras.utils.generic_utils import deserialize_keras_object, has_arg


class Lambda(Layer):
    """Apply a function of K ops, or, where no gradient is needed, of NumPy.

    Forward
        y = function(x)

    Backward
        from the K ops' own gradients

    Shapes
        what the function makes of them

    Arguments
        function: takes the input tensor (or list of tensors), and `mask` if it has an
            argument of that name.
        output_shape: shape without the axis of samples, or a function of the input
            shape; found by trial when left out.
        mask: mask of the output, or a function of (inputs, mask); None for no mask.
        arguments: dict of further keyword arguments of the function.

    A function is saved by its name; give it in `custom_objects` when loading. A lambda
    has no name to be found by, so write functions for models that will be saved.

    Example
        >>> model.add(Lambda(lambda x: K.square(x)))
    """

    def __init__(
        self, function, output_shape=None, mask=None, arguments=None, **kwargs
    ):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(
                f"Lambda takes a function, such as Lambda(lambda x: x ** 2). Got "
                f"{shorten(function)}."
            )
        if arguments is not None and not isinstance(arguments, dict):
            raise TypeError(
                "`arguments` must be a dict of keyword arguments of the function. Got "
                f"{shorten(arguments)}."
            )
        if isinstance(output_shape, (str, int)):
            raise TypeError(
                "In Lambda, `output_shape` must be a list, a tuple, or a function. Got "
                f"{output_shape!r}."
            )
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape

    def compute_output_shape(self, input_shape):
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return tuple(self._output_shape(input_shape))
        first = input_shape[0] if isinstance(input_shape, list) else input_shape
        return (first[0], *self._output_shape)

    def call(self, inputs, mask=None):
        arguments = self.arguments
        if has_arg(self.function, "mask"):
            arguments = {**arguments, "mask": mask}
        try:
            return self.function(inputs, **arguments)
        except NotAnArrayError:
            forward = functools.partial(self._on_arrays, arguments)
            return apply(forward, (inputs,), {}, tensors_in([inputs]), name=self.name)

    def _on_arrays(self, arguments, x):
        """Run a function that needs arrays, because it is written with NumPy."""
        y = np.asarray(self.function(x, **arguments))
        y = y.astype(floatx(), copy=False) if y.dtype.kind == "f" else y

        def backward(dy):
            raise TypeError(
                f"The function of layer {self.name!r} is written with NumPy, so it has "
                "no gradient, and nothing below the layer can be trained. Write it "
                "with functions of minikeras.backend (K.mean for np.mean)."
            )

        return y, backward

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        return {
            **super().get_config(),
            "function": _by_name(self.function),
            "mask": _by_name(self.mask),
            "output_shape": _by_name(self._output_shape),
            "arguments": self.arguments,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make a layer from what `get_config` gave; functions are found by name."""
        config = dict(config)
        for name in ("function", "mask", "output_shape"):
            config[name] = _from_name(config.get(name), custom_objects)
        return cls(**config)


class FunctionName(str):
    """The name of a function, which remembers the function within this process."""


def _by_name(value):
    if not callable(value):
        return value
    name = FunctionName(getattr(value, "__name__", type(value).__name__))
    name.function = value
    return name


def _from_name(value, custom_objects):
    if isinstance(value, FunctionName):
        return value.function
    if isinstance(value, str):
        return deserialize_keras_object(
            value,
            custom_objects=custom_objects,
            printable_module_name="function of a Lambda layer",
        )
    return value
