"""Multiply-adds and memory of layers, and the table that shows them."""

import pytest

from minikeras.engine.costs import multiply_adds, output_memory
from minikeras.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Conv2DTranspose,
    ConvLSTM2D,
    Dense,
    Embedding,
    Input,
    LocallyConnected2D,
    MaxPooling2D,
    SeparableConv2D,
    TimeDistributed,
    add,
)
from minikeras.models import Model, Sequential


@pytest.mark.parametrize(
    "layer, expected",
    [
        (Conv2D(4, 3), 6 * 6 * 4 * 9 * 2),
        (Conv2D(4, 3, padding="same", data_format="channels_first"), 8 * 2 * 4 * 9 * 8),
        (SeparableConv2D(4, 3), 6 * 6 * (9 * 2 + 2 * 4)),
        (Conv2DTranspose(4, 3, strides=2), 8 * 8 * 4 * 9 * 2),
        (LocallyConnected2D(4, 3), 6 * 6 * 4 * 9 * 2),
        (Dense(5), 8 * 8 * 2 * 5),
        (MaxPooling2D(), 0),
    ],
)
def test_multiplications_of_a_sample(layer, expected):
    layer(Input((8, 8, 2)))
    assert multiply_adds(layer) == expected


def test_memory_of_an_output():
    layer = Conv2D(4, 3)
    layer(Input((8, 8, 2)))
    assert output_memory(layer) == 6 * 6 * 4 * 4


@pytest.mark.parametrize(
    "layer, expected",
    [
        (LSTM(3), 7 * (4 * 3 * (5 + 3))),
        (GRU(3, return_sequences=True), 7 * (3 * 3 * (5 + 3))),
        (Bidirectional(LSTM(3)), 2 * 7 * (4 * 3 * (5 + 3))),
        (TimeDistributed(Dense(2)), 7 * 5 * 2),
        (TimeDistributed(Sequential([Dense(2, input_dim=5)])), 7 * 5 * 2),
        (BatchNormalization(), 0),
    ],
)
def test_kernels_are_used_at_every_time_step(layer, expected):
    layer(Input((7, 5)))
    assert multiply_adds(layer) == expected


@pytest.mark.parametrize("sequences", [True, False])
def test_convolutions_at_every_time_step(sequences):
    layer = ConvLSTM2D(2, 3, padding="same", return_sequences=sequences)
    layer(Input((4, 6, 6, 1)))
    assert multiply_adds(layer) == 4 * 6 * 6 * (9 * 4 * 2 * (1 + 2))


def test_costs_of_sizes_that_are_not_known():
    layer = Conv2D(4, 3)
    layer(Input((None, None, 2)))
    assert multiply_adds(layer) is None
    assert output_memory(layer) is None


def table(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return lines


def test_costs_in_the_summary_of_a_chain():
    inner = Sequential([Conv2D(4, 3, input_shape=(8, 8, 2), name="conv")], name="inner")
    model = Sequential([inner, MaxPooling2D(name="pool")])
    lines = table(model, costs=True)
    assert lines[2].split()[-3:] == ["Mult-adds", "Output", "bytes"]
    assert lines[4].split()[-3:] == ["76", "2,592", "576"]
    assert lines[6].split()[-3:] == ["0", "0", "144"]
    assert "Multiply-adds of a sample: 2,592" in lines
    assert "Bytes of all outputs of a sample: 720" in lines
    assert len(set(map(len, lines[1:8]))) == 1


def test_costs_in_the_summary_of_a_graph():
    x = Input((6,), name="x")
    y = add([Dense(3, name="a")(x), Dense(3, name="b")(x)], name="sum")
    lines = table(Model(x, y), costs=True)
    (row,) = [line for line in lines if line.startswith("b (Dense)")]
    assert row.split()[-3:] == ["x[0][0]", "18", "12"]


def test_without_costs_the_table_is_that_of_keras():
    model = Sequential([Embedding(5, 2, input_length=None)])
    assert table(model) == table(model, costs=False)
    assert all(len(line) <= 65 for line in table(model))
    assert any("?" in line for line in table(model, costs=True))
