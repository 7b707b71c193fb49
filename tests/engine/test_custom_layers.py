"""Layers that users write with K ops: alone, in models, trained, saved."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    LSTM,
    RNN,
    Add,
    Dense,
    Input,
    Lambda,
    Layer,
    Masking,
    SimpleRNN,
)
from minikeras.models import Model, Sequential
from minikeras.utils import check_gradients

random = np.random.RandomState(0)
X = random.standard_normal((6, 4)).astype("float32")
Y = random.standard_normal((6, 3)).astype("float32")


@pytest.fixture(autouse=True)
def start_afresh():
    np.random.seed(1)
    K.clear_session()


class MyDense(Layer):
    """The layer of Keras's guide."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.output_dim),
            initializer="uniform",
            trainable=True,
        )
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)


class Split(Layer):
    """A list in, a list out; output shapes are found by trial."""

    def build(self, input_shape):
        assert isinstance(input_shape, list)
        self.scale = self.add_weight("scale", input_shape[0][1:], initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        a, b = inputs
        return [a * self.scale + b, K.mean(b, axis=1, keepdims=True)]


def trained_like_dense(custom, plain):
    """Both models from the same weights give the same losses."""
    plain.set_weights(custom.get_weights())
    losses = []
    for model in (custom, plain):
        model.compile("sgd", "mse")
        losses.append([model.train_on_batch(X, Y) for _ in range(5)])
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert losses[0][-1] < losses[0][0]


def test_the_layer_of_the_guide_trains_like_dense():
    custom = Sequential([MyDense(3, input_shape=(4,))])
    trained_like_dense(custom, Sequential([Dense(3, use_bias=False, input_shape=(4,))]))
    assert custom.layers[0].output_shape == (None, 3)
    assert [w.name for w in custom.weights] == ["my_dense_1/kernel:0"]


def test_forward_comes_free_with_its_gradient():
    layer = MyDense(3)
    layer.build((None, 4))
    check_gradients(layer, X)
    y, backward = layer.forward(X)
    np.testing.assert_allclose(y, X @ layer.get_weights()[0], rtol=1e-6)
    np.testing.assert_allclose(backward(Y), Y @ layer.get_weights()[0].T, rtol=1e-5)


def test_lists_of_inputs_and_outputs():
    a, b = Input((4,)), Input((4,))
    first, second = Split()([a, b])
    assert (first.shape, second.shape) == ((None, 4), (None, 1))
    model = Model([a, b], [first, second])
    got = model.predict([X, X + 1])
    np.testing.assert_allclose(got[0], 2 * X + 1, rtol=1e-6)
    np.testing.assert_allclose(got[1], (X + 1).mean(1, keepdims=True), rtol=1e-5)
    layer = Split()
    layer.build([(None, 4), (None, 4)])
    check_gradients(layer, [X, X + 1])


class Block(Layer):
    """Layers inside a layer."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = Dense(units, activation="tanh")
        self.out = [Dense(3)]

    def call(self, x):
        return self.out[0](self.hidden(x))


def test_layers_inside_a_layer():
    block = Block(5)
    model = Sequential([block])
    model.build((None, 4))
    assert [w.shape for w in block.trainable_weights] == [(4, 5), (5,), (5, 3), (3,)]
    plain = Sequential([Dense(5, activation="tanh", input_shape=(4,)), Dense(3)])
    trained_like_dense(model, plain)
    check_gradients(block, X)


def test_inner_layers_can_be_frozen():
    block = Block(5)
    block.hidden.trainable = False
    model = Sequential([block])
    model.build((None, 4))
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.train_on_batch(X, Y)
    moved = {w.shape: (w.value != old).any() for w, old in zip(model.weights, before)}  # noqa: B905
    frozen = block.hidden.get_weights()
    assert (block.hidden.kernel.value == frozen[0]).all()
    assert [w.shape for w in model.trainable_weights] == [(5, 3), (3,)]
    assert moved


class Noisy(Layer):
    """Different while training; asks for it by argument or by learning phase."""

    def call(self, x, training=None):
        return K.in_train_phase(lambda: x * 2, x, training=training)


class NoisyByPhase(Layer):
    def call(self, x):
        return K.in_train_phase(x * 2, x)


@pytest.mark.parametrize("kind", [Noisy, NoisyByPhase])
def test_training_is_known_inside_call(kind):
    model = Sequential([kind(input_shape=(4,))])
    model.compile("sgd", "mse")
    assert model.train_on_batch(X, X) == pytest.approx((X**2).mean(), rel=1e-5)
    assert model.test_on_batch(X, X) == 0
    np.testing.assert_array_equal(model.predict(X), X)
    layer = kind()
    layer.build((None, 4))
    np.testing.assert_array_equal(layer.forward(X, training=True)[0], 2 * X)
    np.testing.assert_array_equal(layer.forward(X)[0], X)
    np.testing.assert_array_equal(layer(X), X)
    assert model.output._uses_learning_phase


class MeanOfSteps(Layer):
    """Uses the mask that comes in, lets none out."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        if mask is None:
            return K.mean(x, axis=1)
        mask = K.expand_dims(K.cast(mask, K.floatx()))
        return K.sum(x * mask, axis=1) / K.sum(mask, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])


