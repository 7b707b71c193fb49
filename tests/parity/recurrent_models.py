"""Recurrent models with options that are seldom combined; see `trajectories.py`.

Each is predicted with, trained for three steps, and predicted with again.
"""

import numpy as np

from .trajectories import numbers, set_start

WORDS = np.array([[1, 2, 0, 0, 3], [4, 0, 5, 1, 0], [2, 2, 2, 0, 1], [0, 0, 1, 2, 3]])
PAGES = np.array(
    [[[1, 2, 0], [0, 0, 0]], [[3, 1, 0], [2, 0, 0]], [[1, 1, 1], [4, 5, 0]]]
)


def trained(model, optimizer, x, y, draw):
    """Predictions, three losses, predictions, weights."""
    set_start(model, draw)
    model.compile(optimizer("SGD", {"lr": 0.1}), "mse")
    return {
        "before": model.predict_on_batch(x),
        "losses": [np.asarray(model.train_on_batch(x, y)) for _ in range(3)],
        "after": model.predict_on_batch(x),
        "weights": model.get_weights(),
    }


def with_gaps(draw):
    """Four series of five steps of three numbers; steps of zeros stand anywhere."""
    x = draw(-2, 2, 4, 5, 3)
    for sample, step in ((0, 3), (0, 4), (1, 1), (2, 0), (2, 4), (3, 0), (3, 1)):
        x[sample, step] = 0
    return x


def gate_cell(keras, units):
    """A cell of a user's own: h' = tanh(x W + h U + k V), with a constant k or none."""
    K = keras.backend

    class Gate(keras.layers.Layer):
        units = state_size = 0

        def build(self, shape):
            x, k = shape if isinstance(shape, list) else (shape, None)
            rows = [x[-1], self.units] + ([k[-1]] if k else [])
            self.matrices = [
                self.add_weight(
                    shape=(n, self.units), initializer="uniform", name=f"m{i}"
                )
                for i, n in enumerate(rows)
            ]
            self.built = True

        def call(self, inputs, states, constants=None):
            given = [inputs, states[0]] + list(constants or [])
            z = [K.dot(a, m) for a, m in zip(given, self.matrices)]  # noqa: B905
            h = K.tanh(sum(z[1:], z[0]))
            return h, [h]

    cell = Gate()
    cell.units = cell.state_size = units
    return cell


# ------------------------------------------------------------------ masks and states


def backwards_with_masks_and_states(keras, optimizer):
    """go_backwards, a mask, return_state; a second layer begins with these states."""
    layers, draw = keras.layers, numbers(31)
    x = layers.Input((5, 3))
    y, h, c = layers.LSTM(
        4, go_backwards=True, return_sequences=True, return_state=True
    )(layers.Masking()(x))
    z, s = layers.GRU(4, go_backwards=True, return_state=True)(y, initial_state=h)
    model = keras.models.Model(x, layers.Dense(2)(layers.concatenate([z, s, c])))
    return trained(model, optimizer, with_gaps(draw), draw(-1, 1, 4, 2), draw)


def states_from_layers(keras, optimizer):
    """Initial states that layers computed; one serves two recurrent layers."""
    layers, draw = keras.layers, numbers(32)
    x, k = layers.Input((5, 3)), layers.Input((2,))
    h, c = layers.Dense(4, activation="tanh")(k), layers.Dense(4)(k)
    y = layers.LSTM(4, return_sequences=True)(layers.Masking()(x), initial_state=[h, c])
    z = layers.SimpleRNN(4, go_backwards=True)(y, initial_state=h)
    model = keras.models.Model([x, k], layers.Dense(1)(z))
    inputs = [with_gaps(draw), draw(-1, 1, 4, 2)]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 1), draw)


def series_that_are_all_masked(keras, optimizer):
    """No step counts: the output is zero, the state is the one given."""
    layers, draw = keras.layers, numbers(33)
    x, s = layers.Input((5, 3)), layers.Input((3,))
    outputs = layers.GRU(3, return_state=True, return_sequences=True)(
        layers.Masking()(x), initial_state=s
    )
    values = with_gaps(draw)
    values[3] = 0
    model = keras.models.Model([x, s], outputs)
    targets = [draw(-1, 1, 4, 5, 3), draw(-1, 1, 4, 3)]
    return trained(model, optimizer, [values, draw(-1, 1, 4, 3)], targets, draw)


