"""Losses, metrics, activations and the like that users write with K ops."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import losses, metrics
from minikeras.layers import Dense, Input, Lambda
from minikeras.models import Model, Sequential

random = np.random.RandomState(0)
X = random.standard_normal((12, 4)).astype("float32")
Y = random.standard_normal((12, 3)).astype("float32")


@pytest.fixture(autouse=True)
def start_afresh():
    np.random.seed(1)
    K.clear_session()


def dense_model(loss, units=3, metrics=None, **kwargs):
    model = Sequential([Dense(units, input_shape=(4,), kernel_initializer="ones")])
    model.compile("sgd", loss, metrics, **kwargs)
    return model


def same_training(loss, reference):
    """A loss of the user's own trains exactly like the built-in one."""
    histories = []
    for each in (loss, reference):
        model = dense_model(each)
        history = model.fit(X, Y, batch_size=5, epochs=3, shuffle=False, verbose=0)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-5)


def test_a_function_of_k_ops():
    def mine(y_true, y_pred):
        return K.mean(K.square(y_pred - y_true), axis=-1)

    same_training(mine, "mse")


def test_a_scalar_loss_and_a_lambda():
    same_training(lambda t, p: K.mean(K.square(p - t)), "mse")


def test_operators_and_numpy_functions():
    same_training(lambda t, p: np.mean(abs(t - p), axis=-1), "mae")


def test_a_loss_class():
    class Mine(losses.Loss):
        def call(self, y_true, y_pred):
            return K.mean(K.square(y_pred - y_true), axis=-1)

    same_training(Mine(), losses.MeanSquaredError())


def test_closures_over_numbers_arrays_and_variables():
    share = K.variable(1.0)

    def weighted(weights):
        def loss(y_true, y_pred):
            return share * K.sum(weights * K.square(y_true - y_pred), axis=-1)

        return loss

    same_training(weighted(np.full(3, 1 / 3)), "mse")
    model = dense_model(weighted(np.array([1.0, 0.0, 0.0])))
    first = model.test_on_batch(X, Y)
    K.set_value(share, 2.0)
    assert model.test_on_batch(X, Y) == pytest.approx(2 * first, rel=1e-6)
    assert model.output.dtype == "float32" and model.total_loss.dtype == "float32"


def test_sample_weights_count_in_custom_losses():
    model = dense_model(lambda t, p: K.mean(K.square(p - t), axis=-1))
    weights = np.arange(12.0)
    want = np.mean(weights * ((model.predict(X) - Y) ** 2).mean(1))
    assert model.test_on_batch(X, Y, weights) == pytest.approx(want, rel=1e-5)


