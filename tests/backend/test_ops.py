"""One table over all ops: value, gradient, type; arrays, tape and graph agree."""

import inspect

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.op import Op
from minikeras.backend.tensor import Tensor
from minikeras.utils import check_gradients


class Case:
    """An op on some arguments, and what NumPy says about it.

    Arguments
        op: its name in the backend.
        *args: arrays (or lists of them) and other arguments.
        want: function of the same arguments that gives the result.
        grad: whether the op has a gradient.
    """

    def __init__(self, op, *args, want=None, grad=True, label="", **kwargs):
        self.name, self.op = op, getattr(K, op)
        self.args, self.kwargs = args, kwargs
        self.want, self.grad = want, grad
        self.id = f"{op} {label}".strip()

    def arrays(self, dtype=None):
        """The positional arguments, floats in the given type."""
        return [_in_type(arg, dtype) for arg in self.args]


def _in_type(arg, dtype):
    if isinstance(arg, list):
        return [_in_type(member, dtype) for member in arg]
    if isinstance(arg, np.ndarray) and arg.dtype.kind == "f" and dtype:
        return arg.astype(dtype)
    return arg


random = np.random.RandomState(1)


def real(*shape):
    """Numbers around zero, none of them close to a kink at 0, 1 or 2."""
    x = random.uniform(0.1, 0.9, shape) + random.randint(-3, 3, shape)
    return x


def positive(*shape):
    return random.uniform(0.2, 2.0, shape)


def shares(*shape):
    """Probabilities along the last axis."""
    p = random.uniform(0.1, 1.0, shape)
    return p / p.sum(-1, keepdims=True)


def whole(high, *shape):
    return random.randint(0, high, shape)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ELEMENTWISE = [
    Case("negative", real(3, 4), want=np.negative),
    Case("abs", real(3, 4), want=np.abs),
    Case("exp", real(3, 4), want=np.exp),
    Case("log", positive(3, 4), want=np.log),
    Case("sqrt", positive(3, 4), want=np.sqrt),
    Case("sqrt", -positive(3, 4), want=np.zeros_like, label="of negative numbers is 0"),
    Case("square", real(3, 4), want=np.square),
    Case("sin", real(3, 4), want=np.sin),
    Case("cos", real(3, 4), want=np.cos),
    Case("sign", real(3, 4), want=np.sign),
    Case("round", real(3, 4), want=np.round, grad=False),
    Case("floor", real(3, 4), want=np.floor, grad=False),
    Case("clip", real(3, 4), -1.0, 1.0, want=np.clip),
    Case("clip", real(3, 4), None, 1.0, want=lambda x, a, b: np.minimum(x, b)),
    Case("clip", real(3, 4), 0.0, None, want=lambda x, a, b: np.maximum(x, a)),
    Case("clip", whole(9, 3, 4), 2, 5, want=np.clip, grad=False, label="whole numbers"),
    Case("add", real(3, 4), real(3, 4), want=np.add),
    Case("add", real(3, 4), real(4), want=np.add, label="broadcast"),
    Case("add", real(3, 1), real(1, 4), want=np.add, label="both broadcast"),
    Case("add", real(3, 4), 2, want=np.add, label="a number"),
    Case("subtract", real(3, 4), real(3, 1), want=np.subtract),
    Case("subtract", 2.5, real(3, 4), want=np.subtract, label="from a number"),
    Case("multiply", real(3, 4), real(2, 3, 4), want=np.multiply),
    Case("multiply", real(3, 4), real(), want=np.multiply, label="a scalar array"),
    Case("divide", real(3, 4), positive(4), want=np.divide),
    Case("divide", 1.0, positive(3, 4), want=np.divide, label="a number by"),
    Case("floor_divide", real(3, 4), 2.0, want=np.floor_divide, grad=False),
    Case("mod", real(3, 4), positive(3, 4) + 4, want=np.mod),
    Case("pow", real(3, 4), 3, want=np.power),
    Case("pow", positive(3, 4), 0.5, want=np.power, label="a root"),
    Case("pow", positive(3, 4), real(4), want=np.power, label="broadcast"),
    Case("pow", 2.0, real(3, 4), want=np.power, label="of a number"),
    Case("maximum", real(3, 4), real(3, 4), want=np.maximum),
    Case("maximum", real(3, 4), real(3, 1), want=np.maximum, label="broadcast"),
    Case("minimum", real(3, 4), real(4), want=np.minimum),
    Case("minimum", real(3, 4), 1, want=np.minimum, label="a number"),
    Case("where", real(3, 4) > 0, real(3, 4), real(4), want=np.where),
    Case("where", real(3, 4) > 0, real(3, 4), 0.0, want=np.where, label="a number"),
]

