"""Sequential: ways to say the input shape, adding, popping, configurations."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Dense, Dropout, Input
from minikeras.models import Model, Sequential, clone_model, model_from_json


def x(rows=5, columns=4):
    return np.random.RandomState(0).rand(rows, columns).astype("float32")


@pytest.mark.parametrize(
    "first",
    [
        {"input_shape": (4,)},
        {"input_dim": 4},
        {"batch_input_shape": (None, 4)},
        {"input_shape": (4,), "batch_size": None},
    ],
    ids=str,
)
def test_every_way_to_give_the_input_shape_builds_the_model(first):
    model = Sequential([Dense(3, **first), Dense(2)])
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]


def test_batch_size_fixes_the_number_of_samples():
    model = Sequential([Dense(3, input_shape=(4,), batch_size=8)])
    assert model.output_shape == (8, 3)


def test_without_a_shape_the_weights_come_with_the_data():
    model = Sequential([Dense(3), Dense(2)])
    assert model.weights == []
    model.compile("sgd", "mse")
    model.fit(x(), np.zeros((5, 2)), verbose=0)
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]


def test_build_makes_the_weights():
    model = Sequential([Dense(3)])
    model.build((None, 4))
    assert model.count_params() == 15


def test_a_model_without_shape_says_what_to_do_for_a_summary():
    with pytest.raises(ValueError, match="not yet been built"):
        Sequential([Dense(3)]).summary()


def test_pop_takes_the_last_layer_and_predict_notices():
    model = Sequential([Dense(3, input_dim=4), Dense(2)])
    assert model.predict(x()).shape == (5, 2)
    model.pop()
    assert model.predict(x()).shape == (5, 3)
    model.add(Dense(6))
    assert model.predict(x()).shape == (5, 6)


def test_training_goes_on_after_add():
    model = Sequential([Dense(3, input_dim=4)])
    model.compile("sgd", "mse")
    model.train_on_batch(x(), np.zeros((5, 3)))
    model.add(Dense(2))
    model.train_on_batch(x(), np.zeros((5, 2)))
    assert np.isfinite(model.predict(x())).all()


def test_pop_of_everything_starts_afresh():
    model = Sequential([Dense(3, input_dim=4)])
    model.pop()
    with pytest.raises(TypeError, match="no layers"):
        model.pop()
    model.add(Dense(2, input_dim=7))
    assert model.input_shape == (None, 7)


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError, match="instance of class Layer"):
        Sequential([3])
    with pytest.raises(TypeError, match=r"Write Dense\(\.\.\.\)"):
        Sequential([Dense])


def test_the_same_layer_twice_is_refused():
    layer = Dense(4, input_dim=4)
    with pytest.raises(ValueError, match="functional API"):
        Sequential([layer, layer])


def test_configuration_round_trip_predicts_the_same():
    model = Sequential(
        [Dense(3, "relu", input_dim=4), Dropout(0.5), Dense(2, "softmax")]
    )
    again = Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(x()), model.predict(x()))
    assert [layer.name for layer in again.layers] == [la.name for la in model.layers]


def test_json_round_trip_predicts_the_same():
    model = Sequential([Dense(3, "relu", input_dim=4), Dense(2)])
    again = model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(x()), model.predict(x()))


def test_clone_has_fresh_weights_of_its_own():
    model = Sequential([Dense(3, input_dim=4)])
    clone = clone_model(model)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    clone.layers[0].kernel.assign(np.zeros((4, 3)))
    assert model.get_weights()[0].any()


def test_get_layer_by_name_or_index_and_the_index_wins():
    model = Sequential([Dense(3, input_dim=4, name="a"), Dense(2, name="b")])
    assert model.get_layer("b") is model.layers[1]
    assert model.get_layer("b", index=0) is model.layers[0]
    with pytest.raises(ValueError, match="No such layer: c"):
        model.get_layer("c")
    with pytest.raises(ValueError, match="index 5"):
        model.get_layer(index=5)


def test_a_model_is_a_layer_of_another():
    inner = Sequential([Dense(3, "relu", input_dim=4), Dense(3)])
    model = Sequential([inner, Dense(2)])
    assert model.output_shape == (None, 2)
    assert len(model.trainable_weights) == 6
    values = inner.predict(x()) @ model.layers[1].get_weights()[0]
    np.testing.assert_allclose(model.predict(x()), values, rtol=1e-5)


def test_predict_classes():
    model = Sequential([Dense(3, "softmax", input_dim=4)])
    np.testing.assert_array_equal(
        model.predict_classes(x()), model.predict(x()).argmax(-1)
    )
    one = Sequential([Dense(1, "sigmoid", input_dim=4)])
    np.testing.assert_array_equal(one.predict_classes(x()), one.predict(x()) > 0.5)


SUMMARY = """\
Model: "sequential_1"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
dense_1 (Dense)              (None, 64)                1344      
_________________________________________________________________
dropout_1 (Dropout)          (None, 64)                0         
_________________________________________________________________
dense_2 (Dense)              (None, 10)                650       
=================================================================
Total params: 1,994
Trainable params: 1,994
Non-trainable params: 0
_________________________________________________________________
"""  # noqa: W291  Keras pads its columns


def test_summary_is_keras_table(capsys):
    K.reset_uids()
    model = Sequential([Dense(64, input_dim=20), Dropout(0.5), Dense(10)])
    model.summary()
    assert capsys.readouterr().out == SUMMARY


def test_summary_of_a_graph_lists_what_each_layer_reads():
    first = Input((4,), name="first")
    shared = Dense(3, name="shared")
    model = Model(first, [shared(first), shared(first)])
    lines = []
    model.summary(print_fn=lines.append)
    gap = " " * 66
    row = "shared (Dense)                  (None, 3)            15          first[0][0]"
    start = lines.index(row.ljust(98))
    assert lines[start + 1] == (gap[:65] + "first[0][0]").ljust(98)


def test_two_chains_side_by_side_are_no_chain():
    a, b = Input((4,)), Input((4,))
    lines = []
    Model([a, b], [Dense(3)(a), Dense(3)(b)]).summary(print_fn=lines.append)
    assert "Connected to" in lines[2]


def test_the_end_of_a_fourth_column_may_be_given_for_a_chain():
    lines = []
    model = Sequential([Dense(3, input_dim=4)])
    model.summary(80, [0.3, 0.6, 0.8, 1.0], print_fn=lines.append)
    assert (
        lines[2].rstrip() == "Layer (type)            Output Shape            Param #"
    )


def test_the_shape_is_in_the_configuration_where_no_layer_has_it():
    assert "build_input_shape" not in Sequential([Dense(3, input_dim=4)]).get_config()
    late = Sequential([Dense(3)])
    late.build((None, 4))
    assert Sequential.from_config(late.get_config()).output_shape == (None, 3)


def test_html_summary_escapes_names():
    model = Sequential([Dense(3, input_dim=4, name="a<b")])
    assert "a&lt;b (Dense)" in model._repr_html_()
