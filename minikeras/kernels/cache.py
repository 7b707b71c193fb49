"""Compiled kernels kept on disk: one file each, believed only if its digests fit.

Numba's own cache keeps an index beside its data files. Two processes that compile at
once can leave an index that names the wrong file, and a damaged file raises in the
middle of a training or runs as it is. Here every file starts with two digests: one of
everything that it depends on (arguments, processor, versions, the sources of all
kernels), one of its contents. A file that does not fit is compiled again and replaced.
"""

import functools
import hashlib
import os
import pathlib
import pickle
import sys
import warnings

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

_noticed = []


class KernelCache(FunctionCache):
    """What a Numba dispatcher asks for its variants; never raises, never guesses."""

    def __init__(self, loop):
        self.name = loop.__name__
        try:
            super().__init__(loop)
        except Exception as error:  # no directory for it, or another Numba
            _notice(f"no place for compiled kernels was found ({error})")
            self._enabled = False

    def load_overload(self, sig, target_context):
        """The stored variant for this signature; None if it must be compiled.

        Machine code needs Numba's runtime, but not the declarations of all that Numba
        can compile: to load those, as Numba does here, takes longer than the rest.
        """
        try:
            rtsys.initialize(target_context)
            reduced = self._enabled and self._read(sig, target_context.codegen())
            if reduced:
                return self._impl.rebuild(target_context, reduced)
        except Exception as error:
            _notice(f"the stored kernel {self.name} cannot be used ({error})")
        _announce()

    def save_overload(self, sig, compiled):
        """Store a variant; a directory that cannot be written gives one notice."""
        try:
            if self._enabled:
                self._write(sig, compiled.codegen, self._impl.reduce(compiled))
        except Exception as error:
            _notice(f"the compiled kernel {self.name} cannot be stored ({error})")

    def _read(self, sig, codegen):
        try:
            content = self._path(sig, codegen).read_bytes()
        except FileNotFoundError:
            return None
        origin, checksum, payload = content[:32], content[32:64], content[64:]
        if origin != self._origin(sig, codegen):
            return None
        if checksum != _sha256(payload):
            raise ValueError("the file is damaged; it will be replaced")
        return pickle.loads(payload)

    def _write(self, sig, codegen, reduced):
        path = self._path(sig, codegen)
        self._impl.locator.ensure_cache_path()
        payload = dumps(reduced)
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            draft.write_bytes(self._origin(sig, codegen) + _sha256(payload) + payload)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)

    def _path(self, sig, codegen):
        short = _sha256(repr((sig, codegen.magic_tuple())).encode()).hex()[:16]
        return pathlib.Path(self.cache_path, f"minikeras.{self.name}.{short}.kernel")

    def _origin(self, sig, codegen):
        key = self._index_key(sig, codegen), numba.__version__, sys.version, _sources()
        return _sha256(repr(key).encode())


def _sha256(content):
    return hashlib.sha256(content).digest()


@functools.lru_cache(None)
def _sources():
    """One digest over the sources of all kernels, since loops call each other."""
    files = sorted(pathlib.Path(__file__).parent.glob("*.py"))
    return _sha256(b"".join(f.read_bytes() for f in files))


@functools.lru_cache(None)
def _announce():
    print("minikeras: compiling kernels for this machine, once", file=sys.stderr)


def _notice(text):
    """Warn once: other kernels have the same trouble."""
    if _noticed:
        return
    _noticed.append(text)
    warnings.warn(f"minikeras works, but starts slowly: {text}.", stacklevel=2)
