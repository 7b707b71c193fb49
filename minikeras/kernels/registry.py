"""The decorator `kernel`, and the switch between loops and specifications."""

import contextlib
import functools
import os
import warnings

registry = {}
_use_specs = os.environ.get("MINIKERAS_SPECS", "0") not in ("", "0")


def kernel(spec, inline=False):
    """Decorate a loop with the specification that it must agree with.

    Arguments
        spec: function of the same arguments in plain NumPy; the definition.
        inline: whether the loop is called by other loops only.

    The loop is compiled at its first call, serial, without the GIL, and cached on disk.
    Tests find it in `registry` under its name.
    """

    def decorate(loop):
        made = Kernel(spec, loop, inline)
        registry[made.__name__] = made
        return made

    return decorate


class Kernel:
    """A loop and its specification, called as one function."""

    def __init__(self, spec, loop, inline=False):
        functools.update_wrapper(self, loop)
        self.spec = spec
        self.loop = loop
        self.inline = inline
        self.run = spec if _use_specs else self._compile_and_run

    def __call__(self, *args):
        return self.run(*args)

    def compiled(self):
        """The Numba dispatcher of the loop; None where Numba is missing."""
        njit = _numba_njit()
        return njit and njit(nogil=True, cache=True)(self.loop)

    def _compile_and_run(self, *args):
        self.run = self.compiled() or self.spec
        return self.run(*args)

    def _switch(self, to_specs):
        self.run = self.spec if to_specs else self._compile_and_run


@functools.lru_cache(None)
def _numba_njit():
    try:
        from numba import njit
    except ImportError:
        warnings.warn(
            "Numba is not installed: minikeras runs its NumPy specifications, which "
            "give the same results more slowly. `pip install numba` makes it fast.",
            stacklevel=2,
        )
        return None
    return njit


def specs_in_use():
    """Whether kernels run their specifications just now."""
    return _use_specs


@contextlib.contextmanager
def use_specs(on=True):
    """Run the whole library on NumPy specifications: for debugging and for doubt.

    Example
        >>> with use_specs():
        ...     model.fit(x, y)
    """
    global _use_specs
    before, _use_specs = _use_specs, on
    _switch_all(on)
    try:
        yield
    finally:
        _use_specs = before
        _switch_all(before)


def _switch_all(on):
    for each in registry.values():
        each._switch(on)
