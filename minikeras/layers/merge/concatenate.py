"""Inputs side by side."""

import numpy as np

from minikeras import backend as K
from minikeras.engine.base_layer import Layer
from minikeras.layers.merge.base import check_list, check_masks
from minikeras.utils.checks import axis_of, whole


class Concatenate(Layer):
    """Put inputs side by side along an axis.

    Forward
        y = [x1, x2, ...]            along the axis

    Backward
        dx1, dx2, ... = the parts of dy

    Shapes
        xi   alike except along the axis
        y    along the axis the sum of the inputs' sizes

    Arguments
        axis: the axis; not that of samples.

    Example
        >>> Concatenate()([np.zeros((2, 3)), np.zeros((2, 4))]).shape
        (2, 7)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = whole(axis, "axis", least=None)
        self.supports_masking = True

    def build(self, input_shape):
        check_list(self, input_shape)
        axis_of(self.axis, len(input_shape[0]))
        others = [_without(shape, self.axis) for shape in input_shape]
        if any(_differ(others[0], other) for other in others[1:]):
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for "
                f"the concat axis. Got inputs shapes: {input_shape}, axis={self.axis}."
            )
        self.built = True

    def compute_output_shape(self, input_shape):
        axis = self.axis % len(input_shape[0])
        sizes = [shape[axis] for shape in input_shape]
        size = None if None in sizes else sum(sizes)
        first = input_shape[0]
        return (*first[:axis], size, *first[axis + 1 :])

    def compute_mask(self, inputs, mask=None):
        """Masks side by side; an input without a mask counts everywhere."""
        masks = check_masks(inputs, mask)
        if all(m is None for m in masks):
            return None
        wide = [_wide_mask(x, m) for x, m in zip(inputs, masks, strict=True)]
        return K.all(K.concatenate(wide, axis=self.axis), axis=-1)

    def forward(self, x):
        axis = self.axis
        ends = np.cumsum([each.shape[axis] for each in x])

        def backward(dy):
            return np.split(dy, ends[:-1], axis=axis)

        return np.concatenate(x, axis=axis), backward


def _without(shape, axis):
    axis %= len(shape)
    return (*shape[:axis], *shape[axis + 1 :])


def _differ(a, b):
    """Whether two shapes cannot be the same, None being any size."""
    return len(a) != len(b) or any(
        n != m and None not in (n, m) for n, m in zip(a, b, strict=True)
    )


def _wide_mask(x, mask):
    """A mask with as many axes as x."""
    if mask is None:
        return K.cast(K.ones_like(x[..., :1]), "bool")
    return K.expand_dims(mask, -1) if K.ndim(mask) < K.ndim(x) else mask


def concatenate(inputs, axis=-1, **kwargs):
    """The output of a `Concatenate` layer for a list of tensors."""
    return Concatenate(axis=axis, **kwargs)(inputs)