def test_masks_reach_call():
    x = random.standard_normal((2, 3, 4)).astype("float32")
    x[0, 2] = 0
    model = Sequential([Masking(input_shape=(3, 4)), MeanOfSteps()])
    want = [x[0, :2].mean(0), x[1].mean(0)]
    np.testing.assert_allclose(model.predict(x), want, rtol=1e-5, atol=1e-6)
    assert getattr(model.output, "_keras_mask", None) is None


def test_a_layer_without_mask_support_refuses_masks():
    class Plain(Layer):
        def call(self, x):
            return x

    with pytest.raises(TypeError, match="does not support masking"):
        Sequential([Masking(input_shape=(3, 4)), Plain()])


class Penalised(Layer):
    """Adds a loss on its input and on its weight, and a metric."""

    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[-1],), initializer="ones")
        self.add_loss(0.5 * K.sum(K.square(self.w)))
        super().build(input_shape)

    def call(self, x):
        self.add_loss(0.1 * K.mean(K.abs(x)), inputs=x)
        self.add_metric(K.max(x), name="largest")
        return x * self.w


def test_add_loss_and_add_metric():
    model = Sequential([Penalised(input_shape=(4,))])
    assert len(model.losses) == 2
    assert len(model.get_losses_for(None)) == 1
    assert len(model.get_losses_for(model.input)) == 1
    model.compile("sgd", "mse")
    assert model.metrics_names == ["loss", "largest"]
    want = 0.5 * 4 + 0.1 * np.abs(X).mean()
    loss, largest = model.test_on_batch(X, X)
    assert loss == pytest.approx(want, rel=1e-5) and largest == pytest.approx(X.max())
    before = model.get_weights()[0]
    model.train_on_batch(X, X)
    np.testing.assert_allclose(
        model.get_weights()[0], before - 0.01 * before, rtol=1e-5
    )


class Counter(Layer):
    """Counts the samples that it was trained on."""

    def build(self, input_shape):
        self.count = self.add_weight("count", (), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, x):
        samples = K.cast(K.shape(x)[0], K.floatx())
        self.add_update(K.update_add(self.count, samples), inputs=x)
        return x + 0.0 * self.count


def test_add_update_is_carried_out_while_training():
    model = Sequential([Counter(input_shape=(4,)), Dense(3)])
    assert len(model.updates) == 1 and len(model.get_updates_for(model.input)) == 1
    assert len(model.non_trainable_weights) == 1
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert K.get_value(model.layers[0].count) == 12
    model.predict(X)
    model.evaluate(X, Y, verbose=0)
    assert K.get_value(model.layers[0].count) == 12


