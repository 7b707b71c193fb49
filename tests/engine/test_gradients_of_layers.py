"""K.gradients through every family of layers: the same as `backward`, run by run."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    GRU,
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Conv2D,
    ConvLSTM2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Lambda,
    Layer,
    LeakyReLU,
    LocallyConnected1D,
    MaxPooling2D,
    PReLU,
    Reshape,
    SeparableConv2D,
    SimpleRNN,
    TimeDistributed,
)
from minikeras.models import Sequential

NETWORKS = {
    "dense": lambda: [Dense(3, activation="relu", input_shape=(4,)), Dense(2)],
    "convolution": lambda: [
        Conv2D(3, 3, input_shape=(6, 6, 2), activation="relu"),
        BatchNormalization(),
        MaxPooling2D(),
        Conv2D(2, 2, padding="same"),
        GlobalAveragePooling2D(),
    ],
    "separable": lambda: [
        SeparableConv2D(3, 3, input_shape=(6, 6, 2)),
        DepthwiseConv2D(2),
        Flatten(),
        Dense(1),
    ],
    "recurrent": lambda: [
        LSTM(3, return_sequences=True, input_shape=(5, 4)),
        GRU(3, return_sequences=True),
        Bidirectional(SimpleRNN(2)),
    ],
    "embedding": lambda: [Embedding(7, 3, input_length=5), Conv1D(2, 2), Flatten()],
    "local": lambda: [
        TimeDistributed(Dense(3), input_shape=(5, 4)),
        LocallyConnected1D(2, 2),
        PReLU(),
    ],
    "film": lambda: [ConvLSTM2D(2, 2, input_shape=(3, 4, 4, 1)), Flatten()],
    "ops": lambda: [Lambda(lambda x: K.softmax(x) * x, input_shape=(4,)), Dense(2)],
}


@pytest.fixture(params=NETWORKS)
def network(request):
    """A model and data for it."""
    np.random.seed(0)
    model = Sequential(NETWORKS[request.param]())
    if request.param == "embedding":
        return model, np.random.randint(0, 7, (6, 5))
    return model, np.random.standard_normal((6, *model.input_shape[1:])).astype("f4")


def test_gradients_are_those_of_backward(network):
    model, x = network
    weights = model.trainable_weights
    grads = K.gradients(K.sum(K.square(model.output)), weights)
    got = K.function([model.input], grads)([x])
    y, backward = model.forward(x)
    backward(2 * y)
    for weight, gradient in zip(weights, got, strict=True):
        np.testing.assert_allclose(gradient, weight.grad, rtol=1e-3, atol=1e-5)


def test_two_gradients_in_one_function(network):
    model, x = network
    weights = model.trainable_weights
    first = K.gradients(K.sum(K.square(model.output)), weights)
    second = K.gradients(K.sum(model.output), weights)
    both = K.function([model.input], first + second)
    apart = [K.function([model.input], grads)([x]) for grads in (first, second)]
    for _ in range(2):
        for got, want in zip(both([x]), apart[0] + apart[1], strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


class Counted(Layer):
    """Counts its runs."""

    runs = 0

    def forward(self, x):
        Counted.runs += 1
        return x * 2, lambda dy: dy * 2


def test_layers_run_forward_once_for_a_loss_and_its_gradient():
    model = Sequential([Counted(input_shape=(4,)), Dense(2)])
    loss = K.sum(model.output)
    f = K.function([model.input], [loss, *K.gradients(loss, model.input)])
    Counted.runs = 0
    f([np.ones((3, 4))])
    assert Counted.runs == 1


def test_a_gradient_sees_the_mask_that_dropout_has_drawn():
    model = Sequential([Dropout(0.5, input_shape=(50,))])
    first = K.gradients(K.sum(model.output), model.input)
    second = K.gradients(K.sum(3 * model.output), model.input)
    inputs = [model.input, K.learning_phase()]
    f = K.function(inputs, [model.output, *first, *second])
    y, once, thrice = f([np.ones((4, 50)), 1])
    assert 0 < (y == 0).mean() < 1
    np.testing.assert_array_equal(y, once)
    np.testing.assert_allclose(3 * y, thrice)


@pytest.mark.parametrize("side", [6, 40])
@pytest.mark.parametrize("activation", ["relu", "leaky", "called"])
def test_kinks_add_nothing_to_the_gradient_of_a_gradient_penalty(activation, side):
    # Straight pieces: the slope for x depends on kernels alone, and on the second one
    # in proportion. The larger side has so many numbers that relu takes its other way.
    rng = np.random.RandomState(0)
    convolution = Conv2D(8, 3, activation="relu" if activation == "relu" else None)
    kinks = {"leaky": [LeakyReLU(0.2)], "called": [Activation(K.relu)]}
    critic = Sequential([convolution, *kinks.get(activation, [])], name="features")
    layers = [critic, Flatten(), Dense(1)]
    model = Sequential([Reshape((side, side, 1), input_shape=(side * side,)), *layers])
    x = rng.randn(8, side * side).astype("float32")
    [slope] = K.gradients(model.output, [model.input])
    norm = K.sum(K.square(slope))
    weights = model.trainable_weights
    inputs, wanted = [model.input], [norm, *K.gradients(norm, weights)]
    value, dW, db, dU, dc = K.function(inputs, wanted)([x])
    scale = np.abs(dW).max()
    np.testing.assert_allclose(db / scale, 0, atol=1e-4)
    np.testing.assert_allclose(dc / scale, 0, atol=1e-4)
    for weight, gradient in ((weights[0], dW), (weights[2], dU)):
        along = np.vdot(weight.value, gradient)  # norm is a square of each kernel
        assert along == pytest.approx(2 * value, rel=1e-3)


@pytest.mark.parametrize("make", [SimpleRNN, GRU, LSTM, lambda u: Lambda(rnn_of_ops)])
def test_a_gradient_penalty_reaches_through_recurrent_layers(make):
    model = Sequential([make(3), Dense(1)])
    model.build((None, 5, 3))
    [slope] = K.gradients(model.output, [model.input])
    norm = K.sum(K.square(slope))
    run = K.function([model.input], [norm, *K.gradients(norm, [model.input])])
    rng = np.random.RandomState(0)
    x, way = rng.randn(2, 4, 5, 3)
    _, gradient = run([x])
    e = 0.03
    change = (run([x + e * way])[0] - run([x - e * way])[0]) / (2 * e)
    assert np.vdot(gradient, way) == pytest.approx(change, rel=0.02)


def rnn_of_ops(x):
    def step(now, states):
        h = K.tanh(now + K.sigmoid(states[0]))
        return h, [h]

    return K.rnn(step, x, [K.zeros_like(x[:, 0])])[0]
