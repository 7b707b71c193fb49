"""Memory that is used again, and how much of it a net needs."""

import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from minikeras.kernels import workspace
from minikeras.layers import Conv2D
from minikeras.models import Sequential

MB = 1 << 20


@pytest.fixture(autouse=True)
def empty_pool():
    workspace.clear()
    yield
    workspace.clear()


def block_of(size):
    return workspace.empty((size,), "uint8")


def address(x):
    return x.__array_interface__["data"][0]


def test_a_block_is_used_again_by_a_somewhat_smaller_array():
    x = block_of(3 * MB)
    before = address(x)
    del x
    assert address(block_of(2 * MB)) == before


def test_the_smallest_block_that_is_big_enough_serves():
    blocks = [block_of(size * MB) for size in (3, 2, 4)]
    wanted = address(blocks[1])
    del blocks[:]
    assert address(block_of(2 * MB)) == wanted


def test_a_much_smaller_array_leaves_a_large_block_alone():
    x = block_of(8 * MB)
    del x
    idle = workspace.idle_bytes()
    y = block_of(MB)
    assert workspace.idle_bytes() == idle and y.size == MB


def test_memory_in_use_is_given_to_nobody_else():
    x, y = block_of(MB), block_of(MB)
    part = x[5:10]
    x[:], y[:] = 1, 2
    del x
    z = block_of(MB)
    z[:] = 3
    assert (part == 1).all() and (y == 2).all()


def test_blocks_that_nobody_asked_for_in_a_while_go_back():
    x = block_of(8 * MB)
    del x
    for _ in range(workspace.PATIENCE + 1):
        block_of(MB)
    block_of(32 * MB)
    assert workspace.idle_bytes() < 8 * MB + 32 * MB


@pytest.mark.parametrize(
    "make, size",
    [
        (workspace.empty, MB),
        (workspace.empty, 5 * MB),
        *((workspace.zeros, size) for size in (0, 3, 1000, MB)),
    ],
)
def test_arrays_begin_with_a_line_of_the_cache(make, size):
    arrays = [make((size,), "float32") for _ in range(3)]
    assert [address(x) % 64 for x in arrays] == [0, 0, 0]
    assert [x.shape for x in arrays] == 3 * [(size,)]


def test_zeros_are_zeros_in_memory_that_nobody_has_used():
    x = block_of(MB)
    x[:] = 1
    del x
    assert not workspace.zeros((MB,), "uint8").any()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_what_a_forked_child_writes_stays_with_the_child():
    x = block_of(MB)
    x[:] = 1
    child = os.fork()
    if not child:
        x[:] = 2
        os._exit(0)
    os.waitpid(child, 0)
    assert (x == 1).all()


def test_an_interpreter_ends_in_silence_while_large_arrays_are_alive():
    program = """
import threading, time, numpy
from minikeras.kernels import workspace

def wait():  # a thread that still runs keeps the emptied module
    time.sleep(60)

numpy.kept = workspace.empty((1000, 1000), "float32")
threading.Thread(target=wait, daemon=True).start()
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")


def test_an_array_that_the_system_has_no_memory_for_is_a_memory_error():
    with pytest.raises(MemoryError, match=r"134,217,728 MB .* batch_size"):
        block_of(1 << 47)


def test_arrays_have_the_shape_and_the_type_that_were_asked_for():
    x = workspace.empty((3, 1000, 101), "float64")
    assert x.shape == (3, 1000, 101) and x.dtype == np.float64


def peak_of(run):
    """Bytes that a run has mapped for large arrays, and its peak of other memory."""
    workspace.clear()
    mapped, blocks = workspace._mapped, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "_mapped", lambda n: blocks.append(n) or mapped(n))
        tracemalloc.start()
        run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak + sum(blocks)


def net(depth):
    layers = [Conv2D(16, 3, padding="same", activation="relu") for _ in range(depth)]
    model = Sequential(layers)
    model.build((None, 64, 64, 16))
    model.compile("sgd", "mse")
    return model


def peaks(what):
    """Peaks of memory of nets with 3 and 9 layers."""
    x = np.random.rand(8, 64, 64, 16).astype("float32")  # 2 MB, as all activations
    found = []
    for depth in (3, 9):
        run = getattr(net(depth), what)
        args = (x,) if what == "predict_on_batch" else (x, x)
        run(*args)
        found.append(peak_of(lambda: run(*args)))  # noqa: B023  called at once
    return found


def test_predictions_keep_no_activations():
    shallow, deep = peaks("predict_on_batch")
    assert deep < shallow + MB


def test_training_keeps_activations_but_no_gradients_of_layers_it_has_passed():
    shallow, deep = peaks("train_on_batch")
    layers = (deep - shallow) / (6 * 2 * MB)  # a busy machine: one array more or less
    assert 0.75 < layers < 1.4  # with gradients it would be 2
