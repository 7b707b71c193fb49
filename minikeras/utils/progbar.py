"""The progress bar, and the three places where it can be shown.

A terminal gets one line that is written over; a notebook one output that is updated; a
file, or verbose=2, one plain line when all is done.
"""

import html
import shutil
import sys
import time

import numpy as np

from minikeras.utils.checks import number, shorten

SHORTEST_INTERVAL = 0.2  # seconds: never more than 5 updates a second


class Progbar:
    """Show progress towards a target, with means of some values.

    Arguments
        target: number of steps (or samples) expected; None if unknown.
        width: width of the bar in characters.
        verbose: 0 silent, 1 a bar, 2 one line at the end.
        interval: shortest time between two updates in seconds; 0.2 at least.
        stateful_metrics: names of values to be shown as they are, without averaging.

    Example
        >>> bar = Progbar(300)
        >>> for step in range(300):
        ...     bar.add(1, [("loss", train(step))])
        300/300 [==============================] - 2s 7ms/step - loss: 0.2810
    """

    def __init__(
        self, target, width=30, verbose=1, interval=0.05, stateful_metrics=None
    ):
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ())
        self.title = None
        self._values = {}
        self._seen_so_far = 0
        self._screen = _screen_for(verbose)
        self._start = self._last_update = time.perf_counter()

    def begin(self, title):
        """Name what is about to progress, such as 'Epoch 1/5'."""
        self.title = title
        self._screen.begin(title)

    def add(self, n, values=None):
        """Advance by `n`; `values` as in update."""
        self.update(self._seen_so_far + n, values)

    def update(self, current, values=None):
        """Advance to `current`.

        Arguments
            current: steps (or samples) done.
            values: list of (name, value). The mean over the steps is shown, the last
              value for names in stateful_metrics.
        """
        self._gather(current, values)
        done = self.target is not None and current >= self.target
        now = time.perf_counter()
        pause = max(self.interval, SHORTEST_INTERVAL)
        if done or now - self._last_update >= pause:
            self._last_update = now
            self._screen.show(self, done)

    def finish(self, current, values=None):
        """End at `current`, and show these (name, value) as they are."""
        self._seen_so_far = self.target = current
        for name, value in values or ():
            self._values[name] = [value, 1]
        self._screen.show(self, done=True)

    def _gather(self, current, values):
        weight = number(current, "current") - self._seen_so_far
        if values is not None and not isinstance(values, (list, tuple)):
            raise TypeError(
                "`values` must be a list of pairs (name, value), such as [('loss', "
                f"0.5)]. Got {shorten(values)}."
            )
        self._seen_so_far = current
        for name, value in values or ():
            if value is None:
                continue
            if name in self.stateful_metrics or isinstance(value, str):
                self._values[name] = [value, 1]
            else:
                total = self._values.setdefault(name, [0, 0])
                total[0] = total[0] + value * weight
                total[1] += weight

    @property
    def fraction(self):
        """The part that is done, from 0 to 1; None without a target."""
        if not self.target:
            return None
        return min(1.0, self._seen_so_far / self.target)

    def text(self, width, done):
        """The whole line, with a bar of so many characters (0: no bar)."""
        return f"{self.count()}{self._bar(width)}{self.details(done)}"

    def count(self):
        """'  3/10', or '3/Unknown'."""
        if self.target is None:
            return f"{self._seen_so_far:7d}/Unknown"
        digits = len(str(self.target))
        return f"{self._seen_so_far:{digits}d}/{self.target}"

    def details(self, done):
        """Time, rate and values, as ' - 2s 7ms/step - loss: 0.2810'."""
        seconds = time.perf_counter() - self._start
        each = seconds / max(1, self._seen_so_far)
        if done or self.target is None:
            text = f" - {seconds:.0f}s {_short_time(each)}/step"
        else:
            left = each * (self.target - self._seen_so_far)
            text = f" - ETA: {_long_time(left)} - {_short_time(each)}/step"
        return text + "".join(_value_text(k, *v) for k, v in self._values.items())

    def _bar(self, width):
        if width < 3 or self.fraction is None:
            return ""
        filled = int(width * self.fraction)
        if filled < width:
            return " [" + ("=" * (filled - 1) + ">")[:filled].ljust(width, ".") + "]"
        return " [" + "=" * width + "]"


class Silent:
    """Shows nothing."""

    def begin(self, title):
        pass

    def show(self, bar, done):
        pass


class Plain(Silent):
    """Writes one line when all is done: for files, and for verbose=2."""

    def show(self, bar, done):
        if done:
            title = bar.title or bar.count()
            print(f"{title}{bar.details(done)}", flush=True)


class Terminal:
    """Writes over one line of a terminal, never beyond its width."""

    def __init__(self):
        self.written = 0

    def begin(self, title):
        print(title, flush=True)

    def show(self, bar, done):
        text = self._fit(bar, done)
        padding = " " * (self.written - len(text))
        end = "\n" if done else ""
        sys.stdout.write(f"\r{text}{padding}{end}")
        sys.stdout.flush()
        self.written = len(text)

    def _fit(self, bar, done):
        columns = shutil.get_terminal_size().columns - 1
        text = bar.text(bar.width, done)
        excess = len(text) - columns
        if excess > 0:
            text = bar.text(bar.width - excess, done)
        return text if done else text[:columns]


class Notebook(Silent):
    """Updates one output of a notebook cell."""

    def __init__(self):
        self.handle = None

    def show(self, bar, done):
        from IPython.display import display

        picture = NotebookPicture(bar, done)
        if self.handle is None:
            self.handle = display(picture, display_id=True)
        else:
            self.handle.update(picture)


class NotebookPicture:
    """A state of the bar as HTML, and as text where there is no HTML."""

    def __init__(self, bar, done):
        self.title = bar.title or ""
        self.line = f"{bar.count()}{bar.details(done)}"
        self.fraction = None if done else bar.fraction

    def __repr__(self):
        return f"{self.title} {self.line}".strip()

    def _repr_html_(self):
        bar = ""
        if self.fraction is not None:
            bar = f'<progress value="{self.fraction:.3f}" max="1"></progress> '
        title = f"<b>{html.escape(self.title)}</b> " if self.title else ""
        return (
            '<div style="font-family: monospace; white-space: pre-wrap">'
            f"{title}{bar}{html.escape(self.line)}</div>"
        )


def _screen_for(verbose):
    if not verbose:
        return Silent()
    if verbose == 2:
        return Plain()
    if in_notebook():
        return Notebook()
    return Terminal() if _is_terminal(sys.stdout) else Plain()


def in_notebook():
    """Whether this code runs in a Jupyter kernel, found without importing anything."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _is_terminal(stream):
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and "idlelib" not in sys.modules


def _value_text(name, total, weight):
    if isinstance(total, str):
        return f" - {name}: {total}"
    mean = float(np.mean(total / max(1, weight)))
    return f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}"


def _short_time(seconds):
    if seconds >= 1:
        return f"{seconds:.0f}s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms"
    return f"{seconds * 1e6:.0f}us"


def _long_time(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}" if minutes else f"{seconds}s"
