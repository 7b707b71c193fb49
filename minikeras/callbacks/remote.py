"""The callback that sends the numbers of training to a server."""

import json
import warnings

import numpy as np

from minikeras.callbacks.base import Callback


class RemoteMonitor(Callback):
    """Send the logs of every epoch to an HTTP server, as a POST request.

    Arguments
        root: address of the server.
        path: path on it.
        field: name of the form field that holds the JSON text.
        headers: dict of further HTTP headers.
        send_as_json: whether the body is the JSON text itself, not a form.

    A server that cannot be reached gives a warning; training goes on.
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json
        if not isinstance(root, str) or not root.startswith(("http://", "https://")):
            raise ValueError(f"root must begin with http:// or https://, got {root!r}")

    def on_epoch_end(self, epoch, logs=None):
        # Imported here: half of what `import minikeras` would cost otherwise.
        import urllib.error
        import urllib.parse
        import urllib.request

        numbers = {name: _plain(value) for name, value in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **numbers})
        if self.send_as_json:
            body, kind = text.encode(), "application/json"
        else:
            form = urllib.parse.urlencode({self.field: text})
            body, kind = form.encode(), "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.root + self.path,
            data=body,
            headers={"Content-Type": kind, **(self.headers or {})},
        )
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (urllib.error.URLError, OSError) as error:
            warnings.warn(
                f"Could not reach RemoteMonitor root server at {self.root}: {error}",
                RuntimeWarning,
                stacklevel=2,
            )


def _plain(value):
    return value.item() if isinstance(value, (np.ndarray, np.generic)) else value
