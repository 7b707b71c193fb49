"""Layers of Keras 1: numbers, names and configurations as Keras 2.3.1 gave them."""

import numpy as np
import pytest

from minikeras import layers
from minikeras.layers import Input
from minikeras.legacy.layers import Highway, MaxoutDense
from minikeras.models import Model

X = np.arange(6.0).reshape(2, 3) / 5
pytestmark = pytest.mark.filterwarnings("ignore:The `.*` layer is deprecated")


def outputs(layer):
    """What a layer gives for X with normally distributed weights from seed 1."""
    x = Input((3,))
    model = Model(x, layer(x))
    random = np.random.RandomState(1)
    layer.set_weights([random.randn(*w.shape) for w in layer.weights])
    return model.predict(X)


def names_and_shapes(layer):
    return [(weight.name, weight.shape) for weight in layer.weights]


def test_highway_gives_the_recorded_numbers():
    layer = Highway(activation="tanh", name="way")
    expected = [[0.31560123, 0.35178, -0.366897], [0.7462784, 0.28602284, 0.3401849]]
    np.testing.assert_allclose(outputs(layer), expected, rtol=1e-5)
    assert names_and_shapes(layer) == [
        ("way/W:0", (3, 3)),
        ("way/W_carry:0", (3, 3)),
        ("way/b:0", (3,)),
        ("way/b_carry:0", (3,)),
    ]


def test_the_gate_of_a_highway_begins_open():
    layer = Highway()
    layer.build((None, 3))
    np.testing.assert_array_equal(layer.b_carry.value, np.ones(3))
    np.testing.assert_array_equal(layer.b.value, np.zeros(3))


def test_maxout_gives_the_recorded_numbers():
    layer = MaxoutDense(2, 3, name="out")
    expected = [[1.0593733, 0.27079332], [1.6636072, -1.4857097]]
    np.testing.assert_allclose(outputs(layer), expected, rtol=1e-5)
    assert names_and_shapes(layer) == [("out/W:0", (3, 3, 2)), ("out/b:0", (3, 2))]


def test_configurations_have_keras_1s_names():
    config = MaxoutDense(2, input_dim=3, W_regularizer="l2").get_config()
    assert config["output_dim"] == 2 and config["nb_feature"] == 4
    assert config["W_regularizer"]["config"]["l2"] == pytest.approx(0.01)
    assert config["batch_input_shape"] == (None, 3) and config["input_dim"] == 3
    assert config["bias"] is True and config["init"]["class_name"] == "VarianceScaling"


@pytest.mark.parametrize("layer", [Highway, lambda: MaxoutDense(2)])
def test_they_read_vectors_only(layer):
    with pytest.raises(ValueError, match="expected ndim=2, found ndim=3"):
        layer()(Input((3, 4)))


@pytest.mark.parametrize("name, args", [("Highway", ()), ("MaxoutDense", (2,))])
def test_they_warn_that_they_are_old(name, args):
    with pytest.warns(UserWarning, match=f"The `{name}` layer is deprecated") as caught:
        getattr(layers, name)(*args)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("rank, rate", [(1, 2), (2, (2, 3))])
def test_atrous_convolutions_are_dilated_ones(rank, rate):
    make = getattr(layers, f"AtrousConvolution{rank}D")
    with pytest.warns(UserWarning, match=f"`Conv{rank}D` layer with the `dilation_rat"):
        layer = make(4, 3, atrous_rate=rate)
    assert type(layer) is getattr(layers, f"Conv{rank}D")
    assert layer.dilation_rate == (rate if rank == 2 else (rate,))