COMPARISONS = [
    Case(name, whole(3, 3, 4), whole(3, 4), want=getattr(np, name), grad=False)
    for name in (
        "equal not_equal greater greater_equal less less_equal logical_and logical_or"
    ).split()
] + [Case("logical_not", whole(2, 3, 4), want=np.logical_not, grad=False)]


def reductions():
    for name in ("sum", "mean", "max", "min", "prod", "std", "var", "logsumexp"):
        want = getattr(np, name, None) or _logsumexp
        for axis, keep in ((None, False), (0, False), (-1, True), ((0, 2), False)):
            yield Case(name, real(2, 3, 4), axis, keep, want=_keeping(want), label=axis)
        yield Case(name, real(2, 3), [0, 1], True, want=_keeping(want), label="a list")


def _keeping(function):
    def reduce(x, axis, keepdims):
        axis = tuple(axis) if isinstance(axis, list) else axis
        return function(x, axis=axis, keepdims=keepdims)

    return reduce


def _logsumexp(x, axis, keepdims):
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


def _with_zeros(count):
    x = real(3, 4)
    x.flat[:: 12 // count] = 0
    return x


REDUCTIONS = [
    *reductions(),
    Case("prod", _with_zeros(1), want=np.prod, label="one zero"),
    Case("prod", _with_zeros(3), 1, want=lambda x, a: x.prod(a), label="zeros"),
    Case("any", whole(2, 3, 4), 1, want=lambda x, a: np.any(x, a), grad=False),
    Case("all", whole(2, 3, 4), 0, want=lambda x, a: np.all(x, a), grad=False),
    Case("argmax", real(3, 4), want=lambda x: x.argmax(-1), grad=False),
    Case("argmin", real(3, 4), 0, want=lambda x, a: x.argmin(a), grad=False),
    Case("cumsum", real(3, 4), 1, want=np.cumsum),
    Case("cumsum", real(3, 4), want=lambda x: np.cumsum(x, 0)),
    Case("cumprod", real(3, 4), 1, want=np.cumprod),
    Case("cumprod", _with_zeros(2), want=lambda x: np.cumprod(x, 0), label="zeros"),
]

SHAPES = [
    Case("reshape", real(3, 4), (2, 6), want=np.reshape),
    Case("reshape", real(3, 4), (-1, 2, 2), want=np.reshape, label="-1"),
    Case("flatten", real(3, 4), want=np.ravel),
    Case("batch_flatten", real(3, 2, 2), want=lambda x: x.reshape(3, 4)),
    Case("expand_dims", real(3, 4), 1, want=np.expand_dims),
    Case("expand_dims", real(3, 4), want=lambda x: x[..., None]),
    Case("squeeze", real(3, 1, 4), 1, want=np.squeeze),
    Case("permute_dimensions", real(2, 3, 4), (2, 0, 1), want=np.transpose),
    Case("transpose", real(2, 3, 4), want=np.transpose),
    Case("reverse", real(3, 4), 1, want=np.flip),
    Case("reverse", real(3, 4), [0, 1], want=lambda x, axes: x[::-1, ::-1]),
    Case("concatenate", [real(3, 4), real(3, 2)], want=lambda x: np.concatenate(x, -1)),
    Case("concatenate", [real(3, 4), real(1, 4)], 0, want=np.concatenate),
    Case("stack", [real(3, 4), real(3, 4)], want=np.stack),
    Case("stack", [real(3, 4), real(3, 4)], -1, want=np.stack),
    Case("tile", real(3, 4), 2, want=np.tile),
    Case("tile", real(3, 4), [2, 3], want=np.tile),
    Case("repeat", real(3, 4), 2, want=lambda x, n: np.stack([x] * n, 1)),
    Case("repeat_elements", real(3, 4), 2, 1, want=np.repeat),
    Case("repeat_elements", real(3, 4), 3, 0, want=np.repeat),
    Case("pad", real(3, 4), ((0, 0), (1, 2)), want=np.pad),
    Case(
        "temporal_padding",
        real(2, 3, 4),
        want=lambda x: np.pad(x, ((0, 0), (1, 1), (0, 0))),
    ),
    Case("slice", real(3, 4), (1, 0), (2, 3), want=lambda x, a, n: x[1:3, 0:3]),
    Case("slice", real(3, 4), (0, 1), (-1, -1), want=lambda x, a, n: x[:, 1:]),
    Case("gather", real(5, 4), np.array([[0, 4], [0, 0]]), want=lambda x, i: x[i]),
    Case(
        "one_hot",
        whole(3, 5),
        3,
        want=lambda i, n: np.eye(n, dtype="f4")[i],
        grad=False,
    ),
    Case("cast", real(3, 4), "int32", want=lambda x, t: x.astype(t), grad=False),
    Case("shape", real(3, 4), want=np.shape, grad=False),
    Case("size", real(3, 4), want=np.size, grad=False),
    Case("zeros_like", real(3, 4), want=np.zeros_like, grad=False),
    Case("ones_like", real(3, 4), want=np.ones_like, grad=False),
    Case("identity", real(3, 4), want=np.array),
    Case("stop_gradient", real(3, 4), want=np.array, grad=False),
]

PRODUCTS = [
    Case("dot", real(3, 4), real(4, 2), want=np.dot),
    Case("dot", real(2, 3, 4), real(4, 2), want=np.dot, label="3 axes by 2"),
    Case("dot", real(2, 4), real(3, 4, 5), want=np.dot, label="2 axes by 3"),
    Case("dot", real(2, 4), real(4), want=np.dot, label="by a vector"),
    Case("matmul", real(2, 3, 4), real(4, 5), want=np.matmul),
    Case("matmul", real(2, 3, 4), real(2, 4, 5), want=np.matmul),
    Case(
        "batch_dot", real(6, 3), real(6, 3), want=lambda x, y: (x * y).sum(1)[:, None]
    ),
    Case(
        "batch_dot",
        real(6, 2, 3),
        real(6, 3, 4),
        want=lambda x, y: np.einsum("nij,njk->nik", x, y),
    ),
    Case(
        "batch_dot",
        real(6, 2, 3),
        real(6, 4, 3),
        2,
        want=lambda x, y, a: np.einsum("nij,nkj->nik", x, y),
    ),
    Case(
        "batch_dot",
        real(6, 2, 3, 5),
        real(6, 3, 4),
        (2, 1),
        want=lambda x, y, a: np.einsum("nijl,njk->nilk", x, y),
    ),
    Case(
        "batch_dot",
        real(6, 2, 3),
        real(6, 3),
        want=lambda x, y: np.einsum("nij,nj->ni", x, y),
    ),
]


def crossentropy(target, p):
    p = np.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
    return -(target * np.log(p)).sum(-1)


def binary(target, p):
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


NN = [
    Case("relu", real(3, 4), want=lambda x: np.maximum(x, 0)),
    Case("relu", real(3, 4), 0.1, want=lambda x, a: np.where(x > 0, x, a * x)),
    Case(
        "relu",
        real(3, 4),
        0.1,
        1.7,
        1.0,
        want=lambda x, a, m, t: np.minimum(np.where(x > t, x, a * (x - t)), m),
        label="all arguments",
    ),
    Case("elu", real(3, 4), want=lambda x: np.where(x > 0, x, np.exp(x) - 1)),
    Case("elu", real(3, 4), 0.5, want=lambda x, a: np.where(x > 0, x, a * np.expm1(x))),
    Case("softmax", real(3, 4), want=softmax),
    Case("softmax", real(2, 3, 4), 1, want=softmax),
    Case("softplus", real(3, 4), want=lambda x: np.log1p(np.exp(x))),
    Case("softsign", real(3, 4), want=lambda x: x / (1 + np.abs(x))),
    Case("sigmoid", real(3, 4), want=sigmoid),
    Case("hard_sigmoid", real(3, 4), want=lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
    Case("tanh", real(3, 4), want=np.tanh),
    Case("l2_normalize", real(3, 4), want=lambda x: x / np.linalg.norm(x)),
    Case(
        "l2_normalize",
        real(3, 4),
        1,
        want=lambda x, a: x / np.linalg.norm(x, axis=a, keepdims=True),
    ),
    Case("categorical_crossentropy", shares(3, 4), shares(3, 4), want=crossentropy),
    Case(
        "categorical_crossentropy",
        shares(3, 4),
        real(3, 4),
        True,
        want=lambda t, z, _: crossentropy(t, softmax(z)),
        label="from logits",
    ),
    Case(
        "categorical_crossentropy",
        shares(3, 4, 2),
        positive(3, 4, 2),
        False,
        1,
        want=lambda t, p, _, a: crossentropy(t.swapaxes(1, 2), p.swapaxes(1, 2)),
        label="axis 1",
    ),
    Case(
        "sparse_categorical_crossentropy",
        whole(4, 3),
        shares(3, 4),
        want=lambda t, p: -np.log(p[np.arange(3), t]),
    ),
    Case(
        "sparse_categorical_crossentropy",
        whole(4, 3, 1),
        real(3, 4),
        True,
        want=lambda t, z, _: -np.log(softmax(z)[np.arange(3), t[:, 0]]),
        label="from logits",
    ),
    Case(
        "sparse_categorical_crossentropy",
        whole(4, 3, 2),
        shares(3, 2, 4),
        want=lambda t, p: -np.log(np.take_along_axis(p, t[..., None], -1)[..., 0]),
        label="sequences",
    ),
    Case("binary_crossentropy", shares(3, 4), shares(3, 4), want=binary),
    Case(
        "binary_crossentropy",
        shares(3, 4),
        real(3, 4),
        True,
        want=lambda t, z, _: binary(t, sigmoid(z)),
        label="from logits",
    ),
    Case(
        "in_top_k",
        np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.2, 0.6]]),
        np.array([2, 1, 0]),
        2,
        want=lambda p, t, k: [True, False, True],
        grad=False,
    ),
    Case("bias_add", real(2, 3, 4), real(4), want=np.add),
    Case(
        "bias_add",
        real(2, 3, 4),
        real(3),
        "channels_first",
        want=lambda x, b, f: x + b[:, None],
    ),
    Case("bias_add", real(2, 3, 4), real(3, 4), want=np.add, label="per place"),
    Case(
        "bias_add",
        real(2, 3, 4),
        real(4, 3),
        "channels_first",
        want=lambda x, b, f: x + b.reshape(3, 4),
        label="per place, reshaped as in Keras",
    ),
]

