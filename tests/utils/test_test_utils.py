"""layer_test accepts right layers and finds what is wrong with others."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Dense, Dropout, Flatten, Layer
from minikeras.models import Sequential
from minikeras.utils.test_utils import get_test_data, layer_test


def test_layers_pass():
    assert layer_test(Dense, {"units": 3}, input_shape=(3, 2)).shape == (3, 3)
    layer_test(Dropout, {"rate": 0.5}, input_shape=(3, 2))
    layer_test(Flatten, input_shape=(4, None, 2, 3), fixed_batch_size=True)


def test_the_output_may_be_given():
    data = np.array([[1.0, 2.0]], "float32")
    kwargs = {"units": 1, "kernel_initializer": "ones"}
    layer_test(Dense, kwargs, input_data=data, expected_output=[[3.0]])
    with pytest.raises(AssertionError, match="Mismatch"):
        layer_test(Dense, kwargs, input_data=data, expected_output=[[4.0]])


class Doubled(Layer):
    def call(self, inputs):
        return inputs * 2


class WrongShape(Doubled):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class ForgetsItsConfig(Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {"name": self.name}


class NotANumber(Layer):
    def call(self, inputs):
        return inputs * np.float32("nan")


def test_custom_layers_pass():
    np.testing.assert_allclose(
        layer_test(Doubled, input_data=np.ones((2, 3), "f4")), np.full((2, 3), 2)
    )


@pytest.mark.parametrize(
    "wrong, kwargs, message",
    [
        (WrongShape, {}, r"shape \(None, 7\) that it announces"),
        (ForgetsItsConfig, {"factor": 2.0}, "Mismatch"),
        (NotANumber, {}, "a finite loss"),
    ],
)
def test_wrong_layers_are_found(wrong, kwargs, message):
    with pytest.raises(AssertionError, match=message):
        layer_test(wrong, kwargs, input_shape=(2, 3))


def test_test_data_can_be_learned():
    np.random.seed(0)
    (x, y), (x_test, y_test) = get_test_data(500, 100, (8,), num_classes=3)
    assert x.shape == (500, 8) and set(y) == {0, 1, 2} and x_test.shape == (100, 8)
    hidden = Dense(16, activation="relu", input_shape=(8,))
    model = Sequential([hidden, Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x, y, epochs=40, verbose=0)
    assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.8


def test_test_data_for_regression():
    (x, y), _ = get_test_data(50, 10, (3, 4), (2, 5), classification=False)
    assert x.shape == (50, 3, 4) and y.shape == (50, 2, 5) and y.dtype == K.floatx()
    with pytest.raises(ValueError, match="input_shape"):
        layer_test(Dense, {"units": 1})
