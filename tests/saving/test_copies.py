"""Models can be pickled and copied, with all that they are made of."""

import copy
import pickle

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.engine.base_layer import Layer
from minikeras.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    MaxPooling1D,
    PReLU,
    Reshape,
    concatenate,
)
from minikeras.models import Model, Sequential

X = np.random.RandomState(0).rand(10, 3).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def swish(x):
    return x * K.sigmoid(x)


def distance(y_true, y_pred):
    return K.mean(K.abs(y_true - y_pred), axis=-1)


class Scale(Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.factor = self.add_weight("factor", (input_shape[-1],), initializer="ones")
        self.built = True

    def call(self, x):
        return x * self.factor * self.start


def make():
    x = Input((3,))
    inner = Sequential([Dense(4, activation=swish, input_shape=(3,)), Dropout(0.3)])
    model = Model(x, Dense(1)(Scale(2.0)(inner(x))))
    model.compile("adam", distance)
    model.fit(X, Y, epochs=2, verbose=0)
    return model


COPIES = [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy]


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "deepcopy"])
def test_a_copy_predicts_and_goes_on_the_same_and_alone(copied):
    model = make()
    twin = copied(model)
    assert np.array_equal(model.predict(X), twin.predict(X))
    before = model.get_weights()
    np.random.seed(1)
    twin.fit(X, Y, epochs=2, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    np.random.seed(1)
    model.fit(X, Y, epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "deepcopy"])
def test_a_model_that_is_not_compiled_is_copied(copied):
    model = Sequential([Dense(2, input_shape=(3,))])
    assert np.array_equal(model.predict(X), copied(model).predict(X))


class Net(Model):
    """A model that is defined by its `call`."""

    def __init__(self):
        super().__init__(name="net")
        self.hidden, self.heads = Dense(4, activation="tanh"), [Dense(1)]

    def call(self, x):
        return self.heads[0](self.hidden(x))


def lstm():
    text = Sequential([Embedding(9, 4, mask_zero=True, input_length=3)])
    text.add(Bidirectional(LSTM(3, return_sequences=True)))
    text.add(GRU(2))
    text.add(Dense(1, activation=PReLU()))
    return text


def conv():
    layers = [Reshape((3, 1), input_shape=(3,)), Conv1D(4, 2), BatchNormalization()]
    return Sequential([*layers, MaxPooling1D(2), Flatten(), Dense(1)])


def shared():
    x, inner = Input((3,)), Sequential([Dense(3, input_dim=3), Dropout(0.5)])
    return Model(x, Dense(1)(concatenate([inner(x), inner(inner(x))])))


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "deepcopy"])
@pytest.mark.parametrize("kind", [Net, lstm, conv, shared])
def test_all_kinds_of_models_train_on_as_if_nothing_had_happened(kind, copied):
    model = kind()
    model.compile("adam", "mse", ["mae"])
    x = (X * 9).astype("int32") if kind is lstm else X
    model.fit(x, Y, verbose=0)
    twin = copied(model)
    assert type(twin) is type(model)
    np.testing.assert_array_equal(twin.predict(x), model.predict(x))
    histories = []
    for each in (model, twin):
        np.random.seed(1)
        histories.append(each.fit(x, Y, epochs=2, batch_size=5, verbose=0).history)
    assert histories[0] == histories[1]
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_lambda_is_copied_but_not_pickled():
    model = Sequential([Dense(2, activation=lambda x: x * 2, input_shape=(3,))])
    assert np.array_equal(model.predict(X), copy.deepcopy(model).predict(X))
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(model)


def test_two_functions_of_one_name_are_refused():
    def swish(x):
        return -x

    layers = [Dense(2, activation=swish, input_shape=(3,)), make().layers[1].layers[0]]
    with pytest.raises(ValueError, match="two things called 'swish'"):
        copy.deepcopy(
            Sequential(layers[:1] + [Dense(2, activation=globals()["swish"])])
        )
