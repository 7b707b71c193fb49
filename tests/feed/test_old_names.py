"""Keras 1 and 2.0 names of arguments, with a warning; both names are an error."""

import numpy as np
import pytest

from minikeras.layers import Dense
from minikeras.models import Sequential


class Counting:
    """A generator of batches of 4 that knows its batch size and counts."""

    def __init__(self, batch_size=4):
        if batch_size:
            self.batch_size = batch_size
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        return np.ones((4, 2)), np.ones((4, 1))


@pytest.fixture
def model():
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def test_keras_1_call_of_fit_generator_runs(model):
    train, validation = Counting(), Counting()
    with pytest.warns(UserWarning, match="Keras 2 API.*`nb_epoch` is now `epochs`"):
        history = model.fit_generator(
            train, samples_per_epoch=10, nb_epoch=2, max_q_size=3, nb_worker=1,
            pickle_safe=False, validation_data=validation, nb_val_samples=8, verbose=0,
        )  # fmt: skip
    assert history.epoch == [0, 1]
    assert train.count == 2 * 3 and validation.count == 2 * 2


def test_samples_are_batches_where_no_batch_size_is_known(model):
    train = Counting(batch_size=None)
    with pytest.warns(UserWarning, match="counts batches, not samples"):
        model.fit_generator(train, samples_per_epoch=3, verbose=0)
    assert train.count == 3


def test_val_samples_of_evaluate_and_predict(model):
    with pytest.warns(UserWarning, match="`val_samples` is now `steps`"):
        model.evaluate_generator(Counting(), val_samples=8)
    with pytest.warns(UserWarning, match="`predict_generator`"):
        assert len(model.predict_generator(Counting(), val_samples=8)) == 8


@pytest.mark.parametrize("arguments", [(2,), ()])
def test_old_and_new_name_together_are_an_error(model, arguments):
    new = {} if arguments else {"steps_per_epoch": 2}
    with pytest.raises(TypeError, match="`steps_per_epoch` and also `samples"):
        model.fit_generator(Counting(), *arguments, samples_per_epoch=8, **new)


def test_unknown_arguments_are_an_error(model):
    with pytest.raises(TypeError, match="bogus"):
        model.fit_generator(Counting(), 2, bogus=1)
    with pytest.warns(UserWarning), pytest.raises(TypeError, match="bogus"):
        model.fit_generator(Counting(), samples_per_epoch=8, bogus=1)
