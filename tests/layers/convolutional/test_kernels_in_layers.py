"""Layers compute the same with compiled kernels and with their specifications."""

import threading

import numpy as np
import pytest
from layers.spatial_cases import rows_by_name

from minikeras import backend as K
from minikeras import layers, models
from minikeras.kernels import use_specs

ROWS = rows_by_name()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_and_specifications_agree(name, dtype):
    make, shape, _ = ROWS[name]
    layer = make(dtype=dtype)
    layer.build((None, *shape))
    x = np.random.RandomState(0).randn(3, *shape).astype(dtype)
    results = []
    for specs in (False, True):
        with use_specs(specs):
            y, backward = layer.forward(x)
            for weight in layer.weights:
                weight.zero_grad()
            dx = backward(np.ones_like(y))
            results.append([y, dx, *(w.grad.copy() for w in layer.trainable_weights)])
    tolerance = {"float32": 1e-4, "float64": 1e-10}[dtype]
    for fast, spec in zip(*results, strict=True):
        np.testing.assert_allclose(fast, spec, rtol=tolerance, atol=tolerance)
        assert fast.dtype == dtype


@pytest.mark.parametrize(
    "name", ["Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"]
)
def test_a_relu_inside_the_kernel_equals_one_behind_it(name):
    make = getattr(layers, name)
    arguments = (3,) if name == "DepthwiseConv2D" else (4, 3)
    x = np.random.RandomState(0).randn(3, 7, 8, 5).astype("float32")
    fused = make(*arguments, activation="relu")
    plain = make(*arguments)
    for layer in (fused, plain):
        layer.build(x.shape)
    plain.bias.value[...] = np.random.RandomState(1).randn(*plain.bias.shape)
    fused.set_weights(plain.get_weights())

    y, fused_backward = fused.forward(x)
    z, plain_backward = plain.forward(x)
    np.testing.assert_allclose(y, np.maximum(z, 0), rtol=1e-6)
    dx, dx_plain = fused_backward(np.ones_like(y)), plain_backward((z > 0).astype("f"))
    np.testing.assert_allclose(dx, dx_plain, rtol=1e-5, atol=1e-6)
    for a, b in zip(fused.trainable_weights, plain.trainable_weights, strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    "name", ["Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"]
)
def test_a_function_of_the_user_s_own_called_relu_is_not_taken_for_ours(name):
    def relu(x):
        return K.relu(x, max_value=0.1)

    arguments = (3,) if name == "DepthwiseConv2D" else (4, 3)
    x = np.random.RandomState(0).randn(3, 7, 8, 5).astype("float32")
    y = getattr(layers, name)(*arguments, activation=relu)(x)
    assert np.max(y) == np.float32(0.1)


def test_two_threads_predict_with_one_model():
    np.random.seed(0)
    model = models.Sequential(
        [
            layers.Conv2D(32, 3, activation="relu", input_shape=(24, 24, 16)),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5),
        ]
    )
    x = np.random.rand(2, 64, 24, 24, 16).astype("float32")
    expected = [model.predict(part) for part in x]
    wrong = []

    def predict(i):
        for _ in range(10):
            if not np.allclose(model.predict(x[i]), expected[i], atol=1e-5):
                wrong.append(i)

    threads = [threading.Thread(target=predict, args=(i,)) for i in (0, 1)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert not wrong
