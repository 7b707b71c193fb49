"""Programs on keras.backend as people publish them, made small."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    LSTM,
    Conv2D,
    Dense,
    Flatten,
    Input,
    Lambda,
    Layer,
    MaxPooling2D,
)
from minikeras.models import Model, Sequential
from minikeras.optimizers import Adam

random = np.random.RandomState(0)


@pytest.fixture(autouse=True)
def start_afresh():
    np.random.seed(2)
    K.clear_session()


def test_optical_character_recognition_with_ctc():
    """The loss is computed in a Lambda layer; the 'loss' only passes it on."""

    def ctc_lambda(args):
        y_pred, labels, input_length, label_length = args
        return K.ctc_batch_cost(labels, y_pred[:, 2:, :], input_length, label_length)

    x = Input((8, 3), name="x")
    y_pred = Dense(4, activation="softmax")(LSTM(8, return_sequences=True)(x))
    labels = Input((2,), name="labels")
    lengths = [Input((1,), dtype="int64"), Input((1,), dtype="int64")]
    loss = Lambda(ctc_lambda, output_shape=(1,), name="ctc")([y_pred, labels, *lengths])
    model = Model([x, labels, *lengths], loss)
    model.compile(Adam(0.05), {"ctc": lambda y_true, y_pred: y_pred})
    truth = random.randint(0, 3, (16, 2))
    drawn = np.zeros((16, 8, 3))
    drawn[np.arange(16), 3, truth[:, 0]] = drawn[np.arange(16), 6, truth[:, 1]] = 1
    batch = [drawn, truth, np.full((16, 1), 6), np.full((16, 1), 2)]
    losses = [model.train_on_batch(batch, np.zeros(16)) for _ in range(100)]
    assert losses[-1] < 0.5 * losses[0]
    decode = K.ctc_decode(y_pred[:, 2:, :], K.ones_like(y_pred[:, 0, 0]) * 6)[0][0]
    read = K.function([x], [decode])([drawn])[0]
    assert (read[:, :2] == truth).mean() > 0.8


def test_siamese_network_with_contrastive_loss():
    def euclidean_distance(vects):
        x, y = vects
        sum_square = K.sum(K.square(x - y), axis=1, keepdims=True)
        return K.sqrt(K.maximum(sum_square, K.epsilon()))

    def contrastive_loss(y_true, y_pred, margin=1):
        far = K.square(K.maximum(margin - y_pred, 0))
        return K.mean(y_true * K.square(y_pred) + (1 - y_true) * far)

    def accuracy(y_true, y_pred):
        return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))

    base = Sequential([Dense(8, activation="relu", input_shape=(4,)), Dense(2)])
    a, b = Input((4,)), Input((4,))
    distance = Lambda(euclidean_distance, output_shape=lambda s: (s[0][0], 1))
    model = Model([a, b], distance([base(a), base(b)]))
    model.compile(Adam(0.01), contrastive_loss, metrics=[accuracy])
    x = random.standard_normal((128, 4))
    same = (random.rand(128, 1) < 0.5).astype(float)
    near = x + 0.05 * random.standard_normal(x.shape)
    y = np.where(same > 0, near, -x)
    history = model.fit([x, y], same, epochs=30, verbose=0).history
    assert history["accuracy"][-1] > 0.85


def test_triplet_loss():
    def triplet_loss(y_true, y_pred, alpha=0.2):
        anchor, positive, negative = y_pred[:, :2], y_pred[:, 2:4], y_pred[:, 4:6]
        near = K.sum(K.square(anchor - positive), axis=-1)
        far = K.sum(K.square(anchor - negative), axis=-1)
        return K.maximum(near - far + alpha, 0.0)

    model = Sequential([Dense(6, input_shape=(6,))])
    model.compile(Adam(0.05), triplet_loss)
    x = random.standard_normal((64, 6))
    losses = [model.train_on_batch(x, np.zeros((64, 6))) for _ in range(40)]
    assert losses[-1] < 0.3 * losses[0]


def test_style_transfer_follows_the_gradient_of_an_image():
    """A model on a concatenation of constants and a placeholder; gram matrices."""

    def gram_matrix(x):
        features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
        return K.dot(features, K.transpose(features))

    content = K.variable(random.rand(1, 8, 8, 3))
    style = K.variable(random.rand(1, 8, 8, 3))
    combination = K.placeholder((1, 8, 8, 3))
    tensor = K.concatenate([content, style, combination], axis=0)
    network = Sequential([Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3))])
    network.add(MaxPooling2D())
    features = network(tensor)
    loss = K.variable(0.0)
    loss = loss + 0.1 * K.sum(K.square(features[2] - features[0]))
    difference = gram_matrix(features[1]) - gram_matrix(features[2])
    loss = loss + K.sum(K.square(difference)) / (4.0 * 16 * 64)
    a = combination
    loss = loss + 1e-3 * K.sum(K.pow(K.square(a[:, :-1] - a[:, 1:]) + 1e-6, 1.25))
    f_outputs = K.function([combination], [loss, *K.gradients(loss, combination)])
    image = random.rand(1, 8, 8, 3)
    losses = []
    for _ in range(100):
        value, slope = f_outputs([image])
        image = image - 0.2 * slope
        losses.append(float(value))
    assert losses[-1] < 0.5 * losses[0]


def test_capsules_with_routing():
    def squash(x, axis=-1):
        s = K.sum(K.square(x), axis, keepdims=True) + K.epsilon()
        return K.sqrt(s) / (1 + s) * x

    class Capsule(Layer):
        def __init__(self, num_capsule, dim_capsule, routings=3, **kwargs):
            super().__init__(**kwargs)
            self.num_capsule, self.dim_capsule = num_capsule, dim_capsule
            self.routings = routings

        def build(self, input_shape):
            shape = (input_shape[-1], self.num_capsule * self.dim_capsule)
            self.W = self.add_weight("W", shape, initializer="glorot_uniform")
            super().build(input_shape)

        def call(self, u_vecs):
            n, count = K.shape(u_vecs)[0], K.shape(u_vecs)[1]
            u_hat = K.reshape(
                K.dot(u_vecs, self.W), (n, count, self.num_capsule, self.dim_capsule)
            )
            u_hat = K.permute_dimensions(u_hat, (0, 2, 1, 3))
            b = K.zeros_like(u_hat[:, :, :, 0])
            for i in range(self.routings):
                c = K.softmax(b, 1)
                o = squash(K.sum(K.expand_dims(c) * u_hat, axis=2))
                if i < self.routings - 1:
                    b = K.sum(K.expand_dims(o, 2) * u_hat, axis=-1)
            return o

        def compute_output_shape(self, input_shape):
            return (None, self.num_capsule, self.dim_capsule)

    model = Sequential([Capsule(3, 4, input_shape=(6, 5))])
    model.add(Lambda(lambda z: K.sqrt(K.sum(K.square(z), 2)), output_shape=(3,)))

    def margin_loss(y_true, y_pred):
        present = y_true * K.square(K.relu(0.9 - y_pred))
        absent = 0.5 * (1 - y_true) * K.square(K.relu(y_pred - 0.1))
        return K.sum(present + absent, axis=-1)

    model.compile(Adam(0.02), margin_loss)
    x = random.standard_normal((24, 6, 5))
    y = np.eye(3)[random.randint(0, 3, 24)]
    losses = [model.train_on_batch(x, y) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]


def test_f1_as_a_metric_of_rounded_predictions():
    def f1(y_true, y_pred):
        true = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        possible = K.sum(K.round(K.clip(y_true, 0, 1)))
        predicted = K.sum(K.round(K.clip(y_pred, 0, 1)))
        precision = true / (predicted + K.epsilon())
        recall = true / (possible + K.epsilon())
        return 2 * ((precision * recall) / (precision + recall + K.epsilon()))

    model = Sequential([Dense(1, activation="sigmoid", input_shape=(4,))])
    model.compile("adam", "binary_crossentropy", [f1])
    x, y = random.standard_normal((32, 4)), random.randint(0, 2, (32, 1))
    got = model.test_on_batch(x, y)[1]
    said = model.predict(x) > 0.5
    want = 2 * (said & (y > 0)).sum() / (said.sum() + y.sum())
    assert got == pytest.approx(want, abs=1e-5)


def test_class_weighted_crossentropy_and_mixed_density():
    def weighted(weights):
        weights = K.variable(weights)

        def loss(y_true, y_pred):
            y_pred /= K.sum(y_pred, axis=-1, keepdims=True)
            y_pred = K.clip(y_pred, K.epsilon(), 1 - K.epsilon())
            return -K.sum(y_true * K.log(y_pred) * weights, -1)

        return loss

    model = Sequential([Dense(3, activation="softmax", input_shape=(4,))])
    model.compile("sgd", weighted([0.5, 2, 10]))
    x, y = random.standard_normal((8, 4)), np.eye(3)[random.randint(0, 3, 8)]
    want = -(y * np.log(model.predict(x)) * [0.5, 2, 10]).sum(1).mean()
    assert model.train_on_batch(x, y) == pytest.approx(want, rel=1e-4)
    assert [w.shape for w in model.trainable_weights] == [(4, 3), (3,)]


def test_generative_adversarial_network_with_frozen_half():
    generator = Sequential([Dense(8, activation="relu", input_shape=(2,)), Dense(1)])
    critic = Sequential([Dense(8, activation="tanh", input_shape=(1,))])
    critic.add(Dense(1, activation="sigmoid"))
    critic.compile(Adam(0.02), "binary_crossentropy")
    critic.trainable = False
    z = Input((2,))
    both = Model(z, critic(generator(z)))
    both.compile(Adam(0.02), "binary_crossentropy")
    for _ in range(150):
        noise = np.random.normal(size=(64, 2))
        real = np.random.normal(3, 0.5, (64, 1))
        fake = generator.predict(noise)
        critic.train_on_batch(np.concatenate([real, fake]), np.repeat([1, 0], 64))
        before = critic.get_weights()
        both.train_on_batch(noise, np.ones(64))
        same = zip(before, critic.get_weights(), strict=True)
        assert all((a == b).all() for a, b in same)
    made = generator.predict(np.random.normal(size=(500, 2))).mean()
    assert 1.5 < made < 4.5


def test_flattened_predictions_through_a_layer_on_a_placeholder():
    x = K.placeholder((None, 4, 4, 1))
    y = Dense(2)(Flatten()(Conv2D(2, 3)(x)))
    assert K.function([x], [y])([np.ones((3, 4, 4, 1))])[0].shape == (3, 2)