def one_layer_on_two_series(keras, optimizer):
    """A shared LSTM, on the second series from the states after the first."""
    layers, draw = keras.layers, numbers(34)
    first, second = layers.Input((5, 3)), layers.Input((4, 3))
    lstm = layers.LSTM(3, return_state=True)
    p = lstm(layers.Masking()(first))
    q = lstm(second, initial_state=p[1:])
    model = keras.models.Model([first, second], layers.concatenate([p[0], q[0], q[2]]))
    inputs = [with_gaps(draw), draw(-1, 1, 4, 4, 3)]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 9), draw)


def masks_that_meet(keras, optimizer):
    """Two masks where their series are joined or added."""
    layers, draw = keras.layers, numbers(35)
    a, b = layers.Input((5, 3)), layers.Input((5, 3))
    p, q = layers.Masking()(a), layers.Masking(mask_value=1.0)(b)
    y = layers.LSTM(3, return_sequences=True)(layers.concatenate([p, q]))
    z = layers.LSTM(3, return_sequences=True)(layers.add([p, q]))
    ones = draw(-1, 1, 4, 5, 3)
    ones[:, 2] = ones[1, 4] = 1
    model = keras.models.Model([a, b], layers.maximum([y, z]))
    inputs = [with_gaps(draw), ones]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 5, 3), draw)


def a_mask_of_a_lambda(keras, optimizer):
    """Lambda turns series and mask round; Permute drops the mask."""
    layers, K, draw = keras.layers, keras.backend, numbers(36)
    x = layers.Input((5, 3))
    turned = layers.Lambda(
        lambda t: K.reverse(t, 1), mask=lambda t, mask: K.reverse(mask, 1)
    )(layers.Masking()(x))
    y = layers.GRU(3)(layers.LSTM(3, return_sequences=True)(turned))
    z = layers.GRU(3)(layers.Permute((2, 1))(x))
    model = keras.models.Model(x, layers.add([y, z]))
    return trained(model, optimizer, with_gaps(draw), draw(-1, 1, 4, 3), draw)


def unrolled_with_masks(keras, optimizer):
    """unroll=True three times, with go_backwards, implementation 1, relu."""
    layers, draw = keras.layers, numbers(37)
    model = keras.models.Sequential(
        [
            layers.Masking(input_shape=(5, 3)),
            layers.LSTM(
                3,
                unroll=True,
                return_sequences=True,
                go_backwards=True,
                implementation=1,
            ),
            layers.GRU(3, unroll=True, return_sequences=True, activation="relu"),
            layers.SimpleRNN(2, unroll=True),
        ]
    )
    return trained(model, optimizer, with_gaps(draw), draw(-1, 1, 4, 2), draw)


def weights_of_steps_under_a_mask(keras, optimizer):
    """Temporal weights and masks together, and metrics with and without weights."""
    layers, draw = keras.layers, numbers(38)
    model = keras.models.Sequential(
        [
            layers.Masking(input_shape=(5, 3)),
            layers.GRU(3, return_sequences=True, reset_after=True),
            layers.Dense(2),
        ]
    )
    set_start(model, draw)
    model.compile(
        optimizer("SGD", {"lr": 0.1}),
        "mse",
        sample_weight_mode="temporal",
        metrics=["mae"],
        weighted_metrics=["mse"],
    )
    x, y, w = with_gaps(draw), draw(-1, 1, 4, 5, 2), draw(0, 2, 4, 5)
    return {
        "losses": [
            np.asarray(model.train_on_batch(x, y, sample_weight=w)) for _ in range(3)
        ],
        "test": np.asarray(model.test_on_batch(x, y, sample_weight=w)),
        "weights": model.get_weights(),
    }


def penalties_and_constraints(keras, optimizer):
    """Each kind of weight with a regularizer and a constraint of its own."""
    layers, draw = keras.layers, numbers(39)
    R, C = keras.regularizers, keras.constraints
    lstm = layers.LSTM(
        3,
        return_sequences=True,
        kernel_regularizer=R.l2(0.1),
        recurrent_regularizer=R.l1(0.05),
        bias_regularizer=R.l2(0.1),
        kernel_constraint=C.max_norm(0.8),
        recurrent_constraint=C.unit_norm(),
        bias_constraint=C.non_neg(),
    )
    model = keras.models.Sequential(
        [
            layers.Masking(input_shape=(5, 3)),
            layers.Bidirectional(lstm),
            layers.GRU(
                3, activity_regularizer=R.l2(0.1), kernel_constraint=C.non_neg()
            ),
        ]
    )
    return trained(model, optimizer, with_gaps(draw), draw(-1, 1, 4, 3), draw)


# ------------------------------------------------------------------ cells, constants


