"""Arguments as Keras 1 named them, accepted by layers and models with a warning.

Dense(output_dim=3, init="uniform")       Dense(units=3, kernel_initializer=...)
Convolution2D(8, 3, 3)                    Conv2D(8, (3, 3))
Model(input=x, output=y)                  Model(inputs=x, outputs=y)
"""

import functools
import warnings

from minikeras.engine.config import DROPPED, RENAMED, constructor_arguments
from minikeras.engine.node import as_list

ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
IMPLEMENTATIONS = {"cpu": 0, "mem": 1, "gpu": 2}
SIZES = ("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")


def accept_old_arguments(cls):
    """Let the constructor that a class of ours defines take Keras 1's arguments."""
    if "__init__" not in vars(cls) or not cls.__module__.startswith("minikeras."):
        return
    init = cls.__init__

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        new_args, new_kwargs = with_new_names(cls, args, kwargs)
        if new_args is not args or new_kwargs.keys() != kwargs.keys():
            _warn(type(self).__name__, new_args, new_kwargs)
        init(self, *new_args, **new_kwargs)

    cls.__init__ = __init__


def with_new_names(cls, args, kwargs):
    """(args, kwargs) as the constructor of Keras 2 calls them.

    A name is replaced only where the class takes the new one and not the old one.
    """
    known = constructor_arguments(cls)
    args, kwargs = _join_sizes(cls, known, args, kwargs)
    kwargs = {k: v for k, v in kwargs.items() if not _is_dropped(cls, k, v)}
    for old in [name for name in kwargs if name in RENAMED and name not in known]:
        names = as_list(RENAMED[old])
        new = next((name for name in names if name in known), names[0])
        if new in {*kwargs, *known[: len(args)]}:
            raise TypeError(
                f"{cls.__name__} got `{new}` and also `{old}`, its name in Keras 1. "
                f"Leave out `{old}`."
            )
        if new in known:
            kwargs[new] = _translate(old, kwargs.pop(old))
    return args, kwargs


def _join_sizes(cls, known, args, kwargs):
    """One `kernel_size` of the sizes that Keras 1 took one by one."""
    kwargs = dict(kwargs)
    rank = getattr(cls, "rank", None) or 1
    if known[:2] != ["filters", "kernel_size"] or rank == 1:
        return args, kwargs
    sizes = args[1 : 1 + rank]
    if len(sizes) == rank and all(type(size) is int for size in sizes):
        return (args[0], sizes, *args[1 + rank :]), kwargs
    names = SIZES[rank - 2]
    if all(name in kwargs for name in names):
        kwargs["kernel_size"] = tuple(kwargs.pop(name) for name in names)
    return args, kwargs


def _is_dropped(cls, name, value):
    """Whether an argument says nothing that Keras 2 does not do anyway."""
    if (cls.__name__, name) not in DROPPED:
        return False
    harmless = DROPPED[cls.__name__, name]
    if harmless is None or value in harmless:
        return True
    raise TypeError(
        f"{cls.__name__}({name}={value!r}): Keras 2 has no `{name}`; only {name}="
        f"{harmless[0]!r} of Keras 1 means the same as leaving it out."
    )


def _translate(old, value):
    if old == "forget_bias_init":
        return value in ("one", "ones")
    if old == "dim_ordering":
        return ORDERINGS.get(value)
    if old == "consume_less":
        return IMPLEMENTATIONS.get(value, 0)
    return value


def _warn(name, args, kwargs):
    named = [f"{key}={_short(value)}" for key, value in kwargs.items()]
    call = f"{name}({', '.join([*map(_short, args), *named])})"
    warnings.warn(
        f"Update your `{name}` call to the Keras 2 API: `{call}`", stacklevel=3
    )


def _short(value):
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 24 else f"{text[:20]}..."
