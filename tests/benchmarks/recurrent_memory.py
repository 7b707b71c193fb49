"""Memory that back-propagation through time keeps, beside PyTorch.

    python tests/benchmarks/recurrent_memory.py --peer torch=PYTHON

One layer of 128 units reads 64 sequences of 200 steps with 128 numbers each; then the
gradients are computed. Kept: how much the process grew between the inputs' being there
and the end of the forward pass (after a first step that loads and compiles what there
is to load). Peak: the same for the largest size during forward and backward. Unit: one
array of (n, t, u), 6.25 MB. Aim: no more than PyTorch.
"""

import argparse
import os
import subprocess
import sys

N, T, U = 64, 200, 128
UNIT = 4 * N * T * U


def resident(key):
    """VmRSS (now) or VmHWM (the peak since `forget_peak`), in bytes; Linux only."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(key))
    return 1024 * int(line.split()[1])


def forget_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def measure(step, inputs):
    """Arrays kept and at the peak of `step`, a generator that stops after forward."""
    for _ in step(inputs(2)):
        pass
    x = inputs(N)
    forget_peak()
    before = resident("VmRSS")
    run = step(x)
    next(run)
    kept = resident("VmRSS") - before
    for _ in run:
        pass
    print(f"{kept / UNIT:.1f} {(resident('VmHWM') - before) / UNIT:.1f}")


def minikeras_step(kind, sequences):
    import numpy as np

    from minikeras import layers
    from minikeras.kernels import workspace

    layer = getattr(layers, kind)(U, return_sequences=sequences)
    layer.build((None, T, U))

    def inputs(n):
        return np.random.rand(n, T, U).astype("float32")

    def step(x):
        workspace.clear()
        y, backward = layer.forward(x, training=True)
        yield
        backward(np.ones_like(y))

    return step, inputs


def torch_step(kind, sequences):
    import torch

    torch.set_num_threads(2)
    layer = getattr(torch.nn, kind)(U, U, batch_first=True)

    def inputs(n):
        return torch.rand(n, T, U, requires_grad=True)

    def step(x):
        y = layer(x)[0]
        y = y if sequences else y[:, -1]
        yield
        y.backward(torch.ones_like(y))

    return step, inputs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        player, kind, sequences = options.serve
        make = minikeras_step if player == "minikeras" else torch_step
        return measure(*make(kind, sequences == "all"))
    pythons = {"minikeras": sys.executable}
    pythons.update(peer.split("=", 1) for peer in options.peer)
    environment = dict(os.environ, MALLOC_MMAP_THRESHOLD_="65536")
    print(f"{'layer':8}{'outputs':10}{'implementation':16}{'kept':>6}{'peak':>6}")
    for kind in ("LSTM", "GRU"):
        for sequences in ("last", "all"):
            for player, python in pythons.items():
                found = subprocess.check_output(
                    [python, __file__, "--serve", player, kind, sequences],
                    env=environment, text=True, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                kept, peak = found.split()
                print(f"{kind:8}{sequences:10}{player:16}{kept:>6}{peak:>6}")


if __name__ == "__main__":
    main()
