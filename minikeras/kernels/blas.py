"""The threads of NumPy's matrix products, which must not fight with the team's.

After a product, OpenBLAS's own threads spin for milliseconds and take the processors
from the kernels that follow: measured, a kernel of 0.22 ms took 0.43 ms after a product
on two OpenBLAS threads, 0.23 ms after one on one thread.
"""

import ctypes
import functools
import glob
import os

import numpy as np

_SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads",
)


_serial = False


def leave_threads_to_team():
    """Make OpenBLAS serial; from then on `matmul` shares large products."""
    global _serial
    if not _serial and _openblas_setter() is not None:
        _openblas_setter()(1)
        _serial = True


def is_serial():
    """Whether BLAS has left its threads to the team."""
    return _serial


@functools.lru_cache(None)
def _openblas_setter():
    """The function of NumPy's own OpenBLAS that sets its threads, or None."""
    folder = os.path.dirname(np.__file__)
    for place in ("../numpy.libs", ".libs", ".dylibs"):
        for path in glob.glob(os.path.join(folder, place, "*openblas*")):
            library = ctypes.CDLL(path)
            for name in _SETTERS:
                if hasattr(library, name):
                    return getattr(library, name)
    return None
