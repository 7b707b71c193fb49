"""Small models of every family of layers, for Keras 2.3.1, tf.keras, 3, minikeras.

Each function takes the library and returns a model. `inputs_of` makes data for it.
"""

import numpy as np


def core(keras):
    """Dense, merging, a shared layer, a model in a model, two inputs and outputs."""
    layers, models = keras.layers, keras.models
    left, right = layers.Input((4,), name="left"), layers.Input((4,), name="right")
    shared = layers.Dense(5, activation="tanh", name="shared")
    a, b = shared(left), shared(right)
    dense = layers.Dense(5, activation="relu", input_shape=(5,))
    inner = models.Sequential([dense], name="in1")
    joined = layers.Concatenate()([inner(a), layers.Add()([a, b])])
    x = layers.Reshape((5, 2))(layers.Dropout(0.5)(joined))
    x = layers.Flatten()(layers.Permute((2, 1))(x))
    x = layers.Concatenate()([x, layers.Multiply()([a, b]), layers.Subtract()([a, b])])
    x = layers.Concatenate()([x, layers.Average()([a, b]), layers.Maximum()([a, b])])
    x = layers.Concatenate()([x, layers.Dot(1)([a, b]), layers.Minimum()([a, b])])
    first = layers.Dense(3, activation="softmax", kernel_regularizer="l2", name="first")
    second = layers.Dense(1, name="second")
    return models.Model([left, right], [first(x), second(x)])


def chain(keras):
    """A Sequential with activations of their own kind, masks and repetition."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(6, input_shape=(4,), kernel_initializer="he_normal"),
            layers.LeakyReLU(0.2),
            layers.Dense(6, activation="elu", kernel_constraint="non_neg"),
            layers.PReLU(),
            layers.ReLU(max_value=3.0),
            layers.ELU(0.7),
            layers.Activation("softplus"),
            layers.GaussianNoise(0.1),
            layers.GaussianDropout(0.1),
            layers.AlphaDropout(0.1),
            layers.ActivityRegularization(0.01),
            layers.Softmax(),
            layers.RepeatVector(3),
            layers.Masking(),
            layers.BatchNormalization(momentum=0.9),
            layers.GlobalAveragePooling1D(),
        ]
    )


def convolutions(keras):
    """Convolutions and pooling of one, two and three dimensions."""
    layers, Model = keras.layers, keras.models.Model
    image = layers.Input((8, 8, 2), name="image")
    x = layers.ZeroPadding2D(1)(image)
    x = layers.Conv2D(3, 3, activation="relu", padding="same", strides=2)(x)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(2, depth_multiplier=2)(x)
    x = layers.SeparableConv2D(4, 2, activation="relu", padding="same")(x)
    x = layers.UpSampling2D(2)(x)
    x = layers.MaxPooling2D(2)(layers.Cropping2D(((1, 1), (0, 0)))(x))
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    x = layers.AveragePooling2D(2)(layers.SpatialDropout2D(0.3)(x))
    ends = [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)]
    line = layers.Input((9, 2), name="line")
    y = layers.Conv1D(3, 2, dilation_rate=2, activation="tanh")(line)
    y = layers.SeparableConv1D(3, 2)(layers.ZeroPadding1D(1)(y))
    y = layers.AveragePooling1D(2)(layers.MaxPooling1D(2, strides=1)(y))
    ends.append(layers.GlobalMaxPooling1D()(layers.UpSampling1D(2)(y)))
    volume = layers.Input((5, 5, 5, 1), name="volume")
    z = layers.Conv3D(2, 2)(volume)
    z = layers.AveragePooling3D(2)(layers.Conv3DTranspose(2, 2)(z))
    ends.append(layers.Flatten()(layers.MaxPooling3D(2)(z)))
    outputs = layers.Dense(2)(layers.Concatenate()(ends))
    return Model([image, line, volume], outputs)


def recurrent(keras):
    """Recurrent layers, in both directions, over masked words, and over time."""
    layers, Model = keras.layers, keras.models.Model
    words = layers.Input((6,), name="words")
    x = layers.Embedding(11, 4, mask_zero=True)(words)
    x = layers.LSTM(3, return_sequences=True)(x)
    x = layers.GRU(3, return_sequences=True, reset_after=True)(x)
    x = layers.GRU(3, return_sequences=True, reset_after=False)(x)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="relu"))(x)
    return Model(words, layers.Dense(2)(layers.SimpleRNN(3)(x)))


def stacked(keras):
    """Cells in an RNN, and both directions added up."""
    layers = keras.layers
    series = layers.Input((5, 3), name="series")
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2, reset_after=True)])(series)
    y = layers.Bidirectional(layers.GRU(2, reset_after=True), merge_mode="sum")(series)
    outputs = layers.Dense(2)(layers.Concatenate()([x, y]))
    return keras.models.Model(series, outputs)


def film(keras):
    """A recurrent convolution."""
    layers = keras.layers
    pictures = layers.Input((3, 5, 5, 1), name="pictures")
    x = layers.ConvLSTM2D(2, 2, recurrent_activation="sigmoid")(pictures)
    return keras.models.Model(pictures, layers.Dense(2)(layers.Flatten()(x)))


def local(keras):
    """Locally connected layers and others that Keras 3 no longer has."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.LocallyConnected2D(2, 2, input_shape=(5, 5, 2)),
            layers.ThresholdedReLU(0.1),
            layers.Reshape((8, 4)),
            layers.LocallyConnected1D(2, 3),
            layers.Flatten(),
            layers.Dense(2, activation="hard_sigmoid"),
        ]
    )


FAMILIES = (core, chain, convolutions, recurrent, stacked, film, local)
MODELS = {family.__name__: family for family in FAMILIES}
LATER = [name for name in MODELS if name != "local"]


def inputs_of(model, rows=3):
    """Random data for the inputs of a model: whole numbers where words are wanted."""
    rng = np.random.RandomState(7)
    made = []
    for tensor in model.inputs:
        shape = (rows, *[int(size) for size in tuple(tensor.shape)[1:]])
        is_words = tensor.name.startswith("words")
        made.append(rng.randint(0, 11, shape) if is_words else rng.randn(*shape))
    return [each.astype("float32") for each in made]


def randomize(model):
    """Weights that differ from zero and one, the same in every library."""
    rng = np.random.RandomState(8)
    model.set_weights([0.05 + 0.2 * rng.rand(*w.shape) for w in model.get_weights()])


def predictions(model, inputs):
    """The outputs as a list of arrays."""
    outputs = model.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
    return [
        np.asarray(y) for y in (outputs if isinstance(outputs, list) else [outputs])
    ]
