"""What is particular to Lambda."""

import functools
import json

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Dense, Input, Lambda, Masking
from minikeras.models import Model, Sequential, clone_model, model_from_json


def halve(x):
    return x / 2


def test_a_lambda_trains_what_is_before_it():
    model = Sequential([Dense(3, input_dim=2), Lambda(lambda x: K.tanh(x) * 2)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch(np.ones((4, 2)), np.ones((4, 3)))
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))


def test_several_inputs_and_arguments():
    a, b = Input((3,)), Input((3,))
    y = Lambda(lambda xs, factor: xs[0] + factor * xs[1], arguments={"factor": 3})(
        [a, b]
    )
    model = Model([a, b], y)
    got = model.predict([np.ones((2, 3)), np.full((2, 3), 2.0)])
    np.testing.assert_array_equal(got, np.full((2, 3), 7.0))


def test_the_shape_is_found_by_trial_or_given():
    assert Lambda(lambda x: x[:, :2])(Input((5,))).shape == (None, 2)
    layer = Lambda(halve, output_shape=(4,))
    assert layer.compute_output_shape((None, 4)) == (None, 4)
    layer = Lambda(halve, output_shape=lambda shape: (shape[0], 2 * shape[1]))
    assert layer.compute_output_shape((None, 4)) == (None, 8)


def test_a_mask_is_given_to_functions_that_take_one():
    seen = []

    def look(x, mask=None):
        seen.append(mask)
        return x

    Lambda(look, mask=lambda x, mask: mask)(Masking()(Input((4, 2))))
    assert seen[-1] is not None


def test_a_function_is_found_by_name_when_a_model_is_read():
    model = Sequential([Lambda(halve, input_shape=(3,))])
    text = model.to_json()
    assert '"halve"' in text
    again = model_from_json(text, {"halve": halve})
    np.testing.assert_array_equal(again.predict(np.ones((1, 3))), [[0.5] * 3])
    with pytest.raises(ValueError, match="custom_objects"):
        model_from_json(text)


def test_a_lambda_is_cloned_but_cannot_be_read_back():
    model = Sequential([Lambda(lambda x: x + 1, input_shape=(3,))])
    clone = clone_model(model)
    np.testing.assert_array_equal(clone.predict(np.ones((1, 3))), [[2.0] * 3])
    with pytest.raises(ValueError, match="lambda has no name"):
        model_from_json(json.dumps(json.loads(model.to_json())))


def test_numpy_in_a_lambda_has_values_but_no_gradient():
    layer = Lambda(lambda x: np.sort(x))
    x = Input((3,))
    assert Model(x, layer(x)).predict(np.array([[2, 3, 1]])).tolist() == [[1, 2, 3]]
    score = K.gradients(layer(x), [x])
    with pytest.raises(TypeError, match="minikeras.backend"):
        K.function([x], score)([np.ones((1, 3))])


def test_objects_that_can_be_called_serve_as_functions():
    for function in (K.square, np.square, functools.partial(K.pow, a=2)):
        model = Sequential([Lambda(function, input_shape=(2,))])
        for each in (model, clone_model(model)):
            got = each.predict(np.array([[2.0, 3.0]]))
            np.testing.assert_array_equal(got, [[4.0, 9.0]])
