"""What layers of several inputs have in common."""

import numpy as np

from minikeras import backend as K
from minikeras.backend.broadcast import broadcast_shape, sum_to
from minikeras.engine.base_layer import Layer


class Merge(Layer):
    """Base of layers that combine inputs element by element.

    A subclass defines `combine(xs)`, which gets arrays that broadcast together, and
    returns y and a function from dy to the list of the inputs' gradients, each in the
    shape of y.

    Inputs of fewer axes get axes of size 1 behind the samples; sizes of 1 are repeated.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        check_list(self, input_shape)
        sizes = {shape[0] for shape in input_shape} - {None}
        if len(sizes) > 1:
            raise ValueError(
                "Can not merge tensors with different batch sizes. Got tensors with "
                f"shapes : {input_shape}"
            )
        self.compute_output_shape(input_shape)
        self.built = True

    def compute_output_shape(self, input_shape):
        try:
            return broadcast_shape(*_aligned(input_shape))
        except ValueError:
            shapes = " ".join(map(str, input_shape))
            raise ValueError(
                f"Operands could not be broadcast together with shapes {shapes} in "
                f"{type(self).__name__} layer {self.name!r}."
            ) from None

    def compute_mask(self, inputs, mask=None):
        """Where all masks hold; inputs without a mask do not count."""
        masks = [m for m in check_masks(inputs, mask) if m is not None]
        ndim = max(map(K.ndim, masks), default=0)
        result = None
        for each in masks:
            for _ in range(ndim - K.ndim(each)):
                each = K.expand_dims(each, 1)
            result = each if result is None else K.logical_and(result, each)
        return result

    def forward(self, x):
        shapes = [each.shape for each in x]
        aligned = [
            each.reshape(shape) for each, shape in zip(x, _aligned(shapes), strict=True)
        ]
        y, backward_combined = self.combine(aligned)

        def backward(dy):
            dxs = zip(backward_combined(dy), aligned, shapes, strict=True)
            return [sum_to(dx, a.shape).reshape(shape) for dx, a, shape in dxs]

        return y, backward

    def combine(self, xs):
        """(y, function from dy to the list of gradients in the shape of y)."""
        raise NotImplementedError(f"{type(self).__name__} must define `combine`.")


class _Merge(Merge):
    """Base of merge layers in scripts, which define `_merge_function(inputs)`."""

    def call(self, inputs):
        return self._merge_function(inputs)

    def _merge_function(self, inputs):
        """The output, computed with K ops from the list of inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define _merge_function.")


def _aligned(shapes):
    """Shapes with axes of size 1 behind the samples, so that all have as many axes."""
    ndim = max(len(shape) for shape in shapes)
    return [(*s[:1], *(1,) * (ndim - len(s)), *s[1:]) for s in shapes]


def check_list(layer, input_shape):
    """Raise ValueError unless there are at least two inputs."""
    if not isinstance(input_shape, list):
        raise ValueError(
            f"A merge layer should be called on a list of inputs: "
            f"{type(layer).__name__}()([x1, x2]). Got one input of shape {input_shape}."
        )
    if len(input_shape) < 2:
        raise ValueError(
            "A merge layer should be called on a list of at least 2 inputs. Got "
            f"{len(input_shape)} inputs."
        )


def check_masks(inputs, mask):
    """The list of masks, one for each input; all None for None."""
    if mask is None:
        return [None] * len(inputs)
    if not isinstance(mask, (list, tuple)):
        raise ValueError(f"`mask` should be a list, one for each input. Got {mask!r}.")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. Got "
            f"{len(inputs)} inputs and {len(mask)} masks."
        )
    return mask


def to_the_first(is_chosen, xs, y):
    """Backward of a choice: dy goes to the first input that y was taken from.

    Arguments
        is_chosen: whether an element of x is the chosen one, given x and y.
        xs: the inputs, which broadcast together.
        y: the result.
    """

    def backward(dy):
        free = np.ones(y.shape, bool)
        dxs = []
        for x in xs:
            taken = free & is_chosen(x, y)
            free = free & ~taken
            dxs.append(dy * taken)
        return dxs

    return backward
