"""The places where scripts of 2017 to 2019 look for names, and what they read there."""

import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

import minikeras
from minikeras import backend as K
from minikeras import layers, losses, utils
from minikeras.layers import Dense, Dropout, Input
from minikeras.models import Model, Sequential

NAMES = {
    "engine.topology": "Layer InputSpec Input Container Node get_source_inputs",
    "engine.training": "Model",
    "engine.base_layer": "Layer InputSpec",
    "engine.network": "Network",
    "engine.sequential": "Sequential",
    "engine.input_layer": "Input InputLayer",
    "engine.saving": "load_model save_model model_from_json",
    "engine": "Layer InputSpec Input Model",
    "layers.core": "Dense Dropout Activation Flatten Reshape Lambda Masking Layer",
    "layers.convolutional": "Conv1D Conv2D Convolution2D Deconv2D MaxPooling1D "
    "MaxPooling2D AveragePooling2D UpSampling2D ZeroPadding2D SeparableConvolution2D "
    "AtrousConvolution1D AtrousConvolution2D",
    "layers.pooling": "MaxPooling2D GlobalAveragePooling2D",
    "layers.recurrent": "LSTM GRU SimpleRNN RNN",
    "layers.normalization": "BatchNormalization",
    "layers.advanced_activations": "LeakyReLU PReLU ELU",
    "layers.embeddings": "Embedding",
    "layers.merge": "add concatenate dot multiply Add Concatenate",
    "layers.noise": "GaussianNoise GaussianDropout",
    "layers.local": "LocallyConnected1D",
    "layers.wrappers": "TimeDistributed Bidirectional",
    "legacy.layers": "Highway MaxoutDense AtrousConvolution1D",
    "legacy.interfaces": "legacy_get_updates_support legacy_dense_support",
    "objectives": "mse categorical_crossentropy binary_crossentropy get",
    "utils.np_utils": "to_categorical normalize",
    "utils.generic_utils": "Progbar get_custom_objects serialize_keras_object",
    "utils.data_utils": "get_file Sequence OrderedEnqueuer GeneratorEnqueuer",
    "utils.io_utils": "HDF5Matrix",
    "utils.layer_utils": "print_summary convert_all_kernels_in_model",
    "utils.vis_utils": "plot_model model_to_dot",
    "utils.conv_utils": "conv_output_length normalize_tuple deconv_length",
    "utils.training_utils": "multi_gpu_model",
    "utils.test_utils": "get_test_data",
    "backend.tensorflow_backend": "set_session clear_session sum",
    "preprocessing.image": "ImageDataGenerator load_img img_to_array",
    "preprocessing.text": "Tokenizer one_hot",
    "preprocessing.sequence": "pad_sequences TimeseriesGenerator",
    "wrappers.scikit_learn": "KerasClassifier KerasRegressor",
    "datasets": "mnist cifar10 imdb reuters boston_housing fashion_mnist",
}


@pytest.mark.parametrize("module", NAMES)
def test_old_imports_find_their_names(module):
    found = import_module(f"minikeras.{module}")
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


FIRST_IMPORTS = [
    "from minikeras.layers import AtrousConvolution1D",
    "from minikeras.layers import MaxPooling2D",
    "from minikeras.legacy.layers import AtrousConvolution2D",
    "import minikeras.utils.conv_utils",
    "import minikeras.engine.saving",
    "import minikeras.layers.convolutional",
]


@pytest.mark.parametrize("first", FIRST_IMPORTS)
def test_imports_work_in_any_order(first):
    rest = (
        "from minikeras.layers.convolutional import AtrousConvolution2D, MaxPooling2D"
    )
    subprocess.run([sys.executable, "-c", f"{first}\n{rest}"], check=True)


def test_the_same_object_is_at_every_path():
    from minikeras.layers.convolutional import MaxPooling2D
    from minikeras.layers.core import Layer
    from minikeras.utils.data_utils import get_file

    assert minikeras.objectives.mse is losses.mse
    assert (MaxPooling2D, Layer) == (layers.MaxPooling2D, layers.Layer)
    assert get_file is utils.get_file


# ---- what only another backend has ---------------------------------------------------


@pytest.mark.parametrize(
    "name, instead",
    [("tf", "K.sum"), ("set_image_dim_ordering", "K.set_image_data_format")],
)
def test_names_of_other_backends_are_refused_with_advice(name, instead):
    with pytest.raises(AttributeError, match=instead):
        getattr(K, name)
    with pytest.raises(AttributeError, match=instead):
        getattr(import_module("minikeras.backend.tensorflow_backend"), name)


