"""check_gradients accepts right gradients and finds wrong ones."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.op import op
from minikeras.utils import check_gradients


@op
def cube(x):
    def backward(dy):
        return 3 * x**2 * dy

    return x**3, backward


@op
def cube_without_three(x):
    def backward(dy):
        return x**2 * dy

    return x**3, backward


@op
def cube_that_writes_into_x(x):
    x *= x * x
    return x, lambda dy: dy


@op
def cube_that_writes_into_dy(x):
    def backward(dy):
        dy *= 3 * x**2
        return dy

    return x**3, backward


@op
def cube_with_short_gradient(x):
    def backward(dy):
        return (3 * x**2 * dy)[:1]

    return x**3, backward


class Scale:
    """The smallest thing with a weight."""

    def __init__(self, factor):
        self.scale = K.variable(np.full(3, 2.0))
        self.weights = [self.scale]
        self.factor = factor

    def forward(self, x):
        s = self.scale.value

        def backward(dy):
            self.scale.add_grad(self.factor * (x * dy).sum(axis=0))
            return s * dy

        return s * x, backward


X = np.random.RandomState(0).standard_normal((4, 3)).astype("float32")


def test_a_right_gradient_passes_and_the_difference_is_returned():
    assert check_gradients(cube, X) < 1e-6


def test_functions_of_k_ops_are_checked_through_the_tape():
    check_gradients(lambda x: K.sum(K.softmax(x) * x, axis=-1), X)
    check_gradients(lambda x, y: K.dot(x, K.transpose(y)), [X, X + 1])


def test_a_missing_factor_is_found_and_named():
    with pytest.raises(AssertionError, match="A factor of 3 is missing"):
        check_gradients(cube_without_three, X)


@pytest.mark.parametrize("wrong", [cube_that_writes_into_x, cube_that_writes_into_dy])
def test_writing_into_x_or_dy_is_found(wrong):
    with pytest.raises(ValueError, match="read-only"):
        check_gradients(wrong, X)


def test_a_gradient_of_another_shape_is_found():
    with pytest.raises(AssertionError, match=r"shape \(1, 3\).*\(4, 3\)"):
        check_gradients(cube_with_short_gradient, X)


def test_weights_are_checked():
    check_gradients(Scale(1), X)
    with pytest.raises(AssertionError, match="weight 'variable"):
        check_gradients(Scale(2), X)


def test_nothing_is_left_changed():
    layer = Scale(1)
    buffer = layer.scale.value
    check_gradients(layer, X)
    assert layer.scale.value is buffer
    assert buffer.dtype == np.float32
    assert not layer.scale.has_grad
    assert K.floatx() == "float32"


def test_random_functions_draw_the_same_numbers_each_time():
    check_gradients(lambda x: K.dropout(x, 0.5), X)
