"""`import minikeras` is light: nothing heavy comes with it."""

import os
import subprocess
import sys

import pytest

HEAVY = ["numba", "multiprocessing", "PIL", "IPython", "h5py", "sklearn", "matplotlib"]
PACKAGES = ["backend", "callbacks", "datasets", "engine", "layers", "models", "utils"]


def modules_after(statement):
    """Names of all top-level modules that a fresh interpreter has after a statement."""
    program = (
        f"{statement}\nimport sys\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["", *(f".{name}" for name in PACKAGES)])
def test_importing_brings_nothing_heavy(package):
    loaded = modules_after(f"import minikeras{package}")
    assert "minikeras" in loaded
    assert not loaded.intersection(HEAVY)


def test_importing_writes_nothing():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import minikeras"],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # makes `import numba` fail
import numpy as np
from minikeras.layers import Dense, Dropout
from minikeras.models import Sequential

model = Sequential([Dense(4, activation="relu", input_shape=(2,)), Dropout(0.5)])
model.add(Dense(3, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.random.rand(30, 2), np.arange(30) % 3
history = model.fit(x, y, epochs=3, batch_size=8, verbose=0)
print(*history.history["loss"])
"""


def test_without_numba_everything_works_with_one_notice():
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", WITHOUT_NUMBA],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in os.environ.items() if k != "MINIKERAS_SPECS"},
    )
    losses = [float(loss) for loss in done.stdout.split()]
    assert len(losses) == 3 and all(0 < loss < 5 for loss in losses)
    assert done.stderr.count("Warning") == 1
    assert "Numba cannot be imported" in done.stderr


def test_the_first_compiled_call_imports_numba_and_not_before():
    loaded = modules_after("from minikeras.models import Sequential")
    assert "numba" not in loaded
