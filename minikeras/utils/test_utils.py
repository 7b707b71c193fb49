"""For those who write layers: data to try them on, and a test of the basics."""

import numpy as np

from minikeras.backend import floatx


def get_test_data(
    num_train=1000,
    num_test=500,
    input_shape=(10,),
    output_shape=(2,),
    classification=True,
    num_classes=2,
):
    """Small artificial data that a working model can learn.

    Arguments
        num_train, num_test: numbers of samples.
        input_shape: of one sample.
        output_shape: of one target, for regression.
        classification: targets are class numbers; otherwise arrays of `output_shape`.
        num_classes: number of classes.

    Every input is noise around its target: the class number, or a random number that
    the whole target lies around.

    Returns (x_train, y_train), (x_test, y_test).
    """
    n = num_train + num_test
    if classification:
        y = np.random.randint(0, num_classes, n)
        centre = y
    else:
        centre = np.random.random(n)
        y = _around(centre, output_shape, 0.7)
    x = _around(centre, input_shape, 0.7)
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])


def _around(centre, shape, scale):
    noise = np.random.normal(0, scale, (len(centre), *shape))
    return (noise + centre.reshape(-1, *[1] * len(shape))).astype(floatx())


def layer_test(
    layer_cls,
    kwargs=None,
    input_shape=None,
    input_dtype=None,
    input_data=None,
    expected_output=None,
    expected_output_dtype=None,
    fixed_batch_size=False,
):
    """Try a layer in all the ways it will be used; raises an error where one fails.

    Arguments
        layer_cls: the layer's class.
        kwargs: arguments for its constructor.
        input_shape: with the number of samples; None for sizes to choose at random.
        input_dtype: type of the input, `floatx()` by default.
        input_data: array to use instead of random numbers.
        expected_output: what the layer must give for `input_data`, to 3 digits.
        expected_output_dtype: type of the output, that of the input by default.
        fixed_batch_size: tell the layer how many samples there will be.

    Tried are: weights out and in, output shape and type, configurations of layer and
    model there and back, a training step, the first place in a `Sequential`.

    Returns the output.
    """
    from minikeras import layers, models

    kwargs = kwargs or {}
    data, shape = _input_for(input_shape, input_dtype, input_data)
    shape = data.shape if fixed_batch_size else shape
    dtype = input_dtype or str(data.dtype)
    layer = layer_cls(**kwargs)
    x = layers.Input(batch_shape=shape, dtype=dtype)
    y = layer(x)
    layer.set_weights(layer.get_weights())
    expected_type = expected_output_dtype or dtype
    _require(y.dtype == expected_type, f"the output type {expected_type}", y.dtype)

    model = models.Model(x, y)
    output = model.predict(data, batch_size=len(data))
    _check_shape(layer.compute_output_shape(shape), output)
    _check_shape(y.shape, output)
    if expected_output is not None:
        np.testing.assert_allclose(output, expected_output, rtol=1e-3)
    _check_copy(model, data, output, {layer_cls.__name__: layer_cls})
    _train_a_step(model, data, output)
    _use_in_sequential(layer_cls(batch_input_shape=shape, **kwargs), data)
    return output


def _input_for(input_shape, input_dtype, input_data):
    """(array, shape with None for sizes that vary)."""
    if input_data is not None:
        data = np.asarray(input_data)
        shape = tuple(input_shape or data.shape)
        return data, (None, *shape[1:])
    if input_shape is None:
        raise ValueError("layer_test needs `input_shape` or `input_data`.")
    sizes = [np.random.randint(2, 5) if n is None else n for n in input_shape]
    data = 10 * np.random.random(sizes)
    if (input_dtype or floatx()).startswith("float"):
        data -= 0.5
    return data.astype(input_dtype or floatx()), (None, *input_shape[1:])


def _require(condition, wanted, got):
    if not condition:
        raise AssertionError(f"The layer should give {wanted}; it gave {got}.")


def _check_shape(expected, output):
    fits = len(expected) == output.ndim and all(
        want in (None, size) for want, size in zip(expected, output.shape, strict=True)
    )
    _require(fits, f"the shape {tuple(expected)} that it announces", output.shape)


def _check_copy(model, data, output, custom_objects):
    """A model made from the configuration, with the same weights, gives the same."""
    copy = type(model).from_config(model.get_config(), custom_objects)
    copy.set_weights(model.get_weights())
    again = copy.predict(data, batch_size=len(data))
    if not any(getattr(layer, "stateful", False) for layer in model.layers):
        np.testing.assert_allclose(again, output, rtol=2e-3, atol=1e-6)


def _train_a_step(model, data, output):
    model.compile("rmsprop", "mse")
    loss = model.train_on_batch(data, np.zeros_like(output))
    _require(np.isfinite(loss), "a finite loss", loss)


def _use_in_sequential(layer, data):
    from minikeras import models

    model = models.Sequential([layer])
    if str(data.dtype) == floatx():
        model.compile("rmsprop", "mse")
        model.train_on_batch(data, np.zeros_like(model.predict(data, len(data))))
