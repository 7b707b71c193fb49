"""The team of threads: right results from any thread, after fork, and on errors."""

import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from minikeras.kernels import team
from minikeras.kernels.matmul import matmul
from minikeras.kernels.optimizers import adagrad

MUCH = 1e9  # nanoseconds: always shared


@pytest.fixture(autouse=True)
def three_threads():
    before = team.num_threads()
    team.set_num_threads(3)
    yield
    team.set_num_threads(before)


def slow_sum(x):
    """Sums of squares by a compiled kernel, over shares of x."""

    def part(lo, hi):
        p = np.zeros(hi - lo, "float32")
        a = np.zeros(hi - lo, "float32")
        for _ in range(5):
            adagrad(p, x[lo:hi], a, 0.1, 1e-7)
        return float(a.sum())

    return sum(team.split(part, len(x), MUCH))


def test_results_come_in_the_order_of_the_shares():
    assert team.split(lambda lo, hi: (lo, hi), 10, MUCH) == [(0, 3), (3, 6), (6, 10)]
    assert team.split(lambda lo, hi: (lo, hi), 2, MUCH) == [(0, 1), (1, 2)]
    assert team.split(lambda lo, hi: (lo, hi), 0, MUCH) == [(0, 0)]


def test_little_work_is_not_shared():
    assert team.split(lambda lo, hi: (lo, hi), 10, work=10) == [(0, 10)]


def test_all_threads_take_part():
    barrier = threading.Barrier(3, timeout=20)
    team.split(lambda lo, hi: barrier.wait(), 3, MUCH)


def test_sleeping_helpers_wake_up():
    names = set()

    def part(lo, hi):
        names.add(threading.current_thread())
        threading.Event().wait(0.05)

    for _ in range(3):
        team.split(part, 3, MUCH)
        threading.Event().wait(0.02)  # long enough for helpers to fall asleep
    assert len(names) == 3


def test_an_error_in_a_share_reaches_the_caller_and_the_team_goes_on():
    def part(lo, hi):
        if lo:
            raise ArithmeticError("share")
        return 1

    with pytest.raises(ArithmeticError, match="share"):
        team.split(part, 3, MUCH)
    assert team.split(lambda lo, hi: hi - lo, 3, MUCH) == [1, 1, 1]


def test_a_share_may_split_again():
    inner = team.split(
        lambda lo, hi: sum(team.split(lambda a, b: b - a, 6, MUCH)), 3, 1e9
    )
    assert inner == [6, 6, 6]


def test_several_python_threads_at_once_get_right_results():
    x = np.ones(30_000, "float32")
    results = []

    def work():
        results.extend(slow_sum(x) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert results == [5 * 30_000.0] * 80


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_has_its_own_team():
    x = np.ones(30_000, "float32")
    expected = slow_sum(x)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(slow_sum, [x] * 4).get(60) == [expected] * 4
    assert slow_sum(x) == expected


def test_environment_variable_sets_the_size():
    code = "from minikeras.kernels import team; print(team.num_threads())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MINIKERAS_NUM_THREADS": "5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "5\n"


@pytest.mark.parametrize("size", [0, -1, 1.5, None])
def test_a_size_that_makes_no_sense_is_refused(size):
    with pytest.raises(ValueError, match="number of threads"):
        team.set_num_threads(size)


@pytest.mark.parametrize("rows, columns", [(300, 20), (20, 300)])
def test_shared_products_equal_those_of_numpy(rows, columns):
    slow_sum(np.ones(1000, "float32"))  # the team owns the threads from here
    random = np.random.RandomState(0)
    a, b = random.randn(rows, 1000), random.randn(1000, columns)
    np.testing.assert_allclose(matmul(a, b), a @ b, rtol=1e-9)
    np.testing.assert_allclose(matmul(a.T.copy().T, b.T.copy().T), a @ b, rtol=1e-9)