def test_configuration_round_trip_with_custom_objects():
    model = Sequential([MyDense(3, input_shape=(4,), name="mine")])
    with pytest.raises(ValueError, match="MyDense"):
        Sequential.from_config(model.get_config())
    copy = Sequential.from_config(model.get_config(), {"MyDense": MyDense})
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))


def test_used_twice_in_one_graph():
    a, b = Input((4,)), Input((4,))
    layer = MyDense(3)
    model = Model([a, b], Add()([layer(a), layer(b)]))
    plain = Sequential([Dense(3, use_bias=False, input_shape=(4,))])
    plain.set_weights(model.get_weights())
    for each in (model, plain):
        each.compile("sgd", "mse")
    twice = model.train_on_batch([X, X], Y)
    assert twice == pytest.approx(
        np.mean((2 * X @ plain.get_weights()[0] - Y) ** 2), rel=1e-4
    )
    assert layer.get_input_shape_at(1) == (None, 4)


def test_weights_that_no_gradient_reaches_are_named():
    class Detached(MyDense):
        def call(self, x):
            return K.stop_gradient(K.dot(x, self.kernel))

    model = Sequential([Detached(3, input_shape=(4,))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="detached_1/kernel"):
        model.train_on_batch(X, Y)


def test_symbolic_errors_name_the_layer_and_the_op():
    class Wrong(Layer):
        def call(self, x):
            return K.dot(x, K.ones((7, 2)))

    with pytest.raises(ValueError, match=r"\(None, 4\) and \(7, 2\).*K.dot"):
        Sequential([Wrong(input_shape=(4,))])


def test_errors_while_running_name_the_op():
    model = Sequential([Lambda(lambda x: K.gather(x, np.array([9])), input_shape=(4,))])
    with pytest.raises(IndexError, match="Index 9.*gather"):
        model.predict(X)


# ---- Lambda ------------------------------------------------------------------------


def test_lambda_with_k_functions():
    def antirectifier(x, power=1):
        x -= K.mean(x, axis=1, keepdims=True)
        x = K.l2_normalize(x, axis=1)
        return K.concatenate([K.relu(x), K.relu(-x)], axis=1) ** power

    layer = Lambda(antirectifier, arguments={"power": 2}, input_shape=(4,))
    model = Sequential([layer, Dense(3)])
    assert layer.output_shape == (None, 8)
    model.compile("sgd", "mse")
    losses = [model.train_on_batch(X, Y) for _ in range(20)]
    assert losses[-1] < losses[0]
    check_gradients(layer, X)


def test_lambda_sees_tensors_of_its_surroundings():
    scale = K.variable(2.0)
    model = Sequential([Lambda(lambda x: x * scale, input_shape=(4,))])
    np.testing.assert_allclose(model.predict(X), 2 * X)
    K.set_value(scale, 3.0)
    np.testing.assert_allclose(model.predict(X), 3 * X)


def test_lambda_with_several_inputs():
    a, b = Input((4,)), Input((4,))
    model = Model([a, b], Lambda(lambda xs: xs[0] - xs[1])([a, b]))
    np.testing.assert_allclose(model.predict([X, X]), np.zeros_like(X))


def test_lambda_draws_random_numbers_anew():
    model = Sequential([Lambda(lambda x: x + K.random_normal((4,)), input_shape=(4,))])
    assert (model.predict(X) != model.predict(X)).all()


def test_numpy_functions_of_the_same_name_work_in_lambda():
    model = Sequential([Lambda(lambda x: np.exp(x) + np.sum(x, 1)[:, None])])
    np.testing.assert_allclose(
        model.predict(X), np.exp(X) + X.sum(1, keepdims=True), rtol=1e-5
    )


def test_lambda_with_numpy_only_functions_works_but_has_no_gradient():
    def spread(x):
        return np.percentile(x, 90, axis=1, keepdims=True) - np.median(x)

    model = Sequential([Lambda(spread, input_shape=(4,)), Dense(3)])
    assert model.layers[0].output_shape == (None, 1)
    assert model.layers[0].output.dtype == "float32"
    model.compile("sgd", "mse")
    assert np.isfinite(model.train_on_batch(X, Y))  # nothing below it to be trained
    below = Sequential([Dense(4, input_shape=(4,)), Lambda(spread), Dense(3)])
    assert below.predict(X).shape == (6, 3)
    below.compile("sgd", "mse")
    with pytest.raises(TypeError, match="written with NumPy.*K.mean"):
        below.train_on_batch(X, Y)


# ---- cells -------------------------------------------------------------------------


class MinimalRNNCell(Layer):
    """The cell of Keras's guide."""

    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="uniform", name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            initializer="uniform",
            name="recurrent_kernel",
        )
        self.built = True

    def call(self, inputs, states):
        h = K.dot(inputs, self.kernel)
        output = K.tanh(h + K.dot(states[0], self.recurrent_kernel))
        return output, [output]


