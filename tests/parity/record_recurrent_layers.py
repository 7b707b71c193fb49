"""Record embedding, recurrent layers and wrappers of Keras 2.3.1 (TensorFlow 1.15.5).

    /path/to/keras231/bin/python -m tests.parity.record_recurrent_layers

A recurrent layer with several inputs gets [x, initial states...], as Keras allows.
Cells are recorded inside `RNN`.
"""

import itertools

import numpy as np

from .recording import generator, record_cases

X = (3, 4, 2)
MASK = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]], bool)
STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2, "ConvLSTM2D": 2}
CASES = {}


def label(value):
    if isinstance(value, dict):
        return value["class"]
    if isinstance(value, list):
        return "[{}]".format(",".join(map(str, map(label, value))))
    return value


def add(kind, shapes=(X,), mask=None, **config):
    """One case, named after its class and options."""
    options = [f"{key}={label(value)}" for key, value in sorted(config.items())]
    options += ["masked"] * (mask is not None) + ["states"] * (len(shapes) > 1)
    name = "{}({})".format(kind, ",".join(options))
    assert name not in CASES, name
    masks = None if mask is None else [mask] + [None] * (len(shapes) - 1)
    CASES[name] = (kind, config, list(shapes), masks)


def nested(name, **config):
    return {"class": name, "config": config}


def plain_layers():
    for layer in ("SimpleRNN", "GRU", "LSTM"):
        for sequences, backwards, mask, unroll in itertools.product(
            (False, True), (False, True), (None, MASK), (False, True)
        ):
            options = {"go_backwards": backwards, "return_sequences": sequences}
            if unroll:
                if sequences == backwards:
                    continue
                options["unroll"] = True
            add(layer, units=3, mask=mask, **options)
        states = [(3, 3)] * STATES[layer]
        for mask in (None, MASK):
            add(layer, [X, *states], mask, units=3, return_state=True)
            add(
                layer,
                [X, *states],
                mask,
                units=3,
                return_state=True,
                return_sequences=True,
            )
            add(layer, [X, *states], mask, units=3, unroll=True, return_state=True)
        add(layer, units=3, use_bias=False)
        add(layer, [(1, 1, 1)], units=1)
        add(layer, units=2, activation="relu")


def particular_options():
    for layer in ("GRU", "LSTM"):
        for implementation, mask in itertools.product((1, 2), (None, MASK)):
            add(layer, mask=mask, units=3, implementation=implementation)
        add(layer, units=3, recurrent_activation="hard_sigmoid", return_sequences=True)
        add(layer, units=3, implementation=2, recurrent_activation="hard_sigmoid")
    for implementation, mask in itertools.product((1, 2), (None, MASK)):
        add("GRU", mask=mask, units=3, implementation=implementation, reset_after=True)
    add("GRU", units=3, reset_after=True, use_bias=False, return_sequences=True)
    add("GRU", units=3, reset_after=True, recurrent_activation="hard_sigmoid")


def cells():
    lstm, gru, simple = (
        nested("LSTMCell", units=3),
        nested("GRUCell", units=2),
        nested("SimpleRNNCell", units=2),
    )
    for mask in (None, MASK):
        add("RNN", mask=mask, cell=lstm, return_sequences=True)
        add("RNN", mask=mask, cell=[lstm, gru, simple], return_sequences=True)
    add("RNN", cell=gru, go_backwards=True, return_state=True)
    add("RNN", cell=simple, unroll=True)
    add(
        "RNN", cell=nested("StackedRNNCells", cells=[simple, simple]), return_state=True
    )


def wrappers():
    for mode, mask in itertools.product(
        ("concat", "sum", "mul", "ave", None), (None, MASK)
    ):
        for sequences in (False, True):
            inner = nested("LSTM", units=2, return_sequences=sequences)
            options = f"mode={mode},sequences={sequences},masked={mask is not None}"
            config = {"layer": inner, "merge_mode": mode}
            CASES[f"Bidirectional({options})"] = ("Bidirectional", config, [X], [mask])
    for kind in ("GRU", "SimpleRNN"):
        add("Bidirectional", layer=nested(kind, units=2))
    CASES["Bidirectional(return_state)"] = (
        "Bidirectional",
        {"layer": nested("LSTM", units=2, return_state=True)},
        [X],
    )
    add("TimeDistributed", layer=nested("Dense", units=3, activation="tanh"))
    add("TimeDistributed", mask=MASK, layer=nested("Dense", units=2))
    add(
        "TimeDistributed",
        [(2, 3, 4, 4, 1)],
        layer=nested("Conv2D", filters=2, kernel_size=2),
    )
    add("TimeDistributed", [(2, 3, 4, 2)], layer=nested("Flatten"))
    add("TimeDistributed", [(2, 3, 4, 2)], layer=nested("LSTM", units=2))


def embeddings():
    words = generator("words").randint(0, 6, (3, 5)).astype("int32")
    words[0, 3:] = 0
    words[1, 1] = words[1, 2]
    add("Embedding", [words], input_dim=6, output_dim=3)
    add("Embedding", [words], input_dim=6, output_dim=2, mask_zero=True)
    add("Embedding", [words], input_dim=7, output_dim=2, input_length=5)
    CASES["Embedding(one column)"] = (
        "Embedding",
        {"input_dim": 6, "output_dim": 3},
        [words[:, :1].copy()],
    )


def convolutional():
    x, first = (2, 3, 4, 3, 1), (2, 3, 1, 4, 3)
    mask = np.array([[1, 0, 1], [1, 1, 0]], bool)
    add("ConvLSTM2D", [x], filters=2, kernel_size=2)
    add(
        "ConvLSTM2D",
        [x],
        filters=2,
        kernel_size=2,
        return_sequences=True,
        padding="same",
    )
    add(
        "ConvLSTM2D",
        [x],
        filters=1,
        kernel_size=[3, 2],
        strides=[1, 2],
        return_state=True,
    )
    add("ConvLSTM2D", [x], filters=1, kernel_size=2, dilation_rate=2, use_bias=False)
    add("ConvLSTM2D", [first], filters=1, kernel_size=2, data_format="channels_first")
    add("ConvLSTM2D", [x], filters=1, kernel_size=2, go_backwards=True)
    add("ConvLSTM2D", [x], filters=1, kernel_size=2, recurrent_activation="sigmoid")
    add("ConvLSTM2D", [x], mask, filters=1, kernel_size=2, return_sequences=True)


if __name__ == "__main__":
    plain_layers()
    particular_options()
    cells()
    wrappers()
    embeddings()
    convolutional()
    record_cases("recurrent_layers", CASES)
