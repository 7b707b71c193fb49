"""Cross-entropies of models that are far too sure equal Keras 2.3.1's: from the logits
where softmax or sigmoid come last, cut off elsewhere."""

import pytest

import minikeras

from .logits_cases import run_all
from .replay import assert_close, cases

CASES = cases("logits")


@pytest.fixture(scope="module")
def ours():
    return run_all(minikeras)


def test_the_same_cases_were_recorded(ours):
    assert list(ours) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_losses_and_steps_equal_recorded_keras(ours, name):
    for what, recorded in CASES[name].items():
        assert_close(ours[name][what], recorded, what=what)
