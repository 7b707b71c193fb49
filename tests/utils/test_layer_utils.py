"""Helpers that work on layers and their tensors."""

import numpy as np
import pytest

from minikeras.layers import Conv2D, Dense, Flatten, Input, add
from minikeras.models import Model, Sequential
from minikeras.utils import convert_all_kernels_in_model, get_source_inputs
from minikeras.utils.layer_utils import (
    convert_dense_weights_data_format,
    convert_kernel,
)


def test_source_inputs_are_found_through_layers_and_models():
    a, b = Input((3,)), Input((3,))
    inner = Sequential([Dense(3, input_shape=(3,))])
    y = Dense(2)(add([inner(a), b]))
    assert set(get_source_inputs(y)) == {a, b}
    assert get_source_inputs(a) == [a]


def test_kernels_are_turned_by_half_and_back():
    model = Sequential([Conv2D(2, 3, input_shape=(5, 5, 1)), Flatten(), Dense(2)])
    before = model.get_weights()
    convert_all_kernels_in_model(model)
    after = model.get_weights()
    assert np.array_equal(after[0], before[0][::-1, ::-1])
    assert np.array_equal(after[2], before[2])
    convert_all_kernels_in_model(model)
    assert np.array_equal(model.get_weights()[0], before[0])


@pytest.mark.parametrize("shape", [(3, 2, 4), (3, 3, 2, 4), (2, 2, 2, 1, 3)])
def test_a_turned_kernel_is_a_copy(shape):
    kernel = np.random.RandomState(0).rand(*shape)
    turned = convert_kernel(kernel)
    assert np.array_equal(convert_kernel(turned), kernel)
    assert not np.shares_memory(turned, kernel)
    with pytest.raises(ValueError, match="axes"):
        convert_kernel(np.zeros((2, 2)))


@pytest.mark.parametrize("target", ["channels_first", "channels_last"])
def test_dense_rows_follow_the_data_format(target):
    last = np.random.RandomState(0).rand(1, 4, 5, 3)  # rows, columns, channels
    first = last.transpose(0, 3, 1, 2)
    before, after = (last, first) if target == "channels_first" else (first, last)
    x = Input((60,))
    model = Model(x, Dense(2, name="d")(x))
    expected = model.predict(before.reshape(1, 60))
    dense = model.get_layer("d")
    convert_dense_weights_data_format(dense, after.shape[1:], target)
    np.testing.assert_allclose(
        model.predict(after.reshape(1, 60)), expected, rtol=1e-5, atol=1e-6
    )
