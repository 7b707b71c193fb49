"""Models by subclassing, models on tensors of all kinds, attributes scripts read."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Add, Dense, Dropout, Input, Lambda, Layer
from minikeras.models import Model, Sequential
from minikeras.optimizers import SGD

random = np.random.RandomState(0)
X = random.standard_normal((12, 4)).astype("float32")
Y = random.standard_normal((12, 3)).astype("float32")


@pytest.fixture(autouse=True)
def start_afresh():
    np.random.seed(1)
    K.clear_session()


class TwoLayers(Model):
    """The subclassed model of Keras's guide."""

    def __init__(self, use_dropout=False):
        super().__init__(name="two_layers")
        self.dense1 = Dense(8, activation="relu")
        self.dense2 = Dense(3)
        self.use_dropout = use_dropout
        if use_dropout:
            self.dropout = Dropout(0.5)

    def call(self, inputs):
        x = self.dense1(inputs)
        if self.use_dropout:
            x = self.dropout(x)
        return self.dense2(x)


def test_a_subclassed_model_trains_like_a_sequential():
    model = TwoLayers()
    model.compile("sgd", "mse", ["mae"])
    first = model.fit(X, Y, batch_size=12, epochs=1, verbose=0).history
    plain = Sequential([Dense(8, activation="relu", input_shape=(4,)), Dense(3)])
    plain.compile("sgd", "mse", ["mae"])
    plain.set_weights(model.get_weights())
    model.reset_metrics()
    for _ in range(3):
        losses = model.train_on_batch(X, Y), plain.train_on_batch(X, Y)
        np.testing.assert_allclose(*losses, rtol=1e-5)
    assert set(first) == {"loss", "mae"}
    assert [w.shape for w in model.trainable_weights] == [(4, 8), (8,), (8, 3), (3,)]
    assert [layer.name for layer in model.layers] == ["dense_1", "dense_2"]
    np.testing.assert_allclose(model.predict(X), plain.predict(X), rtol=1e-4, atol=1e-5)


def test_a_subclassed_model_before_any_data():
    model = TwoLayers(use_dropout=True)
    assert model.predict(X).shape == (12, 3)
    np.testing.assert_array_equal(model.predict(X), model.predict(X))
    model.compile("sgd", "mse")
    losses = {model.train_on_batch(X, Y) for _ in range(5)}
    assert len(losses) == 5
    with pytest.raises(NotImplementedError):
        model.get_config()


class Residual(Layer):
    def build(self, input_shape):
        self.dense = Dense(input_shape[-1])
        super().build(input_shape)

    def call(self, x):
        return x + self.dense(x)


class Siamese(Model):
    """Two inputs, two outputs, one layer used twice."""

    def __init__(self):
        super().__init__()
        self.shared = Sequential([Dense(5, activation="tanh"), Residual()])

    def call(self, inputs):
        a, b = inputs
        a, b = self.shared(a), self.shared(b)
        return [K.sum(a * b, axis=-1, keepdims=True), a]


def test_a_subclassed_model_with_lists():
    model = Siamese()
    model.compile("sgd", ["mse", "mae"])
    targets = [Y[:, :1], np.zeros((12, 5))]
    losses = [model.train_on_batch([X, X + 1], targets)[0] for _ in range(10)]
    assert losses[-1] < losses[0]
    product, a = model.predict([X, X + 1])
    assert product.shape == (12, 1) and a.shape == (12, 5)


# ---- models and layers on other tensors than Input ---------------------------------


def small_model():
    return Sequential([Dense(3, activation="tanh", input_shape=(4,))])


def test_a_model_on_a_variable_a_constant_and_a_placeholder():
    model, want = small_model(), None
    want = model.predict(X)
    np.testing.assert_allclose(K.eval(model(K.variable(X))), want, rtol=1e-6)
    np.testing.assert_allclose(K.eval(model(K.constant(X))), want, rtol=1e-6)
    x = K.placeholder((None, 4))
    [got] = K.function([x], [model(x * 1.0)])([X])
    np.testing.assert_allclose(got, want, rtol=1e-6)
    layer = Dense(2)
    assert K.eval(layer(K.variable(X))).shape == (12, 2)


def test_input_from_a_tensor():
    x = Input(tensor=K.variable(X))
    y = Dense(3)(x)
    model = Model(x, y)
    model.compile("sgd", "mse")
    losses = model.fit(None, Y[:12], epochs=3, steps_per_epoch=2, verbose=0).history[
        "loss"
    ]
    assert losses[-1] < losses[0]
    assert model.predict(None, steps=1).shape == (12, 3)


