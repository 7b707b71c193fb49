"""Ctrl-C at a moment of our choosing: changes that belong together are not torn."""

import _signal  # what `signal` wraps, without its conversions to enums: 0.6 us, not 6
import time

SIGINT = int(_signal.SIGINT)
PATIENCE = 1.0


class interrupts_held_back:
    """Inside of the block Ctrl-C waits; after it, it does what it would have done.

    Whoever handles Ctrl-C, Python or the user, still does, only a little later. In
    other threads than the main one nothing happens, since none is ever interrupted. A
    second Ctrl-C more than a second after the first goes through at once: there may be
    the user's code inside of the block, and it may never end.

    Costs 1 us.
    """

    def __enter__(self):
        self.waiting = None
        self.handler = _signal.getsignal(SIGINT)
        if callable(self.handler):
            try:
                _signal.signal(SIGINT, self._note)
            except ValueError:  # not the main thread
                self.handler = None

    def _note(self, *arguments):
        now = time.monotonic()
        if self.waiting is None:
            self.waiting, self.since = arguments, now
        elif now > self.since + PATIENCE:
            self.handler(*arguments)

    def __exit__(self, *error):
        if callable(self.handler):
            _signal.signal(SIGINT, self.handler)
            if self.waiting is not None:
                self.handler(*self.waiting)
