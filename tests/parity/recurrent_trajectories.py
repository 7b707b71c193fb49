"""Whole trainings of recurrent models without random parts; see `trajectories.py`."""

import numpy as np

from .trajectories import numbers, seen, set_start


def masked_classifier(keras, optimizer):
    """Embedding with a mask, LSTM, one sigmoid: sequences of several lengths."""
    layers = keras.layers
    draw = numbers(11)
    model = keras.models.Sequential(
        [
            layers.Embedding(12, 4, mask_zero=True, input_length=6),
            layers.LSTM(5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    set_start(model, draw)
    words = np.floor(draw(1, 11, 20, 6)).astype("int32")
    for row, length in enumerate(np.floor(draw(1, 6, 20)).astype(int)):
        words[row, : 6 - length] = 0
    y = (words.sum(axis=1, keepdims=True) % 3 == 0).astype("float32")
    model.compile(
        optimizer("Adam", {"lr": 0.02}), "binary_crossentropy", metrics=["accuracy"]
    )
    fitted = model.fit(
        words, y, batch_size=8, epochs=4, validation_split=0.2, shuffle=False, verbose=0
    )
    return seen(model, fitted, words, y)


def stateful_stack(keras, optimizer):
    """Two stateful LSTMs: states go from batch to batch, and are reset now and then."""
    layers = keras.layers
    draw = numbers(12)
    model = keras.models.Sequential(
        [
            layers.LSTM(
                4, return_sequences=True, stateful=True, batch_input_shape=(4, 3, 2)
            ),
            layers.LSTM(3, stateful=True),
            layers.Dense(1),
        ]
    )
    set_start(model, draw)
    x = draw(-1, 1, 20, 3, 2)
    y = x[:, :, 0].sum(axis=1, keepdims=True)
    model.compile(optimizer("RMSprop", {"lr": 0.01}), "mse", metrics=["mae"])
    losses = []
    for _ in range(3):
        fitted = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
        losses.append(np.asarray(fitted.history["loss"]))
        model.reset_states()
    first = model.predict(x[:8], batch_size=4)
    second = model.predict(x[:8], batch_size=4)
    model.layers[0].reset_states()
    third = model.predict(x[:8], batch_size=4)
    return {
        "losses": losses,
        "predictions": [first, second, third],
        "weights": model.get_weights(),
    }


def sequence_to_sequence(keras, optimizer):
    """An encoder gives its states to a decoder; both are used alone afterwards."""
    layers, Model = keras.layers, keras.models.Model
    draw = numbers(13)
    source = layers.Input((None, 3), name="source")
    _, h, c = layers.LSTM(4, return_state=True, name="encoder")(source)
    target = layers.Input((None, 2), name="target")
    decoder = layers.LSTM(4, return_sequences=True, return_state=True, name="decoder")
    decoded, _, _ = decoder(target, initial_state=[h, c])
    output = layers.Dense(2, activation="softmax", name="letters")
    model = Model([source, target], output(decoded))
    set_start(model, draw)

    x, start = draw(-1, 1, 12, 5, 3), draw(-1, 1, 12, 4, 2)
    y = np.eye(2, dtype="float32")[(start[:, :, 0] > x[:, :4, 0]).astype(int)]
    model.compile(
        optimizer("SGD", {"lr": 0.2, "momentum": 0.9}), "categorical_crossentropy"
    )
    fitted = model.fit([x, start], y, batch_size=4, epochs=4, shuffle=False, verbose=0)

    encoder = Model(source, [h, c])
    states = encoder.predict(x[:3])
    given = [layers.Input((4,)), layers.Input((4,))]
    stepped, *new_states = decoder(target, initial_state=given)
    step = Model([target, *given], [output(stepped), *new_states])
    letters, *states = step.predict([start[:3, :1], *states])
    again, *states = step.predict([start[:3, 1:2], *states])
    return dict(
        seen(model, fitted, [x, start], y),
        letters=[letters, again],
        states=list(states),
    )


def both_directions(keras, optimizer):
    """Bidirectional GRU over time, a layer for every step, masked inputs."""
    layers = keras.layers
    draw = numbers(14)
    model = keras.models.Sequential(
        [
            layers.Masking(input_shape=(5, 2)),
            layers.Bidirectional(layers.GRU(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(2, activation="softmax")),
        ]
    )
    set_start(model, draw)
    x = draw(-2, 2, 12, 5, 2)
    for row in range(0, 12, 2):
        x[row, 2 + row // 4 :] = 0
    y = (np.cumsum(x[:, :, :1], axis=1) > 0).astype("float32")
    model.compile(
        optimizer("Adagrad", {"lr": 0.1}),
        "sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    fitted = model.fit(x, y, batch_size=6, epochs=4, shuffle=False, verbose=0)
    return seen(model, fitted, x, y)


ALL = {
    function.__name__: function
    for function in (
        masked_classifier,
        stateful_stack,
        sequence_to_sequence,
        both_directions,
    )
}
