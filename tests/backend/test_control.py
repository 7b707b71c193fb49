"""switch, learning phase, stop_gradient, identity, print_tensor."""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.utils import check_gradients


@pytest.fixture(autouse=True)
def forget_the_learning_phase():
    yield
    K.clear_session()


def test_switch_on_a_number_calls_one_branch_only():
    def never():
        raise AssertionError

    assert K.switch(True, lambda: 1, never) == 1
    assert K.switch(np.float32(0), never, lambda: 2) == 2
    assert K.switch(K.Tape().watch(np.array(True)), lambda: 1, never) == 1


def test_switch_in_a_graph():
    c, x = K.placeholder(()), K.placeholder((None, 2))
    y = K.switch(c, x * 2, lambda: x + 1)
    assert y.shape == (None, 2)
    f = K.function([c, x], [y, *K.gradients(y, [x])])
    for condition, value, slope in ((1, 6, 2), (0, 4, 1)):
        got = f([condition, [[3, 3]]])
        assert got[0].tolist() == [[value] * 2] and got[1].tolist() == [[slope] * 2]


def test_switch_by_element_and_by_row():
    x, y = np.arange(6.0).reshape(3, 2), -np.arange(6.0).reshape(3, 2)
    rows = np.array([True, False, True])
    assert K.switch(rows, x, y).tolist() == [[0, 1], [-2, -3], [4, 5]]
    check_gradients(lambda a, b: K.switch(rows, a, b), [x, y])
    check_gradients(lambda a, b: K.switch(a > 2.5, a * b, b), [x, y])
    with pytest.raises(ValueError, match="more than the 1"):
        K.switch(x > 0, x[0], x[0])


def test_the_phase_can_be_given_set_or_left_open():
    assert K.in_train_phase(lambda: 1, lambda: 2, training=True) == 1
    assert K.in_train_phase(1, 2, training=0) == 2
    assert K.in_test_phase(1, 2, training=0) == 1
    K.set_learning_phase(1)
    assert K.learning_phase() == 1 and K.in_train_phase(1, 2) == 1
    K.clear_session()
    assert not isinstance(K.learning_phase(), int)
    assert K.eval(K.in_train_phase(K.variable(1.0), K.variable(2.0))) == 2
    with pytest.raises(ValueError, match="must be 0 or 1"):
        K.set_learning_phase(2)


def test_tensors_know_that_they_use_the_phase():
    x = K.placeholder((2,))
    y = K.in_train_phase(x, x * 2)
    assert (y + 1)._uses_learning_phase and not x._uses_learning_phase


def test_stop_gradient_of_one_or_several():
    x = np.array([2.0, 3.0])
    y, backward = K.differentiate(lambda x: K.stop_gradient(x) * x, x)
    assert y.tolist() == [4, 9] and backward(np.ones(2)).tolist() == [2, 3]
    a, b = K.stop_gradient([x, x + 1])
    assert b.tolist() == [3, 4]


def test_identity_is_a_new_tensor():
    x = K.placeholder((2,))
    assert K.identity(x) is not x


def test_print_tensor_prints_at_each_run(capsys):
    x = K.placeholder((2,))
    f = K.function([x], K.print_tensor(x, "x is") * 2)
    assert f([[1, 2]]).tolist() == [2, 4]
    assert capsys.readouterr().out == "x is [1. 2.]\n"


def test_sessions_exist_in_name_only():
    K.set_session(None)
    K.manual_variable_initialization(True)
    with K.control_dependencies([]):
        pass
    with pytest.raises(RuntimeError, match="K.function"):
        K.get_session()
    assert K.symbolic(len) is len and K.eager(len) is len
    assert isinstance(K.backend(), str)


def test_the_path_that_scripts_import_from():
    from minikeras.backend.tensorflow_backend import clear_session, set_session

    set_session(object())
    clear_session()


def test_the_number_of_threads_is_set_and_told():
    before = K.num_threads()
    try:
        K.set_num_threads(1)
        assert K.num_threads() == 1
    finally:
        K.set_num_threads(before)
    with pytest.raises(ValueError, match="must be 1, 2"):
        K.set_num_threads(0)
