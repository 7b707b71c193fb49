"""Names of a package that are imported at their first use, so that it starts fast."""

import sys
from importlib import import_module


def lazy_names(package, names, submodules=()):
    """The functions `__getattr__` and `__dir__` of a package with lazy names.

    Arguments
        package: its `__name__`.
        names: dict of public name -> submodule that holds it.
        submodules: submodules that can be used as attributes without an import.

    Example, in a package's `__init__.py`
        >>> __getattr__, __dir__ = lazy_names(__name__, {"Progbar": "progbar"})
    """

    def get(name):
        if name in submodules:
            return import_module(f"{package}.{name}")
        if name in names:
            return getattr(import_module(f"{package}.{names[name]}"), name)
        from minikeras.utils.messages import did_you_mean

        hint = did_you_mean(name, [*names, *submodules])
        raise AttributeError(f"module {package!r} has no attribute {name!r}.{hint}")

    def names_for_dir():
        return sorted({*vars(sys.modules[package]), *names, *submodules})

    return get, names_for_dir
