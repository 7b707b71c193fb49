"""Calls of `keras.backend`, written once for both libraries.

`CASES` maps a name to (function of K and tensors, list of inputs). An input is the
shape of a random array or an array. Float inputs get gradients.
"""

import numpy as np

RNG = np.random.RandomState(5)


def positive_rows(*shape):
    x = RNG.randint(1, 64, shape).astype("float32")
    return (x / x.sum(axis=-1, keepdims=True)).astype("float32")


def whole(low, high, *shape):
    return RNG.randint(low, high, shape).astype("int32")


def ties(*shape):
    """Halves between -1 and 1, so that equal values meet."""
    return (RNG.randint(-2, 3, shape) / 2).astype("float32")


def one_hot(n, *shape):
    return np.eye(n, dtype="float32")[RNG.randint(0, n, shape)]


labels = whole(0, 4, 5)
image = (2, 4, 5, 3)
volume = (1, 3, 4, 3, 2)
probabilities = positive_rows(3, 6, 5)
lengths = np.array([[6], [5], [4]], "int32")
characters = np.array([[0, 1, 1], [2, 3, 0], [3, 0, 0]], "int32")
character_lengths = np.array([[3], [2], [1]], "int32")

CASES = {
    # ---- elementwise, where kinks and limits are
    "abs": (lambda K, x: K.abs(x), [ties(3, 4)]),
    "sqrt": (lambda K, x: K.sqrt(x), [np.array([0.25, 1, 4, 9], "float32")]),
    "sqrt_negative": (lambda K, x: K.sqrt(x) * 2, [np.array([-1.0, 4.0], "float32")]),
    "pow": (lambda K, x: K.pow(x, 3), [(3, 4)]),
    "clip": (lambda K, x: K.clip(x, -0.5, 0.5), [ties(3, 4)]),
    "maximum_ties": (lambda K, x, y: K.maximum(x, y), [ties(4, 5), ties(4, 5)]),
    "minimum_spread": (lambda K, x, y: K.minimum(x, y), [ties(4, 5), ties(1, 5)]),
    "round": (lambda K, x: K.round(x * 5), [ties(3, 4)]),
    "sign": (lambda K, x: K.sign(x), [ties(3, 4)]),
    "softplus": (lambda K, x: K.softplus(x * 40), [(3, 4)]),
    "softsign": (lambda K, x: K.softsign(x), [(3, 4)]),
    "hard_sigmoid": (lambda K, x: K.hard_sigmoid(x * 2), [(3, 4)]),
    "elu": (lambda K, x: K.elu(x, 0.3), [(3, 4)]),
    "relu": (lambda K, x: K.relu(x), [ties(3, 4)]),
    "relu_all": (lambda K, x: K.relu(x * 0.99, 0.1, 1.5, 0.5), [(4, 5)]),
    "switch": (lambda K, c, x, y: K.switch(c > 0, x, y), [ties(3, 4), (3, 4), (3, 4)]),
    "switch_rows": (
        lambda K, c, x, y: K.switch(c > 0, x, y),
        [ties(3), (3, 4), (3, 4)],
    ),
    # ---- reductions
    "max_ties": (lambda K, x: K.max(x, axis=1), [ties(4, 6)]),
    "min_all": (lambda K, x: K.min(x), [ties(3, 3)]),
    "prod": (lambda K, x: K.prod(x, axis=-1), [ties(4, 3)]),
    "mean": (lambda K, x: K.mean(x, axis=[0, 2], keepdims=True), [(2, 3, 4)]),
    "var": (lambda K, x: K.var(x, axis=1), [(3, 4)]),
    "std": (lambda K, x: K.std(x, axis=[0, 1], keepdims=True), [(3, 4, 2)]),
    "logsumexp": (lambda K, x: K.logsumexp(x * 60, axis=1), [(3, 4)]),
    "logsumexp_keep": (
        lambda K, x: K.logsumexp(x, axis=-1, keepdims=True),
        [(2, 3, 4)],
    ),
    "cumsum": (lambda K, x: K.cumsum(x, axis=1), [(3, 4)]),
    "cumprod": (lambda K, x: K.cumprod(x, axis=0), [(4, 3)]),
    "l2_normalize": (lambda K, x: K.l2_normalize(x, axis=1), [(3, 4)]),
    "l2_normalize_zero": (
        lambda K, x: K.l2_normalize(x, axis=-1),
        [np.zeros((2, 3), "f")],
    ),
    "argmax": (lambda K, x: K.argmax(x, axis=1), [ties(4, 6)]),
    "argmin": (lambda K, x: K.argmin(x), [ties(4, 6)]),
    "any": (lambda K, x: K.any(x > 0.9, axis=1), [ties(4, 3)]),
    "all": (lambda K, x: K.all(x > -1, axis=0, keepdims=True), [ties(2, 6)]),
    # ---- softmax and crossentropies
    "softmax": (lambda K, x: K.softmax(x * 30), [(3, 4)]),
    "softmax_axis_1": (lambda K, x: K.softmax(x, axis=1), [(2, 3, 4)]),
    "softmax_axis_0": (lambda K, x: K.softmax(x, axis=0), [(3, 4)]),
    "binary_crossentropy": (
        lambda K, t, x: K.binary_crossentropy(t, x),
        [whole(0, 2, 4, 3).astype("float32"), positive_rows(4, 3)],
    ),
    "binary_crossentropy_edge": (
        lambda K, t, x: K.binary_crossentropy(t, x),
        [whole(0, 2, 4, 3).astype("float32"), whole(0, 2, 4, 3).astype("float32")],
    ),
    "binary_crossentropy_logits": (
        lambda K, t, x: K.binary_crossentropy(t, x * 30, from_logits=True),
        [whole(0, 2, 4, 3).astype("float32"), (4, 3)],
    ),
    "categorical_crossentropy": (
        lambda K, t, x: K.categorical_crossentropy(t, x),
        [one_hot(4, 5), positive_rows(5, 4) * 3],
    ),
    "categorical_crossentropy_axis": (
        lambda K, t, x: K.categorical_crossentropy(t, x, axis=1),
        [one_hot(3, 2, 3), positive_rows(2, 3, 3)],
    ),
    "categorical_crossentropy_logits": (
        lambda K, t, x: K.categorical_crossentropy(t, x, from_logits=True),
        [one_hot(4, 5), (5, 4)],
    ),
    "categorical_crossentropy_logits_axis": (
        lambda K, t, x: K.categorical_crossentropy(t, x, from_logits=True, axis=1),
        [np.moveaxis(one_hot(3, 2, 4), -1, 1).copy(), (2, 3, 4)],
    ),
    "sparse_categorical_crossentropy": (
        lambda K, t, x: K.sparse_categorical_crossentropy(t, x),
        [labels, positive_rows(5, 4) * 2],
    ),
    "sparse_categorical_crossentropy_logits": (
        lambda K, t, x: K.sparse_categorical_crossentropy(t, x, from_logits=True),
        [whole(0, 4, 2, 3), (2, 3, 4)],
    ),
    "sparse_categorical_crossentropy_axis": (
        lambda K, t, x: K.sparse_categorical_crossentropy(t, x, axis=1),
        [whole(0, 3, 2, 4), np.moveaxis(positive_rows(2, 4, 3), -1, 1).copy()],
    ),
    "in_top_k": (lambda K, x, t: K.in_top_k(x, t, 2), [(5, 4), labels]),
    "in_top_k_ties": (
        lambda K, x, t: K.in_top_k(x, t, 2),
        [ties(8, 4), whole(0, 4, 8)],
    ),
    # ---- products
    "dot": (lambda K, x, y: K.dot(x, y), [(3, 4), (4, 2)]),
    "dot_3d_2d": (lambda K, x, y: K.dot(x, y), [(2, 3, 4), (4, 5)]),
    "dot_3d_3d": (lambda K, x, y: K.dot(x, y), [(2, 3, 4), (2, 4, 5)]),
    "dot_2d_4d": (lambda K, x, y: K.dot(x, y), [(2, 3), (2, 2, 3, 2)]),
    # ---- shapes
    "one_hot": (lambda K, x: K.one_hot(x, 4), [np.array([[0, 3], [1, 7]], "int32")]),
    "gather": (lambda K, x: K.gather(x, [0, 2, 2, 1]), [(3, 4)]),
    "gather_2d": (lambda K, x, i: K.gather(x, i), [(4, 2), whole(0, 4, 2, 3)]),
    "reverse": (lambda K, x: K.reverse(x, (0, 2)), [(2, 3, 4)]),
    "repeat": (lambda K, x: K.repeat(x, 3), [(2, 4)]),
    "repeat_elements": (lambda K, x: K.repeat_elements(x, 2, axis=1), [(2, 3, 2)]),
    "tile": (lambda K, x: K.tile(x, [2, 3]), [(2, 3)]),
    "stack": (lambda K, x, y: K.stack([x, y], axis=1), [(2, 3), (2, 3)]),
    "concatenate": (lambda K, x, y: K.concatenate([x, y], axis=0), [(2, 3), (1, 3)]),
    "batch_flatten": (lambda K, x: K.batch_flatten(x), [(2, 3, 4)]),
    "permute": (lambda K, x: K.permute_dimensions(x, (2, 0, 1)), [(2, 3, 4)]),
    "temporal_padding": (lambda K, x: K.temporal_padding(x, (2, 1)), [(2, 3, 2)]),
    "spatial_2d_padding": (
        lambda K, x: K.spatial_2d_padding(x, ((1, 0), (2, 1)), "channels_last"),
        [image],
    ),
    "spatial_3d_padding": (
        lambda K, x: K.spatial_3d_padding(x, ((1, 0), (0, 1), (1, 1)), "channels_last"),
        [volume],
    ),
    "slice": (lambda K, x: K.slice(x, [0, 1], [2, 2]), [(3, 4)]),
    "foldl": (lambda K, x: K.foldl(lambda a, v: a * 0.5 + v, x), [(4, 3)]),
    "foldr": (lambda K, x: K.foldr(lambda a, v: a * 0.5 + v, x), [(4, 3)]),
    "map_fn": (lambda K, x: K.map_fn(lambda v: K.square(v) + K.sum(v), x), [(3, 2)]),
    # ---- normalization
    "normalize_batch": (
        lambda K, x, g, b: K.normalize_batch_in_training(x, g, b, [0])[0],
        [(6, 3), (3,), (3,)],
    ),
    "normalize_batch_image": (
        # Without the variance: for images Keras gives n / (n - 1) times as much.
        lambda K, x, g, b: list(K.normalize_batch_in_training(x, g, b, [0, 1, 2])[:2]),
        [image, (3,), (3,)],
    ),
    "normalize_batch_axis_1": (
        lambda K, x, g, b: K.normalize_batch_in_training(x, g, b, [0, 2], epsilon=0.1),
        [(3, 2, 4), (2,), (2,)],
    ),
    "batch_normalization": (
        lambda K, x, m, v, b, g: K.batch_normalization(
            x, m, v, b, g, axis=-1, epsilon=0.01
        ),
        [(5, 3), (3,), positive_rows(3), (3,), (3,)],
    ),
    # ---- images
    "resize_nearest": (
        lambda K, x: K.resize_images(x, 2, 3, "channels_last"),
        [image],
    ),
    "resize_bilinear": (
        lambda K, x: K.resize_images(
            x, 2, 3, "channels_last", interpolation="bilinear"
        ),
        [image],
    ),
    "resize_bilinear_first": (
        lambda K, x: K.resize_images(
            x, 3, 2, "channels_first", interpolation="bilinear"
        ),
        [(1, 2, 3, 4)],
    ),
    "resize_nearest_first": (
        lambda K, x: K.resize_images(x, 3, 2, "channels_first"),
        [(1, 2, 3, 4)],
    ),
    "resize_volumes": (
        lambda K, x: K.resize_volumes(x, 2, 1, 3, "channels_last"),
        [volume],
    ),
    "bias_add": (lambda K, x, b: K.bias_add(x, b), [(2, 3, 4), (4,)]),
    "bias_add_first": (
        lambda K, x, b: K.bias_add(x, b, "channels_first"),
        [(2, 3, 4), (3,)],
    ),
    "bias_add_grid": (lambda K, x, b: K.bias_add(x, b), [(2, 3, 4), (3, 4)]),
    "local_conv1d": (
        lambda K, x, k: K.local_conv1d(x, k, (2,), (1,)),
        [(2, 4, 3), (3, 6, 2)],
    ),
    "local_conv2d": (
        lambda K, x, k: K.local_conv2d(x, k, (2, 2), (1, 2), (3, 2), "channels_last"),
        [image, (6, 12, 2)],
    ),
    # ---- connectionist temporal classification
    "ctc_batch_cost": (
        lambda K, t, x, n, m: K.ctc_batch_cost(t, x, n, m),
        [characters, probabilities, lengths, character_lengths],
    ),
}


