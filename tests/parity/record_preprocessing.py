"""Record keras_preprocessing 1.1.0: sequences, texts and images.

    PYTHONPATH=/path/to/keras_preprocessing-1.1.0 \\
        /path/to/keras231/bin/python -m tests.parity.record_preprocessing

With NumPy 1.18.5, SciPy 1.7.3, Pillow 9.5.0. The calls stand in
`preprocessing_cases.py` and `image_cases.py`.
"""

import keras_preprocessing
import numpy as np
import PIL
import scipy
from keras_preprocessing import image, sequence, text  # noqa: F401

from . import image_cases, preprocessing_cases
from .archive import path_of, save

VERSIONS = {
    "keras_preprocessing": keras_preprocessing.__version__,
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "pillow": PIL.__version__,
}


def record(theme, cases):
    assert VERSIONS["keras_preprocessing"] == "1.1.0"
    results = {name: function(keras_preprocessing) for name, function in cases.items()}
    save(path_of(theme), {"versions": VERSIONS, "cases": results})


if __name__ == "__main__":
    record("preprocessing", preprocessing_cases.CASES)
    record("image", image_cases.CASES)
