"""What convolutions have in common with other layers, and with each other."""

import numpy as np
import pytest

from minikeras.layers import (
    AveragePooling2D,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Dense,
    DepthwiseConv2D,
    LocallyConnected2D,
    SeparableConv2D,
)


def built(layer, shape, *weights):
    layer.build((None, *shape[1:]))
    if weights:
        layer.set_weights(weights)
    return layer


@pytest.fixture
def x():
    return np.random.RandomState(1).randn(3, 8, 7, 5).astype("float32")


def random(*shape):
    return np.random.RandomState(2).randn(*shape).astype("float32")


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_pointwise_convolution_is_dense(x):
    conv = built(Conv2D(6, 1, activation="relu"), x.shape)
    W, b = conv.get_weights()
    dense = built(Dense(6, activation="relu"), x.shape, W[0, 0], b)
    y, conv_backward = conv.forward(x)
    y_dense, dense_backward = dense.forward(x)
    close(y, y_dense)
    close(conv_backward(y), dense_backward(y))
    close(conv.kernel.grad[0, 0], dense.kernel.grad)


def test_a_kernel_as_large_as_the_picture_is_dense(x):
    conv = built(Conv2D(6, (8, 7)), x.shape)
    W, b = conv.get_weights()
    close(conv.forward(x)[0][:, 0, 0], x.reshape(3, -1) @ W.reshape(-1, 6) + b)


def test_transposed_convolution_is_the_gradient_of_a_convolution():
    x = random(3, 8, 8, 5)
    conv = built(Conv2D(6, 3, strides=2, padding="same", use_bias=False), x.shape)
    y, backward = conv.forward(x)
    transposed = built(
        Conv2DTranspose(5, 3, strides=2, padding="same", use_bias=False),
        (3, 4, 4, 6),
        *conv.get_weights(),
    )
    close(transposed.forward(y)[0], backward(y))


def test_depthwise_then_pointwise_is_separable(x):
    both = built(SeparableConv2D(6, 3, depth_multiplier=2), x.shape)
    D, P, b = both.get_weights()
    first = built(DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), x.shape, D)
    second = built(Conv2D(6, 1), (3, 6, 5, 10), P, b)
    close(both.forward(x)[0], second.forward(first.forward(x)[0])[0])


def test_average_pooling_is_a_depthwise_convolution_with_constants(x):
    W = np.full((2, 3, 5, 1), 1 / 6, "float32")
    conv = built(DepthwiseConv2D((2, 3), strides=2, use_bias=False), x.shape, W)
    pool = built(AveragePooling2D((2, 3), strides=2), x.shape)
    close(conv.forward(x)[0], pool.forward(x)[0])


def test_locally_connected_with_equal_filters_is_a_convolution(x):
    conv = built(Conv2D(4, 3, use_bias=False), x.shape)
    (W,) = conv.get_weights()
    rows = np.tile(W.reshape(1, -1, 4), (30, 1, 1))
    local = built(LocallyConnected2D(4, 3, use_bias=False), x.shape, rows)
    close(conv.forward(x)[0], local.forward(x)[0])


def test_one_and_three_axes_are_special_cases_of_each_other(x):
    conv = built(Conv2D(4, (1, 3)), x.shape)
    W, b = conv.get_weights()
    rows = built(Conv1D(4, 3), (24, 7, 5), W[0], b)
    close(conv.forward(x)[0].reshape(24, 5, 4), rows.forward(x.reshape(24, 7, 5))[0])
    volume = built(Conv3D(4, (1, 1, 3)), (3, 1, 8, 7, 5), W[None], b)
    close(conv.forward(x)[0], volume.forward(x[:, None])[0][:, 0])


def test_channels_first_is_a_transposition(x):
    last = built(Conv2D(4, 3, padding="same", activation="relu"), x.shape)
    first = Conv2D(
        4, 3, padding="same", activation="relu", data_format="channels_first"
    )
    built(first, (3, 5, 8, 7), *last.get_weights())
    y, last_backward = last.forward(x)
    y_first, first_backward = first.forward(x.transpose(0, 3, 1, 2).copy())
    close(y, y_first.transpose(0, 2, 3, 1))
    close(last_backward(y), first_backward(y_first).transpose(0, 2, 3, 1))


def test_causal_convolution_does_not_look_ahead():
    layer = built(Conv1D(3, 4, padding="causal", dilation_rate=2), (1, 20, 2))
    x, later = random(1, 20, 2), random(1, 20, 2)
    later[:, :12] = x[:, :12]
    np.testing.assert_array_equal(
        layer.forward(x)[0][:, :12], layer.forward(later)[0][:, :12]
    )


def test_a_convolution_worked_by_hand():
    x = np.array([[1, 2, 0], [0, 1, 3], [2, 1, 1]], "float32").reshape(1, 3, 3, 1)
    W = np.array([[1, 0], [-1, 2]], "float32").reshape(2, 2, 1, 1)
    layer = built(Conv2D(1, 2), x.shape, W, np.array([0.5], "float32"))
    y, backward = layer.forward(x)
    assert y[0, :, :, 0].tolist() == [[3.5, 7.5], [0.5, 2.5]]
    dx = backward(np.ones_like(y))
    assert dx[0, :, :, 0].tolist() == [[1, 1, 0], [0, 2, 2], [-1, 1, 2]]
    assert layer.kernel.grad[:, :, 0, 0].tolist() == [[4, 6], [4, 6]]
    assert layer.bias.grad.tolist() == [4]


def test_empty_batches_pass_through(x):
    layer = built(Conv2D(4, 3, activation="relu"), x.shape)
    y, backward = layer.forward(x[:0])
    assert y.shape == (0, 6, 5, 4)
    assert backward(y).shape == (0, 8, 7, 5)
    assert not layer.kernel.grad.any()


def test_no_input_gradient_where_nobody_wants_it(x):
    layer = built(Conv2D(4, 3), x.shape)
    y, backward = layer.forward(x)
    assert backward(y, dx_wanted=False) is None
    assert layer.kernel.grad.any()
