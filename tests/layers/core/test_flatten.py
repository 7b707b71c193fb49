"""What is particular to Flatten."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import Flatten, Input


def test_the_order_is_that_in_memory():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(Flatten()(x), x.reshape(2, 12))


def test_channels_first_gives_the_same_as_channels_last():
    x = np.random.RandomState(0).rand(2, 5, 4, 3)
    first = Flatten(data_format="channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(first, Flatten()(x))


def test_the_default_format_of_the_backend_holds_for_flatten():
    x = np.random.RandomState(0).rand(2, 3, 5, 4)
    K.set_image_data_format("channels_first")
    try:
        layer = Flatten()
    finally:
        K.set_image_data_format("channels_last")
    assert layer.get_config()["data_format"] == "channels_first"
    np.testing.assert_array_equal(layer(x), np.moveaxis(x, 1, -1).reshape(2, 60))


def test_a_size_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="not fully defined"):
        Flatten()(Input((None, 3)))


def test_vectors_stay_what_they_are():
    assert Flatten()(Input((3,))).shape == (None, 3)
