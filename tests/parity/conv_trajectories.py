"""Whole trainings of convolutional models, nothing random; see `trajectories.py`."""

import numpy as np

from .trajectories import labels, numbers, seen, set_start


def normalized_images(keras, optimizer):
    """Convolution, batch normalization, pooling: moving averages and validation."""
    layers = keras.layers
    draw = numbers(21)
    model = keras.models.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", input_shape=(8, 8, 2), use_bias=False),
            # Of images, Keras multiplies the moving variance by n / (n - 1) once too
            # often; of rows of pixels it does not.
            layers.Reshape((64, 4)),
            layers.BatchNormalization(momentum=0.8),
            layers.Reshape((8, 8, 4)),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(5, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.BatchNormalization(scale=False),
            layers.Dense(3, activation="softmax"),
        ]
    )
    set_start(model, draw)
    set_variances(model)
    x = draw(-2, 2, 20, 8, 8, 2)
    y = labels(x.mean(axis=(1, 3)), 3)
    # Batch normalization makes some gradients zero but for rounding; RMSprop or Adam
    # would blow those up.
    method = optimizer("SGD", {"lr": 0.05, "momentum": 0.8})
    model.compile(method, "categorical_crossentropy", metrics=["acc"])
    fitted = model.fit(
        x, y, batch_size=5, epochs=4, validation_split=0.25, shuffle=False, verbose=0
    )
    return seen(model, fitted, x, y)


def set_variances(model):
    """Moving variances, last in each batch normalization, must be positive."""
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            weights = layer.get_weights()
            layer.set_weights([*weights[:-1], np.abs(weights[-1]) + 0.5])


def there_and_back(keras, optimizer):
    """Strided convolutions down, transposed ones up, a skip connection."""
    layers = keras.layers
    draw = numbers(22)
    image = layers.Input((8, 6, 2))
    down = layers.Conv2D(3, 3, strides=2, padding="same", activation="tanh")(image)
    deep = layers.DepthwiseConv2D(2, padding="same", activation="elu")(down)
    up = layers.Conv2DTranspose(2, 2, strides=2)(layers.add([down, deep]))
    both = layers.concatenate(
        [layers.ZeroPadding2D(1)(up), layers.ZeroPadding2D(1)(image)]
    )
    model = keras.models.Model(
        image, layers.Cropping2D(1)(layers.Conv2D(2, 3, padding="same")(both))
    )
    set_start(model, draw)
    x = draw(-1, 1, 9, 8, 6, 2)
    y = np.roll(x, 1, axis=1)
    model.compile(optimizer("Adam", {"lr": 0.01}), "mae", metrics=["mse"])
    fitted = model.fit(x, y, batch_size=4, epochs=4, shuffle=False, verbose=0)
    result = seen(model, fitted, x, y)
    result["predict"] = [result["predict"][0][:2]]
    return result


def series(keras, optimizer):
    """Causal convolutions over time, average pooling, locally connected."""
    layers = keras.layers
    draw = numbers(23)
    model = keras.models.Sequential(
        [
            layers.Conv1D(
                4, 2, padding="causal", activation="relu", input_shape=(12, 2)
            ),
            layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh"),
            layers.AveragePooling1D(2),
            layers.LocallyConnected1D(3, 2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    set_start(model, draw)
    x = draw(-1, 1, 14, 12, 2)
    model.compile(optimizer("SGD", {"lr": 0.02, "momentum": 0.9}), "mse")
    fitted = model.fit(
        x, x[:, -1, :1], batch_size=5, epochs=4, shuffle=False, verbose=0
    )
    return seen(model, fitted, x, x[:, -1, :1])


ALL = {
    function.__name__: function
    for function in (normalized_images, there_and_back, series)
}