TABLE = ELEMENTWISE + COMPARISONS + REDUCTIONS + SHAPES + PRODUCTS + NN

every_case = pytest.mark.parametrize("case", TABLE, ids=[c.id for c in TABLE])


@every_case
def test_value_is_numpys(case):
    got = case.op(*case.arrays(), **case.kwargs)
    want = np.asarray(case.want(*case.arrays(), **case.kwargs))
    assert np.shape(got) == want.shape
    tolerance = 1e-6 if "crossentropy" in case.name else 1e-12
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize(
    "case", [c for c in TABLE if c.grad], ids=[c.id for c in TABLE if c.grad]
)
def test_gradient_is_the_limit_of_differences(case):
    for position in _positions_of_floats(case):
        args = case.arrays()
        single = args[position]

        def function(*values, position=position, args=args):
            args = list(args)
            args[position] = (
                list(values) if isinstance(args[position], list) else values[0]
            )
            return case.op(*args, **case.kwargs)

        check_gradients(function, single)


def _positions_of_floats(case):
    return [
        i
        for i, arg in enumerate(case.args)
        for first in [arg[0] if isinstance(arg, list) else arg]
        if isinstance(first, np.ndarray) and first.dtype.kind == "f"
    ]


@every_case
def test_float32_stays_float32(case):
    in_double = np.asarray(case.op(*case.arrays("float64"), **case.kwargs)).dtype
    in_single = np.asarray(case.op(*case.arrays("float32"), **case.kwargs)).dtype
    assert in_single != np.float64
    if in_double == np.float64:
        assert in_single == np.float32


