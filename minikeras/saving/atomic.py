"""Replace a file completely or not at all.

The new bytes go to `name.tmp-<pid>-<random>` in the same folder, are flushed to the
disk, read back and compared; one rename then makes them the file. Whatever happens
before the rename, a killed process or a full disk too, leaves the old file as it was.
"""

import contextlib
import glob
import hashlib
import os
import re
import secrets
import socket
import time

from minikeras.saving.threads import Threads

_RETRIES = 8


@contextlib.contextmanager
def replacing(path, verify=None, overwrite=True):
    """Open a temporary file whose bytes become `path` when the block ends well.

    Arguments
        path: the file to write or replace; a link is followed.
        verify: function of the temporary file's path, called before the rename; it
            raises if the bytes on the disk are not those that were meant.
        overwrite: whether an existing file may be replaced.

    Yields the open binary file, for reading and writing.
    """
    with replacing_path(path, verify, overwrite) as temporary:
        with open(temporary, "r+b") as file:
            yield file


@contextlib.contextmanager
def replacing_path(path, verify=None, overwrite=True):
    """The same for programs that open files themselves: yields the temporary path."""
    path = os.path.realpath(os.fspath(path))
    if not overwrite and os.path.exists(path):
        raise FileExistsError(
            f"{path!r} exists and overwrite=False. Choose another name, or pass "
            "overwrite=True to replace it."
        )
    remove_stale(path)
    temporary = temporary_name(path)
    try:
        _create(temporary, path)
        yield temporary
        with Threads(max_workers=1) as pool:
            synced = pool.submit(_sync, temporary)
            if verify is not None:
                verify(temporary)
            synced.result()
        _keep_permissions(path, temporary)
        replace(temporary, path)
    except BaseException as error:
        _remove_quietly(temporary)
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            raise _explained(error, path) from error
        raise


def replace(source, target):
    """Rename `source` to `target` at once, and make the rename itself permanent."""
    with _freed_later(target):
        for attempt in range(_RETRIES):
            try:
                os.replace(source, target)
                break
            except PermissionError:
                # Windows refuses while a virus scanner or a reader has the file open.
                if not _on_windows() or attempt == _RETRIES - 1:
                    raise
                time.sleep(0.01 * 2**attempt)
    _sync_folder(os.path.dirname(target) or ".")


@contextlib.contextmanager
def _freed_later(path):
    """Hold a file open while another one takes its name.

    It is freed when nobody holds it: 20 ms for 100 MB, which a thread spends.
    """
    if _on_windows() or not os.path.isfile(path):
        yield
        return
    try:
        held = os.open(path, os.O_RDONLY)
    except OSError:  # a file that may be replaced, but not read
        yield
        return
    try:
        yield
    finally:
        Threads(max_workers=1).submit(os.close, held)


def temporary_name(path):
    """A name beside `path` that no other process or machine uses."""
    return f"{path}.tmp-{os.getpid()}-{_host()}{secrets.token_hex(4)}"


def remove_stale(path):
    """Remove temporary files of `path` whose process on this machine is dead."""
    for name in glob.glob(glob.escape(path) + ".tmp-*"):
        match = re.fullmatch(r".*\.tmp-(\d+)-([0-9a-f]{6})[0-9a-f]{8}", name)
        if match and match[2] == _host() and not _alive(int(match[1])):
            _remove_quietly(name)


def _on_windows():
    return os.name == "nt"


def _host():
    """Six letters for this machine: others may write to the same network folder."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]


def _alive(pid):
    if _on_windows():
        # os.kill would end the process there; a file in use cannot be removed anyway.
        return pid == os.getpid()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _create(temporary, path):
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"cannot save {path!r}: the folder {folder!r} does not exist. "
            f"Make it first: os.makedirs({folder!r})."
        )
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    os.close(os.open(temporary, flags, 0o666))


def _sync(temporary):
    """Let the operating system write the file to the disk, now."""
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_permissions(path, temporary):
    if os.path.exists(path):
        os.chmod(temporary, os.stat(path).st_mode & 0o7777)


def _sync_folder(folder):
    if _on_windows():
        return
    with contextlib.suppress(OSError):  # some network file systems cannot do this
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_quietly(name):
    with contextlib.suppress(OSError):
        os.remove(name)


def _explained(error, path):
    """The same kind of error with the path and what happened to the old file."""
    if error.errno is None:
        return error
    text = (
        f"saving {path!r} failed: {error.strerror}. "
        "A file of that name from before is unchanged."
    )
    return type(error)(error.errno, text)
