"""What is particular to Dense."""

import numpy as np

from minikeras import backend as K
from minikeras.layers import Dense


def test_it_is_a_product_a_bias_and_an_activation():
    layer = Dense(2, activation="relu")
    layer.build((None, 3))
    W, b = np.random.RandomState(0).randn(3, 2), np.array([0.5, -0.5])
    layer.set_weights([W, b])
    x = np.random.RandomState(1).randn(4, 5, 3).astype("float32")
    np.testing.assert_allclose(layer(x), np.maximum(x @ W + b, 0), rtol=1e-5, atol=1e-6)


def test_an_activation_along_another_axis_sees_the_whole_output():
    layer = Dense(3, activation=lambda x: K.softmax(x, axis=1))
    layer.build((None, 4, 5))
    y, backward = layer.forward(
        np.random.RandomState(0).rand(2, 4, 5).astype("float32")
    )
    np.testing.assert_allclose(y.sum(axis=1), np.ones((2, 3)), rtol=1e-5)
    assert backward(np.ones_like(y)).shape == (2, 4, 5)


def test_the_first_layer_is_spared_the_gradient_of_its_input():
    layer = Dense(2)
    layer.build((None, 3))
    y, backward = layer.forward(np.ones((4, 3), "float32"))
    assert backward(np.ones_like(y), False) is None
    np.testing.assert_array_equal(layer.kernel.grad, np.full((3, 2), 4))
    np.testing.assert_array_equal(layer.bias.grad, [4, 4])
