"""Makes helpers that tests share importable: `from callbacks.fake_model import ...`."""

import pathlib
import signal
import socket
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

# A shell that runs the tests in the background tells them to ignore Ctrl-C, and with
# them every program that they start. Tests of Ctrl-C want it as in a terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """A test that would reach for another machine fails, wherever it is run."""
    connect = socket.socket.connect

    def connect_here(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"A test connects to {address}; tests use no network.")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield
