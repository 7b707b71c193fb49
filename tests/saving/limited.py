"""Load many files, each in a process of its own with 512 MB and 5 seconds.

    python limited.py folder      prints a JSON line for each file: name, outcome, text

Outcomes: "loaded", the class of the exception, "killed by 11", "too slow".
"""

import json
import os
import resource
import signal
import sys

import numpy as np  # noqa: F401

from minikeras import layers, losses, metrics, optimizers  # noqa: F401
from minikeras.models import load_model
from minikeras.saving import hdf5, keras3  # noqa: F401

try:
    import h5py  # noqa: F401
except ImportError:
    pass

MEMORY, SECONDS = 512 * 2**20, 5


def attempt(path, write):
    """Load a file and report to the pipe; never returns."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(SECONDS)
    try:
        load_model(path)
        outcome, text = "loaded", ""
    except BaseException as error:
        ours = type(error).__module__ == "minikeras.saving.errors"
        outcome = type(error).__name__ if ours else f"foreign {type(error).__name__}"
        text = str(error)[:300]
    os.write(write, json.dumps([outcome, text]).encode())
    os._exit(0)


def outcome_of(path):
    """(outcome, text) of loading a file."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        attempt(path, write)
    os.close(write)
    data = b""
    while part := os.read(read, 65536):
        data += part
    os.close(read)
    _, status = os.waitpid(child, 0)
    if data:
        return json.loads(data)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return ["too slow" if number == signal.SIGALRM else f"killed by {number}", ""]


def main(folder):
    import warnings

    warnings.simplefilter("ignore")
    for name in sorted(os.listdir(folder)):
        print(json.dumps([name, *outcome_of(os.path.join(folder, name))]))


if __name__ == "__main__":
    main(sys.argv[1])
