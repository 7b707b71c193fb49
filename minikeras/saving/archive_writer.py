"""Write a zip archive of plainly stored members, and check that it reached the disk."""

import hashlib
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
        self.file.write(local_header(name, 0, size))
        for part in parts:
            self.file.write(part)
        self.written.append((name, start, size, parts, sums))

    def sha256(self):
        """SHA-256 of every member so far, as hexadecimal text by name."""
        return {name: sums.result()[1] for name, _, _, _, sums in self.written}

    def close(self):
        """Fill in the checksums and write the directory."""
        end = self.file.tell()
        directory = b""
        for name, start, size, _, sums in self.written:
            crc = sums.result()[0]
            self.file.seek(start)
            self.file.write(local_header(name, crc, size))
            directory += central_header(name, crc, size, start)
        self.file.seek(end)
        self.file.write(directory + end_records(len(self.written), len(directory), end))
        self._pool.shutdown()

    def verify(self, path):
        """Raise DamagedFile unless the file at `path` holds what was written."""
        with open(path, "rb", buffering=0) as file:
            jobs = [
                (file.fileno(), start + len(local_header(name, 0, size)), parts)
                for name, start, size, parts, _ in self.written
            ]
            with ThreadPoolExecutor(max_workers=2) as pool:
                same = list(pool.map(lambda job: _same_bytes(*job), jobs))
        for good, (name, *_) in zip(same, self.written, strict=True):
            if not good:
                raise DamagedFile(f"{name!r} was not written correctly to {path!r}")
        Archive(path).close()


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


def _same_bytes(descriptor, offset, parts):
    """Whether the file holds `parts` from `offset` on, read back in chunks."""
    for part in parts:
        for start in range(0, len(part), _CHUNK):
            chunk = part[start : start + _CHUNK]
            read = np.frombuffer(_read_at(descriptor, len(chunk), offset + start), "u1")
            if not np.array_equal(read, np.frombuffer(chunk, "u1")):
                return False
        offset += len(part)
    return True


def _read_at(descriptor, count, offset):
    if hasattr(os, "pread"):
        return os.pread(descriptor, count, offset)
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
        file.seek(offset)
        return file.read(count)
