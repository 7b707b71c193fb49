"""Write a zip archive of plainly stored members, and check that it reached the disk."""

import contextlib
import dataclasses
import hashlib
import io
import os
import zlib
from concurrent.futures import Future

import numpy as np

from minikeras.saving.archive import Archive
from minikeras.saving.errors import DamagedFile
from minikeras.saving.threads import Threads
from minikeras.saving.zip_records import central_header, end_records, local_header

_CHUNK = 2**22


@dataclasses.dataclass
class _Written:
    """A member: where it begins, its bytes, and its sums, which threads compute."""

    name: str
    start: int
    size: int
    parts: list
    crc: Future
    sha256: Future


class ArchiveWriter:
    """Write members one after another to an open file; `close` writes the directory.

    Threads compute the checksums meanwhile. When all members are written, another one
    tells the disk to begin, so that it, too, works while they are computed.
    """

    def __init__(self, file):
        self.file = file
        self.written = []
        self._threads = Threads(max_workers=2)
        self._disk = Threads(max_workers=1)
        self._synced = []

    def add(self, name, *parts):
        """Add a member whose bytes are `parts` (bytes or arrays) in this order."""
        parts = [_as_bytes(part) for part in parts]
        size = sum(len(part) for part in parts)
        start = self.file.tell()
        sha256, crc = (self.meanwhile(f, parts) for f in (_sha256, _crc32))
        self.file.write(local_header(name, 0, size, start))
        for part in parts:
            self.file.write(part)
        if size > _CHUNK:
            self._sync_early()
        self.written.append(_Written(name, start, size, parts, crc, sha256))

    def meanwhile(self, function, *arguments):
        """The future result of a function that a thread computes beside the writing."""
        return self._threads.submit(function, *arguments)

    def sha256(self):
        """SHA-256 of every member so far, as hexadecimal text by name."""
        return {each.name: each.sha256.result() for each in self.written}

    def close(self):
        """Fill in the checksums and write the directory."""
        end = self.file.tell()
        directory = b""
        for each in self.written:
            entry = each.name, each.crc.result(), each.size, each.start
            self.file.seek(each.start)
            self.file.write(local_header(*entry))
            directory += central_header(*entry)
        self.file.seek(end)
        self.file.write(directory + end_records(len(self.written), len(directory), end))
        for done in self._synced:
            done.result()  # an error of the disk is told once, to whoever waited first
        self._threads.shutdown()
        self._disk.shutdown()

    def _sync_early(self):
        """Let the disk write the bulk while the checksums are still being computed."""
        self.file.flush()
        with contextlib.suppress(io.UnsupportedOperation):  # a file in memory
            number = self.file.fileno()
            self._synced.append(self._disk.submit(os.fsync, number))

    def verify(self, path):
        """Raise DamagedFile unless the file at `path` holds what was written."""
        if not os.path.getsize(path):
            raise DamagedFile(f"nothing was written to {path!r}")
        data, jobs = np.memmap(path, np.uint8, "r"), []
        for each in self.written:
            header = local_header(each.name, 0, each.size, each.start)
            place = each.start + len(header)
            for part in each.parts:
                jobs.append((each.name, data[place : place + len(part)], part))
                place += len(part)
        with Threads(max_workers=2) as pool:
            same = list(pool.map(lambda job: same_bytes(*job[1:]), jobs))
        wrong = [name for good, (name, *_) in zip(same, jobs, strict=True) if not good]
        with Archive(path) as archive:
            wrong += [w.name for w in self.written if not _is_listed(w, archive)]
        if wrong:
            raise DamagedFile(f"{wrong[0]!r} was not written correctly to {path!r}")


def _is_listed(written, archive):
    member = archive.members.get(written.name)
    wanted = written.size, written.crc.result()
    return member is not None and (member.size, member.crc) == wanted


def _as_bytes(part):
    if isinstance(part, np.ndarray):
        return memoryview(np.ascontiguousarray(part).reshape(-1).view(np.uint8))
    return memoryview(part)


def _sha256(parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _crc32(parts):
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc


def same_bytes(read, meant):
    """Whether two arrays or buffers hold the same bytes; eight at a time, in chunks."""
    read, meant = (np.frombuffer(_as_bytes(x), np.uint8) for x in (read, meant))
    if len(read) != len(meant):
        return False
    whole = len(meant) // 8 * 8
    if not np.array_equal(read[whole:], meant[whole:]):
        return False
    read, meant = read[:whole].view(np.uint64), meant[:whole].view(np.uint64)
    step = _CHUNK // 8
    return all(
        np.array_equal(read[i : i + step], meant[i : i + step])
        for i in range(0, len(meant), step)
    )
