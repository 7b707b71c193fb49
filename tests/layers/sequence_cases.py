"""Rows for recurrent layers and wrappers: name, layer, sample shape, options."""

from minikeras import layers

SERIES, FILM = (5, 4), (3, 4, 5, 2)
LAST, ALL = {"mask": "none"}, {"mask": "same"}
SEQUENCES = dict(return_sequences=True)
LINEAR = dict(activation="softsign", recurrent_activation="hard_sigmoid")
CELLS = {
    "simple_rnn": layers.SimpleRNN,
    "gru": layers.GRU,
    "lstm": layers.LSTM,
    "cudnn_gru": layers.CuDNNGRU,
    "cudnn_lstm": layers.CuDNNLSTM,
}


def rows():
    """{name: (function that makes the layer, sample shape, options)}."""
    made = {}
    for name, kind in CELLS.items():
        made[name] = (lambda kind=kind: kind(3), SERIES, LAST)
        made[f"{name}_all"] = (lambda kind=kind: kind(3, **SEQUENCES), SERIES, ALL)
    made.update(
        gru_after=(lambda: layers.GRU(3, reset_after=True), SERIES, LAST),
        gru_plain=(lambda: layers.GRU(3, use_bias=False, **LINEAR), SERIES, LAST),
        lstm_plain=(lambda: layers.LSTM(3, use_bias=False, **LINEAR), SERIES, LAST),
        lstm_wide=(lambda: layers.LSTM(33, **SEQUENCES), SERIES, ALL),
        lstm_backwards=(lambda: layers.LSTM(3, go_backwards=True), SERIES, LAST),
        lstm_dropout=(
            lambda: layers.LSTM(3, dropout=0.3, recurrent_dropout=0.3),
            SERIES,
            {**LAST, "random": True},
        ),
        gru_dropout=(
            lambda: layers.GRU(3, dropout=0.3, recurrent_dropout=0.3),
            SERIES,
            {**LAST, "random": True},
        ),
        simple_rnn_dropout=(
            lambda: layers.SimpleRNN(3, dropout=0.3, recurrent_dropout=0.3),
            SERIES,
            {**LAST, "random": True},
        ),
        rnn_of_cells=(
            lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]),
            SERIES,
            LAST,
        ),
        conv_lstm=(lambda: layers.ConvLSTM2D(2, 2), FILM, LAST),
        conv_lstm_first=(
            lambda: layers.ConvLSTM2D(
                2, (3, 2), data_format="channels_first", padding="same", **SEQUENCES
            ),
            (3, 2, 4, 5),
            ALL,
        ),
        bidirectional=(
            lambda: layers.Bidirectional(layers.LSTM(3, **SEQUENCES)),
            SERIES,
            ALL,
        ),
        bidirectional_product=(
            lambda: layers.Bidirectional(layers.GRU(3), merge_mode="mul"),
            SERIES,
            LAST,
        ),
        time_distributed=(
            lambda: layers.TimeDistributed(layers.Dense(3, activation="tanh")),
            SERIES,
            {"mask": "own"},
        ),
        time_distributed_conv=(
            lambda: layers.TimeDistributed(layers.Conv2D(2, 2)),
            FILM,
            {},
        ),
    )
    return made
