"""rnn, map_fn and folds against the same thing written as a plain loop."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.graph import Graph
from minikeras.utils import check_gradients

random = np.random.RandomState(2)
X = random.standard_normal((2, 4, 3))
H = random.standard_normal((2, 5))
W, U = random.standard_normal((3, 5)), random.standard_normal((5, 5))


def simple_step(x, states):
    h = K.tanh(K.dot(x, W) + K.dot(states[0], U))
    return h, [h]


def plain_loop(x, h):
    outputs = []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U)
        outputs.append(h)
    return np.stack(outputs, 1)


def test_rnn_is_the_plain_loop():
    last, outputs, states = K.rnn(simple_step, X, [H])
    np.testing.assert_allclose(outputs, plain_loop(X, H))
    np.testing.assert_array_equal(last, outputs[:, -1])
    np.testing.assert_array_equal(states[0], last)


def test_rnn_backwards_begins_with_the_last_step():
    _, outputs, _ = K.rnn(simple_step, X, [H], go_backwards=True)
    np.testing.assert_allclose(outputs, plain_loop(X[:, ::-1], H))


def test_rnn_gradient_through_time():
    check_gradients(lambda x, h: K.rnn(simple_step, x, [h])[0], [X, H])
    check_gradients(lambda x, h: K.rnn(simple_step, x, [h])[1], [X, H])
    check_gradients(lambda x, h: K.rnn(simple_step, x, [h], True)[1], [X, H])


MASK = np.array([[0, 1, 1, 0], [1, 0, 1, 1]], bool)


def test_rnn_repeats_output_and_states_where_masked():
    """First step masked: zeros; later ones: what was before (as Keras 2.3.1 does)."""

    def step(x, states):
        return x + 2 * states[0], [states[0] + 1]

    x = np.arange(12.0).reshape(2, 3, 2)
    mask = np.array([[0, 1, 1], [1, 0, 1]], bool)
    last, outputs, [state] = K.rnn(step, x, [np.full((2, 2), 10.0)], mask=mask)
    assert outputs.tolist() == [
        [[0, 0], [22, 23], [26, 27]],
        [[26, 27]] * 2 + [[32, 33]],
    ]
    assert last.tolist() == [[26, 27], [32, 33]]
    assert state.tolist() == [[12, 12], [12, 12]]


def test_rnn_gradient_with_a_mask():
    check_gradients(lambda x, h: K.rnn(simple_step, x, [h], mask=MASK)[1], [X, H])
    check_gradients(lambda x, h: K.rnn(simple_step, x, [h], mask=MASK)[2][0], [X, H])


def test_rnn_hands_constants_to_every_step():
    def step(x, states):
        h, constant = states
        h = h * constant + x
        return h, [h]

    def function(x, h, c):
        return K.rnn(step, x, [h], constants=[c])[1]

    arrays = [X, H[:, :3], random.standard_normal((2, 3))]
    check_gradients(function, arrays)
    want = arrays[1]
    for t in range(4):
        want = want * arrays[2] + X[:, t]
    np.testing.assert_allclose(function(*arrays)[:, -1], want)


def test_rnn_in_a_graph_trains_the_variables_of_its_step():
    w = K.variable(W)

    def step(x, states):
        h = K.tanh(K.dot(x, w) + states[0])
        return h, [h]

    x = K.placeholder((None, None, 3))
    last, outputs, _ = K.rnn(step, x, [K.zeros_like(K.dot(x[:, 0], w))])
    assert (last.shape, outputs.shape) == ((None, 5), (None, None, 5))
    graph = Graph([x], [last], trainable=[w])
    _, backward = graph.forward([X.astype("f4")])
    backward([np.ones((2, 5), "f4")])
    [gradient] = K.gradients(last, [w])
    np.testing.assert_allclose(w.grad, K.function([x], [gradient])([X])[0], rtol=1e-5)
    assert np.abs(w.grad).max() > 0.1


def test_rnn_steps_may_use_tensors_from_outside():
    x, extra = K.placeholder((None, 4, 3)), K.placeholder((None, 3))

    def step(x_t, states):
        return x_t * extra, []

    _, outputs, _ = K.rnn(step, x, [])
    gradient = K.gradients(outputs, [extra])[0]
    values = [X, H[:, :3]]
    got, slope = K.function([x, extra], [outputs, gradient])(values)
    np.testing.assert_allclose(got, X * H[:, None, :3], rtol=1e-6)
    np.testing.assert_allclose(slope, X.sum(axis=1), rtol=1e-5)


def test_rnn_needs_a_time_axis():
    with pytest.raises(ValueError, match=r"\(n, time, ...\); got shape \(2, 5\)"):
        K.rnn(simple_step, H, [H])


def test_map_fn_is_a_loop_over_rows():
    got = K.map_fn(lambda row: K.sum(row) * row, H)
    np.testing.assert_allclose(got, H.sum(1, keepdims=True) * H)
    check_gradients(lambda x: K.map_fn(lambda row: K.sum(row) * row, x), H)


def test_map_fn_over_several_sequences():
    def product(pair):
        return pair[0] * pair[1]

    np.testing.assert_allclose(K.map_fn(product, [H, H + 1]), H * (H + 1))
    x = K.placeholder((None, 5))
    result = K.map_fn(product, [x, x])
    assert result.shape == (None, 5)
    np.testing.assert_allclose(K.function([x], result)([H]), H * H, rtol=1e-5)


@pytest.mark.parametrize("fold, order", [(K.foldl, 1), (K.foldr, -1)])
@pytest.mark.parametrize("start", [None, np.full(5, 0.5)])
def test_folds_are_loops(fold, order, start):
    def function(total, element):
        return total * 0.5 + element * element

    rows = list(H[::order])
    want = rows.pop(0) if start is None else start
    for row in rows:
        want = function(want, row)
    np.testing.assert_allclose(fold(function, H, start), want)
    check_gradients(lambda x: fold(function, x, start), H)


def test_random_numbers_differ_from_step_to_step():
    outputs = K.map_fn(lambda row: row + K.random_normal((5,)), np.zeros((3, 5)))
    assert np.abs(outputs[0] - outputs[1]).max() > 0.01