def test_focal_loss_as_people_write_it():
    def focal(gamma=2.0, alpha=0.25):
        def loss(y_true, y_pred):
            y_pred = K.clip(y_pred, K.epsilon(), 1.0 - K.epsilon())
            p_t = y_true * y_pred + (1 - y_true) * (1 - y_pred)
            return K.mean(-alpha * K.pow(1.0 - p_t, gamma) * K.log(p_t))

        return loss

    labels = (X[:, :1] > 0).astype("float32")
    model = Sequential([Dense(1, activation="sigmoid", input_shape=(4,))])
    model.compile("adam", focal())
    history = model.fit(X, labels, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_dice_loss_as_people_write_it():
    def dice_coef(y_true, y_pred, smooth=1):
        y_true_f, y_pred_f = K.flatten(y_true), K.flatten(y_pred)
        intersection = K.sum(y_true_f * y_pred_f)
        total = K.sum(y_true_f) + K.sum(y_pred_f)
        return (2.0 * intersection + smooth) / (total + smooth)

    labels = (Y > 0).astype("float32")
    model = Sequential([Dense(3, activation="sigmoid", input_shape=(4,))])
    model.compile("adam", lambda t, p: -dice_coef(t, p), [dice_coef])
    losses_, dice = model.fit(
        X, labels, batch_size=12, epochs=2, verbose=0
    ).history.values()
    np.testing.assert_allclose(losses_, [-d for d in dice], rtol=1e-6)


def test_class_numbers_in_a_custom_loss():
    def loss(y_true, y_pred):
        return K.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    numbers = random.randint(0, 3, (12, 1))
    model = dense_model(loss)
    p = np.exp(model.predict(X))
    p /= p.sum(1, keepdims=True)
    want = -np.log(p[np.arange(12), numbers[:, 0]]).mean()
    assert model.test_on_batch(X, numbers) == pytest.approx(want, rel=1e-5)


def test_several_outputs_with_losses_of_their_own():
    x = Input((4,))
    a, b = Dense(3, name="a")(x), Dense(1, name="b")(x)
    model = Model(x, [a, b])
    mine = {"a": lambda t, p: K.abs(t - p), "b": "mse"}
    model.compile("sgd", mine, loss_weights={"a": 2.0, "b": 0.5})
    total, first, second = model.test_on_batch(X, [Y, Y[:, :1]])
    assert total == pytest.approx(2 * first + 0.5 * second, rel=1e-5)
    assert first == pytest.approx(np.abs(model.predict(X)[0] - Y).mean(), rel=1e-5)


def test_a_loss_may_read_the_models_inputs_and_inner_tensors():
    x = Input((4,))
    h = Dense(5, activation="tanh")(x)
    y = Dense(3)(h)
    model = Model(x, y)

    def loss(y_true, y_pred):
        size = 0.1 * K.sum(K.square(h), axis=-1) + 0.01 * K.sum(K.abs(x), axis=-1)
        return K.mean(K.square(y_pred - y_true), axis=-1) + size

    model.compile("sgd", loss)
    h_value = Model(x, h).predict(X)
    want = ((model.predict(X) - Y) ** 2).mean(1)
    want += 0.1 * (h_value**2).sum(1) + 0.01 * np.abs(X).sum(1)
    assert model.test_on_batch(X, Y) == pytest.approx(want.mean(), rel=1e-5)
    before = model.layers[1].get_weights()[0]
    model.train_on_batch(X, Y)
    assert (before != model.layers[1].get_weights()[0]).all()


def test_a_loss_without_gradient_says_so():
    model = dense_model(
        lambda t, p: K.cast(K.equal(K.argmax(t), K.argmax(p)), "float32")
    )
    with pytest.raises(ValueError, match="is `None`.*K.argmax"):
        model.train_on_batch(X, Y)


def test_a_loss_in_plain_numpy_says_so():
    model = dense_model("mse")
    with pytest.raises((TypeError, ValueError), match="K.eval|minikeras.backend"):
        model.compile("sgd", lambda t, p: np.median(np.asarray(t) - p))
        model.train_on_batch(X, Y)


# ---- variational auto-encoder ------------------------------------------------------


def test_variational_autoencoder():
    x = Input((4,))
    h = Dense(8, activation="relu")(x)
    z_mean, z_log_var = Dense(2)(h), Dense(2)(h)

    def sampling(args):
        mean, log_var = args
        epsilon = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
        return mean + K.exp(0.5 * log_var) * epsilon

    z = Lambda(sampling, output_shape=(2,))([z_mean, z_log_var])
    decoded = Dense(4, activation="sigmoid")(Dense(8, activation="relu")(z))
    vae = Model(x, decoded)
    reconstruction = 4 * losses.binary_crossentropy(x, decoded)
    kl = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
    vae.add_loss(K.mean(reconstruction + kl))
    vae.compile("adam")
    data = 1 / (1 + np.exp(-np.repeat(X[:, :1], 4, axis=1) * 3)).astype("float32")
    data = np.tile(data, (20, 1))
    history = vae.fit(data, epochs=30, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]
    assert vae.predict(data).shape == data.shape
    encoder = Model(x, z_mean)
    assert encoder.predict(data).shape == (240, 2)
    assert (Model(x, z).predict(data) != Model(x, z).predict(data)).any()


# ---- metrics -----------------------------------------------------------------------


def test_metric_functions():
    def largest_error(y_true, y_pred):
        return K.max(K.abs(y_pred - y_true))

    model = dense_model("mse", metrics=[largest_error])
    assert model.metrics_names == ["loss", "largest_error"]
    want = np.abs(model.predict(X) - Y).max()
    assert model.test_on_batch(X, Y)[1] == pytest.approx(want, rel=1e-5)


class TruePositives(metrics.Metric):
    """The stateful metric of Keras's guide."""

    def __init__(self, name="true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hits = K.cast(y_true > 0, "float32") * K.cast(y_pred > 0, "float32")
        if sample_weight is not None:
            hits = hits * K.expand_dims(K.cast(sample_weight, "float32"))
        return K.update_add(self.count, K.sum(hits))

    def result(self):
        return K.identity(self.count)


def test_stateful_metrics_add_up_over_batches_and_start_afresh():
    model = dense_model("mse", metrics=[TruePositives()])
    want = ((model.predict(X) > 0) & (Y > 0)).sum()
    for _ in range(2):
        assert model.evaluate(X, Y, batch_size=5, verbose=0)[1] == want


def test_stateful_metrics_work_alone_on_arrays():
    metric = TruePositives()
    metric.update_state(np.array([1.0, -1.0]), np.array([2.0, 2.0]))
    metric.update_state(np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    assert K.eval(metric.result()) == 3
    metric.reset_states()
    assert K.eval(metric.result()) == 0


# ---- small functions ---------------------------------------------------------------


def test_activations_regularizers_initializers_and_constraints():
    def swish(x):
        return x * K.sigmoid(x)

    def l_half(weights):
        return 0.01 * K.sum(K.sqrt(K.abs(weights) + 1e-3))

    def initial(shape, dtype=None):
        return K.random_normal(shape, dtype=dtype) * 0.1

    def at_most_one(weights):
        return weights * K.cast(K.abs(weights) <= 1.0, K.floatx())

    layer = Dense(
        3,
        activation=swish,
        kernel_initializer=initial,
        kernel_regularizer=l_half,
        kernel_constraint=at_most_one,
        activity_regularizer=lambda y: 0.1 * K.mean(K.abs(y)),
        input_shape=(4,),
    )
    model = Sequential([layer])
    model.compile("sgd", "mse")
    kernel = layer.get_weights()[0]
    z = X @ kernel
    y = z / (1 + np.exp(-z))
    want = ((y - Y) ** 2).mean() + 0.01 * np.sqrt(np.abs(kernel) + 1e-3).sum()
    want += 0.1 * np.abs(y).mean()
    assert model.train_on_batch(X, Y) == pytest.approx(want, rel=1e-5)
    layer.set_weights([np.full((4, 3), 1.5), np.zeros(3)])
    model.train_on_batch(X, Y)
    assert (np.abs(layer.get_weights()[0]) <= 1).all()


def test_an_optimizer_of_the_users_own():
    from minikeras.optimizers import Optimizer

    class PlainSGD(Optimizer):
        def __init__(self, rate=0.01, **kwargs):
            super().__init__(**kwargs)
            self.rate = K.variable(rate)

        def get_updates(self, loss, params):
            grads = self.get_gradients(loss, params)
            return [
                K.update(p, p - self.rate * g)
                for p, g in zip(params, grads, strict=True)
            ]

    results = []
    for optimizer in (PlainSGD(0.01), "sgd"):
        model = Sequential([Dense(3, input_shape=(4,), kernel_initializer="ones")])
        model.compile(optimizer, "mse")
        results.append([model.train_on_batch(X, Y) for _ in range(4)])
    np.testing.assert_allclose(*results, rtol=1e-5)


@pytest.mark.parametrize(
    "metric", ["mse", "mae", "huber_loss", "binary_accuracy", "accuracy_op"]
)
def test_metrics_beside_a_loss_of_ones_own_for_several_units(metric):
    x, y = np.random.rand(8, 4), np.random.rand(8, 3)
    model = Sequential([Dense(3, input_dim=4)])
    functions = {
        "huber_loss": losses.huber_loss,
        "accuracy_op": metrics.functions.accuracy,
    }
    used = functions.get(metric, metric)
    model.compile("sgd", lambda t, p: K.sum(K.abs(t - p), axis=-1), [used])
    loss, value = model.test_on_batch(x, y)
    d = model.predict(x) - y
    expected = {"mse": np.mean(d**2), "mae": np.mean(np.abs(d))}
    assert np.isclose(loss, np.abs(d).sum(axis=1).mean(), rtol=1e-5)
    assert np.isclose(value, expected.get(metric, value), rtol=1e-5)
    model.train_on_batch(x, y)


def test_sparse_metrics_beside_a_loss_of_ones_own():
    model = Sequential([Dense(3, activation="softmax", input_shape=(5, 4))])
    model.compile(
        "sgd",
        lambda t, p: K.sparse_categorical_crossentropy(t, p),
        ["sparse_categorical_accuracy", "sparse_categorical_crossentropy"],
    )
    x, y = np.random.rand(6, 5, 4), np.arange(30).reshape(6, 5, 1) % 3
    loss, accuracy, entropy = model.test_on_batch(x, y)
    right = model.predict(x).argmax(axis=-1) == y[..., 0]
    assert np.isclose(accuracy, right.mean()) and np.isclose(loss, entropy, rtol=1e-5)
