"""Record the cases of preprocessing_cases.py from keras_preprocessing 1.1.0.

    python -m pip install --no-deps --target FOLDER Keras-Preprocessing==1.1.0
    PYTHONPATH=FOLDER python tests/parity/record_preprocessing.py

with a Python 3.7 that has NumPy, SciPy, Pillow and pandas.
"""

import os
import tempfile
import types

import keras_preprocessing
import numpy as np
import pandas
import PIL
import scipy
from archive import path_of, save
from keras_preprocessing import image, sequence, text
from preprocessing_cases import CASES, make_files, run

VERSIONS = {
    "keras_preprocessing": keras_preprocessing.__version__,
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "pillow": PIL.__version__,
    "pandas": pandas.__version__,
}


def main():
    assert keras_preprocessing.__version__ == "1.1.0"
    p = types.SimpleNamespace(sequence=sequence, text=text, image=image)
    p.table = pandas.DataFrame
    with tempfile.TemporaryDirectory() as p.folder:
        make_files(p.folder)
        results = {name: run(function, p) for name, function in CASES.items()}
    save(path_of("preprocessing"), {"versions": VERSIONS, "cases": results})
    size = os.path.getsize(path_of("preprocessing")) / 1024
    print(f"{len(results)} cases, {size:.1f} KB")


if __name__ == "__main__":
    main()
