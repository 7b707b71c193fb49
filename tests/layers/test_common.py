"""What every layer promises, checked over the table in `cases`."""

import json
import pickle

import numpy as np
import pytest
from layers.cases import CASES, CUSTOM_OBJECTS, Case, as_list

from minikeras import backend as K
from minikeras import layers
from minikeras.layers import Dense, Input
from minikeras.models import Model, clone_model, model_from_json
from minikeras.utils import check_gradients

pytestmark = pytest.mark.filterwarnings("ignore:The `.*` layer is deprecated")
every_layer = pytest.mark.parametrize("name", CASES)


def seeded(layer, x, **options):
    """Forward with the same random numbers each time."""
    np.random.seed(1)
    return layer.forward(x, **options)


def training_options(case):
    return {"training": True} if case.takes_training() else {}


def model_of(case, layer=None):
    inputs = [Input(shape) for shape in case.sample_shapes]
    output = (layer or case.make())(case.unpacked(inputs))
    return Model(case.unpacked(inputs), output)


# ---- shapes and types ----------------------------------------------------------------


@every_layer
def test_output_shape_is_as_computed(name):
    case = Case(name)
    layer = case.built()
    y, _ = layer.forward(case.x())
    computed = layer.compute_output_shape(case.shapes)
    assert computed[0] is None
    assert y.shape == (case.samples, *computed[1:])
    exact = case.unpacked([(6, *shape) for shape in case.sample_shapes])
    assert tuple(layer.compute_output_shape(exact)) == y.shape


@every_layer
def test_a_graph_gives_the_same_as_forward(name):
    case = Case(name)
    model = model_of(case)
    y, _ = model.layers[-1].forward(case.x())
    assert model.output_shape == (None, *y.shape[1:])
    np.testing.assert_allclose(model.predict(case.x()), y, rtol=1e-6)


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_and_gradients_keep_the_float_type(name, dtype):
    case = Case(name)
    before = K.floatx()
    K.set_floatx(dtype)
    try:
        layer = case.built()
        y, backward = layer.forward(case.x(dtype), **training_options(case))
        dx = backward(np.ones_like(y))
        assert y.dtype == dtype
        assert [g.dtype for g in as_list(dx)] == [dtype] * len(case.sample_shapes)
        assert [g.shape for g in as_list(dx)] == [v.shape for v in as_list(case.x())]
    finally:
        K.set_floatx(before)


@every_layer
def test_a_batch_without_samples_passes(name):
    case = Case(name, samples=0)
    y, backward = case.built().forward(case.x(), **training_options(case))
    assert len(y) == 0
    assert all(len(dx) == 0 for dx in as_list(backward(np.ones_like(y))))


# ---- gradients -----------------------------------------------------------------------


@every_layer
def test_gradients(name):
    case = Case(name)
    check_gradients(case.built(), case.x("float64"), **training_options(case))


@every_layer
def test_calls_do_not_disturb_one_another(name):
    case = Case(name)
    layer = case.built()
    options = training_options(case)
    y1, backward1 = seeded(layer, case.x(seed=1), **options)
    expected = backward1(np.ones_like(y1))
    weight_grads = [w.grad.copy() for w in layer.trainable_weights]
    for weight in layer.weights:
        weight.zero_grad()

    y1, backward1 = seeded(layer, case.x(seed=1), **options)
    layer.forward(case.x(seed=2), **options)  # never followed by its backward
    got = backward1(np.ones_like(y1))

    for one, other in zip(as_list(got), as_list(expected), strict=True):
        np.testing.assert_array_equal(one, other)
    for weight, grad in zip(layer.trainable_weights, weight_grads, strict=True):
        np.testing.assert_array_equal(weight.grad, grad)


