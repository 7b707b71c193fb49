"""`layer.activation = ...` behind a call counts for what is made later, as in Keras."""

import numpy as np
import pytest

from minikeras import activations, layers, losses
from minikeras import backend as K
from minikeras.models import Model, Sequential, clone_model

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not give probabilities"),
    pytest.mark.filterwarnings("ignore:layer.activation of"),
]
RNG = np.random.RandomState(0)
X = RNG.rand(12, 4).astype("float32")
Y = np.eye(3, dtype="float32")[RNG.randint(0, 3, 12)]
NAMES = ("softmax", "sigmoid", "relu", "linear")
exchanges = pytest.mark.parametrize(
    "first, second", [(a, b) for a in NAMES for b in NAMES if a != b]
)


def model(activation):
    made = Sequential(
        [
            layers.Dense(5, activation="tanh", input_dim=4),
            layers.Dense(3, activation=activation, bias_initializer="ones"),
        ]
    )
    made.compile("sgd", "categorical_crossentropy")
    return made


def loss_of_predictions(made):
    return losses.categorical_crossentropy(Y, made.predict(X)).mean()


@exchanges
@pytest.mark.parametrize("when", ["before compile", "before use", "after use"])
def test_training_and_predictions_keep_the_activation_of_the_call(first, second, when):
    made = model(first)
    expected = made.predict(X) if when == "after use" else None
    weights = made.get_weights()
    made.layers[-1].activation = activations.get(second)
    if when == "before compile":
        made.compile("sgd", "categorical_crossentropy")
    if expected is None:
        untouched = model(first)
        untouched.set_weights(weights)
        expected = untouched.predict(X)
    np.testing.assert_array_equal(made.predict(X), expected)
    before = loss_of_predictions(made)
    np.testing.assert_allclose(made.evaluate(X, Y, verbose=0), before, rtol=1e-5)
    np.testing.assert_allclose(made.train_on_batch(X, Y), before, rtol=1e-5)
    after = loss_of_predictions(made)
    np.testing.assert_allclose(made.evaluate(X, Y, verbose=0), after, rtol=1e-5)


@exchanges
def test_a_clone_has_the_new_activation(first, second):
    made = model(first)
    made.layers[-1].activation = activations.get(second)
    clone = clone_model(made)
    clone.set_weights(made.get_weights())
    clone.compile("sgd", "categorical_crossentropy")
    expected = model(second)
    expected.set_weights(made.get_weights())
    np.testing.assert_array_equal(clone.predict(X), expected.predict(X))
    np.testing.assert_allclose(
        clone.train_on_batch(X, Y), expected.train_on_batch(X, Y), rtol=1e-6
    )


def test_a_hidden_layer_keeps_the_activation_of_its_call():
    made = model("softmax")
    expected = made.predict(X)
    made.layers[0].activation = activations.relu
    np.testing.assert_array_equal(made.predict(X), expected)


def test_a_second_call_has_the_new_activation():
    layer = layers.Dense(3, activation="softmax")
    x = layers.Input((4,))
    first = layer(x)
    layer.activation = activations.linear
    both = Model(x, [first, layer(x)])
    probabilities, logits = both.predict(X)
    np.testing.assert_allclose(K.softmax(logits), probabilities, rtol=1e-5)
    assert not np.allclose(logits, probabilities)


def test_a_layer_on_arrays_has_the_activation_of_now():
    made = model("relu")
    layer = made.layers[0]
    before = layer(X)
    layer.activation = activations.linear
    np.testing.assert_allclose(np.tanh(layer(X)), before, rtol=1e-5)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Activation("tanh"),
        layers.Conv2D(2, 2, activation="tanh"),
        layers.Conv2DTranspose(2, 2, activation="tanh"),
        layers.DepthwiseConv2D(2, activation="tanh"),
        layers.SeparableConv2D(2, 2, activation="tanh"),
        layers.LocallyConnected2D(2, 2, activation="tanh"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_of_other_kinds_keep_theirs_too(layer):
    made = Sequential([layers.InputLayer((3, 3, 2)), layer])
    x = RNG.rand(2, 3, 3, 2)
    expected = made.predict(x)
    layer.activation = activations.relu
    np.testing.assert_array_equal(made.predict(x), expected)


def test_compile_tells_that_the_model_keeps_the_old_activation(recwarn):
    made = model("softmax")
    made.layers[-1].activation = activations.linear
    with pytest.warns(UserWarning, match="was exchanged.*clone_model") as told:
        made.compile("sgd", "categorical_crossentropy")
    assert len(told) == 1  # nothing of probabilities, which the model still gives


def test_nothing_is_told_where_no_activation_was_exchanged(recwarn):
    made = model("softmax")
    made.layers[-1].activation = activations.softmax
    made.compile("sgd", "categorical_crossentropy")
    assert not recwarn
