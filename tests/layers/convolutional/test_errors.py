"""What is said to somebody whose sizes or arguments do not fit."""

import re

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.layers import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Cropping2D,
    Dense,
    Flatten,
    Input,
    LocallyConnected2D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
    concatenate,
)
from minikeras.models import Sequential


def test_no_channel_axis():
    with pytest.raises(
        ValueError, match=r"batch, height, width, channels.*\[..., None\]"
    ):
        Sequential([Conv2D(4, 3, input_shape=(28, 28))])


def test_no_channel_axis_of_volumes():
    with pytest.raises(ValueError, match=r"depth, height, width, channels.*, None\]"):
        Sequential([Conv3D(4, 3, input_shape=(8, 8, 8))])


def test_too_many_poolings_show_the_sizes_layer_by_layer():
    model = Sequential([Conv2D(4, 3, input_shape=(12, 12, 1)), MaxPooling2D()])
    model.add(MaxPooling2D(name="second_pool"))
    with pytest.raises(ValueError) as error:
        model.add(Conv2D(4, 3, name="last"))
    text = str(error.value)
    assert "window of 3 x 3 does not fit into an input of 2 x 2" in text
    sizes = [r"12, 12, 1", r"10, 10, 4", r"5, 5, 4", r"2, 2, 4\) +second_pool"]
    assert re.search(".*".join(sizes) + ".*too small here +last", text, re.S)
    short = "12 x 12 -> 10 x 10 -> 5 x 5 -> 2 x 2 -> too small at 'last'"
    assert short in text


def test_local_filters_that_do_not_fit_show_the_sizes_too():
    model = Sequential([MaxPooling2D(input_shape=(8, 8, 1))])
    with pytest.raises(ValueError, match="8 x 8 -> 4 x 4 -> too small at 'local'"):
        model.add(LocallyConnected2D(4, 5, name="local"))


def test_sizes_of_a_graph_are_those_of_its_first_branch():
    x = Input((9, 9, 2))
    y = MaxPooling2D(2)(concatenate([MaxPooling2D(2)(x), MaxPooling2D(2)(x)]))
    with pytest.raises(ValueError, match="9 x 9 -> 4 x 4 -> 2 x 2 -> too small at"):
        Conv2D(4, 3)(y)


def test_channels_first_data_is_recognised():
    model = Sequential([MaxPooling2D(input_shape=(3, 32, 32))])
    with pytest.raises(ValueError, match=r"looks channels-first .*\(0, 2, 3, 1\)"):
        model.add(Conv2D(4, 3))


def test_kernel_larger_than_the_input():
    with pytest.raises(ValueError, match="5 x 5 does not fit into an input of 4 x 9"):
        Sequential([Conv2D(4, 5, input_shape=(4, 9, 1))])
    with pytest.raises(ValueError, match="does not fit"):
        K.conv1d(np.zeros((1, 3, 1), "f"), np.zeros((4, 1, 1), "f"))


def test_strides_with_dilation():
    with pytest.raises(ValueError, match="not supported in conjunction"):
        Sequential([Conv2D(4, 3, strides=2, dilation_rate=2, input_shape=(9, 9, 1))])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Conv2D(4, (3, 3, 3)), "`kernel_size` .* 2 positive integers"),
        (lambda: Conv2D(4, 0), "`kernel_size`"),
        (lambda: Conv1D(4, 3, strides="two"), "`strides`"),
        (lambda: Conv2D(4, 3, padding="causal"), "'valid', 'same'.*Received: 'causal'"),
        (lambda: Conv2D(4, 3, data_format="rgb"), "data_format"),
        (lambda: MaxPooling2D(padding="full"), "`padding`"),
        (lambda: ZeroPadding2D((1, 2, 3)), "`padding` should be"),
        (lambda: Cropping2D(((1, 2), 3, 4)), "`cropping` should be"),
        (lambda: UpSampling2D(interpolation="cubic"), "'nearest' or 'bilinear'"),
        (
            lambda: Conv2DTranspose(4, 3, output_padding=1),
            "greater than output padding",
        ),
        (lambda: LocallyConnected2D(4, 3, padding="same"), "only 'valid'"),
    ],
)
def test_arguments_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_unknown_channels():
    with pytest.raises(ValueError, match="channel dimension .* should be defined"):
        Conv2D(4, 3)(Input((8, 8, None)))


def test_other_number_of_channels_than_built_for():
    layer = Conv2D(4, 3)
    layer(Input((8, 8, 3)))
    with pytest.raises(ValueError, match="axis -1 .* value 3"):
        layer(Input((8, 8, 1)))
    with pytest.raises(ValueError, match="2 channels .* reads 3"):
        K.conv2d(np.zeros((1, 4, 4, 2), "f"), np.zeros((2, 2, 3, 1), "f"))


