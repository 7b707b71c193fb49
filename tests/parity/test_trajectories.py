"""Whole trainings take the same way as in Keras 2.3.1."""

import numpy as np
import pytest

import minikeras

from . import (
    conv_trajectories,
    recurrent_models,
    recurrent_trajectories,
    trajectories,
)
from .replay import assert_close, cases

CASES = cases("trajectories")
CONV_CASES = cases("conv_trajectories")
RECURRENT_CASES = cases("recurrent_trajectories")
RECURRENT_MODELS = cases("recurrent_models")


def optimizer(name, config):
    return getattr(minikeras.optimizers, name)(**config)


@pytest.mark.parametrize("name", CASES)
def test_training_equals_recorded_keras(name):
    compare(trajectories.ALL[name](minikeras, optimizer), CASES[name], name)


@pytest.mark.parametrize("name", CONV_CASES)
def test_convolutional_training_equals_recorded_keras(name):
    compare(conv_trajectories.ALL[name](minikeras, optimizer), CONV_CASES[name], name)


@pytest.mark.parametrize("name", RECURRENT_CASES)
def test_recurrent_training_equals_recorded_keras(name):
    train = recurrent_trajectories.ALL[name]
    compare(train(minikeras, optimizer), RECURRENT_CASES[name], name)


@pytest.mark.parametrize("name", RECURRENT_MODELS)
def test_seldom_combined_options_equal_recorded_keras(name):
    train = recurrent_models.ALL[name]
    compare(train(minikeras, optimizer), RECURRENT_MODELS[name], name)


def compare(got, expected, where):
    """Trees of the same form with the same numbers."""
    if isinstance(expected, dict):
        assert sorted(got) == sorted(expected), where
        for key in expected:
            compare(got[key], expected[key], f"{where} {key}")
    elif isinstance(expected, list):
        for i, (one, other) in enumerate(zip(got, expected, strict=True)):
            compare(one, other, f"{where} {i}")
    elif isinstance(expected, np.ndarray):
        assert_close(got, expected, what=where)
    else:
        assert got == expected, where
