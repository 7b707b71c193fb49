"""A zip archive of named members, stored plainly: written at once, read with suspicion.

Any zip program opens the archive, and `numpy.load` reads its arrays. Reading is
bounded: nothing is unpacked to the disk, nothing is allocated that the file does not
hold, and every byte is checked against its SHA-256, or its CRC where none is known.
"""

import dataclasses
import hashlib
import os
import stat
import threading
import zlib

import numpy as np

from minikeras.saving.errors import (
    DamagedFile,
    NotAModelFile,
    TooLarge,
    UnsafeFile,
    kilo,
)
from minikeras.saving.threads import Threads
from minikeras.saving.zip_records import (
    CENTRAL,
    DEFLATED,
    END,
    END64,
    LOCAL,
    LOCATOR,
    STORED,
    checked_name,
    sizes,
)

MAX_MEMBERS = 1000
MAX_BYTES = 2**31
MAX_DIRECTORY = 2**20
_PIECE = 2**18
_LARGE = 2**22
_READERS = 4  # more than cores: while one waits for the disk, another one computes
_ALLOWED_FLAGS = 0x80E  # UTF-8 names, sizes after the data, kinds of compression


@dataclasses.dataclass
class Member:
    """Where the bytes of one name lie, and what they should be."""

    name: str
    offset: int
    size: int
    stored_size: int
    method: int
    crc: int


class _Crc32:
    """The checksum of zip archives, used as those of hashlib are."""

    def __init__(self):
        self.value = 0

    def update(self, data):
        """Take in more bytes."""
        self.value = zlib.crc32(data, self.value)

    def hexdigest(self):
        """The sum of all bytes so far."""
        return f"{self.value:08x}"


