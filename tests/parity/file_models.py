"""Small models of every layer family, for files exchanged with the real Keras.

Each function takes the library (`keras` or `minikeras`) and returns an uncompiled model
with (x, y) to train on.
"""

import numpy as np

from .trajectories import labels, numbers


def dense_net(keras):
    """Sequential: Dense, activations, dropout, regularizers, constraints."""
    layers = keras.layers
    draw = numbers(31)
    model = keras.models.Sequential(
        [
            layers.Dense(
                5,
                activation="relu",
                input_shape=(4,),
                kernel_regularizer=keras.regularizers.l2(0.01),
                bias_constraint=keras.constraints.NonNeg(),
            ),
            layers.BatchNormalization(),
            layers.PReLU(),
            layers.Dropout(0.0),
            layers.LeakyReLU(0.2),
            layers.Dense(3, activation="softmax", name="kind"),
        ]
    )
    x = draw(-1, 1, 8, 4)
    return model, x, labels(x, 3)


def graph_net(keras):
    """Functional: two inputs, two outputs, a shared layer, a model inside."""
    layers, Model = keras.layers, keras.models.Model
    draw = numbers(32)
    part = layers.Input((3,))
    inner = Model(part, layers.Dense(4, activation="tanh")(part), name="inner")
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    joined = layers.concatenate([inner(a), inner(b)])
    dense = layers.Dense(8, activation="elu", name="twice")
    twice = layers.add([dense(joined), dense(dense(joined))])
    first = layers.Dense(2, activation="softmax", name="first")(twice)
    second = layers.Reshape((2, 2))(layers.Dense(4, name="flat")(twice))
    x = [draw(-1, 1, 6, 3), draw(-1, 1, 6, 3)]
    model = Model([a, b], [first, second])
    return model, x, [labels(x[0], 2), draw(-1, 1, 6, 2, 2)]


def image_net(keras):
    """Convolutions of every kind in two dimensions, pooling, padding."""
    layers = keras.layers
    draw = numbers(33)
    model = keras.models.Sequential(
        [
            layers.ZeroPadding2D(1, input_shape=(7, 7, 2)),
            layers.Conv2D(3, (3, 2), strides=2, activation="relu"),
            layers.Conv2DTranspose(2, 2, strides=2),
            layers.UpSampling2D(2),
            layers.Cropping2D(1),
            layers.SeparableConv2D(3, 3, depth_multiplier=2, padding="same"),
            layers.DepthwiseConv2D(2),
            layers.MaxPooling2D(2),
            layers.LocallyConnected2D(2, 2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return model, draw(-1, 1, 4, 7, 7, 2), np.array([[0], [1], [1], [0]], "float32")


def series_net(keras):
    """Layers in one and three dimensions."""
    layers, Model = keras.layers, keras.models.Model
    draw = numbers(34)
    series, volume = layers.Input((8, 2)), layers.Input((4, 4, 3, 1))
    left = layers.Conv1D(3, 2, padding="causal", dilation_rate=2)(series)
    left = layers.SeparableConv1D(2, 2)(layers.MaxPooling1D(2)(left))
    left = layers.Flatten()(layers.LocallyConnected1D(2, 2)(left))
    right = layers.Conv3D(2, 2, activation="relu")(volume)
    right = layers.Conv3DTranspose(1, 2)(right)
    right = layers.GlobalMaxPooling3D()(right)
    model = Model([series, volume], layers.Dense(1)(layers.concatenate([left, right])))
    x = [draw(-1, 1, 4, 8, 2), draw(-1, 1, 4, 4, 4, 3, 1)]
    return model, x, draw(-1, 1, 4, 1)


def text_net(keras):
    """Embedding and recurrent layers of every kind, with wrappers and cells."""
    layers, Model = keras.layers, keras.models.Model
    draw = numbers(35)
    words = layers.Input((5,), dtype="int32")
    x = layers.Embedding(9, 3, mask_zero=True)(words)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    x = layers.GRU(3, return_sequences=True, reset_after=True)(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="tanh"))(x)
    cells = [layers.LSTMCell(2), layers.GRUCell(2), layers.SimpleRNNCell(3)]
    x = layers.RNN(cells, return_sequences=True)(x)
    y = layers.Dense(1)(layers.SimpleRNN(2)(x))
    model = Model(words, y)
    data = np.floor(draw(1, 8, 6, 5)).astype("int32")
    data[1, 3:] = 0
    return model, data, draw(-1, 1, 6, 1)


def film_net(keras):
    """ConvLSTM2D and GRU without reset_after."""
    layers = keras.layers
    draw = numbers(36)
    model = keras.models.Sequential(
        [
            layers.ConvLSTM2D(2, 2, return_sequences=True, input_shape=(3, 4, 3, 1)),
            layers.TimeDistributed(layers.Flatten()),
            layers.GRU(2),
        ]
    )
    return model, draw(-1, 1, 4, 3, 4, 3, 1), draw(-1, 1, 4, 2)


ALL = {
    function.__name__: function
    for function in (dense_net, graph_net, image_net, series_net, text_net, film_net)
}