def cells_with_constants(keras, optimizer):
    """Two cells of a user's own around a GRUCell; both get the constant."""
    layers, draw = keras.layers, numbers(40)
    x, k = layers.Input((5, 3)), layers.Input((2,))
    cells = [gate_cell(keras, 4), layers.GRUCell(3), gate_cell(keras, 2)]
    y = layers.RNN(cells, return_sequences=True)(layers.Masking()(x), constants=k)
    model = keras.models.Model([x, k], y)
    inputs = [with_gaps(draw), draw(-1, 1, 4, 2)]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 5, 2), draw)


def cells_with_constants_and_states(keras, optimizer):
    """StackedRNNCells with initial states and a constant, backwards."""
    layers, draw = keras.layers, numbers(41)
    x, k = layers.Input((5, 3)), layers.Input((2,))
    states = [layers.Input((size,)) for size in (4, 3, 3)]
    cell = layers.StackedRNNCells([gate_cell(keras, 4), layers.LSTMCell(3)])
    rnn = layers.RNN(cell, return_state=True, go_backwards=True)
    y = rnn(x, initial_state=states, constants=[k])
    model = keras.models.Model([x, k] + states, layers.concatenate(y))
    inputs = [draw(-1, 1, 4, *size) for size in ((5, 3), (2,), (4,), (3,), (3,))]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 13), draw)


def unrolled_cells_with_constants(keras, optimizer):
    """unroll, a mask, return_state and a constant."""
    layers, draw = keras.layers, numbers(42)
    x, k = layers.Input((5, 3)), layers.Input((2,))
    cells = [gate_cell(keras, 3), layers.GRUCell(2, reset_after=True)]
    rnn = layers.RNN(cells, unroll=True, return_state=True, return_sequences=True)
    model = keras.models.Model([x, k], rnn(layers.Masking()(x), constants=k))
    inputs = [with_gaps(draw), draw(-1, 1, 4, 2)]
    targets = [draw(-1, 1, 4, *size) for size in ((5, 2), (3,), (2,))]
    return trained(model, optimizer, inputs, targets, draw)


def loops_by_hand(keras, optimizer):
    """K.rnn with a mask, unrolled or not, either way round, with its gradients."""
    K, draw = keras.backend, numbers(43)
    x, W, U = with_gaps(draw), K.constant(draw(-1, 1, 3, 3)), draw(-1, 1, 3, 3)
    first, mask = draw(-1, 1, 4, 3), np.any(x != 0, axis=-1)

    def step(inputs, states):
        h = K.tanh(K.dot(inputs, W) + K.dot(states[0], K.constant(U)))
        return h * states[1], [h, states[1] + h]

    seen = []
    for options in ({}, {"go_backwards": True}, {"unroll": True}):
        given = [K.variable(value) for value in (x, first, first + 1)]
        last, outputs, states = K.rnn(
            step,
            given[0],
            given[1:],
            mask=K.variable(mask, dtype="bool"),
            input_length=5,
            **options,
        )
        total = K.sum(outputs * outputs) + K.sum(states[0])
        found = K.gradients(total, given)
        seen.append([K.eval(t) for t in [last, outputs] + list(states) + found])
    return {"seen": seen}


# ------------------------------------------------------------------ kept states


def called(model, optimizer, x, y, draw):
    """Predictions, trainings, tests in turns: states go from call to call."""
    set_start(model, draw)
    model.compile(optimizer("SGD", {"lr": 0.1}), "mse")
    return {
        "predictions": [model.predict_on_batch(x) for _ in range(2)],
        "losses": [np.asarray(model.train_on_batch(x, y)) for _ in range(2)],
        "tests": [np.asarray(model.test_on_batch(x, y)) for _ in range(2)],
        "again": [model.predict_on_batch(x) for _ in range(2)],
        "weights": model.get_weights(),
    }


def kept_states_with_masks(keras, optimizer):
    """Stateful layers, backwards and masked; later from states that are given."""
    layers, draw = keras.layers, numbers(44)
    lstm = layers.LSTM(3, stateful=True, return_sequences=True, go_backwards=True)
    model = keras.models.Sequential(
        [
            layers.Masking(batch_input_shape=(4, 5, 3)),
            lstm,
            layers.GRU(2, stateful=True, implementation=2),
        ]
    )
    x, y = with_gaps(draw), draw(-1, 1, 4, 2)
    seen = called(model, optimizer, x, y, draw)
    lstm.reset_states([draw(-1, 1, 4, 3), draw(-1, 1, 4, 3)])
    return dict(seen, given=[model.predict_on_batch(x) for _ in range(2)])