class Archive:
    """Read the members of an archive; a context manager.

    Arguments
        source: path, or the bytes of an archive.
        max_bytes: largest sum of the members' sizes that is accepted.
        compressed: whether deflated members are accepted (files of others only).
        what: how errors call the file.
    """

    def __init__(self, source, max_bytes=MAX_BYTES, compressed=False, what=None):
        self.what = what or (repr(source) if _is_path(source) else "the archive")
        self._bytes = None if _is_path(source) else memoryview(source).cast("B")
        self._file = open(source, "rb", buffering=0) if _is_path(source) else None
        self._lock = threading.Lock()
        self.expected_sha256 = {}
        try:
            self.size = self._total_size()
            self.members = self._directory(compressed)
            self._check_members(max_bytes)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __contains__(self, name):
        return name in self.members

    def close(self):
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def read(self, name):
        """The checked bytes of a member, as an array of uint8."""
        member, known = self._member(name), self.expected_sha256.get(name)
        digest = _Crc32() if known is None else hashlib.sha256()
        data = np.empty(member.stored_size, np.uint8)
        if member.method == STORED:
            self._read_into(memoryview(data), member.offset, digest.update)
        else:
            self._read_into(memoryview(data), member.offset)
            data = _inflate(data, member, self.what)
            digest.update(data)
        if digest.hexdigest() != (f"{member.crc:08x}" if known is None else known):
            kind = "CRC" if known is None else "SHA-256"
            raise DamagedFile(f"{self.what} is damaged: {name!r} has a wrong {kind}")
        return data

    def read_many(self, names):
        """What `read` gives for each name; large members in parallel."""
        names = list(names)
        if sum(self._member(name).size for name in names) < _LARGE:
            return [self.read(name) for name in names]
        with Threads(max_workers=_READERS) as pool:
            return list(pool.map(self.read, names))

    def _member(self, name):
        if name not in self.members:
            raise DamagedFile(
                f"{self.what} has no member {name!r}; it has "
                f"{', '.join(sorted(self.members)[:8]) or 'none'}"
            )
        return self.members[name]

    def _total_size(self):
        if self._bytes is not None:
            return len(self._bytes)
        return os.fstat(self._file.fileno()).st_size

    def _read_into(self, view, offset, seen=None):
        """Fill `view`; `seen` gets each piece while the processor's cache holds it."""
        done = 0
        while done < len(view):
            piece = view[done : done + _PIECE]
            count = self._read_some(piece, offset + done)
            if not count:
                raise DamagedFile(f"{self.what} is cut off at byte {offset + done}")
            if seen is not None:
                seen(piece[:count])
            done += count

    def _read_some(self, view, offset):
        if self._bytes is not None:
            part = self._bytes[offset : offset + len(view)]
            view[: len(part)] = part
            return len(part)
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.readinto(view)

    def _get(self, offset, count):
        if offset < 0 or count < 0 or offset + count > self.size:
            raise DamagedFile(
                f"{self.what} is cut off or damaged: it has {self.size} bytes, "
                f"and {count} are wanted at byte {offset}"
            )
        data = bytearray(count)
        self._read_into(memoryview(data), offset)
        return bytes(data)

    def _directory(self, compressed):
        if self.size < 4 or self._get(0, 4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            raise NotAModelFile(
                f"{self.what} is not a zip archive. A minikeras model is one; check "
                "that this is the file that model.save wrote."
            )
        count, length, offset = self._find_directory()
        if count > MAX_MEMBERS or length > MAX_DIRECTORY:
            raise TooLarge(
                f"{self.what} lists {count} members in {kilo(length)}; "
                f"at most {MAX_MEMBERS} are read"
            )
        return self._parse_directory(
            self._get(offset, length), count, offset, compressed
        )

    def _find_directory(self):
        end = self.size - END.size
        record = END.unpack(self._get(max(end, 0), min(END.size, self.size)).ljust(22))
        if record[0] != b"PK\x05\x06" or record[7] or record[1] or record[2]:
            raise DamagedFile(
                f"{self.what} is cut off or damaged: no directory ends at byte "
                f"{self.size}. If it was downloaded or copied, do that again."
            )
        count, length, offset = record[4:7]
        if 0xFFFF in (record[3], count) or 0xFFFFFFFF in (length, offset):
            end, count, length, offset = self._find_directory64(end)
        if offset + length != end:
            raise DamagedFile(f"{self.what} is damaged: its directory is misplaced")
        return count, length, offset

    def _find_directory64(self, end):
        place = end - LOCATOR.size
        signature, _, start, _ = LOCATOR.unpack(self._get(place, LOCATOR.size))
        if signature != b"PK\x06\x07" or start + END64.size != place:
            raise DamagedFile(
                f"{self.what} is damaged: its zip64 directory is misplaced"
            )
        record = END64.unpack(self._get(start, END64.size))
        if record[0] != b"PK\x06\x06":
            raise DamagedFile(f"{self.what} is damaged: its zip64 directory is missing")
        return start, record[7], record[8], record[9]

    def _parse_directory(self, data, count, end, compressed):
        members, place, seen = {}, 0, set()
        for _ in range(count):
            if place + CENTRAL.size > len(data):
                raise DamagedFile(f"{self.what} is damaged: its directory ends early")
            fields = CENTRAL.unpack_from(data, place)
            place += CENTRAL.size
            name_end = place + fields[10]
            extra_end = name_end + fields[11]
            name = checked_name(data[place:name_end], self.what)
            if name.casefold() in seen:
                raise UnsafeFile(f"{self.what} has two members called {name!r}")
            seen.add(name.casefold())
            member = self._parse_entry(
                name, fields, data[name_end:extra_end], compressed
            )
            place = extra_end + fields[12]
            if name.endswith("/"):
                continue
            members[name] = member
        if place != len(data):
            raise DamagedFile(f"{self.what} is damaged: its directory has excess bytes")
        self._locate(members, end)
        return members

    def _parse_entry(self, name, fields, extra, compressed):
        signature, flags, method, crc = fields[0], fields[3], fields[4], fields[7]
        if signature != b"PK\x01\x02":
            raise DamagedFile(f"{self.what} is damaged: entry {name!r} is none")
        if flags & ~_ALLOWED_FLAGS:
            raise UnsafeFile(f"{self.what}: {name!r} is encrypted or of unknown form")
        kind = stat.S_IFMT(fields[15] >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise UnsafeFile(f"{self.what}: {name!r} is a link or a device, not a file")
        stored, size, offset = sizes(fields, extra, name, self.what)
        if method not in ((STORED, DEFLATED) if compressed else (STORED,)):
            raise UnsafeFile(f"{self.what}: {name!r} is compressed; none of ours is")
        if method == STORED and size != stored:
            raise UnsafeFile(f"{self.what}: {name!r} says {size} bytes, holds {stored}")
        if name.endswith("/") and size:
            raise UnsafeFile(f"{self.what}: the folder {name!r} holds bytes")
        return Member(name, offset, size, stored, method, crc)

    def _locate(self, members, end):
        """Find where the bytes begin; no two members may share bytes."""
        for member in sorted(members.values(), key=lambda each: -each.offset):
            fields = LOCAL.unpack(self._get(member.offset, LOCAL.size))
            start = member.offset + LOCAL.size
            name = self._get(start, fields[9])
            if fields[0] != b"PK\x03\x04" or name != member.name.encode():
                raise DamagedFile(f"{self.what} is damaged at {member.name!r}")
            data = start + fields[9] + fields[10]
            if data + member.stored_size > end:
                raise DamagedFile(
                    f"{self.what} is damaged: {member.name!r} overlaps what follows"
                )
            end, member.offset = member.offset, data

    def _check_members(self, max_bytes):
        total = sum(member.size for member in self.members.values())
        if total > max_bytes:
            raise TooLarge(
                f"{self.what} holds {kilo(total)}; the limit is {kilo(max_bytes)}. "
                "If you trust it, pass a larger max_bytes."
            )


def _is_path(source):
    return isinstance(source, (str, os.PathLike))


def _inflate(data, member, what):
    """Decompress at most the size that was declared, in steps."""
    tool, out = zlib.decompressobj(-15), bytearray()
    view = memoryview(data)
    try:
        for start in range(0, len(view), 2**16):
            out += tool.decompress(
                view[start : start + 2**16], member.size + 1 - len(out)
            )
            if len(out) > member.size or tool.unconsumed_tail:
                raise UnsafeFile(f"{what}: {member.name!r} is larger than it says")
    except zlib.error:
        raise DamagedFile(f"{what} is damaged: {member.name!r}") from None
    if len(out) != member.size or not tool.eof:
        raise DamagedFile(f"{what} is damaged: {member.name!r} ends early")
    return np.frombuffer(out, np.uint8)