@every_case
def test_tape_gives_the_same_as_arrays(case):
    arrays = case.arrays("float32")
    eager = case.op(*arrays, **case.kwargs)
    with K.Tape() as tape:
        watched = [_replaced(arg, tape.watch) for arg in arrays]
        recorded = case.op(*watched, **case.kwargs)
    np.testing.assert_array_equal(recorded.value, eager)
    if case.grad:
        leaves = [t for arg in watched for t in _flat(arg) if "float" in str(t.dtype)]
        for leaf, dx in zip(leaves, tape.gradients(recorded, leaves), strict=True):
            if dx is not None:
                assert (dx.shape, str(dx.dtype)) == (leaf.shape, "float32")


@every_case
def test_graph_gives_the_same_as_arrays(case):
    arrays = case.arrays("float32")
    eager = np.asarray(case.op(*arrays, **case.kwargs))
    placeholders = [_replaced(arg, _placeholder_like) for arg in arrays]
    symbolic = case.op(*placeholders, **case.kwargs)
    assert _compatible(symbolic.shape, eager.shape)
    assert symbolic.dtype == str(eager.dtype)
    inputs = [t for arg in placeholders for t in _flat(arg)]
    values = [a for arg in arrays for a in _flat(arg)]
    [result] = K.function(inputs, [symbolic])(values)
    np.testing.assert_array_equal(result, eager)


