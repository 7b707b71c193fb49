"""Sum of inputs."""

from minikeras.layers.merge.base import Merge


class Add(Merge):
    """Add inputs.

    Forward
        y = x1 + x2 + ...

    Backward
        dxi = dy

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Add()([np.ones((2, 3)), np.ones((2, 3))]).shape
        (2, 3)
    """

    def combine(self, xs):
        y = xs[0] + xs[1]
        for x in xs[2:]:
            y = y + x
        return y, lambda dy: [dy] * len(xs)


def add(inputs, **kwargs):
    """The output of an `Add` layer for a list of tensors."""
    return Add(**kwargs)(inputs)
