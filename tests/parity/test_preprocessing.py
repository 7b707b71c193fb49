"""Sequence, text and image preprocessing equal keras_preprocessing 1.1.0."""

import numpy as np
import pytest

import minikeras

from . import image_cases, preprocessing_cases
from .replay import cases

RESULTS = cases("preprocessing")
IMAGES = cases("image")
FULL_SCALE = 255


@pytest.mark.parametrize("name", RESULTS)
def test_sequences_and_texts_equal_recorded(name):
    compare(preprocessing_cases.CASES[name](minikeras.preprocessing), RESULTS[name])


@pytest.mark.parametrize("name", IMAGES)
def test_images_equal_recorded(name):
    tolerance = 1e-4 * FULL_SCALE
    compare(image_cases.CASES[name](minikeras.preprocessing), IMAGES[name], tolerance)


def compare(got, expected, tolerance=1e-6):
    """Trees of the same form, with the same numbers, dtypes and strings."""
    if isinstance(expected, dict):
        assert sorted(got) == sorted(expected)
        for key in expected:
            compare(got[key], expected[key], tolerance)
    elif isinstance(expected, np.ndarray):
        assert got.dtype.kind == expected.dtype.kind
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            compare(one, other, tolerance)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected)
    else:
        assert got == expected