@every_layer
def test_used_twice_in_one_graph_the_gradients_add_up(name):
    case = Case(name)
    layer = case.make()
    inputs = [Input(shape) for shape in case.sample_shapes]
    once = layer(case.unpacked(inputs))
    twice = layer(case.unpacked([K.identity(t) for t in inputs]))
    total = K.sum(once) + 2 * K.sum(twice)
    gradient = K.gradients(total, inputs + layer.trainable_weights)
    found = K.function(inputs, [g for g in gradient if g is not None])(
        as_list(case.x())
    )

    y, backward = layer.forward(case.x())
    for weight in layer.weights:
        weight.zero_grad()
    dx = as_list(backward(np.ones_like(y)))
    expected = dx + [w.grad for w in layer.trainable_weights]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, 3 * other, rtol=1e-4, atol=1e-5)


@every_layer
def test_forward_leaves_nothing_on_the_layer(name):
    case = Case(name)
    layer = case.built()
    before = {key: id(value) for key, value in vars(layer).items()}
    y, backward = layer.forward(case.x(), **training_options(case))
    backward(np.ones_like(y))
    assert {key: id(value) for key, value in vars(layer).items()} == before


# ---- configuration -------------------------------------------------------------------


@every_layer
def test_configuration_makes_the_layer_again(name):
    case = Case(name)
    layer = case.built()
    config = json.loads(json.dumps(layers.serialize(layer)))
    again = case.built(layers.deserialize(config, CUSTOM_OBJECTS))
    again.set_weights(layer.get_weights())
    assert again.name == layer.name
    assert json.dumps(again.get_config()) == json.dumps(layer.get_config())
    options = training_options(case)
    y, _ = seeded(layer, case.x(), **options)
    np.testing.assert_array_equal(seeded(again, case.x(), **options)[0], y)


@every_layer
def test_models_with_the_layer_are_cloned_and_written(name):
    case = Case(name)
    model = model_of(case)
    clones = [clone_model(model), model_from_json(model.to_json(), CUSTOM_OBJECTS)]
    for clone in clones:
        clone.set_weights(model.get_weights())
        np.testing.assert_allclose(
            clone.predict(case.x()), model.predict(case.x()), rtol=1e-6
        )


@every_layer
def test_layers_are_pickled(name):
    case = Case(name)
    layer = case.built()
    again = pickle.loads(pickle.dumps(layer))
    options = training_options(case)
    y, _ = seeded(layer, case.x(), **options)
    np.testing.assert_array_equal(seeded(again, case.x(), **options)[0], y)


# ---- masks ---------------------------------------------------------------------------


@every_layer
def test_masks_are_passed_on_or_refused(name):
    case = Case(name)
    layer = case.built()
    inputs = case.unpacked([K.constant(x) for x in as_list(case.x())])
    mask = case.unpacked([np.ones(x.shape[:-1], bool) for x in as_list(case.x())])
    kind = case.options.get("mask", "refused")
    if kind == "refused":
        with pytest.raises(TypeError, match="does not support masking"):
            layer.compute_mask(inputs, mask)
    elif kind == "same":
        assert layer.compute_mask(inputs, mask) is mask
        assert layer.compute_mask(inputs, None) is None
    elif kind == "none":
        assert layer.compute_mask(inputs, mask) is None
    else:
        assert np.all(layer.compute_mask(inputs, mask))


# ---- training ------------------------------------------------------------------------


@every_layer
def test_one_training_step(name):
    case = Case(name)
    inputs = [Input(shape) for shape in case.sample_shapes]
    hidden = [Dense(shape[-1])(x) for x, shape in zip(inputs, case.sample_shapes)]  # noqa: B905
    y = case.make()(case.unpacked(hidden))
    model = Model(case.unpacked(inputs), Dense(1)(y))
    model.compile("adam", "mse")
    before = model.get_weights()
    targets = np.ones((case.samples, *model.output_shape[1:]))
    loss = model.train_on_batch(case.x(), targets)
    assert np.isfinite(loss)
    changed = [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert all(changed)
