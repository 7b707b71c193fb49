"""`profile`: where the time of a training step goes, layer by layer."""

import dataclasses
import time

from minikeras.engine.costs import multiply_adds, output_memory

COLORS = {"forward": "#2f6db5", "backward": "#e07b39", "rest": "#9aa7b4"}


def profile(model, x, y, steps=10, print_fn=print):
    """Time a compiled model's training steps and print a table of its layers.

    Arguments
        model: compiled; it is trained by `steps` + 1 steps on this batch.
        x, y: a batch, as for `train_on_batch`.
        steps: how many steps to time; medians are shown.
        print_fn: called with each line; None prints nothing.

    Returns a `Profile`, whose `draw()` gives a bar chart as a `PIL.Image`.

    Example
        >>> profile(model, x[:32], y[:32]).draw().save("profile.png")
    """
    model.train_on_batch(x, y)  # compiles kernels and makes the graph
    graphs = [step.graph for step in model.compiled._graphs.values() if _is_step(step)]
    rounds = []
    with _Stopwatch(graphs) as watch:
        for _ in range(steps):
            watch.seconds.clear()
            start = time.perf_counter()
            model.train_on_batch(x, y)
            rounds.append((time.perf_counter() - start, dict(watch.seconds)))
    rows = [_row(layer, rounds) for layer in _layers_of(graphs)]
    total = _median([seconds for seconds, _ in rounds])
    result = Profile(model.name, rows, total)
    if print_fn is not None:
        print_fn(str(result))
    return result


def _is_step(graph):
    return hasattr(graph, "train")


@dataclasses.dataclass
class Row:
    """What one layer costs; times in seconds, memory of its outputs in bytes."""

    name: str
    kind: str
    forward: float
    backward: float
    multiply_adds: int | None
    memory: int | None


@dataclasses.dataclass
class Profile:
    """The costs of all layers, and of a whole training step in seconds."""

    name: str
    rows: list
    total: float

    def rest(self):
        """Seconds outside the layers: optimizer, checks, bookkeeping."""
        return max(0.0, self.total - sum(r.forward + r.backward for r in self.rows))

    def __str__(self):
        head = (
            "layer (type)",
            "forward ms",
            "backward ms",
            "share",
            "Mmult-adds",
            "MB",
        )
        lines = [f'Training step of "{self.name}": {1e3 * self.total:.2f} ms', ""]
        lines.append("{:32}{:>11}{:>12}{:>8}{:>12}{:>9}".format(*head))
        for row in self.rows:
            share = (row.forward + row.backward) / self.total
            macs = "" if row.multiply_adds is None else f"{row.multiply_adds / 1e6:.2f}"
            memory = "" if row.memory is None else f"{row.memory / 1e6:.2f}"
            lines.append(
                f"{f'{row.name} ({row.kind})'[:31]:32}{1e3 * row.forward:11.3f}"
                f"{1e3 * row.backward:12.3f}{share:8.1%}{macs:>12}{memory:>9}"
            )
        rest = self.rest()
        lines.append(f"{'optimizer and the rest':32}{1e3 * rest:11.3f}")
        return "\n".join(lines)

    def draw(self):
        """Two bars for each layer, forward and backward; one for the rest."""
        from minikeras.utils.drawing import INK, Sheet

        sheet = Sheet(640, 108 + 24 * len(self.rows))
        title = f"Where {1e3 * self.total:.1f} ms of a training step go"
        sheet.text((16, 12), title, 17)
        for i, (name, color) in enumerate(COLORS.items()):
            sheet.rectangle((16 + 110 * i, 44, 28 + 110 * i, 56), color)
            sheet.text((34 + 110 * i, 50), name, 13, INK, "lm")
        bars = [
            (row.name, {"forward": row.forward, "backward": row.backward})
            for row in self.rows
        ]
        bars.append(("optimizer and the rest", {"rest": self.rest()}))
        longest = max(sum(parts.values()) for _, parts in bars) or 1
        for i, (name, parts) in enumerate(bars):
            _draw_bar(sheet, 74 + 24 * i, name, parts, 340 / longest)
        return sheet.finish()


def _draw_bar(sheet, top, name, parts, pixels):
    """A layer's name, its parts one behind the other, and their sum.

    Arguments
        top: where on the sheet.
        parts: dict of seconds by phase.
        pixels: length of a second.
    """
    from minikeras.utils.drawing import INK, SOFT

    while sheet.text_width(name) > 170:
        name = name.rstrip("\N{HORIZONTAL ELLIPSIS}")[:-1] + "\N{HORIZONTAL ELLIPSIS}"
    sheet.text((190, top + 8), name, 13, INK, "rm")
    x = 200
    for phase, seconds in parts.items():
        end = x + pixels * seconds
        sheet.rectangle((x, top, end, top + 16), COLORS[phase])
        x = end
    text = f"{1e3 * sum(parts.values()):.2f} ms"
    sheet.text((x + 6, top + 8), text, 12, SOFT, "lm")


class _Stopwatch:
    """While open, the steps of some graphs note how long they take, by layer."""

    def __init__(self, graphs):
        self.steps = [step for graph in graphs for step in graph.steps]
        self.seconds = {}

    def __enter__(self):
        for step in self.steps:
            step.run = self.timed(step.run, _key(step, "forward"), step)
        return self

    def __exit__(self, *exc):
        for step in self.steps:
            del step.run

    def timed(self, run, key, step):
        def timed_run(values):
            start = time.perf_counter()
            y, backward = run(values)
            self.add(key, start)
            if backward is None:
                return y, None
            return y, self.timed_backward(backward, _key(step, "backward"))

        return timed_run

    def timed_backward(self, backward, key):
        def timed(dy):
            start = time.perf_counter()
            dx = backward(dy)
            self.add(key, start)
            return dx

        def timed_with_choice(dy, dx_wanted=True):
            start = time.perf_counter()
            dx = backward(dy, dx_wanted)
            self.add(key, start)
            return dx

        return timed if backward.__code__.co_argcount == 1 else timed_with_choice

    def add(self, key, start):
        self.seconds[key] = self.seconds.get(key, 0) + time.perf_counter() - start


def _key(step, phase):
    return step.call.layer, phase


def _layers_of(graphs):
    """Layers in the order of their calls; None for the loss and metrics."""
    found = dict.fromkeys(step.call.layer for graph in graphs for step in graph.steps)
    return sorted(found, key=lambda layer: layer is None)


def _row(layer, rounds):
    forward, backward = (
        _median([seconds.get((layer, phase), 0) for _, seconds in rounds])
        for phase in ("forward", "backward")
    )
    if layer is None:
        return Row("loss", "K ops", forward, backward, None, None)
    kind = type(layer).__name__
    return Row(
        layer.name, kind, forward, backward, multiply_adds(layer), output_memory(layer)
    )


def _median(values):
    return sorted(values)[len(values) // 2]