def test_input_and_target_tensors_need_no_data():
    x = Input(tensor=K.variable(X))
    model = Model(x, Dense(3)(x))
    model.compile("sgd", "mse", target_tensors=[K.variable(Y)])
    history = model.fit(None, None, epochs=4, steps_per_epoch=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert model.evaluate(None, None, steps=1, verbose=0) < history["loss"][-1]


def test_inner_activations_through_k_function():
    x = Input((4,))
    h = Dense(5, activation="relu", name="hidden")(x)
    model = Model(x, Dense(3)(Dropout(0.5)(h)))
    get_hidden = K.function([model.input], [model.get_layer("hidden").output])
    np.testing.assert_array_equal(get_hidden([X])[0], Model(x, h).predict(X))
    phased = K.function([model.input, K.learning_phase()], [model.output])
    np.testing.assert_allclose(phased([X, 0])[0], model.predict(X), rtol=1e-6)
    assert (phased([X, 1])[0] != phased([X, 1])[0]).any()


def test_gradients_of_a_model_for_inputs_and_weights():
    model = small_model()
    kernel = model.layers[0].kernel
    score = model.output[:, 1]
    for_input, for_kernel = K.gradients(score, [model.input, kernel])
    dx, dw = K.function([model.input], [for_input, for_kernel])([X])
    slope = (1 - model.predict(X)[:, 1:2] ** 2).astype("float32")
    np.testing.assert_allclose(dx, slope * kernel.value[:, 1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(dw[:, 1], (X * slope).sum(0), rtol=1e-4, atol=1e-5)
    assert (dw[:, 0] == 0).all()


def test_gradients_of_the_total_loss():
    model = small_model()
    model.compile("sgd", "mse")
    grads = K.gradients(model.total_loss, model.trainable_weights)
    inputs = [model.inputs[0], model.targets[0], model.sample_weights[0]]
    values = K.function(inputs, grads)([X, Y, np.ones(12)])
    before = model.get_weights()
    model.train_on_batch(X, Y)
    for old, new, gradient in zip(before, model.get_weights(), values, strict=True):
        np.testing.assert_allclose(old - new, 0.01 * gradient, rtol=1e-3, atol=1e-6)


def test_reinforce_style_training_function():
    """A training function of one's own: loss, optimizer.get_updates, K.function."""
    model = Sequential([Dense(3, activation="softmax", input_shape=(4,))])
    actions, rewards = K.placeholder((None, 3)), K.placeholder((None,))
    chosen = K.sum(model.output * actions, axis=1)
    loss = K.mean(-K.log(chosen) * rewards)
    updates = SGD(0.5).get_updates(loss=loss, params=model.trainable_weights)
    train = K.function([model.input, actions, rewards], [loss], updates=updates)
    batch = [X, np.eye(3)[random.randint(0, 3, 12)], np.ones(12)]
    losses = [train(batch)[0] for _ in range(20)]
    assert losses[-1] < 0.8 * losses[0]


def test_wasserstein_gan_with_gradient_penalty():
    """The critic's loss holds a gradient, as in keras-contrib's improved_wgan."""
    critic = Sequential([Dense(16, activation="tanh", input_shape=(2,)), Dense(1)])
    real, fake = Input((2,)), Input((2,))

    def between(pair):
        share = K.random_uniform((K.shape(pair[0])[0], 1))
        return share * pair[0] + (1 - share) * pair[1]

    mixed = Lambda(between)([real, fake])
    validity = critic(mixed)

    def penalty(y_true, y_pred):
        slope = K.gradients(y_pred, mixed)[0]
        length = K.sqrt(K.sum(K.square(slope), axis=1))
        return K.mean(K.square(1 - length))

    def wasserstein(y_true, y_pred):
        return K.mean(y_true * y_pred)

    model = Model([real, fake], [critic(real), critic(fake), validity])
    model.compile("adam", [wasserstein, wasserstein, penalty], loss_weights=[1, 1, 10])
    ones, no = np.ones((64, 1)), np.zeros((64, 1))
    for _ in range(300):
        near = np.random.normal(0, 0.3, (64, 2))
        far = np.random.normal(2, 0.3, (64, 2))
        losses = model.train_on_batch([near, far], [-ones, ones, no])
    # the critic grows by about 1 for each unit of the way between the two
    assert losses[3] < 0.1
    gap = critic.predict(near).mean() - critic.predict(far).mean()
    assert gap == pytest.approx(8**0.5, rel=0.3)


# ---- attributes that scripts read --------------------------------------------------


def test_attributes_of_tensors_and_layers():
    x = Input((4,))
    first, second = Dense(5), Dropout(0.5)
    h = first(x)
    y = second(h)
    assert (x._keras_shape, h._keras_shape) == ((None, 4), (None, 5))
    assert not h._uses_learning_phase and y._uses_learning_phase
    assert y._keras_history[0] is second and K.is_keras_tensor(y)
    [node] = first._outbound_nodes
    assert node.outbound_layer is second and second._inbound_nodes == [node]
    assert node.input_tensors == [h] and node.output_tensors == [y]


def test_k_ops_between_layers_want_a_lambda():
    x = Input((4,))
    y = Add()([Dense(3)(x), K.tanh(Dense(3)(x) * 2.0)])
    with pytest.raises(ValueError, match="Wrap K ops in a Lambda layer"):
        Model(x, y)


def test_a_target_that_is_a_placeholder_is_fed():
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse", target_tensors=[K.placeholder((None, 1))])
    x, y = np.random.rand(4, 2), np.random.rand(4, 1)
    expected = np.mean((model.predict(x) - y) ** 2)
    assert np.isclose(model.train_on_batch(x, y), expected, rtol=1e-5)
