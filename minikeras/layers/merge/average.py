"""Mean of inputs."""

from minikeras.layers.merge.base import Merge


class Average(Merge):
    """The mean of k inputs.

    Forward
        y = (x1 + x2 + ...) / k

    Backward
        dxi = dy / k

    Shapes
        xi, y   (n, ...)     sizes of 1 are repeated to fit, see Merge

    Example
        >>> Average()([np.zeros((1, 2)), np.ones((1, 2))])
        array([[0.5, 0.5]])
    """

    def combine(self, xs):
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total / len(xs), lambda dy: [dy / len(xs)] * len(xs)


def average(inputs, **kwargs):
    """The output of an `Average` layer for a list of tensors."""
    return Average(**kwargs)(inputs)
