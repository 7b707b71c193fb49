"""Cross-entropies of softmax and sigmoid are computed from the logits."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import layers, losses
from minikeras.models import Model, Sequential
from minikeras.utils import check_gradients, set_random_seed

RNG = np.random.RandomState(0)
Z = RNG.randn(4, 3)
T = RNG.rand(4, 3)
NUMBERS = np.array([0, 2, 1, 2])
CASES = {
    "categorical": (losses.categorical_crossentropy, K.softmax, T),
    "sparse": (losses.sparse_categorical_crossentropy, K.softmax, NUMBERS),
    "binary": (losses.binary_crossentropy, K.sigmoid, T),
    "K.categorical": (K.categorical_crossentropy, K.softmax, T),
    "K.sparse": (K.sparse_categorical_crossentropy, K.softmax, NUMBERS),
    "K.binary": (K.binary_crossentropy, K.sigmoid, T),
}
every_case = pytest.mark.parametrize("loss, activation, t", CASES.values(), ids=CASES)


def in_graph(loss, activation, t, dtype="float64"):
    """Loss and gradient with respect to z of loss(t, activation(z)), on an array."""
    z = K.placeholder(Z.shape, dtype=dtype)
    value = K.sum(loss(K.constant(t, dtype=dtype), activation(z)))
    return K.function([z], [value, *K.gradients(value, [z])])


@every_case
def test_gradients_are_those_of_the_logits(loss, activation, t):
    value_and_slope = in_graph(loss, activation, t)
    direction = RNG.randn(*Z.shape)
    h = 1e-5
    up, down = (value_and_slope([Z + s * h * direction])[0] for s in (1, -1))
    slope = (value_and_slope([Z])[1] * direction).sum()
    np.testing.assert_allclose((up - down) / (2 * h), slope, rtol=1e-7)


@every_case
def test_logits_and_probabilities_agree_where_both_are_exact(loss, activation, t):
    value, _ = in_graph(loss, activation, t)([Z])
    from_probabilities = loss(t, activation(Z)).sum()
    np.testing.assert_allclose(value, from_probabilities, rtol=2e-6)


@every_case
def test_a_wrong_and_certain_prediction_still_has_a_gradient(loss, activation, t):
    certain = np.tile(np.float32([200, -200, 0]), (4, 1))
    value, slope = in_graph(loss, activation, t, "float32")([certain])
    assert value > 50
    assert (np.abs(slope).sum(axis=1) > 0.01).sum() >= 3


def test_an_exact_gradient_in_three_dimensions():
    logits = RNG.randn(2, 3, 4)
    targets = np.eye(4)[RNG.randint(0, 4, (2, 3))]
    check_gradients(
        lambda z: losses.categorical_crossentropy(targets, z, from_logits=True), logits
    )


def test_softmax_along_another_axis_keeps_its_probabilities():
    z = K.placeholder((2, 3, 3))
    t = np.tile(np.eye(3, dtype="float32"), (2, 1, 1))
    run = {}
    for axis in (1, 2):
        value = losses.categorical_crossentropy(K.constant(t), K.softmax(z, axis))
        run[axis] = K.function([z], [value])
    certain = np.zeros((2, 3, 3), "float32")
    certain[:, 0] = 100
    assert run[1]([certain])[0].max() < 17
    k_loss = K.categorical_crossentropy(K.constant(t), K.softmax(z, axis=1), axis=1)
    assert K.function([z], [k_loss])([certain])[0].max() == 100


def test_a_tensor_with_other_uses_is_computed_once():
    x = layers.Input((3,))
    p = layers.Dense(3, activation="softmax", name="p")(x)
    model = Model(x, [p, layers.Dense(1, name="q")(p)])
    model.compile("sgd", ["categorical_crossentropy", "mse"], metrics=["accuracy"])
    data = np.float32(100 * Z)
    targets = [np.eye(3, dtype="float32")[NUMBERS], np.zeros((4, 1), "float32")]
    total, first, second, *_ = model.evaluate(data, targets, verbose=0)
    assert first > 17 and total == pytest.approx(first + second)
    steps = model.compiled.step((False, False)).graph.steps
    assert [step.call.name for step in steps].count("p") == 2


@every_case
def test_given_probabilities_change_nothing(loss, activation, t):
    alone = loss.forward(t, Z, from_logits=True)
    given = loss.forward(t, Z, from_logits=True, probabilities=activation(Z))
    np.testing.assert_allclose(given[0], alone[0], rtol=1e-14)
    dy = RNG.rand(*alone[0].shape)
    np.testing.assert_allclose(given[1](dy)[1], alone[1](dy)[1], rtol=1e-14)


@every_case
def test_the_loss_has_a_gradient_for_logits_and_none_for_probabilities(
    loss, activation, t
):
    z = K.placeholder(Z.shape)
    p = activation(z)
    for_p, for_z = K.gradients(K.sum(loss(K.constant(t), p)), [p, z])
    assert for_p is None and for_z is not None


def test_class_numbers_and_one_hot_rows_give_the_same_loss_and_gradient():
    z = np.float32(50 * RNG.randn(2, 5, 7))
    numbers = RNG.randint(7, size=(2, 5, 1))
    rows = np.eye(7, dtype="float32")[numbers[..., 0]]
    dense = losses.categorical_crossentropy.forward(rows, z, from_logits=True)
    sparse = losses.sparse_categorical_crossentropy.forward(
        numbers, z, from_logits=True
    )
    np.testing.assert_array_equal(sparse[0], dense[0])
    dy = np.ones((2, 5), "float32")
    np.testing.assert_array_equal(sparse[1](dy)[1], dense[1](dy)[1])


def test_predictions_and_weights_are_not_touched():
    model = Sequential([layers.Dense(3, activation="softmax", input_dim=3)])
    x = np.float32(Z)
    by_layer = model.layers[0](x)
    np.testing.assert_allclose(model.predict(x), by_layer, rtol=1e-6)
    np.testing.assert_allclose(by_layer.sum(axis=1), 1, rtol=1e-6)
    assert model.output._keras_history[0] is model.layers[0]


def test_a_layer_of_a_users_own_keeps_its_forward():
    class Halved(layers.Dense):
        def forward(self, x):
            y, backward = super().forward(x)
            return 0.5 * y, lambda dy: backward(0.5 * dy)

    model = Sequential([Halved(3, activation="softmax", input_dim=3)])
    np.testing.assert_allclose(model.predict(np.float32(Z)).sum(axis=1), 0.5, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*whole numbers from 0 to 255")
def test_a_script_that_forgot_to_scale_its_images_learns():
    set_random_seed(0)
    labels = RNG.randint(0, 10, 600)
    patterns = RNG.randint(0, 256, (10, 64))
    x = np.clip(patterns[labels] + RNG.randint(-20, 21, (600, 64)), 0, 255)
    model = Sequential([layers.Dense(10, activation="softmax", input_dim=64)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, labels, epochs=5, verbose=0)
    _, accuracy = model.evaluate(x, labels, verbose=0)
    assert accuracy > 0.95
