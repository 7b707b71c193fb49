"""Download a file once, check it, keep it: `get_file`.

A file gets its final name only when it is complete and has the right checksum. The name
is the caller's, never the server's; a server may redirect from https to https only.
"""

import contextlib
import hashlib
import hmac
import http.client
import os
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from minikeras.saving import atomic
from minikeras.utils import checks
from minikeras.utils.extract import extract as unpack

_CHUNK = 2**18
MAX_BYTES = 4 * 2**30
TIMEOUT = 30
_STALE_LOCK = 120


class DownloadError(OSError):
    """A file could not be had; the text says where to put it by hand."""


def get_file(
    fname,
    origin,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    *,
    allow_http=False,
    older_hashes=(),
    max_bytes=MAX_BYTES,
):
    """Path of a file in the cache, downloaded first if it is not there.

    Arguments
        fname: name in the cache, or an absolute path.
        origin: address, https.
        untar: the file is a tar archive of one folder; returns the path of the folder.
        md5_hash: older form of `file_hash`.
        file_hash: SHA-256 (64 digits) or MD5 (32) of the file. A SHA-256 is required
            where something is unpacked.
        cache_subdir: folder inside the cache, or an absolute path.
        hash_algorithm: "auto", "sha256" or "md5".
        extract: unpack the file beside itself if it is a tar or zip archive.
        archive_format: "auto", "tar", "zip", a list of these, or None.
        cache_dir: the cache; the environment's KERAS_HOME or ~/.keras if None.
        allow_http: whether an address without encryption is accepted.
        older_hashes: other hashes that a file already in the cache may have.
        max_bytes: largest download that is accepted.

    Returns
        The path of the file (of the folder with `untar`).
    """
    checks.path(fname, "fname")
    if not isinstance(origin, str):
        raise TypeError(
            f"`origin` must be an address, a text. Got {checks.shorten(origin)}."
        )
    file_hash = file_hash or md5_hash
    _check_hash(file_hash, hash_algorithm, untar or extract, fname)
    folder = _cache_folder(cache_dir, cache_subdir)
    path = _inside(folder, fname + ".tar.gz" if untar else fname)
    unpacked = _inside(folder, fname)
    if untar and os.path.isdir(unpacked) and not os.path.exists(path):
        return unpacked
    hashes = [each for each in (file_hash, *older_hashes) if each]
    fresh = not _is_good(path, hashes)
    if fresh:
        with _lock(path):
            if not _is_good(path, hashes):
                download(origin, path, file_hash, allow_http, max_bytes)
    if untar or extract:
        formats = "tar" if untar else archive_format
        _unpack_once(path, unpacked if untar else None, formats, fresh)
    return unpacked if untar else path


def file_digest(path, algorithm="sha256"):
    """Hash of a file as hexadecimal text."""
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while data := file.read(2**20):
            digest.update(data)
    return digest.hexdigest()


def validate_file(path, file_hash):
    """Whether a file has this SHA-256 or MD5 (told by the number of digits)."""
    digest = file_digest(path, _algorithm(file_hash))
    return hmac.compare_digest(digest, file_hash.lower())


def download(origin, path, file_hash=None, allow_http=False, max_bytes=MAX_BYTES):
    """Download to `path`: under another name first, renamed when it is right."""
    _check_address(origin, allow_http)
    print(f"Downloading {origin}", file=sys.stderr)

    def verify(temporary):
        if file_hash and not validate_file(temporary, file_hash):
            got = file_digest(temporary, _algorithm(file_hash))
            raise ValueError(f"its hash is {got}, expected {file_hash}")

    try:
        with atomic.replacing(path, verify) as file:
            _receive(origin, file, allow_http, max_bytes, _lock_name(path))
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DownloadError(_advice(origin, path, file_hash, error)) from error


def _receive(origin, file, allow_http, max_bytes, lock):
    opener = urllib.request.build_opener(_SafeRedirects(allow_http))
    request = urllib.request.Request(origin, headers={"User-Agent": "minikeras"})
    with opener.open(request, timeout=TIMEOUT) as answer:
        length = answer.headers.get("Content-Length", "")
        expected = int(length) if length.isdigit() else None
        if expected is not None and expected > max_bytes:
            raise ValueError(f"it has {expected} bytes, more than {max_bytes}")
        received, progress = 0, _Progress(expected)
        while data := answer.read(_CHUNK):
            received += len(data)
            if received > max_bytes:
                raise ValueError(f"it has more than {max_bytes} bytes")
            file.write(data)
            if progress.show(received):
                _touch(lock)
        progress.show(received, last=True)
    if expected is not None and received != expected:
        raise ValueError(f"it ended after {received} of {expected} bytes")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, allow_http):
        self.allow_http = allow_http

    def redirect_request(self, request, file, code, text, headers, address):
        insecure = self.allow_http and request.full_url.startswith("http:")
        _check_address(address, allow_http=insecure)
        return super().redirect_request(request, file, code, text, headers, address)


