"""K.function: outputs, updates, learning phase, and its messages."""

import numpy as np
import pytest

from minikeras import backend as K


def test_one_output_gives_an_array_a_list_gives_a_list():
    x = K.placeholder((None, 2))
    data = np.ones((3, 2))
    assert K.function([x], K.sum(x))([data]) == 6
    assert [y.shape for y in K.function([x], [x + 1, K.sum(x, 1)])([data])] == [
        (3, 2),
        (3,),
    ]


def test_constants_variables_and_inputs_may_be_outputs():
    x, v = K.placeholder((2,)), K.variable([1.0, 2.0])
    outputs = K.function([x], [x, v, v * x, np.float32(4)])([[3, 4]])
    assert [np.asarray(y).tolist() for y in outputs] == [[3, 4], [1, 2], [3, 8], 4]


def test_outputs_are_copies_of_variables():
    v = K.variable([1.0])
    [value] = K.function([], [v])([])
    K.set_value(v, [2.0])
    assert value.tolist() == [1.0]


def test_updates_are_carried_out_with_values_from_before():
    x = K.placeholder(())
    a, b = K.variable(1.0), K.variable(10.0)
    f = K.function([x], [a + b], updates=[K.update(a, b), (b, a + x)])
    assert f([5.0])[0] == 11
    assert (K.get_value(a), K.get_value(b)) == (10, 6)


def test_update_add_sub_and_moving_average():
    x, v = K.placeholder(()), K.variable(10.0)
    for update, want in (
        (K.update_add(v, x), 14),
        (K.update_sub(v, x), 6),
        (K.moving_average_update(v, x, 0.75), 8.5),
    ):
        K.set_value(v, 10.0)
        K.function([x], [], updates=[update])([4.0])
        assert K.get_value(v) == want


def test_an_update_waits_until_it_is_carried_out():
    v = K.variable([1.0, 2.0])
    update = K.update_add(v, np.ones(2))
    assert K.get_value(v).tolist() == [1.0, 2.0]
    assert K.eval(update).tolist() == [2.0, 3.0]
    assert K.eval(update).tolist() == [3.0, 4.0]
    assert K.eval(K.update(v, np.array([3.0, 5.0]))).tolist() == [3.0, 5.0]
    assert K.eval(K.update_sub(v, 2.0)).tolist() == [1.0, 3.0]
    assert K.eval(K.moving_average_update(v, np.zeros(2), 0.5)).tolist() == [0.5, 1.5]


def test_a_function_may_count_how_often_it_ran():
    count = K.variable(0)
    f = K.function([], [], updates=[K.update_add(count, 1)])
    f([])
    f([])
    assert K.get_value(count) == 2


def test_the_learning_phase_is_fed_or_zero():
    x = K.placeholder((2,))
    y = K.in_train_phase(x * 2, x)
    assert K.function([x], [y])([[1, 1]])[0].tolist() == [1, 1]
    f = K.function([x, K.learning_phase()], [y])
    assert f([[1, 1], 1])[0].tolist() == [2, 2]
    assert f([[1, 1], False])[0].tolist() == [1, 1]


def test_an_inner_tensor_may_be_fed():
    x = K.placeholder((None, 2))
    h = x * 2
    y = h + 1
    assert K.function([h], [y])([[[1, 1]]])[0].tolist() == [[2, 2]]


def test_values_are_checked():
    x = K.placeholder((None, 2), name="pixels")
    f = K.function([x], [x])
    with pytest.raises(ValueError, match=r"'pixels' has shape \(None, 2\); .*\(3,\)"):
        f([np.ones(3)])
    with pytest.raises(ValueError, match="has 1 inputs .*'pixels'.*got 2 values"):
        f([np.ones((1, 2)), 0])
    with pytest.raises(ValueError, match="not among the inputs"):
        K.function([K.placeholder(())], [x])
    with pytest.raises(TypeError, match=r"inputs\[0\] of K.function"):
        K.function([np.ones(3)], [x])


def test_eval_and_get_value_work_on_what_variables_give():
    v = K.variable([[1.0, 2.0]])
    assert K.eval(v * 2 + K.ones((1, 2))).tolist() == [[3, 5]]
    assert K.get_value(K.sum(v)) == 3
    assert K.batch_get_value([v, K.square(v)])[1].tolist() == [[1, 4]]
    assert K.eval(K.constant(2.0)) == 2
    with pytest.raises(ValueError, match="no value without data for 'x'"):
        K.eval(K.placeholder((2,), name="x") + v)


def test_set_value_and_batch_set_value():
    a, b = K.zeros((2,)), K.ones((2, 2))
    K.batch_set_value([(a, [1, 2]), (b, np.eye(2))])
    assert K.get_value(a).tolist() == [1, 2]
    assert K.get_value(b).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match=r"has shape \(2,\).*shape \(3,\)"):
        K.set_value(a, [1, 2, 3])
    with pytest.raises(TypeError, match="needs a variable"):
        K.set_value(a + 1, [1, 2])


def test_two_threads_may_run_one_function():
    import concurrent.futures

    x = K.placeholder((None,))
    f = K.function([x], K.sum(K.square(x) * 2))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda n: f([np.full(50, n)]), range(40)))
    assert results == [100 * n * n for n in range(40)]
