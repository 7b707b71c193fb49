"""`import minikeras` is light: nothing heavy comes with it."""

import subprocess
import sys

import pytest

HEAVY = ["numba", "multiprocessing", "PIL", "IPython", "h5py", "sklearn", "matplotlib"]
PACKAGES = ["callbacks", "datasets", "utils"]


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
