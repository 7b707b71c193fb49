"""Functional models: shared layers, nesting, order, configurations, threads."""

import gc
import threading
import weakref

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import BatchNormalization, Concatenate, Dense, Input, Layer
from minikeras.models import Model, Sequential, clone_model, model_from_json
from minikeras.utils import check_gradients


def rows(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype("float32")


def float64(model_function):
    """The model with float64 weights, for gradient checks."""
    K.set_floatx("float64")
    try:
        return model_function()
    finally:
        K.set_floatx("float32")


def shared_model():
    """A layer used twice, on the input and on its own output."""
    x = Input((4,))
    shared = Dense(4, "tanh")
    return Model(x, shared(shared(x)))


def two_by_two():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    shared = Dense(5, "tanh", name="shared")
    inner = Sequential([Dense(4, "sigmoid", input_dim=5, name="inner_dense")], "inner")
    return Model(
        [a, b],
        [Dense(2, name="left")(inner(shared(a))), Dense(1, name="right")(shared(b))],
    )


def test_gradients_of_a_layer_used_twice_add_up():
    check_gradients(float64(shared_model), rows(5, 4).astype("float64"))


def test_gradients_of_two_inputs_two_outputs_and_a_nested_model():
    model = float64(two_by_two)
    check_gradients(model, [rows(5, 3).astype(float), rows(5, 3, seed=1).astype(float)])


def test_a_model_used_twice_in_another_has_right_gradients():
    def build():
        inner = shared_model()
        x = Input((4,))
        return Model(x, inner(inner(x)))

    check_gradients(float64(build), rows(5, 4).astype("float64"))


def test_forward_leaves_nothing_on_the_layers():
    model = two_by_two()
    before = [dict(vars(layer)) for layer in model.layers]
    x = [rows(5, 3), rows(5, 3)]
    model.forward(x)
    assert [dict(vars(layer)) for layer in model.layers] == before


def test_a_forward_that_is_never_followed_by_a_backward_leaks_nothing():
    class Remembering(Layer):
        def forward(self, x):
            y = np.array(x)
            found.append(weakref.ref(y))
            return y, lambda dy: dy + 0 * y

    found = []
    x = Input((4,))
    model = Model(x, Remembering()(Dense(4)(x)))
    found.clear()
    y, backward = model.forward(rows(5, 4))
    assert len(found) == 1
    del y, backward
    gc.collect()
    assert found[0]() is None


def test_two_threads_may_predict_with_one_model():
    model = Sequential([Dense(64, "relu", input_dim=32), Dense(10, "softmax")])
    data = [rows(64, 32, seed=seed) for seed in range(4)]
    expected = [model.predict(x) for x in data]
    wrong = []

    def work(x, y):
        for _ in range(50):
            if not np.array_equal(model.predict(x), y):
                wrong.append(1)

    pairs = zip(data, expected, strict=True)
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_layers_stand_as_in_keras_by_depth():
    # Recorded from Keras 2.3.1 for the same model.
    a, b = Input((3,), name="a"), Input((3,), name="b")
    x = Dense(3, name="x")(a)
    y = Dense(3, name="y")(x)
    z = Dense(3, name="z")(b)
    model = Model([b, a], [z, y])
    assert [layer.name for layer in model.layers] == ["a", "b", "x", "z", "y"]


def test_a_layer_used_at_two_depths_moves_what_it_reads_as_in_keras():
    # Recorded from Keras 2.3.1; weights in files stand in this order.
    a = Input((3,), name="a")
    x, y, z = (Dense(3, name=name) for name in "xyz")
    both = Concatenate(name="both")([x(a), y(a)])
    model = Model(a, [y(a), x(z(a)), both])
    assert [layer.name for layer in model.layers] == ["a", "z", "y", "x", "both"]


def test_json_round_trip_with_shared_and_nested_layers():
    model = two_by_two()
    again = model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    x = [rows(5, 3), rows(5, 3, seed=1)]
    for found, expected in zip(again.predict(x), model.predict(x), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert again.get_config() == model.get_config()


def test_clone_joins_layers_in_the_same_way():
    model = two_by_two()
    clone = clone_model(model)
    clone.set_weights(model.get_weights())
    x = [rows(5, 3), rows(5, 3, seed=1)]
    for found, expected in zip(clone.predict(x), model.predict(x), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_clone_on_given_tensors():
    model = Sequential([Dense(2, input_dim=3)])
    x = Input((3,), name="new")
    clone = clone_model(model, input_tensors=x)
    assert clone.inputs[0] is x
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(rows(4, 3)), model.predict(rows(4, 3)))


def test_a_missing_input_is_named():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    with pytest.raises(ValueError, match="Graph disconnected.*'b'"):
        Model(a, Dense(2)(Dense(3)(b)))


def test_names_must_be_unique():
    x = Input((3,))
    with pytest.raises(ValueError, match='name "twin" is used 2 times'):
        Model(x, Dense(2, name="twin")(Dense(2, name="twin")(x)))


def test_the_same_input_twice_is_refused():
    x = Input((3,))
    with pytest.raises(ValueError, match="redundant"):
        Model([x, x], Dense(2)(x))


def test_a_k_op_between_layers_asks_for_a_lambda_layer():
    x = Input((3,))
    with pytest.raises(ValueError, match="Lambda"):
        Model(x, K.abs(Dense(3)(x)))
    with pytest.raises(ValueError, match="Lambda"):
        Model(x, Dense(2)(K.abs(x)))


def test_nodes_tell_inputs_and_outputs_of_each_call():
    a, b = Input((3,)), Input((5, 3))
    layer = Dense(2)
    y, z = layer(a), layer(b)
    assert layer.get_output_at(0) is y and layer.get_output_at(1) is z
    assert layer.get_input_shape_at(1) == (None, 5, 3)
    with pytest.raises(AttributeError, match="multiple inbound nodes"):
        layer.output  # noqa: B018
    with pytest.raises(ValueError, match="only 2 inbound nodes"):
        layer.get_output_at(2)
    with pytest.raises(AttributeError, match="not connected"):
        Dense(2).input  # noqa: B018


def test_a_layer_on_a_wrong_shape_says_what_it_wants():
    with pytest.raises(ValueError, match="expected min_ndim=2, found ndim=1"):
        Dense(2)(Input(batch_shape=(3,)))
    layer = Dense(2)
    layer(Input((3,)))
    with pytest.raises(ValueError, match="axis -1 .* value 3 .*4"):
        layer(Input((4,)))


def test_unknown_arguments_get_a_hint():
    with pytest.raises(TypeError, match="Did you mean 'activation'"):
        Dense(2, activaton="relu")
    with pytest.raises(TypeError, match="`units` and also `output_dim`"):
        Dense(3, output_dim=2)


def test_set_weights_checks_every_shape_before_it_changes_any():
    model = Sequential([Dense(2, input_dim=3), Dense(2)])
    before = model.get_weights()
    wrong = [np.ones((3, 2)), np.ones(2), np.ones((2, 2)), np.ones(3)]
    with pytest.raises(ValueError, match=r"shape \(2,\).*\(3,\)"):
        model.set_weights(wrong)
    for found, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_layers_and_models_run_on_arrays_at_once():
    layer = Dense(2)
    assert layer(rows(5, 3)).shape == (5, 2)
    model = two_by_two()
    left, right = model([rows(5, 3), rows(5, 3)])
    assert left.shape == (5, 2) and right.shape == (5, 1)


def test_an_input_may_be_a_tensor_of_its_own():
    x = Input(tensor=K.constant(rows(5, 3)))
    model = Model(x, Dense(2)(x))
    assert model.predict(None, steps=1).shape == (5, 2)


def normalizing(name=None):
    layers = [Dense(3, input_dim=4), BatchNormalization()]
    return Sequential([*layers, Dense(2), BatchNormalization()], name)


def shapes(model):
    return [w.shape for w in model.get_weights()]


def test_weights_of_a_model_inside_come_trainable_ones_first_as_in_keras():
    x, inner = Input((4,)), normalizing()
    model = Model(x, Dense(1)(inner(x)))
    alone = [(4, 3), *[(3,)] * 5, (3, 2), *[(2,)] * 5]
    inside = [(4, 3), *[(3,)] * 3, (3, 2), *[(2,)] * 3, (3,), (3,), (2,), (2,)]
    assert shapes(inner) == alone
    assert shapes(model) == [*inside, (2, 1), (1,)]
    inner.trainable = False
    assert shapes(model) == [*inside, (2, 1), (1,)]
    inner.trainable = True
    inner.layers[0].trainable = False
    assert shapes(model) == [*inside[2:8], *inside[:2], *inside[8:], (2, 1), (1,)]


@pytest.mark.parametrize("frozen", ["nothing", "the inner model", "its first layer"])
def test_set_weights_takes_what_get_weights_gave(frozen):
    x, inner = Input((4,)), normalizing()
    model = Model(x, Dense(1)(inner(x)))
    inner.trainable = frozen != "the inner model"
    inner.layers[0].trainable = frozen != "its first layer"
    given = [np.random.RandomState(i).rand(*s) for i, s in enumerate(shapes(model))]
    model.set_weights(given)
    for one, other in zip(given, model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_an_initializer_may_be_written_with_k_ops():
    def tenths(shape, dtype=None):
        return K.ones(shape, dtype=dtype) * 0.1

    model = Sequential([Dense(3, kernel_initializer=tenths, input_dim=2)])
    np.testing.assert_allclose(model.get_weights()[0], np.full((2, 3), 0.1))
