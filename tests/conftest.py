"""Makes helpers that tests share importable: `from callbacks.fake_model import ...`."""

import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

# A shell that runs the tests in the background tells them to ignore Ctrl-C, and with
# them every program that they start. Tests of Ctrl-C want it as in a terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
