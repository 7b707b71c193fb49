"""From the start of a process to the end of the first training step.

    python tests/benchmarks/first_step.py --peer keras2=PYTHON --peer torch=PYTHON

Networks: the guide's MLP and the MNIST CNN. Warm: kernels come from the cache on disk;
cold: an empty cache. Aims in seconds: MLP 0.5 warm and 2 cold, CNN 0.9 warm and 6 cold.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 7
KERAS = """
import numpy as np
import {package} as keras
layers = keras.layers
if "{net}" == "mlp":
    model = keras.models.Sequential([
        layers.Dense(64, activation="relu", input_shape=(20,)), layers.Dropout(0.5),
        layers.Dense(64, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax")])
    x = np.random.rand(128, 20).astype("float32")
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
else:
    model = keras.models.Sequential([
        layers.Conv2D(32, 3, activation="relu", input_shape=(28, 28, 1)),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Dropout(0.25), layers.Flatten(), layers.Dense(128, activation="relu"),
        layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
    x = np.random.rand(128, 28, 28, 1).astype("float32")
    optimizer = keras.optimizers.Adadelta()
model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
model.train_on_batch(x, np.eye(10, dtype="float32")[np.arange(128) % 10])
"""
TORCH = """
import torch
from torch import nn
if "{net}" == "mlp":
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    x = torch.rand(128, 20)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, nesterov=True)
else:
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3),
        nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    x = torch.rand(128, 1, 28, 28)
    optimizer = torch.optim.Adadelta(model.parameters())
y = torch.arange(128) % 10
loss = nn.CrossEntropyLoss()(model(x), y)
loss.backward()
optimizer.step()
"""


def script(player, net):
    if player == "torch":
        return TORCH.format(net=net)
    package = "minikeras" if player == "minikeras" else "keras"
    return KERAS.format(package=package, net=net)


def seconds(python, code, environment):
    start = time.perf_counter()
    subprocess.run(
        [python, "-c", code], env=environment, check=True, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def cold(python, code, environment):
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(environment, NUMBA_CACHE_DIR=folder)
        environment["MINIKERAS_CACHE_DIR"] = folder
        return seconds(python, code, environment)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    peers = dict(peer.split("=", 1) for peer in parser.parse_args().peer)
    pythons = {"minikeras": sys.executable, **peers}
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONWARNINGS="ignore")
    for net in ("mlp", "cnn"):
        codes = {player: script(player, net) for player in pythons}
        times = {player: [] for player in pythons}
        for player in pythons:
            seconds(pythons[player], codes[player], environment)
        for _ in range(RUNS):
            for player, python in pythons.items():
                times[player].append(seconds(python, codes[player], environment))
        for player, each in times.items():
            print(f"{net} warm  {player:12} {statistics.median(each):.2f} s")
        runs = [cold(sys.executable, codes["minikeras"], environment) for _ in range(3)]
        print(f"{net} cold  minikeras    {statistics.median(runs):.2f} s")


if __name__ == "__main__":
    main()
