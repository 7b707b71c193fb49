"""Chains of layers, as tutorials of 2017 to 2019 wrote them, on small data."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import backend as K
from minikeras.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    MaxPooling1D,
    MaxPooling2D,
)
from minikeras.models import Sequential
from minikeras.optimizers import SGD


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(1)


def blobs(samples, features, classes):
    """Points around one centre for each class, and the classes as one-hot rows."""
    labels = np.arange(samples) % classes
    centres = 2 * np.random.randn(classes, features)
    x = centres[labels] + np.random.randn(samples, features)
    return x, keras.utils.to_categorical(labels, num_classes=classes)


def test_mlp_for_softmax_classification():
    x_train, y_train = blobs(300, 20, 10)
    model = Sequential()
    model.add(Dense(64, activation="relu", input_dim=20))
    model.add(Dropout(0.5))
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
    model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=20, batch_size=32, verbose=0)
    loss, accuracy = model.evaluate(x_train, y_train, batch_size=128, verbose=0)
    assert accuracy > 0.95 and loss < 0.5


def test_mlp_for_binary_classification():
    x_train, y_train = blobs(200, 20, 2)
    model = Sequential()
    model.add(Dense(64, input_dim=20, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    history = model.fit(x_train, y_train[:, 1], epochs=8, batch_size=32, verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    classes = model.predict_classes(x_train)
    assert classes.shape == (200, 1) and (classes[:, 0] == y_train[:, 1]).mean() > 0.9


def test_vgg_like_convnet():
    labels = np.arange(40) % 4
    x_train = np.random.random((40, 20, 20, 3))
    x_train[np.arange(40), :, labels * 5] += 2  # a bright column tells the class
    y_train = keras.utils.to_categorical(labels)
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation="relu", input_shape=(20, 20, 3)))
    model.add(Conv2D(8, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Conv2D(16, (3, 3), activation="relu"))
    model.add(Conv2D(16, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(32, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(4, activation="softmax"))
    assert model.layers[-4].output_shape == (None, 2 * 2 * 16)
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["acc"])
    before = model.evaluate(x_train, y_train, verbose=0)[0]
    model.fit(x_train, y_train, batch_size=8, epochs=15, verbose=0)
    after, accuracy = model.evaluate(x_train, y_train, verbose=0)
    assert after < 0.7 * before and accuracy > 0.7


def test_convnet_with_batch_normalization_saved_and_loaded(tmp_path):
    batch = np.random.random((16, 8, 8, 1))
    model = Sequential()
    model.add(Conv2D(4, (3, 3), padding="same", input_shape=batch.shape[1:]))
    model.add(BatchNormalization())
    model.add(Activation("relu"))
    model.add(Flatten())
    model.add(Dense(2))
    model.add(Activation("softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(batch, np.arange(16) % 2, epochs=2, verbose=0)
    model.save(str(tmp_path / "model.h5"))
    again = keras.models.load_model(str(tmp_path / "model.h5"))
    np.testing.assert_array_equal(again.predict(batch), model.predict(batch))


def test_conv1d_for_sequences():
    labels = np.arange(60) % 2
    x_train = np.random.random((60, 40, 6))
    x_train[:, 10:20, 0] += labels[:, None]
    model = Sequential()
    model.add(Conv1D(16, 3, activation="relu", input_shape=(40, 6)))
    model.add(Conv1D(16, 3, activation="relu"))
    model.add(MaxPooling1D(3))
    model.add(Conv1D(32, 3, activation="relu"))
    model.add(GlobalAveragePooling1D())
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    adam = keras.optimizers.Adam(lr=0.01)
    model.compile(loss="binary_crossentropy", optimizer=adam, metrics=["accuracy"])
    model.fit(x_train, labels, batch_size=16, epochs=25, verbose=0)
    loss, accuracy = model.evaluate(x_train, labels, batch_size=16, verbose=0)
    assert accuracy > 0.8 and loss < 0.6


def test_lstm_for_words():
    max_features, labels = 50, np.arange(80) % 2
    x_train = np.random.randint(2, max_features, (80, 12))
    x_train[labels == 1, 3] = 1  # the word that tells
    model = Sequential()
    model.add(Embedding(max_features, output_dim=16))
    model.add(LSTM(16))
    model.add(Dropout(0.2))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x_train, labels, batch_size=16, epochs=20, verbose=0)
    assert model.evaluate(x_train, labels, verbose=0)[1] > 0.9


def stacked_lstm(first, **options):
    model = Sequential()
    model.add(LSTM(12, return_sequences=True, **first, **options))
    model.add(LSTM(12, return_sequences=True, **options))
    model.add(LSTM(12, **options))
    model.add(Dense(4, activation="softmax"))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model


def test_stacked_lstm():
    timesteps, data_dim, classes = 8, 6, 4
    x_train, y_train = blobs(64, timesteps * data_dim, classes)
    x_train = x_train.reshape(64, timesteps, data_dim)
    model = stacked_lstm({"input_shape": (timesteps, data_dim)})
    split = {"validation_data": (x_train[:16], y_train[:16])}
    history = model.fit(
        x_train, y_train, batch_size=16, epochs=15, verbose=0, **split
    ).history
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert history["val_accuracy"][-1] > 0.5


def test_stateful_stacked_lstm():
    batch_size, timesteps, data_dim = 8, 8, 6
    x_train, y_train = blobs(40, timesteps * data_dim, 4)
    x_train = x_train.reshape(40, timesteps, data_dim)
    first = {"batch_input_shape": (batch_size, timesteps, data_dim)}
    model = stacked_lstm(first, stateful=True)
    model.fit(x_train, y_train, batch_size, epochs=2, shuffle=False, verbose=0)
    model.reset_states()
    once = model.predict(x_train[:8], batch_size)
    twice = model.predict(x_train[:8], batch_size)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x_train[:8], batch_size), once, rtol=1e-5)
    assert np.abs(twice - once).max() > 1e-4  # it remembered the batch before
    with pytest.raises(ValueError, match="divided by the batch size"):
        model.predict(x_train[:7], batch_size)


def test_regression_with_a_loss_of_ones_own():
    def root_mean_squared_error(y_true, y_pred):
        return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))

    x = np.random.uniform(-1, 1, (200, 3))
    y = 1 + x.sum(axis=1)
    model = Sequential([Dense(32, activation="tanh", input_shape=(3,)), Dense(1)])
    model.compile(keras.optimizers.Adam(lr=0.01), root_mean_squared_error, ["mae"])
    history = model.fit(x, y, epochs=30, validation_split=0.25, verbose=0).history
    assert history["val_loss"][-1] < 0.5 * history["val_loss"][0]
    assert set(history) == {"loss", "mae", "val_loss", "val_mae"}
