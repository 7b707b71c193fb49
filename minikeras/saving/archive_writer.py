"""Write a zip archive of plainly stored members, and check that it reached the disk."""

import contextlib
import hashlib
import mmap
import os
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from minikeras.saving.archive import Archive
from minikeras.saving.errors import DamagedFile
from minikeras.saving.zip_records import central_header, end_records, local_header

_CHUNK = 2**22


class ArchiveWriter:
    """Write members one after another to an open file; `close` writes the directory.

    Checksums of large members are computed by threads while the bytes go to the disk.
    """

    def __init__(self, file):
        self.file = file
        self.written = []
        self._pool = ThreadPoolExecutor(max_workers=2)

    def add(self, name, *parts):
        """Add a member whose bytes are `parts` (bytes or arrays) in this order."""
        parts = [_as_bytes(part) for part in parts]
        size = sum(len(part) for part in parts)
        start = self.file.tell()
        sums = self._pool.submit(_checksums, parts)
        self.file.write(local_header(name, 0, size, start))
        for part in parts:
            self.file.write(part)
        self.written.append((name, start, size, parts, sums))

    def sha256(self):
        """SHA-256 of every member so far, as hexadecimal text by name."""
        return {name: sums.result()[1] for name, _, _, _, sums in self.written}

    def close(self):
        """Fill in the checksums and write the directory."""
        end = self.file.tell()
        self._sync_early(end)
        directory = b""
        for name, start, size, _, sums in self.written:
            crc = sums.result()[0]
            self.file.seek(start)
            self.file.write(local_header(name, crc, size, start))
            directory += central_header(name, crc, size, start)
        self.file.seek(end)
        self.file.write(directory + end_records(len(self.written), len(directory), end))
        self._pool.shutdown()

    def _sync_early(self, size):
        """Let the disk write the bulk while the checksums are still being computed."""
        self.file.flush()
        if size > _CHUNK:
            with contextlib.suppress(OSError, AttributeError):  # not a real file
                os.fsync(self.file.fileno())

    def verify(self, path):
        """Raise DamagedFile unless the file at `path` holds what was written."""
        with open(path, "rb") as file:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                self._compare(np.frombuffer(data, np.uint8), path)
        Archive(path).close()

    def _compare(self, data, path):
        jobs = []
        for name, start, size, parts, _ in self.written:
            place = start + len(local_header(name, 0, size, start))
            for part in parts:
                jobs.append((name, data[place : place + len(part)], part))
                place += len(part)
        with ThreadPoolExecutor(max_workers=2) as pool:
            same = list(pool.map(lambda job: _equal(job[1], job[2]), jobs))
        wrong = [name for good, (name, *_) in zip(same, jobs, strict=True) if not good]
        del data, jobs
        if wrong:
            raise DamagedFile(f"{wrong[0]!r} was not written correctly to {path!r}")


def _as_bytes(part):
    if isinstance(part, np.ndarray):
        return memoryview(np.ascontiguousarray(part).reshape(-1).view(np.uint8))
    return memoryview(part)


def _checksums(parts):
    crc, sha = 0, hashlib.sha256()
    for part in parts:
        crc = zlib.crc32(part, crc)
        sha.update(part)
    return crc, sha.hexdigest()


def _equal(read, part):
    """Whether the bytes read back are those of `part`; eight at a time, in chunks."""
    part = np.frombuffer(part, np.uint8)
    if len(read) != len(part):
        return False
    whole = len(part) // 8 * 8
    if not np.array_equal(read[whole:], part[whole:]):
        return False
    read, part = read[:whole].view(np.uint64), part[:whole].view(np.uint64)
    step = _CHUNK // 8
    return all(
        np.array_equal(read[i : i + step], part[i : i + step])
        for i in range(0, len(part), step)
    )
