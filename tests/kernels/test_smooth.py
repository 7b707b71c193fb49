"""exp, sigmoid and tanh for compiled loops, beside float64."""

import numpy as np
import pytest

from minikeras.kernels import smooth

EXACT = {
    "exp": np.exp,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
}


def compiled(name):
    numba = pytest.importorskip("numba")
    from minikeras.kernels.compiling import _compiled_helper

    function = _compiled_helper(getattr(smooth, name))

    @numba.njit(error_model="numpy")
    def loop(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    def on_array(x):
        y = np.empty_like(x)
        loop(x, y)
        return y

    return on_array


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("largest", [1e-3, 1, 10, 80])
def test_relative_error(name, largest):
    x = np.linspace(-largest, largest, 20001).astype("float32")
    y, exact = compiled(name)(x), EXACT[name](x.astype("float64"))
    np.testing.assert_allclose(y, exact, rtol=3e-7, atol=1e-37)


@pytest.mark.parametrize("name", EXACT)
def test_python_agrees_with_compiled_code(name):
    x = np.linspace(-20, 20, 201).astype("float32")
    plain = [getattr(smooth, name)(value) for value in x]
    np.testing.assert_allclose(compiled(name)(x), plain, rtol=3e-7)


@pytest.mark.parametrize("name", EXACT)
def test_extremes(name):
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30], "float32")
    y = compiled(name)(x)
    assert np.isnan(y[0]) and np.isfinite(y[1:]).all()
    if name != "exp":
        np.testing.assert_allclose(y[1:], EXACT[name](x[1:]), atol=1e-37)
