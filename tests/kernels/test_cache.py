"""Compiled kernels on disk: damaged, foreign or missing files cost time, no results."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

PROGRAM = """
import numpy as np
from minikeras.kernels import optimizers
w, g = np.arange(6, dtype="f"), np.ones(6, "f")
optimizers.adagrad(w, g, np.zeros(6, "f"), 0.5, 1e-7)
print([round(each, 3) for each in w.tolist()])
"""
RIGHT = str([-0.5, 0.5, 1.5, 2.5, 3.5, 4.5])


NO_PLACE = """
from numba.core import caching
caching.CacheImpl._locator_classes = []
"""
FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
"""
ANOTHER_KERNEL = """
import numpy as np
from minikeras.kernels import optimizers
optimizers.sgd(*np.zeros((3, 4), "f"), 0.1, 0.9, False)
"""


def run(folder, before=""):
    """(what it computed, what it said) of a program that compiles or loads a kernel."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    environment.pop("MINIKERAS_SPECS", None)
    done = subprocess.run(
        [sys.executable, "-c", before + PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def files_in(folder):
    return sorted(folder.rglob("*.kernel"))


def truncated(content):
    return content[: len(content) // 2]


def one_bit_flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def with_a_byte_too_many(content):
    return content + b"x"


def of_another_version(content):
    return b"x" * 32 + content[32:]


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        one_bit_flipped,
        with_a_byte_too_many,
        of_another_version,
        lambda content: b"",
    ],
)
def test_a_damaged_file_is_replaced(tmp_path, damage):
    assert run(tmp_path)[0] == RIGHT
    (file,) = files_in(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    damaged = file.read_bytes()
    assert run(tmp_path)[0] == RIGHT
    assert file.read_bytes() != damaged
    result, said = run(tmp_path)
    assert (result, said) == (RIGHT, "")  # loaded, not compiled again


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    place = tmp_path / "a file, not a folder"
    place.write_text("")
    assert run(place)[0] == RIGHT


@pytest.mark.parametrize(
    "trouble, told", [(NO_PLACE, "no place"), (FULL_DISK, "cannot be stored")]
)
def test_where_nothing_can_be_stored_it_is_told_and_done_without(
    tmp_path, trouble, told
):
    result, said = run(tmp_path, trouble + ANOTHER_KERNEL)
    assert result == RIGHT and told in said, said
    assert said.count("starts slowly") == 1, said
    assert not [file for file in tmp_path.rglob("minikeras.*") if file.is_file()]


def test_several_processes_that_compile_at_once_leave_a_good_file(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    environment.pop("MINIKERAS_SPECS", None)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(4)
    ]
    programs.pop().kill()
    assert [p.communicate()[0].strip() for p in programs] == [RIGHT] * 3
    assert run(tmp_path) == (RIGHT, "")
