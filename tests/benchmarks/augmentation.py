"""Images changed at random in a second: minikeras beside keras_preprocessing.

    PYTHONPATH=. python tests/benchmarks/augmentation.py OLD_PYTHON

OLD_PYTHON has keras_preprocessing and scipy. Each library runs in its own process; they
take turns, so that a busy machine hurts both, and medians are compared. The target is a
ratio of 5. Runs on Python 3.7 too.
"""

import os
import statistics
import subprocess
import sys
import time

import numpy as np

ROUNDS = 15
BATCH = 32
CHANGES = {
    "rotation_range": 20,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "shear_range": 10,
    "zoom_range": 0.2,
    "horizontal_flip": True,
}


def serve(library):
    """Do one workload for each line 'size what', answer with seconds for an image."""
    image = __import__(library + ".image", fromlist=["image"])
    changes = image.ImageDataGenerator(**CHANGES)
    random = np.random.RandomState(0)
    work = {}
    for size in (32, 224):
        x = random.randint(0, 256, (BATCH, size, size, 3)).astype("float32")
        work["transform", size] = TransformEach(changes, x)
        work["flow", size] = changes.flow(x, batch_size=BATCH, seed=1).next
    for line in sys.stdin:
        what, size = line.split()
        run = work[what, int(size)]
        start = time.perf_counter()
        run()
        print((time.perf_counter() - start) / BATCH, flush=True)


class TransformEach:
    """Call `random_transform` on every image."""

    def __init__(self, changes, x):
        self.changes = changes
        self.x = x

    def __call__(self):
        for image in self.x:
            self.changes.random_transform(image)


def start(python, library):
    """A process that serves one library."""
    command = [python, "-W", "ignore", os.path.abspath(__file__), "--serve", library]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, universal_newlines=True, **pipes)


def ask(server, what, size):
    server.stdin.write(f"{what} {size}\n")
    server.stdin.flush()
    return float(server.stdout.readline())


def main(old_python):
    servers = {
        "minikeras": start(sys.executable, "minikeras.preprocessing"),
        "keras_preprocessing": start(old_python, "keras_preprocessing"),
    }
    for what in ("transform", "flow"):
        for size in (32, 224):
            rounds = [
                {name: ask(server, what, size) for name, server in servers.items()}
                for _ in range(ROUNDS + 2)
            ][2:]
            report(what, size, rounds)
    for server in servers.values():
        server.stdin.close()
        server.wait()


def report(what, size, rounds):
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    rates = "  ".join(f"{name} {1 / seconds:8.0f}" for name, seconds in medians.items())
    ratio = medians["keras_preprocessing"] / medians["minikeras"]
    print(f"{what:9} {size:3}x{size:<3} images/s: {rates}  ratio {ratio:.1f}")


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2])
    else:
        main(sys.argv[1])