@every_case
def test_shapes_are_known_beforehand(case):
    """With all sizes known, the symbolic shape has no None."""
    arrays = case.arrays("float32")
    placeholders = [
        _replaced(a, lambda x: K.placeholder(x.shape, dtype=x.dtype)) for a in arrays
    ]
    assert case.op(*placeholders, **case.kwargs).shape == np.shape(
        case.op(*arrays, **case.kwargs)
    )


def _placeholder_like(array):
    """The first axis is left open."""
    shape = (None, *array.shape[1:]) if array.ndim > 1 else array.shape
    return K.placeholder(shape, dtype=array.dtype)


def _replaced(arg, function):
    if isinstance(arg, list) and isinstance(arg[0], np.ndarray):
        return [function(member) for member in arg]
    return function(arg) if isinstance(arg, np.ndarray) else arg


def _flat(arg):
    members = arg if isinstance(arg, list) else [arg]
    return [m for m in members if isinstance(m, (np.ndarray, Tensor))]


def _compatible(symbolic, real_shape):
    return len(symbolic) == len(real_shape) and all(
        a in (None, b) for a, b in zip(symbolic, real_shape, strict=True)
    )


# Their tests have more to say than a row of the table can.
ELSEWHERE = "ctc convolution local normalization pooling resize volumes".split()


def test_every_op_is_in_the_table():
    public = {
        name
        for name, value in vars(K).items()
        if isinstance(value, Op) and value.__module__.split(".")[-1] not in ELSEWHERE
    }
    assert public - {case.name for case in TABLE} == set()


def test_ops_have_help_and_signature():
    assert "Square root" in K.sqrt.__doc__
    assert str(inspect.signature(K.sum)) == "(x, axis=None, keepdims=False)"


def test_axes_may_come_as_an_array():
    x = random.rand(3, 4, 5)
    got = K.eval(K.sum(K.variable(x), np.arange(1, 3)))
    np.testing.assert_allclose(got, x.sum((1, 2)), rtol=1e-6)  # sums of 20 in float32
