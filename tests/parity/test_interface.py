"""Names, texts, calls of callbacks, errors and configurations are Keras 2.3.1's."""

import pytest

import minikeras
from minikeras import layers

from . import interface_cases
from .interface_cases import plain
from .replay import cases

CASES = cases("interface")
NAMES = [name for name in CASES if name in interface_cases.ALL]


@pytest.mark.parametrize("name", NAMES)
def test_interface_equals_recorded_keras(name):
    got = plain(interface_cases.ALL[name](minikeras))
    assert about(got) == about(CASES[name])


@pytest.mark.parametrize("name", CASES["layer_configs"])
def test_layer_config_equals_recorded_keras(name):
    case = CASES["layer_configs"][name]
    layer = getattr(layers, name)(name="layer", **case["arguments"])
    assert about(plain(layer.get_config())) == about(case["config"])


@pytest.mark.parametrize("name", CASES["weight_names"])
def test_weight_names_equal_recorded_keras(name):
    case = CASES["weight_names"][name]
    layer = getattr(layers, name)(name="my" + name, **case["arguments"])
    layer(layers.Input(batch_shape=tuple(case["shape"])))
    weights = [[weight.name, list(weight.shape)] for weight in layer.weights]
    assert weights == case["weights"]


def about(tree):
    """The tree with numbers as float32 shows them: Keras keeps some of them so."""
    if isinstance(tree, dict):
        return {key: about(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [about(value) for value in tree]
    return float(f"{tree:.6g}") if isinstance(tree, float) else tree
