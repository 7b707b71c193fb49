"""Batch statistics, moving statistics, and frozen layers."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    BatchNormalization,
    Dense,
    Input,
    LayerNormalization,
    TimeDistributed,
)
from minikeras.models import Model, Sequential


def built(shape, **options):
    layer = BatchNormalization(**options)
    layer.build((None, *shape[1:]))
    return layer


def data(*shape, mean=5, std=3):
    x = np.random.RandomState(0).randn(*shape) * std + mean
    return x.astype("float32")


@pytest.mark.parametrize(
    "shape, axis", [((50, 3), -1), ((9, 5, 6, 3), -1), ((9, 3, 8), 1)]
)
def test_batches_get_zero_mean_and_unit_variance(shape, axis):
    x = data(*shape)
    y, _ = built(shape, axis=axis, epsilon=1e-6).forward(x, training=True)
    others = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    np.testing.assert_allclose(y.mean(others), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(others), 1, atol=1e-4)


def test_a_large_mean_costs_no_digits():
    x = data(1000, 2, mean=1e4, std=1)
    y, _ = built(x.shape, epsilon=1e-6).forward(x, training=True)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-3)


def test_moving_statistics_approach_those_of_the_data():
    x = data(4000, 2)
    layer = built(x.shape, momentum=0.5)
    for _ in range(30):
        layer.forward(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.value, x.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.value, x.var(axis=0), rtol=1e-3)
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-2)


def test_prediction_and_frozen_layers_leave_statistics_alone():
    layer = built((8, 2))
    before = layer.get_weights()
    layer.forward(data(8, 2))
    layer.trainable = False
    layer.forward(data(8, 2), training=True)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_statistics_are_weights_that_do_not_train():
    layer = built((8, 2))
    names = [w.name.split("/")[-1] for w in layer.non_trainable_weights]
    assert names == ["moving_mean:0", "moving_variance:0"]
    assert len(layer.trainable_weights) == 2


def test_training_and_prediction_in_a_model():
    np.random.seed(0)
    x, y = data(256, 4), np.random.rand(256, 1)
    model = Sequential([Dense(8, input_shape=(4,)), BatchNormalization(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=3, verbose=0)
    norm = model.layers[1]
    assert norm.moving_mean.value.any()
    first = model.predict(x[:4])
    np.testing.assert_allclose(model.predict(x[:1]), first[:1], rtol=1e-4, atol=1e-5)


def test_axis_of_unknown_size_is_refused():
    with pytest.raises(ValueError, match="should have a defined dimension"):
        BatchNormalization(axis=1).build((None, None, 3))
    with pytest.raises(ValueError, match="needs axes of known size"):
        LayerNormalization(axis=0).build((None, 3))


def test_layer_normalization_treats_each_sample_alone():
    layer = LayerNormalization(epsilon=1e-6)
    x = data(5, 7, 64)
    layer.build(x.shape)
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=-1), 1, atol=1e-3)
    np.testing.assert_allclose(layer.forward(x[:1])[0], y[:1], atol=1e-6)


def moving_mean(model):
    return model.layers[1].moving_mean.value


def normalizing():
    return Sequential([Dense(3, input_dim=3), BatchNormalization()])


def test_statistics_inside_a_frozen_model_stay_as_they_are():
    x, inner = data(8, 3), normalizing()
    inner.compile("sgd", "mse")
    inner.trainable = False
    outer = Sequential([inner, Dense(3)])
    outer.compile("sgd", "mse")
    outer.train_on_batch(x, x)
    assert not moving_mean(inner).any()
    inner.trainable = True
    outer.compile("sgd", "mse")
    outer.train_on_batch(x, x)
    assert moving_mean(inner).all()


def test_a_wrapper_freezes_the_statistics_inside_it():
    x, inner = data(8, 2, 3), normalizing()
    each_step = TimeDistributed(inner, input_shape=(2, 3))
    each_step.trainable = False
    outer = Sequential([each_step, Dense(3)])
    outer.compile("sgd", "mse")
    outer.train_on_batch(x, x)
    assert not moving_mean(inner).any()


def test_a_layer_used_twice_moves_its_statistics_towards_both_batches():
    layer, a, b = BatchNormalization(momentum=0.5), Input((1,)), Input((1,))
    model = Model([a, b], [layer(a), layer(b)])
    model.compile("sgd", "mse")
    x = [np.array([[3.0], [5.0]]), np.array([[2.0], [6.0]])]
    model.train_on_batch(x, x)  # 0 -> (0 + 4) / 2 -> (2 + 4) / 2
    np.testing.assert_allclose(layer.moving_mean.value, [3], rtol=1e-6)


def test_a_function_moves_the_statistics_only_if_updates_are_asked_for():
    layer, x = BatchNormalization(momentum=0.5), Input((1,))
    model = Model(x, layer(x))
    batch = [np.array([[3.0], [5.0]]), 1]
    inputs = [x, K.learning_phase()]
    for nothing in (None, []):
        K.function(inputs, [model.output], updates=nothing)(batch)
        np.testing.assert_array_equal(layer.moving_mean.value, [0])
    K.function(inputs, [model.output], updates=model.updates)(batch)
    np.testing.assert_allclose(layer.moving_mean.value, [2])
