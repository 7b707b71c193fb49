"""Callbacks, generators, texts and scikit-learn, as tutorials of 2017 to 2019 had them,
on small data."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import backend as K
from minikeras.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from minikeras.layers import Conv2D, Dense, Embedding, Flatten, Layer
from minikeras.models import Sequential, load_model
from minikeras.preprocessing.image import ImageDataGenerator
from minikeras.preprocessing.sequence import pad_sequences
from minikeras.preprocessing.text import Tokenizer


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(1)


def create_model(optimizer=None, units=8):
    model = Sequential()
    model.add(Dense(units, input_dim=4, activation="relu"))
    model.add(Dense(3, activation="softmax"))
    optimizer = optimizer or keras.optimizers.Adam(0.02)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data(samples=90):
    labels = np.arange(samples) % 3
    centres = np.array([[3, 3, 0, 0], [-3, 3, 0, 0], [0, -3, 0, 0]])
    x = centres[labels] + np.random.randn(samples, 4)
    return x, labels


def test_callbacks_of_every_tutorial(tmp_path):
    class LossHistory(Callback):
        def on_train_begin(self, logs={}):  # noqa: B006  as in the guide
            self.losses = []

        def on_batch_end(self, batch, logs={}):  # noqa: B006
            self.losses.append(logs.get("loss"))

    x, y = data()
    history = LossHistory()
    best, log = str(tmp_path / "best.h5"), str(tmp_path / "log.csv")
    callbacks = [
        history,
        ModelCheckpoint(best, monitor="val_loss", save_best_only=True),
        EarlyStopping(monitor="val_loss", min_delta=0.01, patience=3),
        ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2),
        CSVLogger(log),
    ]
    model = create_model(keras.optimizers.SGD(0.5))
    result = model.fit(
        x, y, batch_size=10, epochs=60, verbose=0, callbacks=callbacks,
        validation_split=1 / 3,
    )  # fmt: skip
    epochs = len(result.epoch)
    assert epochs < 60 and len(history.losses) == 6 * epochs
    held_out = load_model(best).evaluate(x[60:], y[60:], verbose=0)[0]
    assert held_out == pytest.approx(min(result.history["val_loss"]), rel=1e-4)
    lines = open(log).read().splitlines()
    assert lines[0].startswith("epoch,accuracy,loss,lr,val_accuracy,val_loss")
    assert len(lines) == epochs + 1


def test_step_decay_of_the_learning_rate():
    rates = []

    class Watch(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rates.append(float(K.get_value(self.model.optimizer.lr)))

    schedule = LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** (epoch // 2))
    x, y = data()
    create_model("sgd").fit(x, y, epochs=5, verbose=0, callbacks=[schedule, Watch()])
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.05, 0.05, 0.025], rtol=1e-6)


def test_augmented_images_from_a_generator():
    images = np.random.random((32, 8, 8, 1))
    labels = np.arange(32) % 2
    images[labels == 1] += 2
    datagen = ImageDataGenerator(
        featurewise_center=True,
        featurewise_std_normalization=True,
        rotation_range=20,
        width_shift_range=0.2,
        horizontal_flip=True,
    )
    datagen.fit(images)
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation="relu", input_shape=(8, 8, 1)))
    model.add(Flatten())
    model.add(Dense(1, activation="sigmoid"))
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "binary_crossentropy", metrics=["accuracy"])
    history = model.fit_generator(
        datagen.flow(images, labels, batch_size=8),
        steps_per_epoch=len(images) / 8,
        epochs=10,
        verbose=0,
        validation_data=datagen.flow(images, labels, batch_size=8),
        validation_steps=4,
    ).history
    assert history["val_accuracy"][-1] > 0.75
    assert len(history["loss"]) == 10


def test_a_generator_of_ones_own():
    def generate_arrays():
        while True:
            labels = np.random.randint(0, 3, 16)
            yield np.eye(3)[labels] @ np.ones((3, 4)) * labels[:, None], labels

    model = create_model()
    history = model.fit_generator(
        generate_arrays(), steps_per_epoch=20, epochs=4, verbose=0
    )
    assert history.history["accuracy"][-1] > history.history["accuracy"][0]
    loss, _ = model.evaluate_generator(generate_arrays(), steps=5)
    assert loss < history.history["loss"][0]


def test_texts_to_classes():
    texts = ["a good film", "a very good play", "a bad film", "a really bad play"] * 8
    labels = np.array([1, 1, 0, 0] * 8)
    tokenizer = Tokenizer(num_words=20)
    tokenizer.fit_on_texts(texts)
    x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=5)
    assert x.shape == (32, 5) and tokenizer.word_index["a"] == 1
    model = Sequential()
    model.add(Embedding(20, 8, input_length=5))
    model.add(Flatten())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["acc"])
    model.fit(x, labels, epochs=15, verbose=0)
    assert model.evaluate(x, labels, verbose=0)[1] == 1.0


def test_a_layer_of_ones_own_saved_and_loaded(tmp_path):
    class MyLayer(Layer):
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

        def get_config(self):
            return {**super().get_config(), "output_dim": self.output_dim}

    x, _ = data()
    model = Sequential([MyLayer(5, input_shape=(4,)), Dense(1)])
    model.compile("rmsprop", "mse")
    losses = model.fit(x, x[:, 0], epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(str(tmp_path / "own.h5"))
    again = load_model(str(tmp_path / "own.h5"), custom_objects={"MyLayer": MyLayer})
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_grid_search_over_a_classifier():
    sklearn = pytest.importorskip("sklearn.model_selection")
    from minikeras.wrappers.scikit_learn import KerasClassifier

    x, y = data()
    classifier = KerasClassifier(build_fn=create_model, epochs=15, verbose=0)
    grid = {"units": [1, 16], "batch_size": [10, 15]}
    search = sklearn.GridSearchCV(classifier, grid, cv=2, n_jobs=1)
    found = search.fit(x, y)
    assert found.best_params_["units"] == 16
    assert 0.5 < found.best_score_ <= 1.0


def test_cross_validation_by_hand():
    model_selection = pytest.importorskip("sklearn.model_selection")

    x, y = data()
    scores = []
    for train, test in model_selection.StratifiedKFold(n_splits=3).split(x, y):
        model = create_model()
        model.fit(x[train], y[train], epochs=10, batch_size=10, verbose=0)
        scores.append(model.evaluate(x[test], y[test], verbose=0)[1])
    assert np.mean(scores) > 0.7
