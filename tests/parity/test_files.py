"""Files and JSON written by Keras 2.3.1 give the same models here."""

import os

import pytest

import minikeras
from minikeras import models

from . import file_models
from .archive import HERE
from .replay import as_list, assert_close, cases, one_or_list

CASES = cases("files")
WEIGHT_FILES = ("graph_net", "text_net")


def path_of(name):
    return os.path.join(HERE, "files", name + ".h5")


def check_predictions(model, case):
    predicted = as_list(model.predict(arrays(case["x"])))
    for got, expected in zip(predicted, case["predict"], strict=True):
        assert_close(got, expected, what="predict")


def arrays(recorded):
    return one_or_list(recorded) if isinstance(recorded, list) else recorded


@pytest.mark.parametrize("name", CASES)
def test_model_from_json_predicts_the_same(name):
    model = models.model_from_json(CASES[name]["json"])
    model.set_weights(CASES[name]["weights"])
    check_predictions(model, CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_loaded_model_predicts_the_same(name):
    pytest.importorskip("h5py")
    check_predictions(models.load_model(path_of(name)), CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_loaded_model_trains_on_in_the_same_way(name):
    pytest.importorskip("h5py")
    case, model = CASES[name], models.load_model(path_of(name))
    loss = model.train_on_batch(arrays(case["x"]), arrays(case["y"]))
    assert_close(loss, case["loss"], what="loss")
    for got, expected in zip(model.get_weights(), case["weights_after"], strict=True):
        assert_close(got, expected, what="weights after a step")


@pytest.mark.parametrize("name", CASES)
def test_weights_load_into_a_new_model(name):
    pytest.importorskip("h5py")
    model = file_models.ALL[name](minikeras)[0]
    model.load_weights(path_of(name + "_weights" * (name in WEIGHT_FILES)))
    check_predictions(model, CASES[name])
