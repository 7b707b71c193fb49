"""Variational auto-encoder, adversarial networks and style by gradients, as written
in tutorials of 2017 to 2019, on small data."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Input,
    Lambda,
    Layer,
    LeakyReLU,
)
from minikeras.losses import binary_crossentropy
from minikeras.models import Model, Sequential
from minikeras.optimizers import Adam


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(1)


def patterns(samples, size=16):
    """Pictures with the first or the second half lit."""
    x = np.zeros((samples, size), "float32")
    x[::2, : size // 2] = 1
    x[1::2, size // 2 :] = 1
    return x


def sampling(args):
    z_mean, z_log_var = args
    batch, dim = K.shape(z_mean)[0], K.int_shape(z_mean)[1]
    epsilon = K.random_normal(shape=(batch, dim))
    return z_mean + K.exp(0.5 * z_log_var) * epsilon


def test_variational_autoencoder_with_add_loss():
    inputs = Input(shape=(16,), name="encoder_input")
    x = Dense(32, activation="relu")(inputs)
    z_mean = Dense(2, name="z_mean")(x)
    z_log_var = Dense(2, name="z_log_var")(x)
    z = Lambda(sampling, output_shape=(2,), name="z")([z_mean, z_log_var])
    encoder = Model(inputs, [z_mean, z_log_var, z], name="encoder")

    latent_inputs = Input(shape=(2,), name="z_sampling")
    x = Dense(32, activation="relu")(latent_inputs)
    decoder = Model(latent_inputs, Dense(16, activation="sigmoid")(x), name="decoder")

    outputs = decoder(encoder(inputs)[2])
    vae = Model(inputs, outputs, name="vae_mlp")
    reconstruction_loss = binary_crossentropy(inputs, outputs) * 16
    kl_loss = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)
    kl_loss = K.sum(kl_loss, axis=-1) * -0.5
    vae.add_loss(K.mean(reconstruction_loss + kl_loss))
    vae.compile(optimizer=Adam(0.01))

    x_train = patterns(128)
    history = vae.fit(x_train, epochs=15, batch_size=16, verbose=0)
    assert history.history["loss"][-1] < 0.4 * history.history["loss"][0]
    means = encoder.predict(x_train)[0]
    assert np.abs(means[::2].mean(axis=0) - means[1::2].mean(axis=0)).max() > 0.5
    assert decoder.predict(np.zeros((1, 2))).shape == (1, 16)


def test_variational_autoencoder_with_a_layer_of_its_own():
    class VariationalLayer(Layer):
        def call(self, inputs):
            x, x_decoded, mean, log_var = inputs
            reconstruction = 16 * K.mean(K.binary_crossentropy(x, x_decoded), axis=-1)
            divergence = K.sum(1 + log_var - K.square(mean) - K.exp(log_var), axis=-1)
            self.add_loss(K.mean(reconstruction - 0.5 * divergence), inputs=inputs)
            return x

        def compute_output_shape(self, input_shape):
            return input_shape[0]

    x = Input(shape=(16,))
    h = Dense(16, activation="relu")(x)
    mean, log_var = Dense(2)(h), Dense(2)(h)
    z = Lambda(sampling)([mean, log_var])
    decoded = Dense(16, activation="sigmoid")(Dense(16, activation="relu")(z))
    y = VariationalLayer()([x, decoded, mean, log_var])
    vae = Model(x, y)
    vae.compile(optimizer=Adam(0.01), loss=None)
    losses = vae.fit(patterns(64), epochs=20, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]


def build_generator():
    model = Sequential()
    model.add(Dense(16, input_dim=4))
    model.add(LeakyReLU(alpha=0.2))
    model.add(BatchNormalization(momentum=0.8))
    model.add(Dense(2, activation="tanh"))
    noise = Input(shape=(4,))
    return Model(noise, model(noise))


def build_discriminator():
    model = Sequential()
    model.add(Dense(16, input_dim=2))
    model.add(LeakyReLU(alpha=0.2))
    model.add(Dropout(0.25))
    model.add(Dense(1, activation="sigmoid"))
    point = Input(shape=(2,))
    return Model(point, model(point))


@pytest.mark.filterwarnings("ignore:Discrepancy between trainable weights")
def test_adversarial_networks():
    optimizer = Adam(0.002, 0.5)
    discriminator = build_discriminator()
    discriminator.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    generator = build_generator()
    z = Input(shape=(4,))
    discriminator.trainable = False
    combined = Model(z, discriminator(generator(z)))
    combined.compile(loss="binary_crossentropy", optimizer=optimizer)

    real, batch = np.array([0.6, -0.6]) + 0.05 * np.random.randn(256, 2), 32
    valid, fake = np.ones((batch, 1)), np.zeros((batch, 1))
    for _ in range(150):
        noise = np.random.normal(0, 1, (batch, 4))
        judge = discriminator.get_weights()
        chosen = real[np.random.randint(0, len(real), batch)]
        discriminator.train_on_batch(chosen, valid)
        discriminator.train_on_batch(generator.predict(noise), fake)
        assert any(map(changed, judge, discriminator.get_weights()))
        judge, artist = discriminator.get_weights(), generator.get_weights()
        combined.train_on_batch(noise, valid)
        assert not any(map(changed, judge, discriminator.get_weights()))
        assert any(map(changed, artist, generator.get_weights()))
    made = generator.predict(np.random.normal(0, 1, (100, 4))).mean(axis=0)
    assert made[0] > 0 > made[1]  # on the side where the real points are


def changed(before, after):
    return not np.array_equal(before, after)


def test_gradient_ascent_in_the_input():
    model = Sequential([Dense(8, activation="tanh", input_dim=6), Dense(3)])
    input_img = model.input
    loss = K.mean(model.layers[1].output[:, 2])
    grads = K.gradients(loss, input_img)[0]
    grads /= K.sqrt(K.mean(K.square(grads))) + 1e-5
    iterate = K.function([input_img], [loss, grads])
    x = 0.1 * np.random.random((1, 6))
    values = []
    for _ in range(20):
        loss_value, grads_value = iterate([x])
        x += 0.1 * grads_value
        values.append(float(loss_value))
    assert values == sorted(values) and values[-1] > values[0] + 0.3