def kept_states_of_films(keras, optimizer):
    """Stateful ConvLSTM2D with dilation, and with strides, backwards."""
    layers, draw = keras.layers, numbers(45)
    model = keras.models.Sequential(
        [
            layers.ConvLSTM2D(
                2,
                2,
                dilation_rate=2,
                stateful=True,
                return_sequences=True,
                batch_input_shape=(2, 3, 5, 5, 1),
            ),
            layers.ConvLSTM2D(
                1, 3, strides=2, padding="same", stateful=True, go_backwards=True
            ),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    x, y = draw(-1, 1, 2, 3, 5, 5, 1), draw(-1, 1, 2, 1)
    return called(model, optimizer, x, y, draw)


def kept_states_and_given_ones(keras, optimizer):
    """A stateful layer that gets initial states in each call."""
    layers, draw = keras.layers, numbers(46)
    x, s = layers.Input(batch_shape=(4, 5, 3)), layers.Input(batch_shape=(4, 2))
    gru = layers.GRU(2, stateful=True, return_state=True, reset_after=True)
    model = keras.models.Model([x, s], gru(x, initial_state=s))
    inputs = [draw(-1, 1, 4, 5, 3), draw(-1, 1, 4, 2)]
    targets = [draw(-1, 1, 4, 2), draw(-1, 1, 4, 2)]
    return called(model, optimizer, inputs, targets, draw)


def kept_states_with_constants(keras, optimizer):
    """A stateful cell of a user's own with a constant.

    Keras carries its states in `predict` and `test`, but not in training: there it
    leaves out updates of layers that were called with more than x. So training starts
    from zeros here each time; minikeras always carries them.
    """
    layers, draw = keras.layers, numbers(47)
    x, k = layers.Input(batch_shape=(4, 5, 3)), layers.Input(batch_shape=(4, 2))
    rnn = layers.RNN(gate_cell(keras, 4), stateful=True)
    model = keras.models.Model([x, k], layers.Dense(1)(rnn(x, constants=k)))
    inputs, y = [draw(-1, 1, 4, 5, 3), draw(-1, 1, 4, 2)], draw(-1, 1, 4, 1)
    set_start(model, draw)
    model.compile(optimizer("SGD", {"lr": 0.1}), "mse")

    def from_zeros(call):
        keras.backend.set_value(rnn.states[0], np.zeros((4, 4)))
        return np.asarray(call(inputs, y))

    return {
        "predictions": [model.predict_on_batch(inputs) for _ in range(2)],
        "tests": [np.asarray(model.test_on_batch(inputs, y)) for _ in range(2)],
        "losses": [from_zeros(model.train_on_batch) for _ in range(3)],
        "weights": model.get_weights(),
        "again": [from_zeros(model.test_on_batch), model.predict_on_batch(inputs)],
    }


def kept_states_of_both_directions(keras, optimizer):
    """Stateful Bidirectional layers in training.

    Keras carries the states of both directions in training alone: `predict` and `test`
    begin with them and do not change them, and the model's `reset_states` passes by. So
    only trainings follow one another here, and the layers are reset one by one;
    minikeras treats Bidirectional like any stateful layer.
    """
    layers, draw = keras.layers, numbers(48)
    first = layers.GRU(3, stateful=True, return_sequences=True)
    model = keras.models.Sequential(
        [
            layers.Bidirectional(first, merge_mode="sum", batch_input_shape=(4, 5, 3)),
            layers.Bidirectional(layers.LSTM(2, stateful=True), merge_mode="ave"),
        ]
    )
    x, y = draw(-1, 1, 4, 5, 3), draw(-1, 1, 4, 2)
    set_start(model, draw)
    model.compile(optimizer("SGD", {"lr": 0.1}), "mse")
    losses = [np.asarray(model.train_on_batch(x, y)) for _ in range(4)]
    carried = model.predict_on_batch(x)
    for layer in model.layers:
        layer.reset_states()
    return {
        "losses": losses,
        "predictions": [carried, model.predict_on_batch(x)],
        "weights": model.get_weights(),
    }


# ------------------------------------------------------------------ wrappers, words


def both_directions_with_masks_and_states(keras, optimizer):
    """Bidirectional with a mask, initial states, return_state, go_backwards."""
    layers, draw = keras.layers, numbers(49)
    x, states = layers.Input((5, 3)), [layers.Input((2,)) for _ in range(4)]
    lstm = layers.LSTM(2, return_sequences=True, return_state=True)
    outputs = layers.Bidirectional(lstm, merge_mode="mul")(
        layers.Masking()(x), initial_state=states
    )
    gru = layers.GRU(2, go_backwards=True, reset_after=True)
    y = layers.Bidirectional(gru)(outputs[0])
    model = keras.models.Model([x] + states, layers.concatenate([y] + outputs[1:]))
    inputs = [with_gaps(draw)] + [draw(-1, 1, 4, 2) for _ in states]
    return trained(model, optimizer, inputs, draw(-1, 1, 4, 12), draw)


def both_directions_apart(keras, optimizer):
    """merge_mode=None under a mask; a list of cells in both directions."""
    layers, draw = keras.layers, numbers(50)
    x = layers.Input((5, 3))
    f, b = layers.Bidirectional(
        layers.SimpleRNN(3, return_sequences=True), merge_mode=None
    )(layers.Masking()(x))
    cells = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])
    y = layers.Bidirectional(cells)(layers.multiply([f, b]))
    model = keras.models.Model(x, y)
    return trained(model, optimizer, with_gaps(draw), draw(-1, 1, 4, 6), draw)


