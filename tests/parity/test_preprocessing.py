"""Sequences, texts and images against keras_preprocessing 1.1.0."""

import types

import numpy as np
import pytest

from minikeras.preprocessing import image, sequence, text

from .archive import load, path_of
from .preprocessing_cases import CASES, make_files, run

RECORDED = load(path_of("preprocessing"))["cases"]
FULL_SCALE = 255


@pytest.fixture(scope="module")
def p(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("images"))
    make_files(folder)
    parts = {"sequence": sequence, "text": text, "image": image}
    return types.SimpleNamespace(folder=folder, table=dict, **parts)


@pytest.mark.parametrize("name", CASES)
def test_results_equal_those_of_keras_preprocessing(name, p):
    assert_same(run(CASES[name], p), RECORDED[name], name)


def test_every_recorded_case_is_compared():
    assert set(CASES) == set(RECORDED)


def assert_same(got, expected, where):
    if isinstance(expected, dict):
        assert list(got) == list(expected), where
        for key in expected:
            assert_same(got[key], expected[key], f"{where}[{key!r}]")
    elif isinstance(expected, list):
        assert len(got) == len(expected), where
        for i, each in enumerate(expected):
            assert_same(got[i], each, f"{where}[{i}]")
    elif isinstance(expected, np.ndarray):
        assert got.shape == expected.shape, where
        assert got.dtype == expected.dtype, where
        limit = 0 if expected.dtype.kind in "iu" else 1e-5 * FULL_SCALE
        np.testing.assert_allclose(got, expected, rtol=0, atol=limit, err_msg=where)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-12), where
    else:
        assert got == expected, where