def decoded(K, x, **options):
    """Paths and log probabilities of `ctc_decode` as one list."""
    paths, log_probability = K.ctc_decode(x, lengths[:, 0], **options)
    return [*paths, log_probability]


CASES["ctc_decode_greedy"] = (decoded, [probabilities])
CASES["ctc_decode_beam"] = (
    lambda K, x: decoded(K, x, greedy=False, beam_width=20, top_paths=2),
    [probabilities],
)

for x_shape, y_shape, axes in [
    ((3, 4), (3, 4), 1),
    ((3, 4), (3, 4), None),
    ((2, 3, 4), (2, 4), (2, 1)),
    ((2, 4), (2, 3, 4), (1, 2)),
    ((2, 3, 4), (2, 4, 5), None),
    ((2, 3, 4), (2, 4, 5), (2, 1)),
    ((2, 3, 4), (2, 5, 4), 2),
    ((2, 4, 3), (2, 4, 5), 1),
    ((2, 3, 4), (2, 2, 4, 3), (2, 2)),
    ((2, 3, 2, 4), (2, 4, 3), (3, 1)),
    ((2, 3, 2, 4), (2, 5, 4, 2), (3, 2)),
    ((2, 2, 3, 4), (2, 2, 4, 3), (1, 1)),
]:
    CASES[f"batch_dot_{x_shape}_{y_shape}_{axes}".replace(" ", "")] = (
        lambda K, x, y, axes=axes: K.batch_dot(x, y, axes=axes),
        [x_shape, y_shape],
    )

