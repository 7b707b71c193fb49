"""Pieces of helpful error messages."""

import difflib


def did_you_mean(name, known):
    """' Did you mean 'softmax'?' for a name close to a known one, else ''.

    The result begins with a space, to be put behind a sentence. Case is ignored.
    """
    by_lower = {str(each).lower(): each for each in known}
    close = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""
