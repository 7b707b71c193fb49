"""`get_file` against a server on this machine: slow, cut off, wrong or hostile."""

import hashlib
import http.server
import io
import os
import socket
import ssl
import stat
import subprocess
import sys
import tarfile
import threading
import time

import pytest

from minikeras.utils import downloads
from minikeras.utils.downloads import DownloadError, get_file

BODY = b"numbers" * 100_000
SHA = hashlib.sha256(BODY).hexdigest()
KEY = os.path.join(os.path.dirname(__file__), "data", "localhost.pem")


def tar_of(*names):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 4
            archive.addfile(info, io.BytesIO(b"data"))
    return buffer.getvalue()


TAR, EVIL = tar_of("set/a", "set/b"), tar_of("../../evil")


class Handler(http.server.BaseHTTPRequestHandler):
    """/good /slow /cut /endless /huge /404 /to/<address> /silent /set.tar.gz /evil"""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.hits.append(self.path)
        name = self.path.split("/")[1]
        getattr(self, name.split(".")[0], self.missing)()

    def send(self, body, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Content-Disposition", "attachment; filename=../../evil")
        self.end_headers()
        self.wfile.write(body)

    def good(self):
        self.send(BODY)

    def slow(self):
        self.send(b"", len(BODY))
        for start in range(0, len(BODY), 140_000):
            time.sleep(0.05)
            self.wfile.write(BODY[start : start + 140_000])

    def cut(self):
        self.send(BODY[:1000], len(BODY))

    def endless(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(50):
            self.wfile.write(BODY)

    def huge(self):
        self.send(b"", 10**15)

    def silent(self):
        time.sleep(1)

    def set(self):
        self.send(TAR)

    def evil(self):
        self.send(EVIL)

    def to(self):
        self.send_response(302)
        self.send_header("Location", self.path[len("/to/") :])
        self.end_headers()

    def missing(self):
        self.send_error(404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that hang up are part of the tests


def started(secure):
    server = Server(("127.0.0.1", 0), Handler)
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(KEY)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.hits = []
    server.url = f"http{'s' if secure else ''}://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def servers():
    running = {"http": started(False), "https": started(True)}
    yield running
    for server in running.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def https(servers, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", KEY)
    servers["https"].hits.clear()
    return servers["https"]


@pytest.fixture
def http_url(servers):
    return servers["http"].url


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


def test_a_file_is_downloaded_once(https, cache):
    for _ in range(2):
        path = get_file("x.bin", https.url + "good", file_hash=SHA)
        assert path == str(cache / "x.bin") and open(path, "rb").read() == BODY
    assert https.hits == ["/good"]
    assert os.listdir(cache) == ["x.bin"]


def test_folders_of_the_cache_are_private(https, cache):
    get_file("x.bin", https.url + "good")
    assert stat.S_IMODE(os.stat(cache).st_mode) == 0o700


def test_a_slow_server_is_waited_for(https, cache):
    path = get_file("x.bin", https.url + "slow", file_hash=SHA)
    assert open(path, "rb").read() == BODY


def test_md5_and_explicit_algorithms_are_understood(https, cache):
    md5 = hashlib.md5(BODY).hexdigest()
    get_file("x.bin", https.url + "good", md5_hash=md5)
    get_file("x.bin", https.url + "good", file_hash=md5, hash_algorithm="md5")
    get_file("x.bin", https.url + "good", file_hash=SHA, hash_algorithm="sha256")
    assert https.hits == ["/good"]
    with pytest.raises(ValueError, match="not a hash of sha256"):
        get_file("x.bin", https.url, file_hash=md5, hash_algorithm="sha256")


def assert_fails(cache, match, *args, **options):
    with pytest.raises(DownloadError, match=match) as caught:
        get_file("x.bin", *args, **options)
    text = str(caught.value)
    assert str(cache / "x.bin") in text and "put it here" in text
    assert os.listdir(cache) == []


def test_a_wrong_hash_never_gets_the_name(https, cache):
    assert_fails(cache, f"hash is {SHA}", https.url + "good", file_hash="0" * 64)


def test_a_cut_off_download_never_gets_the_name(https, cache):
    assert_fails(cache, "after 1000 of 700000 bytes", https.url + "cut")


def test_sizes_are_limited_whether_declared_or_not(https, cache):
    assert_fails(cache, "more than", https.url + "huge")
    assert_fails(cache, "more than", https.url + "endless", max_bytes=10**6)


def test_a_missing_file_and_a_missing_server_are_explained(https, cache):
    assert_fails(cache, "404|Not Found", https.url + "nothing", file_hash=SHA)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert_fails(cache, "refused", f"https://127.0.0.1:{port}/x")


def test_silence_ends_after_the_time_limit(https, cache, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    assert_fails(cache, "timed out", https.url + "silent")


def test_http_is_refused_unless_allowed(http_url, cache):
    with pytest.raises(ValueError, match="allow_http=True"):
        get_file("x.bin", http_url + "good")
    assert get_file("x.bin", http_url + "good", file_hash=SHA, allow_http=True)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://x/y", "data:,x", "/etc/passwd"]
)
def test_other_kinds_of_address_are_refused(cache, address):
    with pytest.raises(ValueError, match="https://"):
        get_file("x.bin", address, allow_http=True)
    assert os.listdir(cache) == []


def test_redirects_stay_encrypted(https, http_url, cache):
    assert_fails(cache, "https://", f"{https.url}to/{http_url}good")
    assert_fails(cache, "https://", f"{https.url}to/{http_url}good", allow_http=True)
    assert_fails(cache, "https://|redirect", f"{https.url}to/file:///etc/passwd")
    assert get_file("x.bin", f"{https.url}to/{https.url}good", file_hash=SHA)


def test_an_unknown_certificate_is_refused(servers, cache):
    assert_fails(cache, "certificate", servers["https"].url + "good")


def test_an_archive_is_unpacked(https, cache):
    digest = hashlib.sha256(TAR).hexdigest()
    url = https.url + "set.tar.gz"
    folder = get_file("set", url, untar=True, file_hash=digest)
    assert folder == str(cache / "set") and sorted(os.listdir(folder)) == ["a", "b"]
    assert get_file("set", url, untar=True, file_hash=digest) == folder
    path = get_file("other.tgz", url, extract=True, file_hash=digest)
    assert path == str(cache / "other.tgz")
    assert https.hits == ["/set.tar.gz"] * 2


def test_a_folder_that_keras_left_is_used_without_its_archive(cache):
    (cache / "set").mkdir(parents=True)
    path = get_file("set", "https://127.0.0.1:1/", untar=True, file_hash=SHA)
    assert path == str(cache / "set")


def test_unpacking_needs_a_sha256(cache):
    for options in ({}, {"file_hash": "0" * 32}):
        with pytest.raises(ValueError, match="SHA-256"):
            get_file("set", "https://127.0.0.1:1/", extract=True, **options)


def test_a_hostile_archive_unpacks_nothing(https, cache, tmp_path):
    with pytest.raises(ValueError, match="evil"):
        get_file(
            "set",
            https.url + "evil",
            untar=True,
            file_hash=hashlib.sha256(EVIL).hexdigest(),
        )
    assert not (tmp_path / "evil").exists() and os.listdir(cache) == ["set.tar.gz"]


def test_a_name_cannot_leave_the_cache(cache):
    with pytest.raises(ValueError, match="may not leave"):
        get_file("../x", "https://127.0.0.1:1/")


def test_a_file_with_another_hash_is_downloaded_again(https, cache, capsys):
    cache.mkdir(parents=True)
    (cache / "x.bin").write_bytes(b"old")
    path = get_file("x.bin", https.url + "good", file_hash=SHA)
    assert open(path, "rb").read() == BODY
    assert "another hash" in capsys.readouterr().err


def test_many_processes_download_once(https, cache):
    script = (
        "import sys; from minikeras.utils.downloads import get_file; "
        "get_file('x.bin', sys.argv[1], file_hash=sys.argv[2])"
    )
    command = [sys.executable, "-c", script, https.url + "slow", SHA]
    running = [subprocess.Popen(command) for _ in range(5)]
    assert [process.wait(30) for process in running] == [0] * 5
    assert https.hits == ["/slow"] and os.listdir(cache) == ["x.bin"]


def test_the_lock_of_a_dead_process_is_removed(https, cache):
    cache.mkdir(parents=True)
    (cache / "x.bin.lock").touch()
    long_ago = time.time() - 1000
    os.utime(cache / "x.bin.lock", (long_ago, long_ago))
    get_file("x.bin", https.url + "good")
    assert os.listdir(cache) == ["x.bin"]
