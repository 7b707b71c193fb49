"""How long saving and loading 100 MB takes, against writing and reading the bytes.

    python tests/benchmarks/saving.py

Limits: 1.5 times writing the bytes plus fsync, and 1.5 times reading them from the disk
(files are read with cold caches of the operating system, as after a start); for .h5
twice what h5py itself takes. Medians on two cores of an AMD EPYC with SHA instructions
and a disk of 2 GB/s, five matrices of 20 MB:

    write bytes        66 ms      read bytes, cold      49 ms      warm   19 ms
    save .mk           81 ms      load .mk, cold        66 ms      warm   47 ms
                                  load weights, cold    69 ms      warm   54 ms
    write by h5py      68 ms      read by h5py, cold    46 ms      warm   21 ms
    save .h5           67 ms      load .h5, cold        68 ms      warm   36 ms

One matrix of 100 MB, whose SHA-256 one thread has to compute: save 1.3, load 1.5 times.
From a warm cache .mk is above the limit: SHA-256 at 1.8 GB/s takes 28 ms of two cores.
Saving a file that is there already also frees the old one, as writing over it does; a
thread does that after the new one is in its place.
"""

import gc
import os
import statistics
import tempfile
import time

import numpy as np

from minikeras.layers import Dense
from minikeras.models import Sequential, load_model

ROUNDS = 15


def model_of_100_mb():
    """Five matrices of 20 MB."""
    layers = [
        Dense(2236, use_bias=False, input_shape=(2236,), kernel_initializer="ones")
    ]
    for _ in range(4):
        layers.append(Dense(2236, use_bias=False, kernel_initializer="ones"))
    model = Sequential(layers)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.value[...] = rng.standard_normal(weight.shape, np.float32)
    return model


def write_bytes(path, arrays):
    with open(path, "wb") as file:
        for array in arrays:
            file.write(array)
        file.flush()
        os.fsync(file.fileno())


def read_bytes(path, arrays):
    read = [np.empty_like(array) for array in arrays]
    with open(path, "rb") as file:
        for array in read:
            file.readinto(array.data.cast("B"))
    return read


def write_h5(path, arrays):
    import h5py

    with h5py.File(path, "w") as file:
        for i, array in enumerate(arrays):
            file[str(i)] = array
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def read_h5(path):
    import h5py

    with h5py.File(path, "r") as file:
        return [file[name][()] for name in file]


def seconds(action):
    """Time of one call.

    Before, models of the calls before are freed, and memory is touched: the host of a
    virtual machine may have taken what was free, and gives it back slowly.
    """
    gc.collect()
    np.ones(2**25)
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def forget(path):
    """Drop a file from the operating system's cache."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def main():
    model = model_of_100_mb()
    arrays = [weight.value for weight in model.weights]
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        path = {k: os.path.join(folder, k) for k in ("raw", "m.mk", "m.h5", "raw.h5")}
        actions = {
            "write bytes": lambda: write_bytes(path["raw"], arrays),
            "save .mk": lambda: model.save(path["m.mk"]),
            "write h5py": lambda: write_h5(path["raw.h5"], arrays),
            "save .h5": lambda: model.save(path["m.h5"]),
        }
        loads = {
            "read bytes": ("raw", lambda: read_bytes(path["raw"], arrays)),
            "load .mk": ("m.mk", lambda: load_model(path["m.mk"])),
            "load weights .mk": ("m.mk", lambda: model.load_weights(path["m.mk"])),
            "read h5py": ("raw.h5", lambda: read_h5(path["raw.h5"])),
            "load .h5": ("m.h5", lambda: load_model(path["m.h5"])),
        }
        times = {}
        for _ in range(ROUNDS):
            for name, action in actions.items():
                times.setdefault(name, []).append(seconds(action))
            for name, (key, action) in loads.items():
                forget(path[key])
                times.setdefault(name + ", cold", []).append(seconds(action))
                times.setdefault(name + ", warm", []).append(seconds(action))
    for name, found in times.items():
        median, least = 1000 * statistics.median(found), 1000 * min(found)
        print(f"{name:24s} {median:7.0f} ms   least {least:5.0f} ms")


if __name__ == "__main__":
    main()
