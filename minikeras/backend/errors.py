"""Errors that come from deep inside say which op or layer they happened in."""

_EXPLAINED = (ValueError, TypeError, IndexError, AttributeError, FloatingPointError)


def say_where(error, what, shapes, others=""):
    """Add to the message of an error, once, what failed and on which arguments.

    Arguments
        what: the op or layer.
        shapes: those of the arrays that it was given.
        others: its other arguments, as text.

    Returns the error; another one where NumPy's own cannot be added to.
    """
    if not isinstance(error, _EXPLAINED) or getattr(error, "_located", False):
        return error
    on = f", on shapes {', '.join(map(str, shapes))}" if shapes else ""
    given = f", with {others}" if others else ""
    text = f"{error} (in {what}{on}{given})"
    if type(error).__str__ is BaseException.__str__:
        error.args = (text, *error.args[1:])
    else:  # it makes its message of something else than `args`
        kind = next(k for k in _EXPLAINED if isinstance(error, k))
        error = kind(text).with_traceback(error.__traceback__)
    error._located = True
    return error
