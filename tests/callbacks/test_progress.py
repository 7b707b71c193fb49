"""ProgbarLogger: what an epoch's lines show."""

import sys

import pytest
from callbacks.fake_model import train
from utils.test_progbar import Writes

from minikeras.callbacks import ProgbarLogger


def lines(epoch_logs, monkeypatch, count_mode="samples", terminal=False, **options):
    out = Writes(terminal)
    monkeypatch.setattr(sys, "stdout", out)
    train([ProgbarLogger(count_mode)], epoch_logs, check=False, **options)
    return out.getvalue()


def test_a_file_gets_one_line_an_epoch_with_the_epochs_means(monkeypatch):
    epochs = [{"loss": 0.5, "val_loss": 0.75}, {"loss": 0.25, "val_loss": 0.5}]
    first, second = lines(epochs, monkeypatch, batches=[(4, 9.0)]).splitlines()
    assert first.startswith("Epoch 1/2 - 0s ")
    assert first.endswith("/step - loss: 0.5000 - val_loss: 0.7500")
    assert second.startswith("Epoch 2/2 - 0s ")


def test_a_terminal_shows_samples_or_steps(monkeypatch):
    batches = [(4, 1.0), (2, 1.0)]
    for mode, count in [("samples", "6/6"), ("steps", "2/2")]:
        shown = lines([{"loss": 1}], monkeypatch, mode, terminal=True, batches=batches)
        assert shown.startswith(f"Epoch 1/1\n\r{count} [====")
        assert shown.endswith("loss: 1.0000\n")


def test_an_unknown_number_of_samples_ends_at_what_was_seen(monkeypatch):
    shown = lines([{"loss": 1}], monkeypatch, terminal=True, samples=None)
    assert "\r4/4 [====" in shown


def test_verbose_0_is_silent(monkeypatch):
    assert lines([{"loss": 1}], monkeypatch, terminal=True, verbose=0) == ""


def test_an_unknown_count_mode_is_refused():
    with pytest.raises(ValueError, match="Unknown `count_mode`: batches"):
        ProgbarLogger("batches")
