"""Memory while training on 20,000 images of 224x224x3, 12 GB in float32 all told.

    PYTHONPATH=. python tests/benchmarks/feeding_memory.py

The images are made on the fly, by a generator, by a Sequence in threads, and by a
Sequence in processes. The target is a peak under 1 GB, that of the workers included.
"""

import os
import subprocess
import sys
import time

import numpy as np

IMAGES, SIZE, BATCH = 20_000, 224, 32
WAYS = ("generator", "threads", "processes")


def make_batch(index):
    """A batch of noise, brighter where the label is 1."""
    y = np.random.randint(0, 2, (BATCH, 1))
    x = np.random.rand(BATCH, SIZE // 8, SIZE // 8, 3).astype("float32")
    x = x.repeat(8, axis=1).repeat(8, axis=2)
    x += y[:, :, None, None]
    return x, y


def generator():
    index = 0
    while True:
        yield make_batch(index)
        index += 1


def train(way):
    """Train a small net for one epoch; print the seconds and the peak of memory."""
    from minikeras.layers import AveragePooling2D, Dense, Flatten
    from minikeras.models import Sequential
    from minikeras.utils import Sequence

    class Images(Sequence):
        def __len__(self):
            return IMAGES // BATCH

        def __getitem__(self, index):
            return make_batch(index)

    net = [AveragePooling2D(16, input_shape=(SIZE, SIZE, 3)), Flatten(), Dense(1)]
    model = Sequential(net)
    model.compile("adam", "mse")
    feed = generator() if way == "generator" else Images()
    start, peaks = time.perf_counter(), Peaks()
    model.fit_generator(
        feed, IMAGES // BATCH, verbose=0, callbacks=[peaks.callback()],
        workers=2 if way != "generator" else 1, use_multiprocessing=way == "processes",
    )  # fmt: skip
    seconds = time.perf_counter() - start
    print(f"{way:10} {seconds:6.1f} s, peak {peaks.most / 2**20:.0f} MB")


class Peaks:
    """Memory of this process and its workers; what they share counts once."""

    def __init__(self):
        self.most = 0

    def callback(self):
        from minikeras.callbacks import LambdaCallback

        return LambdaCallback(on_batch_end=self.look)

    def look(self, batch, logs):
        if batch % 10 == 0:
            self.most = max(self.most, sum(map(memory, [os.getpid(), *children()])))


def children():
    path = f"/proc/self/task/{os.getpid()}/children"
    with open(path) as file:
        return file.read().split()


def memory(pid):
    """Proportional set size of a process in bytes."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        told = dict(line.split(":", 1) for line in list(lines)[1:])
    return int(told["Pss"].split()[0]) * 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(sys.argv[1])
    else:
        for each in WAYS:
            subprocess.run([sys.executable, __file__, each], check=True)