def test_sizes_may_be_unknown():
    model = Sequential([Conv2D(4, 3, input_shape=(None, None, 1)), MaxPooling2D()])
    assert model.output_shape == (None, None, None, 4)
    assert model.predict(np.zeros((2, 9, 7, 1))).shape == (2, 3, 2, 4)


def test_a_small_net_trains():
    np.random.seed(0)
    x = np.random.rand(64, 8, 8, 1)
    y = (x[:, :4].mean(axis=(1, 2)) > x[:, 4:].mean(axis=(1, 2))).astype(float)
    model = Sequential(
        [Conv2D(8, 3, activation="relu", input_shape=(8, 8, 1)), Flatten(), Dense(1)]
    )
    model.compile("adam", "mse")
    losses = model.fit(x, y, epochs=60, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize(
    "found, cause",
    [
        ((2, 12, 12, 1), r"Grey pictures.*input_shape=\(12, 12, 1\).*np.repeat\(x, 3"),
        ((2, 12, 12), r"Grey pictures.*input_shape=\(12, 12, 1\).*x\[..., None\]"),
        ((2, 12, 12, 4), r"transparency, probably: x\[..., :3\]"),
        (
            (2, 9, 10, 3),
            r"another size.*target_size=\(12, 12\).*input_shape=\(9, 10, 3\)",
        ),
    ],
)
def test_pictures_that_a_model_does_not_read_are_told_why(found, cause):
    model = Sequential([Conv2D(4, 3, input_shape=(12, 12, 3))])
    with pytest.raises(ValueError, match=cause):
        model.predict(np.zeros(found))


@pytest.mark.parametrize(
    "layer, input_shape, cure",
    [
        (Conv2D(4, 3), (400,), "not vectors: put it before Flatten"),
        (Conv2D(4, 3), (50, 12, 12, 3), "input_shape leaves the batch out"),
        (Conv1D(4, 3), (12, 12, 3), r"Reshape\(\(steps, features\)\) before it"),
    ],
)
def test_the_cure_for_a_wrong_number_of_axes_gives_the_number_that_is_read(
    layer, input_shape, cure
):
    with pytest.raises(ValueError, match=cure):
        layer(Input(input_shape))


KERNELS_THAT_READ_FOUR_CHANNELS = {
    "conv2d": lambda x: K.conv2d(x, K.zeros((3, 3, 4, 2))),
    "depthwise": lambda x: K.depthwise_conv2d(x, K.zeros((3, 3, 4, 2))),
    "separable": lambda x: K.separable_conv2d(
        x, K.zeros((3, 3, 4, 2)), K.zeros((1, 1, 8, 5))
    ),
    "transpose": lambda x: K.conv2d_transpose(x, K.zeros((3, 3, 2, 4)), (2, 11, 11, 2)),
}


@pytest.mark.parametrize("name", KERNELS_THAT_READ_FOUR_CHANNELS)
def test_a_kernel_for_other_channels_is_refused_when_a_graph_is_made(name):
    with pytest.raises(ValueError, match="input has 3 channels.*kernel reads 4"):
        KERNELS_THAT_READ_FOUR_CHANNELS[name](K.placeholder((2, 9, 9, 3)))


def test_a_transposed_convolution_of_other_channels_is_refused():
    x, kernel = np.ones((2, 9, 9, 3)), np.ones((3, 3, 2, 4))
    with pytest.raises(ValueError, match="input has 3 channels.*kernel reads 4"):
        K.conv2d_transpose(x, kernel, (2, 11, 11, 2))
    with pytest.raises(ValueError, match=r"makes 2 channels; output_shape=.* others"):
        K.conv2d_transpose(x, kernel[..., :3], (2, 11, 11, 5))


def test_a_kernel_with_too_few_axes_is_refused():
    with pytest.raises(ValueError, match="have 4 axes each; got shapes.*batch of one"):
        K.conv2d(np.ones((9, 9, 3)), np.ones((3, 3, 3, 2)))


@pytest.mark.parametrize("x", [np.ones((2, 4, 4, 3)), K.placeholder((2, 4, 4, 3))])
def test_a_bias_for_other_channels_is_refused(x):
    with pytest.raises(ValueError, match="bias has 4 numbers; x has 3 channels"):
        K.bias_add(x, K.zeros((4,)))


def test_a_local_kernel_of_another_shape_is_refused_with_the_shape_that_fits():
    x = np.ones((1, 4, 4, 2))
    with pytest.raises(ValueError, match=r"shape \(9, 8, filters\); got \(4, 17, 3\)"):
        K.local_conv2d(x, np.ones((4, 17, 3)), (2, 2), (1, 1), (3, 3))


def test_an_output_padding_that_does_not_fit_is_named():
    layer = Conv2DTranspose(3, 2, strides=2, padding="same", output_padding=0)
    with pytest.raises(ValueError, match="4 x 4. A layer's output_padding"):
        layer(np.ones((1, 4, 4, 2), "float32"))
