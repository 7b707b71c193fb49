"""Peak memory of training steps and of predictions of the VGG-like net, beside PyTorch.

    python tests/benchmarks/conv_memory.py --peer torch=PYTHON

The net of `conv_nets.py`: 32 pictures of 100x100x3, SGD. Told is the largest resident
size (VmHWM; Linux only) of a process that does STEPS of them, libraries included. Aim:
no more than PyTorch, whose layout may be the default or channels_last.
"""

import argparse
import os
import subprocess
import sys

import conv_nets

STEPS = 5
NET = conv_nets.NETS["vgg-like"]


def make(player, what):
    """The function that does one training step or one prediction."""
    if player == "minikeras":
        makes = {"step": conv_nets.keras_step, "predict": conv_nets.keras_predict}
        return makes[what](player, NET)()
    makes = {"step": conv_nets.torch_step, "predict": conv_nets.torch_predict}
    return makes[what](NET, channels_last="channels_last" in player)()


def peak():
    """The largest resident size of this process so far, in MB."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        step = make(*options.serve)
        before = peak()
        for _ in range(STEPS):
            step()
        return print(f"{before:.0f} {peak():.0f}")
    pythons = {"minikeras": sys.executable}
    for peer in options.peer:
        name, python = peer.split("=", 1)
        pythons |= {name: python, f"{name} channels_last": python}
    environment = {"OMP_NUM_THREADS": "2"} | dict(os.environ)
    print(f"{'':26}{'before':>8}{'step':>8}{'predict':>8}  MB")
    for player, python in pythons.items():
        found = [
            subprocess.check_output(
                [python, __file__, "--serve", player, what],
                env=environment, text=True, stderr=subprocess.DEVNULL,
            ).split()
            for what in ("step", "predict")
        ]  # fmt: skip
        (before, step), (_, predict) = found
        print(f"{player:26}{before:>8}{step:>8}{predict:>8}")


if __name__ == "__main__":
    main()
