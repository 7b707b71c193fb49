"""Single convolutions, forward and both gradients, in GFLOP/s.

    python tests/benchmarks/convolutions.py

Beside each, the share of what a large matrix product reaches here at the same
time, and for odd shapes the ratio to the nearest even one. Aim: no odd shape under half
of its neighbour. A multiplication with its addition counts as two; Winograd's algorithm
does fewer and may pass 100 %. Shapes that it does not serve are compared with an even
shape that it does not serve either; channels_first, which it serves, is not.

Each step is timed twice in a row: "cold", after all other shapes have pushed its arrays
and even Python's code out of the caches, and once more. The speeds are those of the
second time; there is a ratio for each. The difference matters for short steps only, of
half a millisecond (1 channel, 1 filter): a third of a cold one is spent on Python and
on fetching 4 MB.
"""

import time

import numpy as np
from side_by_side import SIDE, matrix_product

from minikeras.backend.convolution import convolution
from minikeras.kernels.convolution import use_winograd

# name: (batch, size, channels, filters, kernel, options), and the neighbour's name
SHAPES = {
    "3x3": ((32, 32, 64, 64, 3, {}), None),
    "3x3, 32 channels": ((32, 32, 32, 32, 3, {}), None),
    "1x1": ((32, 32, 64, 64, 1, {}), "5x5, direct"),
    "stride 2": ((32, 32, 64, 64, 3, {"strides": 2}), "5x5, direct"),
    "5x5": ((32, 32, 32, 32, 5, {}), None),
    "5x5, direct": ((32, 32, 32, 32, 5, {"winograd": False}), None),
    "7x7": ((8, 32, 32, 32, 7, {}), "5x5, direct"),
    "dilation 2": ((32, 32, 64, 64, 3, {"dilation": 2}), "5x5, direct"),
    "1 channel": ((32, 32, 1, 32, 5, {}), "5x5, direct"),
    "1 channel, batch 128": ((128, 32, 1, 32, 5, {}), "5x5, direct"),
    "1 filter": ((32, 32, 32, 1, 5, {}), "5x5, direct"),
    "3 channels": ((32, 32, 3, 32, 5, {}), "5x5, direct"),
    "5 channels": ((32, 32, 5, 32, 5, {}), "5x5, direct"),
    "13 channels": ((32, 32, 13, 13, 5, {}), "5x5, direct"),
    "100 channels": ((16, 32, 100, 100, 3, {}), "5x5, direct"),
    "channels_first": ((32, 32, 64, 64, 3, {"data_format": "channels_first"}), "3x3"),
}
ROUNDS = 9


def main():
    """Measure all shapes in turns, so that a busy machine hurts all alike."""
    works = {name: make(*shape) for name, (shape, _) in SHAPES.items()}
    product = matrix_product()
    times = {(name, i): ([], []) for name in works for i in range(3)}
    peak = []
    for _ in range(ROUNDS):
        peak.append(timed(product))
        for name, (_, *steps) in works.items():
            for i, step in enumerate(steps):
                for which in times[name, i]:
                    which.append(timed(step))
    best = 2 * SIDE**3 / min(peak) / 1e9
    cold, speeds = (
        {
            name: [flops / min(times[name, i][turn]) / 1e9 for i in range(3)]
            for name, (flops, *_) in works.items()
        }
        for turn in range(2)
    )
    print(f"matrix product: {best:.0f} GFLOP/s")
    titles = "".join(f"{title:>9}" for title in ("forward", "by x", "by W", "of peak"))
    print(f"{'shape':20}{titles}{'ratio':>8}{'cold':>8}")
    for name, each in speeds.items():
        neighbour = SHAPES[name][1]
        columns = "".join(f"{speed:9.0f}" for speed in each)
        columns += f"{harmonic(each) / best:9.0%}"
        if neighbour:
            for kind in speeds, cold:
                columns += f"{harmonic(kind[name]) / harmonic(kind[neighbour]):8.2f}"
        print(f"{name:20}{columns}")


def harmonic(speeds):
    return len(speeds) / sum(1 / speed for speed in speeds)


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def make(n, size, c, f, k, options):
    """(operations, forward, gradient by x, gradient by W) of one shape."""
    data_format = options.get("data_format", "channels_last")
    strides = (options.get("strides", 1),) * 2
    dilation = (options.get("dilation", 1),) * 2
    random = np.random.RandomState(0)
    x = random.rand(n, size, size, c).astype("float32")
    if data_format == "channels_first":
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    W, b = random.rand(k, k, c, f).astype("float32"), np.zeros(f, "float32")
    moves = strides, "same", data_format, dilation

    def allowed(step, *args):
        with use_winograd(options.get("winograd", True)):
            return step(*args)

    def forward():
        return allowed(convolution, x, W, b, linear, *moves)

    y, backward = forward()
    dy = np.ascontiguousarray(y)
    return (
        2 * y.size * k * k * c,
        forward,
        lambda: allowed(backward, dy, True, False),
        lambda: allowed(backward, dy, False, True),
    )


def linear(x):
    return x


linear.forward = lambda x: (x, lambda dy: dy)


if __name__ == "__main__":
    main()
