"""Which dropout masks gates share: as observed in Keras 2.3.1, layer by layer.

Activations are linear and weights zero or one, so that outputs are products of masks,
each 0 or 2. The tests compare the shares of the values among thousands of outputs.
"""

import numpy as np
import pytest

from minikeras.layers import GRU, LSTM, RNN, ConvLSTM2D, LSTMCell, StackedRNNCells
from minikeras.utils.gradient_check import check_gradients

N = 4000
LINEAR = {"activation": "linear", "recurrent_activation": "linear"}
HALF, QUARTERS = {0: 1 / 2, 4: 1 / 2}, {0: 3 / 4, 4: 1 / 4}
INPUT, STATE = {"dropout": 0.5}, {"recurrent_dropout": 0.5}
NONE = [0, 0, 0, 0]


def shares(layer, weights, x, *states):
    """How often each value comes in the output of a training step."""
    np.random.seed(3)
    given = [x, *states] if states else x
    layer.build([a.shape for a in given] if states else x.shape)
    arrays = [np.array(w) for w in weights]
    wanted = [w.shape for w in layer.weights]
    layer.set_weights([a.reshape(s) for a, s in zip(arrays, wanted, strict=True)])
    y = layer.forward(given, training=True)[0]
    values, counts = np.unique(np.round(y, 3), return_counts=True)
    return dict(zip(values.tolist(), counts / y.size, strict=True))


def same_shares(found, expected):
    assert found.keys() == expected.keys()
    for value, share in expected.items():
        assert abs(found[value] - share) < 0.04, (found, expected)


def ones(*shape):
    return np.ones((N, *shape), "float32")


# h = o (f c + i g); kernels of i and o, recurrent kernels of i and o, biases
@pytest.mark.parametrize("implementation, expected", [(1, QUARTERS), (2, HALF)])
@pytest.mark.parametrize(
    "rates, weights",
    [(INPUT, [[1, 0, 0, 1], NONE]), (STATE, [NONE, [1, 0, 0, 1]])],
)
def test_lstm_input_and_output_gates(implementation, expected, rates, weights):
    layer = LSTM(1, implementation=implementation, **LINEAR, **rates)
    found = shares(layer, [*weights, [0, 0, 1, 0]], ones(1, 1), ones(1), 0 * ones(1))
    same_shares(found, expected)


# h' = z h + (1 - z) q; gates z, r, q
GRU_CASES = {
    "z and q read inputs": (
        [INPUT, [1, 0, 1], [0, 0, 0], [0, 0, 0]], 0,
        {-2: 1 / 4, 0: 1 / 2, 2: 1 / 4}, {-2: 1 / 2, 0: 1 / 2},
    ),
    "z keeps h": (
        [STATE, [0, 0, 0], [0, 0, 0], [1, 0, 0]], 1, {1: 1}, {0: 1 / 2, 2: 1 / 2},
    ),
    "z reads h": (
        [STATE, [0, 0, 0], [1, 0, 0], [0, 0, 2]], 1, {0: 1 / 2, 2: 1 / 2}, {2: 1},
    ),
    "r and q read h": (
        [STATE, [0, 0, 0], [0, 1, 1], [0, 0, 0]], 1, QUARTERS, HALF,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRU_CASES)
@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("reset_after", [False, True])
def test_gates_of_gru(name, implementation, reset_after):
    (rates, W, U, b), h, *expected = GRU_CASES[name]
    layer = GRU(
        1, implementation=implementation, reset_after=reset_after, **LINEAR, **rates
    )
    b = [b, [0, 0, 0]] if reset_after else b
    found = shares(layer, [W, U, b], ones(1, 1), h * ones(1))
    same_shares(found, expected[implementation - 1])


def test_conv_lstm_has_a_mask_for_each_gate():
    layer = ConvLSTM2D(1, 1, **LINEAR, **INPUT)
    weights = [[1, 0, 0, 1], NONE, [0, 0, 1, 0]]
    same_shares(shares(layer, weights, ones(1, 1, 2, 1)), QUARTERS)
    layer = ConvLSTM2D(1, 1, **LINEAR, **STATE)
    weights = [NONE, [1, 0, 0, 1], [1, 0, 1, 1]]  # second step: (1 + m_i) (1 + m_o)
    found = shares(layer, weights, ones(2, 1, 2, 1))
    same_shares(found, {1: 1 / 4, 3: 1 / 2, 9: 1 / 4})


def test_cells_inside_of_cells_keep_their_masks_over_time():
    cell = LSTMCell(1, implementation=1, **LINEAR, **INPUT)
    layer = RNN(StackedRNNCells([cell]))
    weights = [[1, 0, 0, 0], NONE, [0, 1, 1, 1]]  # c adds up m_i
    same_shares(shares(layer, weights, ones(2, 1)), HALF)


@pytest.mark.parametrize(
    "layer, shape",
    [
        (LSTM(3, implementation=1), (2, 4, 3)),
        (GRU(3, implementation=1), (2, 4, 3)),
        (GRU(3, implementation=1, reset_after=True), (2, 4, 3)),
        (GRU(3, implementation=2), (2, 4, 3)),
        (GRU(3, implementation=2, reset_after=True), (2, 4, 3)),
        (ConvLSTM2D(2, 2, recurrent_activation="sigmoid"), (2, 3, 4, 4, 2)),
        (RNN([LSTMCell(3, dropout=0.3), LSTMCell(2, dropout=0.3)]), (2, 4, 3)),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_with_dropout(layer, shape, masked):
    if hasattr(layer.cell, "dropout"):
        layer.cell.dropout = layer.cell.recurrent_dropout = 0.4
    if not layer.built:
        layer.build((None, *shape[1:]))
    random = np.random.RandomState(1)
    mask = random.rand(*shape[:2]) < 0.7 if masked else None
    check_gradients(layer, random.randn(*shape), training=True, mask=mask)
