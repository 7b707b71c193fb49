"""What is particular to Reshape."""

import numpy as np
import pytest

from minikeras.layers import Input, Reshape


def test_one_size_is_computed():
    assert Reshape((3, -1))(Input((2, 6))).shape == (None, 3, 4)
    assert Reshape((-1,))(Input((2, 6))).shape == (None, 12)


def test_sizes_that_do_not_fit_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"\(2, 6\) has 12 numbers.*\(5, 2\)"):
        Reshape((5, 2))(Input((2, 6)))
    with pytest.raises(ValueError, match="unchanged"):
        Reshape((5, -1))(Input((2, 6)))


def test_two_open_sizes_are_refused():
    with pytest.raises(ValueError, match="Only one"):
        Reshape((-1, -1))


def test_unknown_sizes_leave_the_open_size_unknown():
    assert Reshape((-1, 2))(Input((None, 4))).shape == (None, None, 2)
    assert Reshape((-1, 2))(np.zeros((3, 5, 4))).shape == (3, 10, 2)
