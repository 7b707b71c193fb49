"""Making tensors and asking about them."""

import numpy as np
import pytest

from minikeras import backend as K


def test_variables_of_all_kinds():
    assert K.get_value(K.zeros((2, 3))).tolist() == [[0] * 3] * 2
    assert K.get_value(K.ones((2,), dtype="int32")).dtype == "int32"
    assert K.get_value(K.eye(2)).tolist() == [[1, 0], [0, 1]]
    assert K.int_shape(K.eye((2, 3))) == (2, 3)
    v = K.variable(np.arange(3), name="counts", dtype="float64")
    assert (v.name, K.dtype(v), K.int_shape(v), K.count_params(v)) == (
        "counts",
        "float64",
        (3,),
        3,
    )
    assert K.get_value(K.variable(K.variable([1.0]) * 2)).tolist() == [2]


def test_constants():
    assert K.constant([1, 2]).dtype == "float32"
    assert K.constant(3, shape=(2, 2)).tolist() == [[3, 3], [3, 3]]
    assert K.constant([1, 2], shape=(2, 1)).tolist() == [[1], [2]]
    assert K.arange(3).tolist() == [0, 1, 2] and K.arange(3).dtype == "int32"
    assert K.arange(1, 4, 2, "float32").tolist() == [1, 3]
    x = K.placeholder((None, 2))
    assert K.function([x], K.arange(K.shape(x)[0]))([np.ones((4, 2))]).tolist() == [
        *range(4)
    ]


def test_filled_like_the_data():
    x = K.placeholder((None, 2))
    zeros = K.zeros((K.shape(x)[0], 5))
    assert zeros.shape == (None, 5)
    assert K.function([x], zeros)([np.ones((4, 2))]).shape == (4, 5)
    assert K.eval(K.ones_like(K.variable([3.0, 4.0]))).tolist() == [1, 1]


def test_placeholders():
    x = K.placeholder(ndim=3, dtype="int32", name="x")
    assert (x.shape, x.dtype, x.name, K.ndim(x)) == ((None,) * 3, "int32", "x", 3)
    with pytest.raises(ValueError, match="sparse"):
        K.placeholder((2,), sparse=True)


def test_questions():
    x, v = K.placeholder((None, 2)), K.variable(1.0)
    assert K.is_placeholder(x) and not K.is_placeholder(x + 1)
    assert K.is_variable(v) and not K.is_variable(x)
    assert K.is_tensor(x) and K.is_tensor(np.ones(2)) and not K.is_tensor([1])
    assert not K.is_keras_tensor(x) and not K.is_keras_tensor(np.ones(2))
    with pytest.raises(ValueError, match="list"):
        K.is_keras_tensor([1])
    assert not K.is_sparse(x) and K.to_dense(x) is x
    assert K.int_shape(np.ones((2, 3))) == (2, 3)


def test_sparse_matrices_of_scipy():
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_matrix(np.eye(2))
    assert K.is_sparse(matrix) and K.to_dense(matrix).tolist() == [[1, 0], [0, 1]]


def test_unique_numbers():
    K.reset_uids()
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b")] == [1, 2, 1]


ERRORS = {
    "wrong axis": (
        lambda x: K.sum(x, axis=2),
        r"axis=2 is out of range: the array has 2 axes.*K.sum, on shapes \(2, 3\)",
    ),
    "product of shapes that do not fit": (
        lambda x: K.dot(x, np.ones((4, 5))),
        r"\(2, 3\) and \(4, 5\).*3 and 4, differ.*K.dot",
    ),
    "batches that do not fit": (
        lambda x: K.batch_dot(x, np.ones((2, 4))),
        r"\(2, 3\) and \(2, 4\).*K.batch_dot",
    ),
    "sum of shapes that do not fit": (
        lambda x: x + np.ones((2, 4), "float32"),
        r"\(2, 3\).* \(2, 4\)",
    ),
    "reshape": (lambda x: K.reshape(x, (4, -1)), r"6 elements.*\(4, -1\).*reshape"),
    "squeeze": (lambda x: K.squeeze(x, 1), "size 3; only size 1"),
    "concatenate": (
        lambda x: K.concatenate([x, np.ones((3, 4))], axis=1),
        r"\(2, 3\) and \(3, 4\) must agree.*K.concatenate",
    ),
    "permute": (lambda x: K.permute_dimensions(x, (0, 0)), r"each of the 2 axes once"),
    "one class too many": (
        lambda x: K.sparse_categorical_crossentropy(np.array([0, 3]), x),
        "Class number 3.*3 classes.*from 0 to 2",
    ),
    "one-hot and class numbers": (
        lambda x: K.categorical_crossentropy(np.array([0, 2]), x),
        r"same shape; got \(2,\) and \(2, 3\).*sparse",
    ),
    "gather": (lambda x: K.gather(x, np.array([2])), "Index 2 .*from 0 to 1"),
    "repeat": (lambda x: K.repeat(x[0], 2), r"2 axes \(samples, d\); got shape \(3,\)"),
    "bias": (
        lambda x: K.bias_add(x, np.ones((1, 2, 3))),
        r"bias has shape \(1, 2, 3\)",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_name_the_op_and_the_shapes(name):
    function, message = ERRORS[name]
    with pytest.raises((ValueError, IndexError), match=message):
        function(
            np.full((2, 3), 0.5, "float32") if "sum of" not in name else _recorded()
        )


def _recorded():
    return K.Tape().watch(np.ones((2, 3), "float32"))


@pytest.mark.parametrize("name", set(ERRORS) - {"gather", "one class too many"})
def test_graphs_say_it_when_they_are_written(name):
    function, message = ERRORS[name]
    with pytest.raises((ValueError, IndexError), match=message):
        function(K.placeholder((2, 3)))
