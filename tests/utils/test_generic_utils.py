"""The small helpers of generic_utils, and set_random_seed."""

import random

import numpy as np
import pytest

from minikeras import utils
from minikeras.utils import generic_utils as g
from minikeras.utils import set_random_seed


def test_has_arg():
    def f(a, /, b, *, c, **others):
        return a, b, c, others

    assert [g.has_arg(f, name) for name in "abcd"] == [False, True, True, False]
    assert g.has_arg(f, "d", accept_all=True)
    assert not g.has_arg(max, "key")  # which does not tell its arguments


def test_to_list():
    assert g.to_list(1) == [1]
    assert g.to_list([1]) == [1]
    assert g.to_list((1, 2)) == [(1, 2)]
    assert g.to_list((1, 2), allow_tuple=True) == [1, 2]


def test_unpack_singleton():
    assert g.unpack_singleton([1]) == 1
    assert g.unpack_singleton((1,)) == 1
    assert g.unpack_singleton([1, 2]) == [1, 2]


def test_object_list_uid_tells_equal_objects_apart():
    a, b = [], []
    assert g.object_list_uid([a, b]) == g.object_list_uid([a, b])
    assert g.object_list_uid([a, b]) != g.object_list_uid([b, a])


def test_is_all_none():
    assert g.is_all_none(None) and g.is_all_none([None, None])
    assert not g.is_all_none([None, 0])


def test_slice_arrays():
    x, y = np.arange(5), np.arange(5) * 10
    assert g.slice_arrays(x, 1, 3).tolist() == [1, 2]
    assert [a.tolist() for a in g.slice_arrays([x, y], 1, 3)] == [[1, 2], [10, 20]]
    assert g.slice_arrays(y, [4, 0]).tolist() == [40, 0]
    assert g.slice_arrays([x, None], 4)[1] is None
    assert g.slice_arrays(None, 1) == [None]


def test_transpose_shape():
    shape = (None, 8, 9, 3)
    assert g.transpose_shape(shape, "channels_first", (1, 2)) == (None, 3, 8, 9)
    assert g.transpose_shape(shape, "channels_last", (1, 2)) == shape
    with pytest.raises(ValueError, match="Received: 'first'"):
        g.transpose_shape(shape, "first", (1, 2))


def test_check_for_unexpected_keys():
    g.check_for_unexpected_keys("loss", {"a": 1}, ["a", "b"])
    with pytest.raises(ValueError, match=r"loss dictionary: \['c'\].*\['a', 'b'\]"):
        g.check_for_unexpected_keys("loss", {"a": 1, "c": 2}, ["a", "b"])


def test_set_random_seed_sets_python_and_numpy():
    def draw():
        set_random_seed(7)
        return random.random(), np.random.rand()

    assert draw() == draw()
    drawn = draw()[1]
    np.random.seed(7)
    assert drawn == np.random.rand()


@pytest.mark.parametrize("wrong", [-1, 2**32, 1.5, "7", None, True])
def test_set_random_seed_refuses_what_is_no_seed(wrong):
    with pytest.raises(ValueError, match="seed must"):
        set_random_seed(wrong)


def test_every_public_name_of_utils_exists():
    for name in utils.__all__:
        assert getattr(utils, name).__name__ == name
        assert name in dir(utils)
    with pytest.raises(AttributeError, match="has no attribute 'Progressbar'"):
        _ = utils.Progressbar
