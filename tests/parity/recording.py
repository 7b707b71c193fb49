"""What the recording scripts share; runs in the real Keras 2.3.1, on Python 3.7.

A layer case is one call of one layer:

    class, config, training   the layer, and how it is called
    x, masks                  lists of inputs and of their masks (None: no mask)
    weights                   before the call, in the order of `get_weights`
    y, y_mask                 lists of outputs and of what `compute_mask` gave
    dy                        list of random gradients with respect to y
    dx, dweights              gradients of sum(y * dy) with respect to the float inputs
                              and to the trainable weights
    weights_after             if the call changed them: moving averages in training
"""

# ruff: noqa: B905  (recorded on Python 3.7, whose zip has no `strict`)

import os
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf  # noqa: E402

tf.compat.v1.logging.set_verbosity("ERROR")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import backend as K  # noqa: E402
from keras.utils.generic_utils import has_arg  # noqa: E402

from .archive import path_of, save  # noqa: E402

VERSIONS = {
    "keras": keras.__version__,
    "tensorflow": tf.__version__,
    "numpy": np.__version__,
}


def write(theme, tree):
    """Save `<theme>.npz` and say how large it became."""
    save(path_of(theme), {"versions": VERSIONS, "cases": tree})
    size = os.path.getsize(path_of(theme)) / 1024
    print(f"{theme}.npz: {len(tree)} cases, {size:.1f} KB")


def record_cases(theme, cases):
    """Record and write a table of {name: arguments of `record_layer`}."""
    write(theme, record_all(cases))


def record_all(cases):
    """Record a table of {name: arguments of `record_layer`}."""
    tree = {}
    for name, arguments in cases.items():
        try:
            tree[name] = record_layer(name, *arguments)
        except Exception as problem:
            raise RuntimeError(f"case {name!r}: {problem}") from problem
    return tree


def generator(name):
    """Random numbers that depend on the case's name alone, so cases can come and go."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def random(rng, shape, low=-2, high=2):
    """Uniform float32 in 1/128 steps: exact in short decimals, and compresses well."""
    return (rng.randint(low * 128, high * 128 + 1, size=shape) / 128).astype("float32")


def as_list(x):
    if x is None:
        return []
    return list(x) if isinstance(x, (list, tuple)) else [x]


def gradients(y, dy, wanted):
    """Tensors d sum(y * dy) / d wanted; None where there is no path."""
    found = tf.gradients(as_list(y), as_list(wanted), grad_ys=as_list(dy))
    return [None if g is None else tf.convert_to_tensor(g) for g in found]


def run(tensors, feeds, training=None):
    """Values of a list that may contain None, fed {placeholder: array}."""
    feeds = dict(feeds)
    if training is not None:
        feeds[K.learning_phase()] = int(training)
    real = [t for t in tensors if t is not None]
    values = iter(K.get_session().run(real, feeds))
    return [None if t is None else np.asarray(next(values)) for t in tensors]


def placeholder_like(x):
    return tf.compat.v1.placeholder(x.dtype, x.shape)


def weight_like(rng, weight):
    """A random value; variances and the like stay positive."""
    low = 0.25 if "variance" in weight.name else -1
    return random(rng, K.int_shape(weight), low, 1)


def record_layer(
    name, class_name, config=None, x=(), masks=None, training=False, **call
):
    """Run one layer of the real Keras; see the module's docstring for what comes back.

    `x` holds arrays, or shapes for random inputs. `call` goes to the layer's
    `__call__`.
    """
    K.clear_session()
    rng = generator(name)
    x = [part if isinstance(part, np.ndarray) else random(rng, part) for part in x]
    inputs = [placeholder_like(part) for part in x]
    masks = masks or [None] * len(x)
    mask_inputs = [None if m is None else placeholder_like(m) for m in masks]
    layer = build(class_name, config or {})
    if any(m is not None for m in masks) and has_arg(layer.call, "mask"):
        call["mask"] = one_or_list(mask_inputs)
    outputs = as_list(layer(one_or_list(inputs), **call))
    y_mask = as_list(layer.compute_mask(one_or_list(inputs), one_or_list(mask_inputs)))
    layer.set_weights([weight_like(rng, w) for w in layer.weights])
    weights = layer.get_weights()

    feeds = dict(zip(inputs, x))
    feeds.update((t, m) for t, m in zip(mask_inputs, masks) if t is not None)
    y = run(outputs, feeds, training)
    dy = [random(rng, part.shape) for part in y]
    wanted = [t for t in inputs if t.dtype.is_floating] + layer.trainable_weights
    found = run(gradients(outputs, dy, wanted) + y_mask, feeds, training)
    n_dx = len(wanted) - len(layer.trainable_weights)
    case = {
        "class": class_name,
        "config": config or {},
        "training": training,
        "x": x,
        "masks": masks,
        "weights": weights,
        "y": y,
        "dy": dy,
        "dx": found[:n_dx],
        "dweights": found[n_dx : len(wanted)],
        "y_mask": found[len(wanted) :],
    }
    if layer.updates and training:
        run(list(layer.updates), feeds, training)
        case["weights_after"] = layer.get_weights()
    return case


def build(class_name, config):
    """A layer from its class's name; so too a nested {"class", "config"}."""
    config = {key: _nested(value) for key, value in config.items()}
    return getattr(keras.layers, class_name)(**config)


def _nested(value):
    if isinstance(value, dict) and "class" in value:
        return build(value["class"], value["config"])
    if isinstance(value, list):
        return [_nested(part) for part in value]
    return value


def one_or_list(values):
    return values[0] if len(values) == 1 else values
