"""What the progress bar writes into a terminal, a file and a notebook."""

import io
import sys
import types

import pytest

from minikeras.utils import progbar
from minikeras.utils.generic_utils import Progbar


class Clock:
    """Time that passes only when told to."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


class Writes(io.StringIO):
    """A stream that counts its writes and says whether it is a terminal."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal
        self.writes = []

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.writes.append(text)
        return super().write(text)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progbar, "time", clock)
    return clock


def stream(monkeypatch, terminal, columns=200):
    made = Writes(terminal)
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setenv("COLUMNS", str(columns))
    return made


def run(clock, bar, steps=100, seconds=2.0, title=None):
    if title:
        bar.begin(title)
    for step in range(steps):
        clock.now += seconds / steps
        bar.update(step + 1, [("loss", 1.0 + step)])


def test_a_terminal_shows_bar_rate_eta_and_means(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    run(clock, Progbar(16, width=16), steps=16, seconds=4.0)
    lines = out.getvalue().split("\r")[1:]
    assert lines[3] == " 4/16 [===>............] - ETA: 3s - 250ms/step - loss: 2.5000"
    last = "16/16 [================] - 4s 250ms/step - loss: 8.5000"
    assert lines[-1].rstrip() == last


def test_a_terminal_gets_at_most_five_updates_a_second(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    run(clock, Progbar(10000, interval=0.0), steps=10000, seconds=4.0)
    assert 15 <= len(out.writes) <= 20


def test_short_epochs_write_once_each(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    for _ in range(10):
        run(clock, Progbar(10), steps=10, seconds=0.01)
    assert len(out.writes) == 10


@pytest.mark.parametrize("columns", [20, 40, 60, 80])
def test_a_terminal_line_never_wraps_before_the_end(clock, monkeypatch, columns):
    out = stream(monkeypatch, terminal=True, columns=columns)
    run(clock, Progbar(1000), steps=1000)
    unfinished = out.getvalue().split("\r")[1:-1]
    assert unfinished
    assert all(len(line) < columns for line in unfinished)


def test_a_shorter_line_wipes_out_the_longer_one_before(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    bar = Progbar(None, stateful_metrics=["loss"])
    for value in (123456.0, 1.0):
        clock.now += 1
        bar.add(1, [("loss", value)])
    longer, shorter = out.getvalue().split("\r")[1:]
    assert len(shorter) == len(longer) > len(shorter.rstrip())


def test_a_file_gets_one_plain_line(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    run(clock, Progbar(100), title="Epoch 1/3")
    assert out.getvalue() == "Epoch 1/3 - 2s 20ms/step - loss: 50.5000\n"


def test_a_file_without_title_gets_the_count(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    run(clock, Progbar(100))
    assert out.getvalue() == "100/100 - 2s 20ms/step - loss: 50.5000\n"


def test_verbose_2_writes_one_line_into_a_terminal_too(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    run(clock, Progbar(100, verbose=2), title="Epoch 1/3")
    assert out.getvalue() == "Epoch 1/3 - 2s 20ms/step - loss: 50.5000\n"


def test_verbose_0_writes_nothing(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    run(clock, Progbar(100, verbose=0), title="Epoch 1/3")
    assert out.getvalue() == ""


def test_stateful_values_are_shown_as_they_are(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    bar = Progbar(2, stateful_metrics=["auc"])
    bar.add(1, [("loss", 1.0), ("auc", 0.25)])
    bar.add(1, [("loss", 3.0), ("auc", 0.5)])
    assert out.getvalue().endswith(" - loss: 2.0000 - auc: 0.5000\n")


def test_means_are_weighted_by_the_steps(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    bar = Progbar(4)
    bar.update(3, [("loss", 1.0)])
    bar.update(4, [("loss", 5.0)])
    assert out.getvalue().endswith("loss: 2.0000\n")


def test_finish_shows_values_as_they_are_and_ends_the_line(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    bar = Progbar(None)
    bar.update(2, [("loss", 9.0)])
    bar.finish(3, [("loss", 2.0), ("val_loss", 1e-4)])
    assert out.getvalue() == "3/3 - 0s 0us/step - loss: 2.0000 - val_loss: 1.0000e-04\n"


def test_an_unknown_target_counts_up(clock, monkeypatch):
    out = stream(monkeypatch, terminal=True)
    bar = Progbar(None)
    clock.now = 2
    bar.add(4)
    assert out.getvalue() == "\r      4/Unknown - 2s 500ms/step"


@pytest.mark.parametrize(
    "seconds, text", [(9, "9s"), (75, "1:15"), (3 * 3600 + 62, "3:01:02")]
)
def test_long_times_are_hours_minutes_seconds(clock, monkeypatch, seconds, text):
    out = stream(monkeypatch, terminal=True)
    bar = Progbar(2)
    clock.now = seconds
    bar.add(1)
    assert f"ETA: {text} " in out.getvalue()


def test_values_may_be_missing_or_text(clock, monkeypatch):
    out = stream(monkeypatch, terminal=False)
    Progbar(1).update(1, [("loss", None), ("stage", "warm-up")])
    assert out.getvalue().endswith("/step - stage: warm-up\n")


class Kernel:
    """Pretends to be IPython inside Jupyter; keeps what is displayed."""

    kernel = True

    def __init__(self):
        self.sent = []

    def module(self):
        def display(picture, display_id):
            self.sent.append(picture)
            return types.SimpleNamespace(update=self.sent.append)

        shown = types.SimpleNamespace(display=display)
        return {
            "IPython": types.SimpleNamespace(get_ipython=lambda: self),
            "IPython.display": shown,
        }


@pytest.fixture
def kernel(monkeypatch):
    kernel = Kernel()
    for name, module in kernel.module().items():
        monkeypatch.setitem(sys.modules, name, module)
    return kernel


def test_a_notebook_gets_one_output_that_is_updated(clock, kernel):
    run(clock, Progbar(1000), steps=1000, seconds=2.0, title="Epoch 1/3")
    assert len(kernel.sent) <= 10
    assert "<progress" in kernel.sent[0]._repr_html_()
    assert repr(kernel.sent[-1]) == "Epoch 1/3 1000/1000 - 2s 2ms/step - loss: 500.5000"


def test_a_notebook_output_is_small_and_escaped(clock, kernel):
    bar = Progbar(1)
    bar.begin("<script>")
    bar.update(1, [("<b>", 1.0)])
    text = kernel.sent[-1]._repr_html_()
    assert "<script>" not in text and "<b>:" not in text
    assert len(text) < 500


def test_ipython_in_a_terminal_is_no_notebook(monkeypatch, kernel):
    kernel.kernel = None
    assert not progbar.in_notebook()
