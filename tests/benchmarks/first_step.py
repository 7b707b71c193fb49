"""From the start of a process to the end of the first training step.

    python tests/benchmarks/first_step.py --peer keras2=PYTHON --peer keras3=PYTHON \
        --peer torch=PYTHON

Networks: the guide's MLP, the MNIST CNN, and the IMDB LSTM. Warm: kernels come
from the cache on disk; cold: an empty cache. Aims in seconds: MLP 0.5 warm and 2 cold,
CNN 0.9 warm and 6 cold, LSTM 4 cold. They were set on a machine where PyTorch took 1.9
for the MLP and 2.1 for the CNN, Keras 3 3.4 and 3.8, Keras 2 1.4 and 1.8; so the
time is also shown as a share of each peer's, measured in turns.

Byte code is kept in a folder of this benchmark, as it is after an installation.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 5
COLD_RUNS = 3

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
elif "{net}" == "cnn":
    model = keras.models.Sequential([
        layers.Conv2D(32, 3, activation="relu", input_shape=(28, 28, 1)),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Dropout(0.25), layers.Flatten(), layers.Dense(128, activation="relu"),
        layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
    x = np.random.rand(128, 28, 28, 1).astype("float32")
    optimizer = keras.optimizers.Adadelta()
else:
    model = keras.models.Sequential([
        layers.Embedding(20000, 128),
        layers.LSTM(128, dropout=0.2, recurrent_dropout=0.2),
        layers.Dense(1, activation="sigmoid")])
    x = np.random.randint(0, 20000, (32, 80))
    optimizer = "adam"
y, loss = np.eye(10, dtype="float32")[np.arange(len(x)) % 10], "categorical"
if "{net}" == "lstm":
    y, loss = y[:, :1], "binary"
model.compile(optimizer, loss + "_crossentropy", metrics=["accuracy"])
model.train_on_batch(x, y)
"""
TORCH = """
import torch
from torch import nn
if "{net}" == "mlp":
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    x = torch.rand(128, 20)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, nesterov=True)
elif "{net}" == "cnn":
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3),
        nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    x = torch.rand(128, 1, 28, 28)
    optimizer = torch.optim.Adadelta(model.parameters())
else:
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.dense = nn.Embedding(20000, 128), nn.Linear(128, 2)
            self.lstm = nn.LSTM(128, 128, batch_first=True)

        def forward(self, x):
            return self.dense(self.lstm(self.table(x))[0][:, -1])

    model = Net()
    x = torch.randint(0, 20000, (32, 80))
    optimizer = torch.optim.Adam(model.parameters())
y = torch.arange(len(x)) % (2 if "{net}" == "lstm" else 10)
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
        return seconds(python, code, environment)


def measure(net, pythons, environment):
    """Print one row for each way to start."""
    codes = {player: script(player, net) for player in pythons}
    times = {player: [] for player in ("cold", *pythons)}
    for player, python in pythons.items():  # fills caches
        seconds(python, codes[player], environment)
    for run in range(RUNS):
        for player, python in pythons.items():
            times[player].append(seconds(python, codes[player], environment))
        if run < COLD_RUNS:
            times["cold"].append(cold(sys.executable, codes["minikeras"], environment))
    medians = {player: statistics.median(each) for player, each in times.items()}
    peers = [player for player in pythons if player != "minikeras"]
    for name, ours in (("warm", medians["minikeras"]), ("cold", medians["cold"])):
        beside = [f"{ours / medians[peer]:5.2f} of {peer}'s" for peer in peers]
        print(f"{net:5} {name}  {ours:5.2f} s  ", *beside)
    for peer in peers:
        print(f"{net:5} {peer}  {medians[peer]:.2f} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--net", action="append", help="mlp, cnn, lstm; all if none")
    options = parser.parse_args()
    peers = dict(peer.split("=", 1) for peer in options.peer)
    pythons = {"minikeras": sys.executable, **peers}
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ,
            TF_CPP_MIN_LOG_LEVEL="3",
            CUDA_VISIBLE_DEVICES="",
            PYTHONWARNINGS="ignore",
            PYTHONPYCACHEPREFIX=folder,
        )
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for net in options.net or ("mlp", "cnn", "lstm"):
            measure(net, pythons, environment)


if __name__ == "__main__":
    main()
