"""Add, Subtract, Multiply, Average, Maximum, Minimum: values, gradients, complaints."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import layers
from minikeras.layers import Input, Masking
from minikeras.models import Model

A, B, C = np.random.RandomState(0).uniform(-1, 1, (3, 4, 5))
NAMES = ["add", "multiply", "average", "maximum", "minimum"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Add", A + B + C),
        ("Multiply", A * B * C),
        ("Average", (A + B + C) / 3),
        ("Maximum", np.maximum(np.maximum(A, B), C)),
        ("Minimum", np.minimum(np.minimum(A, B), C)),
    ],
)
def test_three_inputs(name, expected):
    np.testing.assert_allclose(getattr(layers, name)()([A, B, C]), expected)


def test_subtract_takes_two():
    np.testing.assert_array_equal(layers.Subtract()([A, B]), A - B)
    with pytest.raises(ValueError, match="exactly 2 inputs"):
        layers.Subtract()([Input((3,))] * 3)


@pytest.mark.parametrize("cls", [layers.Maximum, layers.Minimum])
def test_where_inputs_are_equal_the_gradient_goes_to_the_first(cls):
    x = np.ones((2, 3))
    _, backward = cls().forward([x, x, x])
    first, second, third = backward(np.full((2, 3), 5.0))
    assert np.all(first == 5) and not np.any(second) and not np.any(third)


@pytest.mark.parametrize("name", [*NAMES, "subtract"])
def test_the_function_calls_the_layer(name):
    y = getattr(layers, name)([Input((3,)), Input((3,))], name=f"my_{name}")
    assert y.shape == (None, 3)
    assert y._keras_history[0].name == f"my_{name}"


@pytest.mark.parametrize("name", [n.capitalize() for n in NAMES])
def test_wrong_inputs_are_refused(name):
    layer = getattr(layers, name)
    with pytest.raises(ValueError, match="on a list of inputs"):
        layer()(Input((3,)))
    with pytest.raises(ValueError, match="at least 2 inputs. Got 1"):
        layer()([Input((3,))])
    with pytest.raises(ValueError, match="could not be broadcast"):
        layer()([Input((3,)), Input((4,))])
    with pytest.raises(ValueError, match="different batch sizes"):
        layer()([Input(batch_shape=(2, 3)), Input(batch_shape=(5, 3))])


def test_inputs_of_fewer_axes_and_of_size_one_are_spread():
    x, row = np.random.rand(2, 3, 4), np.random.rand(2, 4)
    np.testing.assert_allclose(layers.Add()([x, row]), x + row[:, None])
    _, backward = layers.Multiply().forward([x, row])
    np.testing.assert_allclose(backward(np.ones_like(x))[1], x.sum(axis=1))


def test_the_mask_holds_where_all_masks_hold():
    a, b = np.array([[1, 1, 0]], bool), np.array([[0, 1, 1]], bool)
    x = [np.zeros((1, 3, 2))] * 2
    np.testing.assert_array_equal(layers.Add().compute_mask(x, [a, b]), [[0, 1, 0]])
    np.testing.assert_array_equal(layers.Add().compute_mask(x, [None, b]), b)
    assert layers.Add().compute_mask(x, [None, None]) is None
    with pytest.raises(ValueError, match="same length"):
        layers.Add().compute_mask(x, [a])


def test_masks_travel_through_a_model():
    x = Input((3, 2))
    y = layers.add([Masking()(x), x])
    assert y._keras_mask is not None


def test_a_merge_layer_of_ones_own_defines_merge_function():
    class WeightedAverage(layers.merge._Merge):
        def _merge_function(self, inputs):
            share = K.constant(np.linspace(0, 1, 4)[:, None])
            return share * inputs[0] + (1 - share) * inputs[1]

    a, b = Input((5,)), Input((5,))
    model = Model([a, b], WeightedAverage()([a, b]))
    assert model.output_shape[1:] == (5,)
    y = model.predict([np.ones((4, 5)), np.zeros((4, 5))])
    np.testing.assert_allclose(y[:, 0], [0, 1 / 3, 2 / 3, 1], rtol=1e-6)
