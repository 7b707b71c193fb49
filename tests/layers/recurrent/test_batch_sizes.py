"""A sample's result does not depend on how many others are in its batch."""

import numpy as np
import pytest

from minikeras.layers import GRU, LSTM, SimpleRNN


@pytest.mark.parametrize("make", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("units", [3, 16, 40])
def test_every_batch_size_gives_the_same(make, units):
    layer = make(units, return_sequences=True)
    layer.build((None, 6, 5))
    x = np.random.RandomState(0).randn(17, 6, 5).astype("float32")
    whole = layer(x)
    for size in range(1, 17):
        parts = [layer(x[i : i + size]) for i in range(0, 17, size)]
        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-4, atol=1e-6)
