"""RemoteMonitor posts the logs to a server on this machine."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest

from minikeras.callbacks import RemoteMonitor


@pytest.fixture
def server():
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

    running = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    running.url = f"http://127.0.0.1:{running.server_port}"
    running.received = received
    yield running
    running.shutdown()
    running.server_close()


def test_logs_arrive_as_a_form(server):
    monitor = RemoteMonitor(server.url, headers={"X-Class": "7b"})
    monitor.on_epoch_end(2, {"loss": np.float32(0.5), "acc": np.array(0.25)})
    ((path, headers, body),) = server.received
    assert path == "/publish/epoch/end/" and headers["X-Class"] == "7b"
    sent = json.loads(urllib.parse.parse_qs(body)["data"][0])
    assert sent == {"epoch": 2, "loss": 0.5, "acc": 0.25}


def test_logs_arrive_as_json(server):
    RemoteMonitor(server.url, path="/p", send_as_json=True).on_epoch_end(0, {"loss": 1})
    ((path, headers, body),) = server.received
    assert path == "/p" and headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"epoch": 0, "loss": 1}


def test_a_missing_server_is_a_warning(server):
    server.shutdown()
    server.server_close()
    with pytest.warns(RuntimeWarning, match="Could not reach RemoteMonitor"):
        RemoteMonitor(server.url).on_epoch_end(0, {})


def test_other_addresses_are_refused():
    with pytest.raises(ValueError, match="http://"):
        RemoteMonitor("file:///etc/passwd")
