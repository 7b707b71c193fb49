"""Mistakes that users make, written once for both libraries."""

import numpy as np

from .interface_cases import KINDS, X, Y, small, two_outputs


def mistakes(keras):
    """The type of error for each of many mistakes."""
    layers, models = keras.layers, keras.models
    Input, Dense, Sequential = layers.Input, layers.Dense, models.Sequential
    model = small(keras)
    plain = Sequential([Dense(1, input_shape=(4,))])
    dense = Dense(3)
    dense(Input((2,)))
    dense(Input((2,)))

    def compiled(**options):
        return two_outputs(keras, **options)

    return {
        "fit before compile": lambda: plain.fit(X, Y[:, :1]),
        "evaluate before compile": lambda: plain.evaluate(X, Y[:, :1]),
        "train_on_batch before compile": lambda: plain.train_on_batch(X, Y[:, :1]),
        "summary before build": lambda: Sequential([Dense(1)]).summary(),
        "count_params before build": lambda: Dense(1).count_params(),
        "x too narrow": lambda: model.fit(X[:, :3], Y, verbose=0),
        "x of another rank": lambda: model.fit(X[..., None], Y, verbose=0),
        "y too wide": lambda: model.fit(X, KINDS, verbose=0),
        "y shorter than x": lambda: model.fit(X, Y[:8], verbose=0),
        "two arrays for one input": lambda: model.fit([X, X], Y, verbose=0),
        "x by a wrong name": lambda: model.fit({"foo": X}, Y, verbose=0),
        "unknown loss": lambda: small(keras, loss="foo"),
        "unknown metric": lambda: small(keras, metrics=["foo"]),
        "unknown optimizer": lambda: plain.compile("foo", "mse"),
        "unknown activation": lambda: Dense(2, activation="foo"),
        "unknown initializer": lambda: Dense(2, kernel_initializer="foo"),
        "unknown regularizer": lambda: Dense(2, kernel_regularizer="foo"),
        "unknown constraint": lambda: Dense(2, kernel_constraint="foo"),
        "unknown argument of a layer": lambda: Dense(2, foo=1),
        "unknown argument of an optimizer": lambda: keras.optimizers.SGD(foo=1),
        "unknown argument of fit": lambda: model.fit(X, Y, foo=1),
        "no loss": lambda: plain.compile("sgd"),
        "too few losses": lambda: compiled(loss=["mse"]),
        "loss for no output": lambda: compiled(loss={"foo": "mse"}),
        "too few loss weights": lambda: compiled(loss="mse", loss_weights=[1.0]),
        "loss weight for no output": lambda: compiled(
            loss="mse", loss_weights={"foo": 1.0}
        ),
        "metric for no output": lambda: compiled(loss="mse", metrics={"foo": "mae"}),
        "too few weights of a layer": lambda: model.layers[0].set_weights([X]),
        "weights of a wrong shape": lambda: model.layers[0].set_weights(
            [np.ones((3, 3)), np.ones(3)]
        ),
        "no such layer": lambda: model.get_layer("foo"),
        "no such index": lambda: model.get_layer(index=9),
        "get_layer without arguments": lambda: model.get_layer(),
        "input of an unused layer": lambda: Dense(3).input,
        "output shape of an unused layer": lambda: Dense(3).output_shape,
        "output of a layer used twice": lambda: dense.output,
        "no such node": lambda: dense.get_output_at(5),
        "names used twice": lambda: Sequential(
            [Dense(3, name="a", input_shape=(2,)), Dense(2, name="a")]
        ),
        "graph in two pieces": lambda: models.Model(Input((2,)), Dense(2)(Input((2,)))),
        "output that is no tensor": lambda: models.Model(Input((2,)), X),
        "Sequential.add of no layer": lambda: Sequential([3]),
        "Sequential.pop of nothing": lambda: Sequential().pop(),
        "layer on too low rank": lambda: Dense(2)(Input(())),
        "layer on another size": lambda: dense(Input((4,))),
        "sum of different sizes": lambda: layers.Add()([Input((2, 3)), Input((2, 4))]),
        "sum of one": lambda: layers.Add()([Input((2,))]),
        "difference of three": lambda: layers.Subtract()([Input((2,))] * 3),
        "concatenation that does not fit": lambda: layers.Concatenate()(
            [Input((2, 3)), Input((4, 3))]
        ),
        "dot product that does not fit": lambda: layers.Dot(1)(
            [Input((2,)), Input((3,))]
        ),
        "reshape that does not fit": lambda: layers.Reshape((4,))(Input((5,))),
        "flatten of unknown size": lambda: layers.Flatten()(Input((None, 3))),
        "mask into a layer that takes none": lambda: Sequential(
            [layers.Masking(input_shape=(3, 2)), layers.Flatten()]
        ),
        "validation data of one array": lambda: model.fit(
            X, Y, validation_data=(X,), verbose=0
        ),
        "batch_size with steps_per_epoch": lambda: model.fit(
            X, Y, batch_size=2, steps_per_epoch=2, verbose=0
        ),
        "sample weights of wrong length": lambda: model.fit(
            X, Y, sample_weight=np.ones(4), verbose=0
        ),
        "sample weights with time": lambda: model.fit(
            X, Y, sample_weight=np.ones((10, 2)), verbose=0
        ),
        "class without weight": lambda: small(keras, units=3).fit(
            X, KINDS, class_weight={0: 1.0}, verbose=0
        ),
    }


def error_of(mistake):
    """The built-in type of the error, or None if there was none."""
    try:
        mistake()
    except Exception as error:
        kinds = (ValueError, TypeError, RuntimeError, AttributeError)
        return next((k.__name__ for k in kinds if isinstance(error, k)), repr(error))
    return None