def test_a_misspelt_backend_name_is_an_attribute_error():
    assert not hasattr(K, "summ")


def test_pretrained_networks_are_refused_with_advice():
    with pytest.raises(ImportError, match="VGG16.*load_model"):
        from minikeras.applications import VGG16  # noqa: F401


@pytest.mark.parametrize("gpus", [None, 0, 1, [0]])
def test_one_gpu_is_none(gpus):
    with pytest.raises(ValueError, match="with `gpus >= 2`"):
        utils.multi_gpu_model(Sequential([Dense(1, input_dim=2)]), gpus)


@pytest.mark.parametrize("gpus", [2, [0, 1]])
def test_several_gpus_are_not_there(gpus):
    with pytest.raises(ValueError, match="2 GPUs are needed.*Train the model as it is"):
        utils.multi_gpu_model(Sequential([Dense(1, input_dim=2)]), gpus)


# ---- attributes that Keras meant for itself ------------------------------------------


def test_tensors_know_their_shape_and_history():
    layer = Dense(2)
    x = Input((3,))
    y = layer(x)
    assert y._keras_shape == K.int_shape(y) == (None, 2)
    assert y.get_shape().as_list() == [None, 2] and int(y.get_shape()[1]) == 2
    assert y._keras_history == (layer, 0, 0)
    assert layer._inbound_nodes[0].input_tensors == [x]
    assert x._keras_history[0]._outbound_nodes == layer._inbound_nodes


def test_tensors_behind_dropout_depend_on_the_learning_phase():
    x = Input((3,))
    y = Dense(2)(x)
    assert not y._uses_learning_phase
    assert Dense(2)(Dropout(0.5)(y))._uses_learning_phase


def test_models_tell_what_scripts_look_for():
    x = Input((3,), name="x")
    frozen, dense = Dense(4, trainable=False), Dense(2)
    model = Model(x, dense(frozen(x)))
    assert not model._is_compiled and model._is_graph_network
    model.compile("sgd", "mse")
    assert model._is_compiled and model.loss_functions == [losses.mse]
    assert model._collected_trainable_weights == dense.weights
    assert model._input_layers[0].name == "x" and model._output_layers == [dense]
    assert model._feed_inputs == [x] and model._feed_input_names == ["x"]
    model._make_predict_function()
    assert model.predict(np.ones((5, 3))).shape == (5, 2)


# ---- sizes of windows, as recorded from Keras 2.3.1 ----------------------------------


@pytest.mark.parametrize(
    "arguments, size",
    [
        ((10, 3, "same", 2), 5),
        ((10, 3, "valid", 2), 4),
        ((10, 3, "full", 2), 6),
        ((10, 3, "causal", 2), 5),
        ((10, 3, "valid", 1, 2), 6),
        ((None, 3, "valid", 1), None),
    ],
)
def test_conv_output_length(arguments, size):
    assert utils.conv_utils.conv_output_length(*arguments) == size


@pytest.mark.parametrize(
    "arguments, size",
    [
        ((10, 3, "same", 2), 19),
        ((10, 3, "valid", 2), 21),
        ((10, 3, "full", 2), 17),
        ((None, 3, "same", 1), None),
    ],
)
def test_conv_input_length(arguments, size):
    assert utils.conv_utils.conv_input_length(*arguments) == size


@pytest.mark.parametrize(
    "arguments, size",
    [
        ((10, 2, 3, "same", None), 20),
        ((10, 2, 3, "valid", None), 21),
        ((10, 2, 3, "full", None), 17),
        ((10, 2, 3, "same", 1), 20),
        ((10, 2, 3, "valid", 1), 22),
        ((None, 2, 3, "valid", None), None),
    ],
)
def test_deconv_length(arguments, size):
    assert utils.conv_utils.deconv_length(*arguments) == size


def test_tuples_and_paddings_are_normalized():
    assert utils.conv_utils.normalize_tuple(3, 2, "k") == (3, 3)
    assert utils.conv_utils.normalize_padding("SAME") == "same"
    with pytest.raises(ValueError, match="`k`.*tuple of 2"):
        utils.conv_utils.normalize_tuple((3,), 2, "k")


def test_classes_have_the_attributes_of_their_objects():
    assert layers.Layer.built is False and layers.Dense(3).built is False
    for kind, size in ((layers.CuDNNLSTM, (4, 4)), (layers.CuDNNGRU, 4)):
        assert kind.cell is None
        assert kind(4).cell.state_size == size
