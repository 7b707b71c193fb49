"""How kernels are chosen, compiled, cached and switched."""

import os
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from minikeras.kernels import specs_in_use, use_specs
from minikeras.kernels.elementwise import bias_relu, dropout, softmax
from minikeras.kernels.optimizers import adam

ROOT = pathlib.Path(__file__).parents[2]

RELU = """
import numpy as np
from minikeras.kernels.elementwise import bias_relu
z = np.array([[-1.0, 2.0]], "float32")
bias_relu(z, np.ones(2, "float32"), True)
print(z.tolist())
"""


def run_script(code, **environment):
    """(standard output, standard error) of a new Python that runs `code`."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.strip()


def test_use_specs_switches_every_kernel_and_back():
    with use_specs():
        assert specs_in_use()
        assert bias_relu.run is bias_relu.spec
        with use_specs(False):
            assert bias_relu.run is not bias_relu.spec
        assert bias_relu.run is bias_relu.spec
    assert not specs_in_use()


def test_environment_variable_runs_specs_and_leaves_numba_alone():
    code = RELU + "import sys; print('numba' in sys.modules)"
    out, err = run_script(code, MINIKERAS_SPECS="1")
    assert out == "[[0.0, 3.0]]\nFalse"
    assert err == ""


def test_importing_kernels_imports_no_numba():
    code = "import sys, minikeras.kernels.elementwise; print('numba' in sys.modules)"
    assert run_script(code)[0] == "False"


def test_without_numba_specifications_run_with_one_notice():
    code = "import sys; sys.modules['numba'] = None\n" + RELU + RELU
    out, err = run_script(code)
    assert out == "[[0.0, 3.0]]\n[[0.0, 3.0]]"
    assert err.count("pip install numba") == 1


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_compiling_leaves_the_garbage_collector_as_it_was(before, tmp_path):
    code = f"import gc; gc.{before}()\n" + RELU + "print(gc.isenabled())"
    out, _ = run_script(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert out == f"[[0.0, 3.0]]\n{before == 'enable'}"


def test_read_only_and_strided_inputs_share_one_variant():
    z, b = np.zeros((3, 4), "float32"), np.zeros(4, "float32")
    frozen = b.copy()
    frozen.flags.writeable = False
    bias_relu(z, b, True)
    before = len(bias_relu.dispatcher.overloads)
    bias_relu(z, frozen, True)
    bias_relu(z[::2], np.zeros(8, "float32")[::2], False)
    bias_relu(z.T.copy().T, b, False)
    assert len(bias_relu.dispatcher.overloads) == before


def test_kind_of_number_does_not_decide_the_variant():
    p, g, m, v = np.ones((4, 5), "float32")
    for lr in (1, 0.5, np.float32(0.5), np.int64(1)):
        adam(p, g, m, v, lr, 0, np.float32(0.9), 1e-7)
    float32_variants = [
        s for s in adam.dispatcher.overloads if s[0].dtype.bitwidth == 32
    ]
    assert len(float32_variants) == 1
    p[:] = g[:] = 1
    m[:] = v[:] = 0
    adam(p, g, m, v, 0.5, 0, 0.75, 0)
    np.testing.assert_allclose(p, 0)


def test_written_array_that_is_read_only_is_refused():
    z = np.zeros((2, 3), "float32")
    z.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        bias_relu(z, np.ones(3, "float32"), True)


def test_wrong_number_of_arguments_names_those_of_the_kernel():
    with pytest.raises(TypeError, match=r"softmax\(x, y\) got 1"):
        softmax(np.zeros((2, 3), "float32"))


def test_dropout_repeats_with_its_seed_and_keeps_the_right_share():
    x, y, again, other = np.ones((4, 100_000), "float32")
    dropout(x, 7, 0.3, y)
    dropout(x, 7, 0.3, again)
    dropout(x, 8, 0.3, other)
    np.testing.assert_array_equal(y, again)
    kept, kept_other = y > 0, other > 0
    # five standard deviations of a mean of 100,000 draws
    assert abs(kept.mean() - 0.7) < 5 * (0.21 / 1e5) ** 0.5
    assert abs((kept & kept_other).mean() - 0.49) < 5 * (0.25 / 1e5) ** 0.5
    assert abs((kept[1:] & kept[:-1]).mean() - 0.49) < 5 * (0.25 / 1e5) ** 0.5


class TestCache:
    def test_second_process_compiles_nothing(self, tmp_path):
        first = run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path))
        second = run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path))
        assert first[0] == second[0] == "[[0.0, 3.0]]"
        assert first[1] == "minikeras: compiling kernels for this machine, once"
        assert second[1] == ""

    def test_stored_kernels_come_without_all_that_numba_can_compile(self, tmp_path):
        code = RELU + "import sys; print('numba.np.arraymath' in sys.modules)"
        first, _ = run_script(code, NUMBA_CACHE_DIR=str(tmp_path))
        second, _ = run_script(code, NUMBA_CACHE_DIR=str(tmp_path))
        assert first == "[[0.0, 3.0]]\nTrue"
        assert second == "[[0.0, 3.0]]\nFalse"

    def test_a_new_kernel_compiles_beside_stored_ones(self, tmp_path):
        run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path))
        new = """
            from minikeras.kernels.elementwise import softmax
            y = np.empty((1, 2), "float32")
            softmax(np.zeros((1, 2), "float32"), y)
            print(y.tolist())
        """
        code = RELU + textwrap.dedent(new)
        out, err = run_script(code, NUMBA_CACHE_DIR=str(tmp_path))
        assert out == "[[0.0, 3.0]]\n[[0.5, 0.5]]"
        assert err == "minikeras: compiling kernels for this machine, once"

    @pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "foreign"])
    def test_damaged_file_is_replaced(self, tmp_path, damage):
        run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path))
        (file,) = tmp_path.rglob("*.kernel")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        damaged = {
            "truncated": file.read_bytes()[:-100],
            "flipped": bytes(content),
            "empty": b"",
            "foreign": b"x" * 500,
        }[damage]
        file.write_bytes(damaged)
        out, err = run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path))
        assert out == "[[0.0, 3.0]]"
        assert "Traceback" not in err
        assert run_script(RELU, NUMBA_CACHE_DIR=str(tmp_path)) == ("[[0.0, 3.0]]", "")

    def test_directory_that_cannot_be_written_gives_one_notice(self, tmp_path):
        refuse = """
import pathlib
def refuse(path, content):
    raise PermissionError("read-only file system")
pathlib.Path.write_bytes = refuse
"""
        out, err = run_script(refuse + RELU + RELU, NUMBA_CACHE_DIR=str(tmp_path))
        assert out == "[[0.0, 3.0]]\n[[0.0, 3.0]]"
        assert err.count("minikeras works, but starts slowly") == 1
