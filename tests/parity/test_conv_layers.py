"""Convolution, pooling, padding, local and normalization layers equal Keras 2.3.1's."""

import pytest

from .replay import cases, check_layer

CASES = cases("conv_layers")


@pytest.mark.parametrize("name", CASES)
def test_layer_equals_recorded_keras(name):
    check_layer(CASES[name])