for mode in ("max", "avg"):
    for padding in ("valid", "same"):
        for size, stride in (((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (2, 1))):
            CASES[f"pool2d_{mode}_{padding}_{size}_{stride}".replace(" ", "")] = (
                lambda K, x, a=size, s=stride, p=padding, m=mode: K.pool2d(
                    x, a, s, p, "channels_last", m
                ),
                [image],
            )
        CASES[f"pool3d_{mode}_{padding}"] = (
            lambda K, x, p=padding, m=mode: K.pool3d(
                x, (2, 2, 2), (1, 2, 2), p, "channels_last", m
            ),
            [volume],
        )
    CASES[f"pool2d_{mode}_first"] = (
        lambda K, x, m=mode: K.pool2d(x, (2, 2), (1, 2), "same", "channels_first", m),
        [(2, 3, 4, 5)],
    )


def rnn(K, x, W, U, mask=None, constants=None, **options):
    """A tanh network without bias that also counts its steps in a second state."""

    def step(z, states):
        h = K.tanh(K.dot(z, W) + K.dot(states[0], U))
        if constants is not None:
            h = h + states[-1]
        return h, [h, states[1] + 1]

    start = [K.dot(x[:, 0], W) * 0, K.dot(x[:, 0], W) * 0]
    last, outputs, states = K.rnn(
        step, x, start, mask=mask, constants=constants, input_length=4, **options
    )
    return [last, outputs, *states]


rnn_mask = np.array([[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 0]], bool)
rnn_inputs = [(3, 4, 2), (2, 3), (3, 3)]
for unroll in (False, True):
    for backwards in (False, True):
        suffix = "_unroll" * unroll + "_backwards" * backwards
        options = {"unroll": unroll, "go_backwards": backwards}
        CASES["rnn" + suffix] = (
            lambda K, x, W, U, o=options: rnn(K, x, W, U, **o),
            rnn_inputs,
        )
        CASES["rnn_mask" + suffix] = (
            lambda K, x, W, U, m, o=options: rnn(K, x, W, U, mask=m, **o),
            [*rnn_inputs, rnn_mask],
        )
CASES["rnn_constants"] = (
    lambda K, x, W, U, c: rnn(K, x, W, U, constants=[c]),
    [*rnn_inputs, (3, 3)],
)
