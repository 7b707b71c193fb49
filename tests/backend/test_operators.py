"""What Python and NumPy may do with tensors, and what they are told if they may not."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.utils import check_gradients

random = np.random.RandomState(4)
X = random.uniform(1.1, 2.9, (3, 4))
Y = random.uniform(1.1, 2.9, (3, 4))

EXPRESSIONS = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x ** y": lambda x, y: x**y,
    "x % y": lambda x, y: (x + 3) % y,
    "x @ y.T": lambda x, y: x @ np.transpose(y),
    "-abs(x)": lambda x, y: -abs(x) + y,
    "2 - 3 / x": lambda x, y: 2 - 3 / x + 2**y,
    "array - x": lambda x, y: X - x + Y * y,
    "x[1]": lambda x, y: x[1] * y,
    "x[:, 1:]": lambda x, y: x[:, 1:] + y[..., ::-1][:, :3],
    "x[..., None]": lambda x, y: x[..., None] * y[:, None],
    "x[-1, 2]": lambda x, y: x[-1, 2] * y,
    "x[[0, 0, 2]]": lambda x, y: x[[0, 0, 2]] * y,
    "x[mask]": lambda x, y: x[Y > 2] * 2,
    "np.exp(x)": lambda x, y: np.exp(x) + np.tanh(y),
    "np.mean(x)": lambda x, y: np.mean(x, axis=1, keepdims=True) * y,
    "np.maximum(x, y)": lambda x, y: np.maximum(x, y),
    "np.concatenate": lambda x, y: np.concatenate([x, y], axis=1),
    "np.where": lambda x, y: np.where(X > 2, x, y),
    "np.clip": lambda x, y: np.clip(x, 1.5, 2.5) + y,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_on_tensors_are_those_on_arrays(name):
    function = EXPRESSIONS[name]
    x, y = (
        K.placeholder((3, 4), dtype="float64"),
        K.placeholder((3, 4), dtype="float64"),
    )
    want = function(X, Y)
    symbolic = function(x, y)
    assert np.ndim(want) == symbolic.ndim
    np.testing.assert_allclose(K.function([x, y], symbolic)([X, Y]), want)
    check_gradients(function, [X, Y])


def test_comparisons_and_logic():
    x = K.placeholder((None,))
    inside = (x > 1) & (x <= 3) | ~(x < 9)
    assert inside.dtype == "bool"
    assert K.function([x], inside)([[0, 1, 2, 3, 9]]).tolist() == [0, 0, 1, 1, 1]


def test_equality_is_identity_so_that_tensors_can_be_keys():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    assert x == x and x != y and x in [y, x] and len({x: 1, y: 2}) == 2


def test_slices_may_end_at_tensors():
    x = K.placeholder((None, 6))
    half = x[: K.shape(x)[0] // 2, 1:]
    assert half.shape == (None, 5)
    assert K.function([x], half)([np.ones((6, 6))]).shape == (3, 5)
    assert K.function([x], x[K.shape(x)[0] - 1])([np.eye(6)]).tolist() == [0] * 5 + [1]


def test_the_shape_of_x_can_be_computed_with():
    x = K.placeholder((None, 6, 2))
    flat = K.reshape(x, (K.shape(x)[0], K.shape(x)[1] * K.shape(x)[2]))
    assert flat.shape == (None, 12)
    tiled = K.tile(K.expand_dims(K.ones((3,)), 0), [K.shape(x)[0], 1])
    assert tiled.shape == (None, 3)
    swapped = K.reshape(x, K.shape(x)[::-1])
    assert swapped.shape == (2, 6, None)


def test_indexing_with_repeated_rows_adds_their_gradients():
    with K.Tape() as tape:
        x = tape.watch(np.zeros(3))
        y = K.sum(x[np.array([0, 0, 2])])
    assert tape.gradients(y, [x])[0].tolist() == [2, 0, 1]


def test_float_types():
    x = K.placeholder((2, 3))
    integer = K.placeholder((2, 3), dtype="int32")
    assert (x * np.arange(3.0)).dtype == "float32"  # constants follow tensors
    assert (x * np.float64(2)).dtype == "float32"
    assert (x * 2 + 0.5 - True).dtype == "float32"
    assert (x * integer).dtype == "float32"
    assert (integer * 2).dtype == "int32"
    assert (integer * 0.5).dtype == "float32"
    assert (integer / 2).dtype == "float32"
    for y in (x * np.arange(3.0), x * integer, integer * 0.5, integer / 2):
        inputs = [np.ones((2, 3))] * 2
        assert K.function([x, integer], y)(inputs).dtype == "float32"


def test_lists_of_numbers_are_arrays():
    assert K.square([1.0, 2.0]).tolist() == [1, 4]
    assert K.square([1.0, 2.0]).dtype == "float32"
    assert K.dot([[1.0, 2.0]], [[3.0], [4.0]]).tolist() == [[11]]
    assert K.concatenate([[1, 2], [3]]).tolist() == [1, 2, 3]
    assert K.clip([0.0, 5.0], 1, 2).tolist() == [1, 2]
    assert K.clip(5.0, 1, 2) == 2 and K.relu(-1.0) == 0 and K.sigmoid(0) == 0.5


def test_symbolic_tensors_have_no_truth_and_no_length_unknown():
    x = K.placeholder((None, 3))
    with pytest.raises(TypeError, match="K.switch"):
        bool(x > 0)
    with pytest.raises(TypeError, match="no length"):
        len(x)
    assert len(K.placeholder((3, 2))) == 3
    assert len(list(K.placeholder((3, 2)))) == 3


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda x: np.arctan(x), "np.arctan"),
        (lambda x: np.median(x), "np.median"),
        (lambda x: np.add.reduce(x), "np.add"),
    ],
)
def test_numpy_functions_without_an_equal_say_so(call, name):
    for x in (K.placeholder((3,)), K.Tape().watch(np.ones(3)), K.variable([1.0])):
        with pytest.raises(TypeError, match=f"{name} was called on .*K.eval"):
            call(x)


def test_conversion_to_an_array_says_what_to_do_instead():
    with pytest.raises(TypeError, match="no value yet"):
        np.asarray(K.placeholder((3,)))
    with pytest.raises(TypeError, match="gradient is being recorded"):
        np.asarray(K.Tape().watch(np.ones(3)))
    assert np.asarray(K.variable([1.0, 2.0])).tolist() == [1, 2]


def test_recorded_numbers_can_steer_python():
    x = K.Tape().watch(np.array([3, 4]))
    assert int(x[0]) == 3 and float(x[1]) == 4.0 and [5, 6, 7, 8][x[0]] == 8
    assert [i for i in range(K.shape(x)[0])] == [0, 1]
    assert bool(x[0] > 2)