def test_a_custom_cell_in_rnn_equals_simple_rnn():
    x = random.standard_normal((6, 5, 4)).astype("float32")
    custom = Sequential([RNN(MinimalRNNCell(3), input_shape=(5, 4))])
    plain = Sequential([SimpleRNN(3, use_bias=False, input_shape=(5, 4))])
    plain.set_weights(custom.get_weights())
    np.testing.assert_allclose(
        custom.predict(x), plain.predict(x), rtol=1e-5, atol=1e-6
    )
    for model in (custom, plain):
        model.compile("sgd", "mse")
    for _ in range(4):
        losses = [model.train_on_batch(x, Y) for model in (custom, plain)]
        np.testing.assert_allclose(*losses, rtol=1e-5)
    stacked = Sequential(
        [RNN([MinimalRNNCell(3), MinimalRNNCell(2)], input_shape=(5, 4))]
    )
    assert stacked.predict(x).shape == (6, 2)
    check_gradients(stacked, x)


class Attention(Layer):
    """As people write it: scores over time, a weighted sum."""

    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[-1], 1), initializer="normal")
        self.b = self.add_weight("b", (input_shape[1], 1), initializer="zeros")
        super().build(input_shape)

    def call(self, x):
        scores = K.squeeze(K.tanh(K.dot(x, self.w) + self.b), axis=-1)
        alpha = K.expand_dims(K.softmax(scores), axis=-1)
        return K.sum(x * alpha, axis=1)


def test_an_attention_layer_over_an_lstm():
    x = random.standard_normal((6, 5, 4)).astype("float32")
    model = Sequential(
        [LSTM(4, return_sequences=True, input_shape=(5, 4)), Attention()]
    )
    model.add(Dense(3))
    assert model.layers[1].output_shape == (None, 4)
    model.compile("adam", "mse")
    losses = [model.train_on_batch(x, Y) for _ in range(20)]
    assert losses[-1] < losses[0]
    check_gradients(model, x)


class Leaky(Layer):
    """Adds half of what it gave for the batch before."""

    def __init__(self, as_pair, **kwargs):
        super().__init__(**kwargs)
        self.stateful, self.as_pair = True, as_pair

    def build(self, input_shape):
        self.kept = self.add_weight("kept", input_shape, None, "zeros", trainable=False)
        self.built = True

    def call(self, x):
        y = x + 0.5 * self.kept
        self.add_update([(self.kept, y)] if self.as_pair else K.update(self.kept, y), x)
        return y

    def reset_states(self):
        K.set_value(self.kept, np.zeros(self.kept.shape))


@pytest.mark.parametrize("as_pair", [False, True])
def test_a_stateful_layer_keeps_its_state_in_prediction_and_test_too(as_pair):
    layer = Leaky(as_pair, batch_input_shape=(2, 3))
    model = Sequential([layer])
    model.compile("sgd", "mse")
    x = np.ones((2, 3), "float32")
    for step, kept in (
        (model.predict_on_batch, 1.0),
        (model.predict, 1.5),
        (lambda x: model.test_on_batch(x, x), 1.75),
        (lambda x: model.train_on_batch(x, x), 1.875),
    ):
        step(x)
        np.testing.assert_allclose(K.get_value(layer.kept), kept)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x), 1)