class _Progress:
    """At most two lines a second on a terminal, nothing in a file."""

    def __init__(self, total):
        self.total, self.shown = total, time.monotonic()

    def show(self, received, last=False):
        """Print how far the download is; whether half a second went by."""
        due = last or time.monotonic() > self.shown + 0.5
        if due:
            self.shown = time.monotonic()
            if sys.stderr.isatty():
                part = f" ({100 * received // self.total} %)" if self.total else ""
                end = "\n" if last else ""
                text = f"\r{received / 1e6:8.1f} MB{part}"
                print(text, end=end, file=sys.stderr, flush=True)
        return due


def _check_address(origin, allow_http):
    scheme = urllib.parse.urlsplit(origin).scheme
    if scheme == "https" or (scheme == "http" and allow_http):
        return
    hint = " If you accept that others can change it, allow_http=True."
    raise ValueError(
        f"{origin!r} does not begin with https://, so the file could be exchanged on "
        f"its way.{hint if scheme == 'http' else ''}"
    )


def _algorithm(file_hash):
    algorithm = {64: "sha256", 32: "md5"}.get(len(file_hash))
    if algorithm is None or any(c not in "0123456789abcdefABCDEF" for c in file_hash):
        raise ValueError(
            f"a hash is 64 (SHA-256) or 32 (MD5) digits, got {file_hash!r}"
        )
    return algorithm


def _check_hash(file_hash, algorithm, unpacks, fname):
    if algorithm not in ("auto", "md5", "sha256"):
        raise ValueError(
            f"hash_algorithm is {algorithm!r}; use 'auto', 'sha256' or 'md5'"
        )
    if file_hash and algorithm not in ("auto", _algorithm(file_hash)):
        raise ValueError(f"{file_hash!r} is not a hash of {algorithm}")
    if unpacks and (not file_hash or _algorithm(file_hash) != "sha256"):
        raise ValueError(
            f"{fname!r} is to be unpacked, so file_hash must be its SHA-256: an "
            "archive that someone exchanged could fill the disk. Take the hash from "
            "where the file is published, or from a file you trust: `sha256sum <file>`."
        )


def _cache_folder(cache_dir, subdir):
    if cache_dir is None:
        cache_dir = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    folder = os.path.join(os.path.expanduser(cache_dir), subdir)
    with contextlib.suppress(OSError):  # reading from a cache that exists still works
        os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def _inside(folder, name):
    if os.path.isabs(name):
        return name
    if ".." in name.replace("\\", "/").split("/"):
        raise ValueError(f"fname is {name!r}; it may not leave the cache")
    return os.path.join(folder, name)


def _is_good(path, hashes):
    """Whether the file is there with one of the hashes (any file if there are none)."""
    if not os.path.exists(path):
        return False
    if not hashes or any(validate_file(path, each) for each in hashes):
        return True
    print(
        f"{path} has another hash than expected; it is downloaded again.",
        file=sys.stderr,
    )
    return False


def _unpack_once(path, folder, formats, fresh):
    """Unpack `path` beside itself, unless the folder that it gives is there."""
    if folder is not None and os.path.isdir(folder) and not fresh:
        return
    if not formats:
        return
    formats = ["tar", "zip"] if formats == "auto" else formats
    formats = [formats] if isinstance(formats, str) else formats
    with _lock(path):
        if not unpack(path, os.path.dirname(path), formats) and folder is not None:
            raise ValueError(f"{path!r} is not an archive of kind {formats}")


def _advice(origin, path, file_hash, error):
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, (TimeoutError, ssl.SSLError)):
        reason = f"{type(reason).__name__}: {reason}"
    folder = os.path.dirname(path)
    hint = ""
    if os.path.isdir(folder):
        free = shutil.disk_usage(folder).free
        hint = f" (free there: {free / 1e9:.1f} GB)" if free < MAX_BYTES else ""
    expected = f" Its hash must be {file_hash}." if file_hash else ""
    return (
        f"{origin} was not downloaded: {reason}.\n"
        f"Without a network, get the file elsewhere and put it here{hint}:\n"
        f"    {path}\n"
        f"with exactly this name.{expected} Another folder: set KERAS_HOME."
    )


def _lock_name(path):
    return path + ".lock"


def _touch(name):
    with contextlib.suppress(OSError):
        os.utime(name)


@contextlib.contextmanager
def _lock(path):
    """Let one process at a time work on `path`, on network folders too.

    The lock is a file that its owner renews; one that was not renewed for two minutes
    belongs to a dead process and is removed. Where no file can be made, none is.
    """
    name, made = _lock_name(path), False
    while not made:
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            made = True
        except FileExistsError:
            _wait_for(name)
        except OSError:
            break
    try:
        yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                os.remove(name)


def _wait_for(name):
    try:
        age = time.time() - os.stat(name).st_mtime
    except OSError:
        return
    if age > _STALE_LOCK:
        with contextlib.suppress(OSError):
            os.remove(name)
    time.sleep(0.1)
