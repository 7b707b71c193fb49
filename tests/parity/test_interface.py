"""Names, texts, calls of callbacks, errors and configurations are Keras 2.3.1's."""

import itertools

import pytest

import minikeras
from minikeras import layers

from . import interface_cases
from .interface_cases import plain
from .mistakes import error_of, mistakes
from .replay import cases

CASES = cases("interface")


@pytest.mark.parametrize("name", interface_cases.ALL)
def test_interface_equals_recorded_keras(name):
    assert_equal(interface_cases.ALL[name](minikeras), CASES[name])


@pytest.mark.parametrize("name", CASES["errors"])
def test_mistake_raises_the_recorded_type(name):
    assert error_of(mistakes(minikeras)[name]) == CASES["errors"][name]


@pytest.mark.parametrize("name", CASES["layer_configs"])
def test_layer_config_equals_recorded_keras(name):
    case = CASES["layer_configs"][name]
    layer = getattr(layers, name)(name="layer", **case["arguments"])
    assert_equal(layer.get_config(), case["config"])


@pytest.mark.parametrize("name", CASES["weight_names"])
def test_weight_names_equal_recorded_keras(name):
    case = CASES["weight_names"][name]
    layer = getattr(layers, name)(name="my" + name, **case["arguments"])
    layer(layers.Input(batch_shape=tuple(case["shape"])))
    weights = [[weight.name, list(weight.shape)] for weight in layer.weights]
    assert weights == case["weights"]


def assert_equal(got, expected):
    """Equal, but for further keys of dicts, which Keras does not mind when it loads."""
    assert about(known(plain(got), expected)) == about(expected)


def known(tree, expected):
    """The tree without keys that `expected` does not have."""
    if isinstance(tree, dict) and isinstance(expected, dict):
        return {k: known(v, expected[k]) for k, v in tree.items() if k in expected}
    if isinstance(tree, list) and isinstance(expected, list):
        pairs = itertools.zip_longest(tree, expected)
        return [known(*pair) for pair in pairs][: len(tree)]
    return tree


def about(tree):
    """The tree with numbers as float32 shows them: Keras keeps some of them so."""
    if isinstance(tree, dict):
        return {key: about(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [about(value) for value in tree]
    return float(f"{tree:.6g}") if isinstance(tree, float) else tree
