"""Saving and loading models: nothing is lost, nothing in a file can run.

| file | what it does |
|---|---|
| models.py | save_model, load_model, save_weights, load_weights, pickling |
| own.py, arrays.py | minikeras's own format, the default |
| hdf5.py, hdf5_safe.py | Keras 2's .h5 |
| keras3.py | Keras 3's .keras |
| translate.py, translate_training.py, to_later.py | what other versions call things |
| weights.py | comparing saved weights with a model's, and loading them |
| build.py, config.py, schema.py, compile_config.py | configurations, checked |
| optimizer_state.py, state.py, copies.py | states of training; pickles and copies |
| archive.py, archive_writer.py, zip_records.py, npy.py | zip archives of arrays |
| atomic.py | a file is replaced whole or not at all |
| threads.py | what computes while the disk works |
| errors.py | everything that reading a file can raise |
"""

from minikeras.lazy import lazy_names

WHERE = {
    "load_model": "models",
    "load_weights": "models",
    "save_model": "models",
    "save_weights": "models",
    "DamagedFile": "errors",
    "InvalidConfig": "errors",
    "NewerFormat": "errors",
    "NotAModelFile": "errors",
    "SavedFileError": "errors",
    "TooLarge": "errors",
    "UnsafeFile": "errors",
    "UnsavableModel": "errors",
    "WeightsMismatch": "errors",
}

__all__ = sorted(WHERE)
__getattr__, __dir__ = lazy_names(__name__, WHERE)
