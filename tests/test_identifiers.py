"""What `get` makes of names, configs, classes, objects, functions and mistakes."""

import json

import numpy as np
import pytest

from minikeras import (
    activations,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from minikeras import backend as K
from minikeras.layers import Dense
from minikeras.utils.generic_utils import custom_object_scope

MODULES = [
    activations,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
]
OBJECTS = [
    (initializers, initializers.Constant(3)),
    (initializers, initializers.RandomNormal(1, 2, seed=3)),
    (initializers, initializers.RandomUniform(-1, 2, seed=3)),
    (initializers, initializers.TruncatedNormal(1, 2, seed=3)),
    (initializers, initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3)),
    (initializers, initializers.Orthogonal(2.0, seed=3)),
    (initializers, initializers.Identity(2.0)),
    (initializers, initializers.he_normal(seed=1)),
    (regularizers, regularizers.l1_l2(0.25, 0.5)),
    (constraints, constraints.MaxNorm(3, axis=[0, 1])),
    (constraints, constraints.UnitNorm(axis=1)),
    (constraints, constraints.NonNeg()),
    (constraints, constraints.MinMaxNorm(0.5, 2.0, 0.75, 1)),
    (losses, losses.Huber(delta=0.5, reduction="sum")),
    (losses, losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)),
    (losses, losses.SparseCategoricalCrossentropy(name="own")),
    (metrics, metrics.AUC(num_thresholds=5, curve="PR", summation_method="minoring")),
    (metrics, metrics.AUC(thresholds=[0.25, 0.5])),
    (metrics, metrics.Precision(thresholds=[0.25, 0.5], class_id=1)),
    (metrics, metrics.Recall(top_k=2)),
    (metrics, metrics.TruePositives(thresholds=0.25)),
    (metrics, metrics.SensitivityAtSpecificity(0.5, num_thresholds=7)),
    (metrics, metrics.SpecificityAtSensitivity(0.5, num_thresholds=7)),
    (metrics, metrics.MeanIoU(num_classes=3)),
    (metrics, metrics.TopKCategoricalAccuracy(k=2)),
    (metrics, metrics.BinaryAccuracy(threshold=0.25)),
    (metrics, metrics.CosineSimilarity(axis=1)),
    (metrics, metrics.Mean(name="own")),
    (optimizers, optimizers.SGD(0.5, 0.25, True, decay=0.125, clipnorm=1.0)),
    (optimizers, optimizers.RMSprop(lr=0.5, rho=0.25, epsilon=1e-3, clipvalue=2.0)),
    (optimizers, optimizers.Adagrad(lr=0.5)),
    (optimizers, optimizers.Adadelta(lr=0.5, rho=0.5)),
    (optimizers, optimizers.Adam(lr=0.5, beta_1=0.5, beta_2=0.25, amsgrad=True)),
    (optimizers, optimizers.Adamax(lr=0.5, decay=0.5)),
    (optimizers, optimizers.Nadam(lr=0.5, schedule_decay=0.5)),
]


@pytest.mark.parametrize(
    ("module", "each"), OBJECTS, ids=[type(each).__name__ for _, each in OBJECTS]
)
def test_an_object_survives_its_config(module, each):
    config = json.loads(json.dumps(module.serialize(each)))
    again = module.deserialize(config)
    assert type(again) is type(each)
    assert again.get_config() == each.get_config()
    assert type(module.get(config)) is type(each)
    assert module.get(each) is each


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_unknown_names_and_things_are_refused(module):
    with pytest.raises(ValueError, match="Unknown .*'no_such_thing'"):
        module.get("no_such_thing")
    with pytest.raises(ValueError, match="Could not interpret .* identifier: 3"):
        module.get(3)
    with pytest.raises(ValueError, match="Unknown .*'Nothing'"):
        module.get({"class_name": "Nothing", "config": {}})


@pytest.mark.parametrize(
    ("module", "typo", "meant"),
    [
        (activations, "sofmax", "softmax"),
        (losses, "categorical_cross_entropy", "categorical_crossentropy"),
        (metrics, "catgorical_accuracy", "categorical_accuracy"),
        (initializers, "glorot_unifrom", "glorot_uniform"),
        (regularizers, "l1_l", "l1_l2"),
        (constraints, "maxnrm", "maxnorm"),
        (optimizers, "rmspop", "RMSprop"),
    ],
)
def test_a_typo_is_answered_with_what_was_meant(module, typo, meant):
    with pytest.raises(ValueError, match="Did you mean") as error:
        module.get(typo)
    assert meant.lower() in str(error.value).lower()


def test_none_means_nothing_where_it_may():
    assert activations.get(None) is activations.linear
    assert regularizers.get(None) is None
    assert constraints.get(None) is None
    assert losses.get(None) is None
    for module in (initializers, metrics, optimizers):
        with pytest.raises(ValueError, match="None"):
            module.get(None)


def test_classes_and_factories_stand_for_an_object():
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    assert initializers.get("he_normal").scale == 2.0
    assert initializers.get(initializers.he_normal).scale == 2.0
    assert regularizers.get("l1").l1 == 0.01
    assert regularizers.get(regularizers.l2).l2 == 0.01
    assert isinstance(constraints.get("non_neg"), constraints.NonNeg)
    assert isinstance(losses.get("Huber"), losses.Huber)
    assert isinstance(metrics.get("AUC"), metrics.AUC)
    assert isinstance(optimizers.get(optimizers.Adam), optimizers.Adam)
    assert metrics.get("MeanIoU") is metrics.MeanIoU  # needs an argument


def test_names_of_functions():
    assert losses.get("MSE") is losses.get("mean_squared_error") is losses.mse
    assert losses.serialize(losses.mse) == "mean_squared_error"
    assert metrics.serialize(metrics.categorical_accuracy) == "categorical_accuracy"
    assert activations.serialize(activations.relu) == "relu"
    assert metrics.get("cosine") is not losses.get("cosine")  # opposite signs
    assert losses.is_categorical_crossentropy("categorical_crossentropy")
    assert losses.is_categorical_crossentropy(losses.CategoricalCrossentropy())
    assert not losses.is_categorical_crossentropy(losses.mse)


def test_functions_of_the_users_own():
    def swish(x):
        return x * K.sigmoid(x)

    def ones_and_twos(shape, dtype=None):
        return np.ones(shape, dtype)

    assert activations.get(swish) is swish
    with custom_object_scope({"swish": swish, "ones_and_twos": ones_and_twos}):
        assert activations.get("swish") is swish
        assert initializers.get("ones_and_twos") is ones_and_twos
        layer = Dense(2, activation="swish", kernel_initializer="ones_and_twos")
        assert Dense.from_config(layer.get_config()).activation is swish
    with pytest.raises(ValueError, match="custom_objects"):
        activations.get("swish")


def test_optimizer_names_may_be_in_any_case():
    for name in ("sgd", "SGD", "RmsProp", "ADAM"):
        assert type(optimizers.get(name)).__name__.lower() == name.lower()
    assert optimizers.get({"class_name": "sgd", "config": {"lr": 0.5}}).lr.value == 0.5
