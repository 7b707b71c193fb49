"""Hundreds of epochs leave nothing behind."""

import pytest

from feed.test_faults import WORKERS, run


@pytest.mark.parametrize("mode", WORKERS)
def test_five_hundred_epochs_give_everything_back(mode):
    code, printed = run("soak:five_hundred_epochs", mode, limit=120)
    assert code == 0 and "scenario passed" in printed, printed
