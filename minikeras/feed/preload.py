"""Imported by multiprocessing's fork server only, before anything else is.

The server is started with Ctrl-C held back, since it would end a server that is still
starting. Here an interrupt that came meanwhile is thrown away (the program itself has
got it, too), and later ones are let through again to the processes of others.
"""

import signal

import minikeras.feed.worker  # noqa: F401  (loaded once for all workers)

_before = signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
signal.signal(signal.SIGINT, _before)
