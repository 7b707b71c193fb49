"""The decorators `kernel` and `helper`, and the switch to specifications."""

import contextlib
import functools
import inspect
import os
import threading

import numpy as np

registry = {}
compiling_lock = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child has no other thread that may hold it
    os.register_at_fork(after_in_child=compiling_lock._at_fork_reinit)
_use_specs = os.environ.get("MINIKERAS_SPECS", "0") not in ("", "0")


class Out:
    """Annotation of a kernel's array argument that the kernel writes into."""


class Room:
    """Annotation of an array argument that is working memory, without meaning.

    Kernels that need much of it get it from `workspace`, where its pages are warm.
    """


def kernel(spec):
    """Decorate a loop with the specification that it must agree with.

    Arguments
        spec: function of the same arguments in plain NumPy; the definition.

    Annotations of the loop's arguments: `Out` for an array that is written in place,
    `Room` for working memory, `int` or `bool` for a number of that kind. All other
    arrays are only read, all other numbers are real. The loop is compiled at its first
    call, serial, without the GIL, and cached on disk. Tests find it in `registry` under
    its name.
    """

    def decorate(loop):
        made = Kernel(spec, loop)
        registry[made.__name__] = made
        return made

    return decorate


def helper(function=None, build=None, once=False):
    """Decorate a small function that loops call.

    Arguments
        build: function that returns what compiled loops call instead (a Numba
            intrinsic); None compiles the decorated function itself.
        once: whether Numba compiles it once, in place of once for each place where it
            is called. That is quicker for functions of numbers with several callers,
            and for long ones: Numba copies what it inlines many times.
    """
    if function is None:
        return functools.partial(helper, build=build, once=once)
    function.build, function.once = build, once
    return function


def algorithm(spec):
    """Decorate Python code that calls kernels with the specification that it must meet.

    It is switched and tested like a kernel, but not compiled itself.
    """

    def decorate(function):
        made = Algorithm(spec, function)
        registry[made.__name__] = made
        return made

    return decorate


class Kernel:
    """A loop and its specification, called as one function.

    There is one compiled variant for each combination of dtypes and dimensions. It
    takes C-contiguous arrays, read-only or not; others pass through a copy.
    """

    def __init__(self, spec, loop):
        functools.update_wrapper(self, loop)
        self.spec = spec
        self.loop = loop
        parameters = inspect.signature(loop).parameters
        self.kinds = {name: p.annotation for name, p in parameters.items()}
        self.dispatcher = None
        self.run = spec if _use_specs else self._first_run

    def __call__(self, *args):
        try:
            return self.run(*args)
        except TypeError:  # no variant for these arguments yet, or a strided array
            if self.run is self.spec:
                raise
        return self._run_adapted(args)

    def _first_run(self, *args):
        with compiling_lock:
            from minikeras.kernels import compiling  # imports Numba

            if self.dispatcher is None:
                self.dispatcher = compiling.dispatcher(self.loop)
        self.run = self.dispatcher or self.spec
        return self(*args)

    def _run_adapted(self, args):
        from minikeras.kernels import compiling

        if len(args) != len(self.kinds):
            takes = ", ".join(self.kinds)
            raise TypeError(f"{self.__name__}({takes}) got {len(args)} arguments")
        if any(getattr(arg, "dtype", None) == np.float16 for arg in args):
            return self.spec(*args)  # Numba does not compute in half precision
        kinds = self.kinds.values()
        packed = list(map(_packed, args, self.kinds, kinds))
        compiling.compile_variant(self.dispatcher, packed, kinds)
        result = self.dispatcher(*packed)
        for arg, used, kind in zip(args, packed, kinds, strict=True):
            if kind is Out and used is not arg:
                arg[...] = used
        return result

    def _switch(self, to_specs):
        self.run = self.spec if to_specs else self.dispatcher or self._first_run


class Algorithm(Kernel):
    """Python code that calls kernels, and its specification."""

    def __call__(self, *args):
        return self.run(*args)

    def _first_run(self, *args):
        with compiling_lock:
            from minikeras.kernels import compiling

        self.run = self.dispatcher = self.loop if compiling.numba else self.spec
        return self.run(*args)


def _packed(arg, name, kind):
    """A C-contiguous array for an array, copied only where needed."""
    if not isinstance(arg, np.ndarray):
        return arg
    if kind is Out and not arg.flags.writeable:
        raise ValueError(f"{name} is read-only, but this kernel writes into it")
    return np.ascontiguousarray(arg)


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


def _switch_all(to_specs):
    for each in registry.values():
        each._switch(to_specs)
