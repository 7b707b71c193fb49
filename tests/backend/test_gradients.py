"""K.gradients: right values, one forward run, second gradients, clear refusals."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.backend.graph import Graph
from minikeras.backend.op import op
from minikeras.backend.tape import Tape

random = np.random.RandomState(5)
X = random.standard_normal((4, 3)).astype("float32")
W = random.standard_normal((3, 2)).astype("float32")


@pytest.fixture
def network():
    x, w = K.placeholder((None, 3)), K.variable(W)
    h = K.tanh(K.dot(x, w))
    return x, w, h, K.sum(K.square(h), axis=-1)


def test_gradients_for_inputs_variables_and_inner_tensors(network):
    x, w, h, loss = network
    grads = K.gradients(loss, [x, w, h])
    assert [g.shape for g in grads] == [(None, 3), (3, 2), (None, 2)]
    value = np.tanh(X @ W)
    dz = 2 * value * (1 - value**2)
    got = K.function([x], grads)([X])
    for gradient, want in zip(got, (dz @ W.T, X.T @ dz, 2 * value), strict=True):
        np.testing.assert_allclose(gradient, want, rtol=1e-4, atol=1e-6)


def test_one_variable_may_come_without_a_list(network):
    x, w, _, loss = network
    assert len(K.gradients(loss, w)) == 1


def test_none_for_what_the_loss_does_not_depend_on(network):
    x, w, _, loss = network
    assert K.gradients(loss, [K.variable(1.0)]) == [None]
    first, second = K.gradients(loss, [K.variable(1.0), w])
    assert first is None and second is not None


def test_the_gradient_of_the_variables_themselves_is_left_alone(network):
    x, w, _, loss = network
    w.add_grad(np.ones((3, 2)))
    K.function([x], K.gradients(loss, [w]))([X])
    np.testing.assert_array_equal(w.grad, np.ones((3, 2)))


def test_forward_runs_once():
    runs = []

    @op
    def counted(x):
        runs.append(x.shape)
        return x * 2, lambda dy: dy * 2

    x = K.placeholder((None, 3))
    loss = K.sum(K.square(counted(x)))
    f = K.function([x], [loss, *K.gradients(loss, [x])])
    runs.clear()
    f([X])
    assert runs == [(4, 3)]


def test_two_gradients_through_the_same_steps(network):
    x, w, h, loss = network
    first = K.gradients(loss, [x])[0]
    second = K.gradients(K.sum(h), [x])[0]
    both = K.function([x], [first, second])([X])
    alone = [K.function([x], [first])([X])[0], K.function([x], [second])([X])[0]]
    np.testing.assert_array_equal(both, alone)


def test_gradients_can_be_computed_with(network):
    """As deep dream does: ascend along the normalised gradient."""
    x, _, _, loss = network
    gradient = K.gradients(loss, x)[0]
    gradient /= K.maximum(K.mean(K.abs(gradient)), K.epsilon())
    [step] = K.function([x], [gradient])([X])
    assert np.abs(step).mean() == pytest.approx(1, rel=1e-5)


def test_losses_in_a_list_are_added_up(network):
    x, w, h, loss = network
    together = K.gradients([loss, K.sum(h)], [w])
    apart = K.gradients(K.sum(loss) + K.sum(h), [w])
    values = K.function([x], together + apart)([X])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: K.cast(K.argmax(x * 2, axis=-1), "float32"),
        lambda x: K.cast(x > 0, "float32"),
        lambda x: K.round(x) + K.floor_divide(x, 2.0),
        lambda x: K.stop_gradient(x * 2),
        lambda x: K.zeros_like(x),
        lambda x: K.one_hot(K.cast(x, "int32"), 3),
    ],
)
def test_none_where_every_way_leads_through_ops_without_a_gradient(function):
    x = K.placeholder((None, 3))
    assert K.gradients(K.sum(function(x)), [x]) == [None]
    assert K.gradients(K.sum(function(x)) + K.sum(x), [x]) != [None]


@op
def scaled(x, *, factor):
    return x * factor, lambda dy: dy * factor


def test_a_tensor_for_a_keyword_only_argument_gets_no_gradient():
    x, factor = K.placeholder((3,)), K.placeholder((3,))
    y = K.sum(scaled(x, factor=factor))
    dx, none = K.gradients(y, [x, factor])
    assert none is None
    run = K.function([x, factor], [y, dx])
    np.testing.assert_array_equal(run([X[0], X[1]])[1], X[1])


def test_so_it_is_on_a_tape():
    with Tape() as tape:
        x, factor = tape.watch(X[0]), tape.watch(X[1])
        y = K.sum(scaled(x, factor=factor))
    dx, none = tape.gradients(y, [x, factor])
    np.testing.assert_array_equal(dx, X[1])
    assert none is None


def test_no_gradient_at_all_from_a_layer_says_so():
    @op
    def opaque(x):
        return x * 2, None

    x = K.placeholder((None, 3))
    with pytest.raises(ValueError, match="No gradient for.*opaque"):
        K.function([x], K.gradients(K.sum(opaque(x)), [x]))([X])


def test_an_array_as_loss_is_refused():
    with pytest.raises(TypeError, match="symbolic loss.*ndarray"):
        K.gradients(np.ones(3), [K.variable(1.0)])


def penalty(W, U, x):
    """mean of (|d f / d x| - 1)^2 with f = tanh(x W) U."""
    h = np.tanh(x @ W)
    slope = ((1 - h * h) * U.T) @ W.T
    return np.mean((np.sqrt((slope**2).sum(1)) - 1) ** 2)


def numeric_gradient(function, array):
    gradient = np.zeros_like(array)
    for i in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[i] = 1e-5
        gradient[i] = (function(array + step) - function(array - step)) / 2e-5
    return gradient


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-7), ("float32", 1e-2)])
def test_a_gradient_penalty_has_a_gradient(dtype, tolerance):
    U, x64 = random.standard_normal((2, 1)), X.astype("float64")
    x = K.placeholder((None, 3), dtype=dtype)
    w, u = K.variable(W, dtype=dtype), K.variable(U, dtype=dtype)
    f = K.dot(K.tanh(K.dot(x, w)), u)
    slope = K.gradients(f, [x])[0]
    length = K.sqrt(K.sum(K.square(slope), axis=1))
    loss = K.mean(K.square(length - 1))
    graph = Graph([x], [loss], trainable=[w, u])
    [value], backward = graph.forward([X.astype(dtype)])
    [dx] = backward([np.ones((), dtype)])
    W64 = W.astype("float64")
    assert value == pytest.approx(penalty(W64, U, x64), rel=1e-4)
    for got, want in (
        (w.grad, numeric_gradient(lambda a: penalty(a, U, x64), W64)),
        (u.grad, numeric_gradient(lambda a: penalty(W64, a, x64), U)),
        (dx, numeric_gradient(lambda a: penalty(W64, U, a), x64)),
    ):
        assert np.abs(got - want).max() <= tolerance * np.abs(want).max()


def test_the_second_derivative_for_an_input():
    x = K.placeholder((None,), dtype="float64")
    first = K.gradients(K.sum(x**3), [x])[0]
    second = K.gradients(first, [x])[0]
    points = np.array([0.5, 1.0, -2.0])
    got = K.function([x], [first, second])([points])
    np.testing.assert_allclose(got[0], 3 * points**2)
    np.testing.assert_allclose(got[1], 6 * points, rtol=1e-7)


def test_second_gradients_for_variables_are_refused(network):
    x, w, _, loss = network
    again = K.gradients(K.sum(K.square(K.gradients(loss, [w])[0])), [w])
    with pytest.raises(NotImplementedError, match="gradient of a gradient"):
        K.function([x], again)([X])


@pytest.mark.parametrize("reduction", [K.sum, K.mean, K.max, K.logsumexp, K.std])
def test_the_gradient_of_a_reduction_has_the_type_of_its_result(reduction):
    _, backward = reduction.forward(X)
    assert np.asarray(backward(np.float64(2))).dtype == np.float32
