"""Unpack tar and zip archives that may be hostile.

Only regular files and folders with plain relative names come out, within a limit, into
a temporary folder; what came out is renamed to its place when all of it is there.
"""

import contextlib
import os
import secrets
import shutil
import stat
import tarfile
import zipfile
import zlib

_CHUNK = 2**20
_MAX_HEADER = 2**24
MAX_BYTES = 4 * 2**30
MAX_RATIO = 100
MAX_MEMBERS = 200_000
_ERRORS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # zipfile: encrypted
    NotImplementedError,
    UnicodeError,
    OverflowError,
)


class UnsafeArchive(ValueError):
    """An archive is damaged, or would write where or what it should not."""


def extract(archive, folder, formats=("tar", "zip"), max_bytes=MAX_BYTES):
    """Unpack an archive into a folder; False if it has none of the formats.

    Arguments
        archive: path of the file.
        folder: where the contents go; what has the same name there is replaced.
        formats: of "tar" (compressed or not) and "zip".
        max_bytes: limit for the sum of the files' sizes; 100 times the size of the
            archive is a second limit (at least 1 MiB).
    """
    members = _opener(archive, formats)
    if members is None:
        return False
    limit = min(max_bytes, max(MAX_RATIO * os.path.getsize(archive), 2**20))
    folder = os.path.realpath(folder)
    temporary = os.path.join(folder, f".unpacking-{os.getpid()}-{secrets.token_hex(4)}")
    os.mkdir(temporary, 0o700)
    try:
        _unpack(archive, members, temporary, limit)
        _move_contents(temporary, folder)
    except _ERRORS as error:
        raise UnsafeArchive(f"{archive!r} is damaged: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return True


def _opener(archive, formats):
    """The function that lists the members of this file, by its kind."""
    for name in formats:
        if name == "tar" and _is_tar(archive):
            return _tar_members
        if name == "zip" and zipfile.is_zipfile(archive):
            return _zip_members
        if name not in ("tar", "zip"):
            raise ValueError(f"archive_format is {name!r}; use 'auto', 'tar' or 'zip'")
    return None


def _is_tar(archive):
    try:
        with _decompressed(archive) as plain:
            tarfile.open(fileobj=_ShortReads(plain), mode="r:").close()
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        return False
    return True


def _unpack(archive, members, folder, limit):
    seen, total = set(), 0
    for count, (name, is_folder, source) in enumerate(members(archive)):
        if count >= MAX_MEMBERS:
            raise UnsafeArchive(f"{archive!r} has more than {MAX_MEMBERS} members")
        path = _safe_path(name, folder, seen, is_folder, archive)
        if is_folder:
            os.makedirs(path, 0o700, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        total += _copy(source, path, limit - total, archive)


def _safe_path(name, folder, seen, is_folder, archive):
    """Where a member goes; raises if that is not inside `folder` or was used."""
    name = name.removesuffix("/").removeprefix("./")
    if is_folder and name in ("", "."):
        return folder
    steps = name.split("/")
    if (
        not name.isprintable()
        or any(letter in name for letter in "\\:\0")
        or any(step in ("", ".", "..") or len(step) > 255 for step in steps)
        or len(name) > 1000
    ):
        raise UnsafeArchive(f"{archive!r} has a member with the name {name[:200]!r}")
    if name.casefold() in seen and not is_folder:
        raise UnsafeArchive(f"{archive!r} has two members called {name[:200]!r}")
    seen.add(name.casefold())
    path = os.path.join(folder, *steps)
    parent = os.path.realpath(os.path.dirname(path))
    if os.path.commonpath([parent, folder]) != folder or os.path.lexists(path) != (
        is_folder and os.path.isdir(path)
    ):
        raise UnsafeArchive(f"{archive!r}: {name[:200]!r} would leave its folder")
    return path


def _copy(source, path, limit, archive):
    """Write a member's bytes to a new file; returns how many."""
    count = 0
    with open(path, "xb") as target:
        while data := source.read(_CHUNK):
            count += len(data)
            if count > limit:
                raise UnsafeArchive(
                    f"{archive!r} unpacks to more than the limit (its files would take "
                    f"over {MAX_RATIO} times its own size, or 4 GiB)"
                )
            target.write(data)
    return count


def _tar_members(archive):
    """(name, whether a folder, open file) of each member of a tar archive."""
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(_decompressed(archive))
        tar = stack.enter_context(
            tarfile.open(fileobj=_ShortReads(plain), mode="r:", errorlevel=2)
        )
        for member in tar:
            if member.isdir():
                yield member.name, True, None
            elif member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                yield member.name, False, tar.extractfile(member)
            else:
                raise UnsafeArchive(
                    f"{archive!r}: {member.name[:200]!r} is a link, a device or "
                    "sparse; only files and folders are unpacked"
                )


def _decompressed(archive):
    import bz2
    import gzip
    import lzma

    with open(archive, "rb") as file:
        start = file.read(6)
    if start[:2] == b"\x1f\x8b":
        return gzip.open(archive)
    if start[:3] == b"BZh":
        return bz2.open(archive)
    return lzma.open(archive) if start == b"\xfd7zXZ\0" else open(archive, "rb")


class _ShortReads:
    """A file that refuses to be read in one piece of unreasonable size.

    tarfile reads extended headers at once, with the size that the archive declares.
    """

    def __init__(self, file):
        self.file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size):
        if size > _MAX_HEADER:
            raise UnsafeArchive(f"a header of the archive declares {size} bytes")
        return self.file.read(size)


def _zip_members(archive):
    """(name, whether a folder, open file) of each member of a zip archive."""
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UnsafeArchive(f"{archive!r}: {info.filename[:200]!r} is a link")
            if info.is_dir():
                yield info.filename, True, None
            else:
                with file.open(info) as source:
                    yield info.filename, False, source


def _move_contents(temporary, folder):
    """Rename what was unpacked into its place, replacing what had these names."""
    for name in os.listdir(temporary):
        target, old = os.path.join(folder, name), os.path.join(temporary, ".old")
        if os.path.lexists(target):
            os.rename(target, old)
        os.rename(os.path.join(temporary, name), target)
        if os.path.isdir(old) and not os.path.islink(old):
            shutil.rmtree(old)
        elif os.path.lexists(old):
            os.remove(old)
