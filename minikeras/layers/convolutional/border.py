"""What zero padding and cropping share: two numbers for each spatial axis."""

import numpy as np

from minikeras.backend import volumes
from minikeras.engine.base_layer import InputSpec
from minikeras.layers.convolutional.base import SpatialLayer, as_pairs


class Border(SpatialLayer):
    """Adds (sign 1) or takes away (sign -1) rows around the spatial axes."""

    sign = 1

    def __init__(self, border, argument, **kwargs):
        super().__init__(**kwargs)
        if self.rank == 1 and not isinstance(border, (int, np.integer)):
            border = (border,)
        self._pairs = as_pairs(border, self.rank, argument)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def as_given(self):
        """The border as in configurations: a pair, or a pair for each axis."""
        return self._pairs[0] if self.rank == 1 else self._pairs

    def all_pairs(self):
        """(before, behind) for all axes, samples and channels included."""
        return volumes.shape_of((0, 0), self._pairs, (0, 0), self.data_format)

    def compute_output_shape(self, input_shape):
        shape = tuple(
            None if size is None else size + self.sign * sum(pair)
            for size, pair in zip(input_shape, self.all_pairs(), strict=True)
        )
        if any(size is not None and size <= 0 for size in shape[1:]):
            raise volumes.TooSmall(
                f"{type(self).__name__} {self.as_given()} leaves nothing of an input "
                f"of shape {tuple(input_shape)}."
            )
        return shape


def inside(shape, pairs):
    """Index of what lies between `before` and `behind` on each axis of a shape."""
    return tuple(
        slice(before, size - behind)
        for size, (before, behind) in zip(shape, pairs, strict=True)
    )
