"""Scalar products of samples."""

from minikeras.backend.linear import batch_dot
from minikeras.backend.nn import l2_normalize
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import axis_of


class Dot(Layer):
    """Scalar products of two inputs, sample by sample.

    Forward
        y = sum of x1 x2         over axis i of x1 and axis j of x2

    Backward
        dx1, dx2                 dy times the other input, over the axes of the other

    Shapes
        x1   (n, ...)
        x2   (n, ...)            size of axis j = size of axis i of x1
        y    (n, other axes of x1, other axes of x2); (n, 1) if there are none

    Arguments
        axes: i and j, or one number for both.
        normalize: whether to divide by the lengths, which gives the angle's cosine.

    Example
        >>> Dot(axes=1)([np.ones((2, 3)), np.ones((2, 3))])
        array([[3.],
               [3.]])
    """

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        whole = isinstance(axes, int)
        if not whole and (
            not isinstance(axes, (list, tuple))
            or len(axes) != 2
            or not all(isinstance(axis, int) for axis in axes)
        ):
            raise TypeError(
                "Invalid type for `axes` - should be a list of two integers, or one "
                f"integer. Got {axes!r}."
            )
        self.axes = axes if whole else list(axes)
        self.normalize = normalize
        self.supports_masking = True

    def build(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = input_shape
        i, j = self._positive_axes(first, second)
        if first[i] != second[j] and None not in (first[i], second[j]):
            raise ValueError(
                f"Dimension incompatibility {first[i]} != {second[j]}. Layer shapes: "
                f"{first}, {second}, axes {self.axes}."
            )
        self.built = True

    def _positive_axes(self, first, second):
        i, j = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        return axis_of(i, len(first), "axes"), axis_of(j, len(second), "axes")

    def compute_output_shape(self, input_shape):
        first, second = input_shape
        i, j = self._positive_axes(first, second)
        left = (*first[:i], *first[i + 1 :])
        right = (*second[1:j], *second[j + 1 :])
        return (*left, *right) if len(left) + len(right) > 1 else (*left, 1)

    def compute_mask(self, inputs, mask=None):
        return None

    def forward(self, x):
        axes = self._positive_axes(x[0].shape, x[1].shape)
        if not self.normalize:
            return batch_dot.forward(x[0], x[1], axes)
        units, unit_backwards = zip(
            *(l2_normalize.forward(*pair) for pair in zip(x, axes, strict=True)),
            strict=True,
        )
        y, dot_backward = batch_dot.forward(*units, axes)

        def backward(dy):
            both = zip(unit_backwards, dot_backward(dy), strict=True)
            return [unit_backward(du) for unit_backward, du in both]

        return y, backward


def dot(inputs, axes, normalize=False, **kwargs):
    """The output of a `Dot` layer for a list of two tensors."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
