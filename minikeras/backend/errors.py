"""Errors that come from deep inside say which op or layer they happened in."""

_EXPLAINED = (ValueError, TypeError, IndexError, AttributeError, FloatingPointError)


def say_where(error, what, shapes):
    """Add to the message of an error, once, what failed and on which shapes."""
    if not isinstance(error, _EXPLAINED) or getattr(error, "_located", False):
        return
    on = f", on shapes {', '.join(map(str, shapes))}" if shapes else ""
    error.args = (f"{error} (in {what}{on})", *error.args[1:])
    error._located = True
