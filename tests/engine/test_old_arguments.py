"""Arguments as Keras 1 named them: understood, with a warning that says the new one."""

import warnings

import numpy as np
import pytest

from minikeras import layers
from minikeras.engine.config import as_plain
from minikeras.layers import Dense, Input
from minikeras.models import Model, Sequential

CALLS = {  # old call: (class, arguments), (arguments), (the same for Keras 2)
    "dense": ("Dense", (), {"output_dim": 3, "init": "uniform", "bias": False},
              (), {"units": 3, "kernel_initializer": "uniform", "use_bias": False}),
    "dropout": ("Dropout", (), {"p": 0.3}, (0.3,), {}),
    "noise": ("GaussianNoise", (), {"sigma": 0.3}, (0.3,), {}),
    "sizes": ("Convolution2D", (8, 3, 2), {}, (8, (3, 2)), {}),
    "named sizes": ("Conv2D", (8,), {"nb_row": 3, "nb_col": 2}, (8, (3, 2)), {}),
    "volumes": ("Conv3D", (8, 3, 2, 1), {}, (8, (3, 2, 1)), {}),
    "transposed": ("Deconvolution2D", (8, 3, 3), {"subsample": (2, 2)},
                   (8, (3, 3)), {"strides": (2, 2)}),
    "separable": ("SeparableConv2D", (8, 3, 3), {}, (8, (3, 3)), {}),
    "local": ("LocallyConnected2D", (8, 3, 3), {}, (8, (3, 3)), {}),
    "theano": ("Conv2D", (8, 3), {"dim_ordering": "th"},
               (8, 3), {"data_format": "channels_first"}),
    "sequences": ("Conv1D", (), {"nb_filter": 4, "filter_length": 3},
                  (), {"filters": 4, "kernel_size": 3}),
    "pooling": ("MaxPooling1D", (), {"pool_length": 3, "stride": 2},
                (), {"pool_size": 3, "strides": 2}),
    "recurrent": ("LSTM", (4,), {"dropout_W": 0.1, "inner_activation": "relu"},
                  (4,), {"dropout": 0.1, "recurrent_activation": "relu"}),
    "bias of the forget gate": ("LSTM", (4,), {"forget_bias_init": "one"},
                                (4,), {"unit_forget_bias": True}),
    "embedding": ("Embedding", (9, 4), {"init": "uniform", "W_constraint": "nonneg"},
                  (9, 4), {"embeddings_initializer": "uniform",
                           "embeddings_constraint": "nonneg"}),
    "slopes": ("PReLU", (), {"init": "one"}, (), {"alpha_initializer": "one"}),
    "normalization": ("BatchNormalization", (), {"mode": 0, "axis": 1},
                      (), {"axis": 1}),
    "output shape": ("Deconvolution2D", (8, 3, 3), {"output_shape": (None, 9, 9, 8)},
                     (8, (3, 3)), {}),
    "films": ("ConvLSTM2D", (), {"nb_filter": 4, "nb_row": 3, "nb_col": 2},
              (4, (3, 2)), {}),
}  # fmt: skip
UNTOUCHED = {
    "strides": ("Conv2D", (8, 3), {"strides": 2}),
    "window and step": ("MaxPooling2D", (2, 2), {}),
    "depthwise": ("DepthwiseConv2D", (3, 3), {}),
    "embedding": ("Embedding", (10,), {"output_dim": 3}),
}


def config(name, args, kwargs):
    found = getattr(layers, name)(*args, name="layer", **kwargs).get_config()
    return as_plain(found)


@pytest.mark.parametrize("name", CALLS)
def test_old_arguments_mean_what_the_new_ones_say(name):
    layer, args, kwargs, new_args, new_kwargs = CALLS[name]
    with pytest.warns(UserWarning, match=r"Update your `\w+` call to the Keras 2 API"):
        old = config(layer, args, kwargs)
    assert old == config(layer, new_args, new_kwargs)


@pytest.mark.parametrize("name", UNTOUCHED)
def test_calls_of_keras_2_give_no_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config(*UNTOUCHED[name])


def test_the_warning_is_the_call_to_write():
    with pytest.warns(UserWarning) as caught:
        layers.Convolution2D(8, 3, 3, border_mode="same")
    assert str(caught[0].message).endswith('`Conv2D(8, (3, 3), padding="same")`')
    assert caught[0].filename == __file__


def test_a_meaning_that_is_gone_is_refused():
    with pytest.raises(TypeError, match="Keras 2 has no `mode`"):
        layers.BatchNormalization(mode=2)


def test_models_take_input_and_output():
    x = Input((3,))
    y = Dense(2)(x)
    with pytest.warns(UserWarning, match="Update your `Model` call"):
        model = Model(input=x, output=y)
    assert model.predict(np.ones((4, 3))).shape == (4, 2)


def test_a_layer_of_ones_own_keeps_its_own_names():
    class Scaled(Dense):
        def __init__(self, init, **kwargs):
            super().__init__(2, **kwargs)
            self.init = init

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = Sequential([Scaled(init=3.0, input_dim=2)])
    assert model.layers[0].init == 3.0
