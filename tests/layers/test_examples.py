"""The examples in the help of layers and metrics give what they say."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import layers, metrics
from minikeras.models import Sequential

PACKAGES = ("advanced_activations", "core", "merge", "noise")


def modules():
    for name in [*(f"minikeras.layers.{p}" for p in PACKAGES), "minikeras.metrics"]:
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            yield f"{name}.{module.name}"


@pytest.mark.parametrize("name", list(modules()))
def test_examples(name):
    module = importlib.import_module(name)
    known = {**vars(metrics), **vars(layers), **vars(module)}
    known.update(np=np, K=K, model=Sequential())
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder().find(module, globs=known):
        assert runner.run(test).failed == 0
