"""to_categorical and normalize, on plain input, at the edges, and on wrong input."""

import numpy as np
import pytest

from minikeras.utils import normalize, to_categorical


def test_class_numbers_become_one_hot_rows():
    one_hot = to_categorical([0, 2, 1])
    assert one_hot.dtype == np.float32
    assert one_hot.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((), (4,)),
        ((5,), (5, 4)),
        ((5, 1), (5, 4)),
        ((5, 2), (5, 2, 4)),
        ((5, 2, 1), (5, 2, 4)),
        ((1,), (1, 4)),
        ((0,), (0, 4)),
        ((0, 3), (0, 3, 4)),
    ],
)
def test_shapes_are_those_of_keras(shape, expected):
    assert to_categorical(np.full(shape, 3), 4).shape == expected


@pytest.mark.parametrize("labels", [[0.0, 1.0], [False, True], np.array([0, 1], "u1")])
def test_whole_numbers_of_any_type_are_labels(labels):
    assert to_categorical(labels).tolist() == [[1, 0], [0, 1]]


def test_num_classes_widens_and_dtype_is_kept():
    one_hot = to_categorical([1], num_classes=3, dtype="int8")
    assert one_hot.dtype == np.int8
    assert one_hot.tolist() == [[0, 1, 0]]


@pytest.mark.parametrize(
    "labels, num_classes, message",
    [
        ([0, 1, -1], None, "label -1 at row 2.*begin at 0"),
        ([0, 3], 3, r"label 3 at row 1.*0\.\.2.*subtract 1"),
        ([[0, 1], [2, 5]], 5, r"label 5 at position \(1, 1\)"),
        ([0, 1.5], None, "whole numbers, got 1.5 at row 1"),
        ([0, np.nan], 2, "whole numbers, got nan at row 1"),
        (["cat", "dog"], None, "class numbers, got <U3 such as .*return_inverse"),
        ([], None, "no labels.*Give num_classes"),
    ],
)
def test_wrong_labels_are_refused_with_their_place(labels, num_classes, message):
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, num_classes)


def test_normalize_gives_vectors_of_length_one():
    assert normalize([[3.0, 4.0], [0.0, 2.0]]) == pytest.approx(
        np.array([[0.6, 0.8], [0.0, 1.0]])
    )


def test_normalize_leaves_zeros():
    assert normalize(np.zeros((2, 3))).tolist() == [[0] * 3] * 2


def test_normalize_along_another_axis_and_in_another_norm():
    x = np.array([[1.0, 2.0], [3.0, 2.0]])
    assert normalize(x, axis=0, order=1).tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert normalize(x, order=np.inf)[0].tolist() == [0.5, 1.0]


def test_normalize_of_one_vector_has_a_batch_axis_as_in_keras():
    assert normalize([3, 4]).tolist() == [[0.6, 0.8]]