def films_in_both_directions(keras, optimizer):
    """Bidirectional(ConvLSTM2D), a pooling for every step, a GRU from the end."""
    layers, draw = keras.layers, numbers(51)
    films = layers.ConvLSTM2D(
        2, 2, return_sequences=True, recurrent_activation="hard_sigmoid"
    )
    model = keras.models.Sequential(
        [
            layers.Bidirectional(films, input_shape=(3, 4, 4, 1)),
            layers.TimeDistributed(layers.GlobalMaxPooling2D()),
            layers.GRU(2, reset_after=True, go_backwards=True),
        ]
    )
    x, y = draw(-1, 1, 2, 3, 4, 4, 1), draw(-1, 1, 2, 2)
    return trained(model, optimizer, x, y, draw)


def models_for_every_step(keras, optimizer):
    """TimeDistributed over models: one has a mask inside, one stands under a mask."""
    layers, draw = keras.layers, numbers(52)
    i, j = layers.Input((3,)), layers.Input((4,))
    page = keras.models.Model(
        i, layers.LSTM(4)(layers.Embedding(6, 2, mask_zero=True)(i))
    )
    dense = keras.models.Model(j, layers.Dense(3, activation="tanh")(j))
    x = layers.Input((2, 3))
    y = layers.TimeDistributed(page)(x)
    y = layers.TimeDistributed(dense)(layers.Masking()(y))
    model = keras.models.Model(x, layers.SimpleRNN(2, go_backwards=True)(y))
    return trained(model, optimizer, PAGES, draw(-1, 1, 3, 2), draw)


def masked_words_step_by_step(keras, optimizer):
    """mask_zero through TimeDistributed and activations; a mean over all steps."""
    layers, draw = keras.layers, numbers(53)
    model = keras.models.Sequential(
        [
            layers.Embedding(6, 3, mask_zero=True, input_length=5),
            layers.TimeDistributed(layers.Dense(4, activation="tanh")),
            layers.Activation("softsign"),
            layers.LSTM(3, return_sequences=True),
            layers.LeakyReLU(),
            layers.GlobalAveragePooling1D(),
        ]
    )
    return trained(model, optimizer, WORDS, draw(-1, 1, 4, 3), draw)


def masked_words_where_masks_end(keras, optimizer):
    """Flatten and Conv1D take no mask: the type of the error."""
    layers, seen = keras.layers, {}
    for layer in (layers.Flatten(), layers.Conv1D(4, 2)):
        try:
            layer(layers.Embedding(6, 3, mask_zero=True)(layers.Input((5,))))
        except Exception as problem:
            seen[type(layer).__name__] = type(problem).__name__
    return seen


ALL = {
    function.__name__: function
    for function in (
        backwards_with_masks_and_states,
        states_from_layers,
        series_that_are_all_masked,
        one_layer_on_two_series,
        masks_that_meet,
        a_mask_of_a_lambda,
        unrolled_with_masks,
        weights_of_steps_under_a_mask,
        penalties_and_constraints,
        cells_with_constants,
        cells_with_constants_and_states,
        unrolled_cells_with_constants,
        loops_by_hand,
        kept_states_with_masks,
        kept_states_of_films,
        kept_states_and_given_ones,
        kept_states_with_constants,
        kept_states_of_both_directions,
        both_directions_with_masks_and_states,
        both_directions_apart,
        films_in_both_directions,
        models_for_every_step,
        masked_words_step_by_step,
        masked_words_where_masks_end,
    )
}
