"""Difference of two inputs."""

from minikeras.layers.merge.base import Merge


class Subtract(Merge):
    """Subtract the second input from the first.

    Forward
        y = x1 - x2

    Backward
        dx1 = dy
        dx2 = -dy

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Subtract()([np.ones((2, 3)), np.ones((2, 3))]).shape
        (2, 3)
    """

    def build(self, input_shape):
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. Got "
                f"{len(input_shape)}."
            )

    def combine(self, xs):
        return xs[0] - xs[1], lambda dy: [dy, -dy]


def subtract(inputs, **kwargs):
    """The output of a `Subtract` layer for a list of two tensors."""
    return Subtract(**kwargs)(inputs)
