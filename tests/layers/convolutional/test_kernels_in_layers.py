"""Layers compute the same with compiled kernels and with their specifications."""

import numpy as np
import pytest
from layers.spatial_cases import rows_by_name

from minikeras.kernels import use_specs

ROWS = rows_by_name()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_and_specifications_agree(name, dtype):
    make, shape, _ = ROWS[name]
    layer = make(dtype=dtype)
    layer.build((None, *shape))
    x = np.random.RandomState(0).randn(3, *shape).astype(dtype)
    results = []
    for specs in (False, True):
        with use_specs(specs):
            y, backward = layer.forward(x)
            for weight in layer.weights:
                weight.zero_grad()
            dx = backward(np.ones_like(y))
            results.append([y, dx, *(w.grad.copy() for w in layer.trainable_weights)])
    tolerance = {"float32": 1e-4, "float64": 1e-10}[dtype]
    for fast, spec in zip(*results, strict=True):
        np.testing.assert_allclose(fast, spec, rtol=tolerance, atol=tolerance)
        assert fast.dtype == dtype
