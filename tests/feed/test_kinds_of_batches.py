"""Every form in which a generator or Sequence may give its batches."""

import threading

import numpy as np
import pytest

from minikeras.callbacks import LambdaCallback
from minikeras.layers import Dense, Input, add
from minikeras.models import Model, Sequential
from minikeras.utils import Sequence

X1, X2 = np.random.RandomState(0).rand(2, 12, 3)
Y = X1.sum(axis=1, keepdims=True) - X2[:, :1]
W = np.linspace(0.1, 1, 12)


def two_inputs():
    np.random.seed(2)
    a, b = Input((3,), name="a"), Input((3,), name="b")
    y = Dense(1, name="y")(add([Dense(2)(a), Dense(2)(b)]))
    model = Model([a, b], y)
    model.compile("sgd", "mse")
    return model


def one_input():
    np.random.seed(2)
    model = Sequential([Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    return model


class Parts(Sequence):
    """Batches of 4 rows, in the form that `form` makes of them."""

    def __init__(self, form):
        self.form = form

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return self.form(X1[rows], X2[rows], Y[rows], W[rows])


FORMS = {
    "lists": lambda x1, x2, y, w: ([x1, x2], y),
    "lists of all": lambda x1, x2, y, w: ([x1, x2], [y]),
    "a list instead of a tuple": lambda x1, x2, y, w: [[x1, x2], y],
    "names": lambda x1, x2, y, w: ({"b": x2, "a": x1}, {"y": y}),
}


@pytest.mark.parametrize("workers, processes", [(0, False), (2, False), (2, True)])
@pytest.mark.parametrize("form", FORMS)
def test_structures_train_like_arrays(form, workers, processes):
    expected, model = two_inputs(), two_inputs()
    expected.fit([X1, X2], Y, batch_size=4, shuffle=False, epochs=2, verbose=0)
    use = {"workers": workers, "use_multiprocessing": processes, "verbose": 0}
    data = Parts(FORMS[form])
    model.fit_generator(data, epochs=2, shuffle=False, validation_data=data, **use)
    for weight, wanted in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, wanted)
    loss = model.evaluate_generator(data, **use)
    assert loss == pytest.approx(model.evaluate([X1, X2], Y, verbose=0), rel=1e-6)


def test_sample_weights_and_class_weights():
    labels = (Y > 0.5).astype(int)
    for form, more, class_weight in (
        (lambda x1, x2, y, w: (x1, y, w), {"sample_weight": W}, None),
        (lambda x1, x2, y, w: (x1, (y > 0.5).astype(int)), {}, {0: 1.0, 1: 3.0}),
    ):
        expected, model = one_input(), one_input()
        y = labels if class_weight else Y
        common = {"class_weight": class_weight, "shuffle": False, "verbose": 0}
        expected.fit(X1, y, batch_size=4, **common, **more)
        model.fit_generator(Parts(form), **common)
        np.testing.assert_array_equal(model.get_weights()[0], expected.get_weights()[0])


@pytest.mark.parametrize(
    "form",
    [
        lambda x1, x2, y, w: x1,
        lambda x1, x2, y, w: (x1,),
        lambda x1, x2, y, w: (x1, y),
        lambda x1, x2, y, w: (x1, y, w),
    ],
)
def test_predict_takes_the_inputs_of_any_form(form):
    model = one_input()
    found = model.predict(Parts(form), workers=2)
    np.testing.assert_allclose(found, model.predict(X1), rtol=1e-6)


def test_predict_takes_lists_of_inputs():
    model = two_inputs()
    found = model.predict_generator(Parts(lambda x1, x2, y, w: [x1, x2]))
    np.testing.assert_allclose(found, model.predict([X1, X2]), rtol=1e-6)


def test_any_object_with_length_and_index_will_do():
    class Bare:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X1[:4], Y[:4]

    history = one_input().fit(Bare(), epochs=2, verbose=0, validation_data=(X1, Y))
    assert len(history.history["val_loss"]) == 2


def test_batches_are_shuffled_for_a_sequence_on_demand():
    seen = []

    class Watched(Parts):
        def __getitem__(self, index):
            seen.append(index)
            return super().__getitem__(index)

    data = Watched(lambda x1, x2, y, w: (x1, y))
    np.random.seed(0)
    one_input().fit_generator(data, epochs=5, verbose=0, workers=0)
    epochs = [seen[start : start + 3] for start in range(0, 15, 3)]
    assert all(sorted(epoch) == [0, 1, 2] for epoch in epochs)
    assert any(epoch != [0, 1, 2] for epoch in epochs)


def test_predictions_of_a_shuffling_iterator_are_warned_of():
    data = Parts(lambda x1, x2, y, w: x1)
    data.shuffle = True
    with pytest.warns(UserWarning, match="shuffle=False"):
        one_input().predict_generator(data)


class Batches(Parts):
    def __init__(self):
        super().__init__(lambda x1, x2, y, w: (x1, y))


def generator():
    while True:
        yield X1, Y


@pytest.mark.parametrize("batches", [generator, Batches])
def test_a_function_or_class_that_was_not_called_is_named(batches):
    with pytest.raises(TypeError, match=rf"Give `{batches.__name__}\(\.\.\.\)`"):
        one_input().fit_generator(batches, steps_per_epoch=2)


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_or_less_make_batches_in_the_main_thread(workers):
    before = threading.active_count()
    seen = LambdaCallback(
        on_batch_end=lambda batch, logs: threads.append(threading.active_count())
    )
    threads = []
    one_input().fit_generator(Batches(), workers=workers, callbacks=[seen], verbose=0)
    assert threads == [before] * 3


@pytest.mark.parametrize("name", ["workers", "max_queue_size"])
def test_counts_that_are_no_whole_numbers_are_named(name):
    with pytest.raises(TypeError, match=f"`{name}` must be a whole number. Got '2'"):
        one_input().fit_generator(Batches(), verbose=0, **{name: "2"})
