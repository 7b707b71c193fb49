"""The records that a zip archive is made of (PKWARE's APPNOTE, sections 4.3 to 4.5)."""

import struct

from minikeras.saving.errors import DamagedFile, UnsafeFile

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
END64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
STORED, DEFLATED = 0, 8
_DATE = 0x21  # 1 January 1980: equal models give equal files
_PADDING = 0xD935  # the kind of extra field that other programs align with
_MAX_NAME = 200
_LARGE = 0xFFFFFFFF


def local_header(name, crc, size, start):
    """Header before a member, at `start`; the member begins at a multiple of 64.

    Sizes are always given in 64 bits, so that the header's length is known before.
    """
    name = name.encode()
    extra = struct.pack("<2H2Q", 1, 16, size, size)
    gap = -(start + LOCAL.size + len(name) + len(extra) + 4) % 64
    extra += struct.pack("<2H", _PADDING, gap) + bytes(gap)
    return (
        LOCAL.pack(
            b"PK\x03\x04", 45, 0x800, STORED, 0, _DATE, crc, _LARGE, _LARGE,
            len(name), len(extra),
        )
        + name
        + extra
    )  # fmt: skip


def central_header(name, crc, size, start):
    """Entry of the directory for a member whose local header is at `start`."""
    name = name.encode()
    extra = struct.pack("<2H3Q", 1, 24, size, size, start)
    return (
        CENTRAL.pack(
            b"PK\x01\x02", 45, 45, 0x800, STORED, 0, _DATE, crc, _LARGE, _LARGE,
            len(name), len(extra), 0, 0, 0, 0o600 << 16, _LARGE,
        )
        + name
        + extra
    )  # fmt: skip


def end_records(count, length, start):
    """The records after a directory of `length` bytes that begins at `start`."""
    end = END.pack(
        b"PK\x05\x06", 0, 0, count, count, length, min(start, _LARGE), 0
    )  # fmt: skip
    if start < _LARGE:
        return end
    end64 = END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, start)
    return end64 + LOCATOR.pack(b"PK\x06\x07", 0, start + length, 1) + end


def sizes(fields, extra, name, what):
    """Stored size, size and offset of an entry; the extra field has the large ones."""
    sizes = {"size": fields[9], "stored": fields[8], "offset": fields[16]}
    missing = [key for key, value in sizes.items() if value == _LARGE]
    if missing:
        large = _extra64(extra)
        if large is None or len(large) < 8 * len(missing):
            raise DamagedFile(f"{what} is damaged: the size of {name!r} is missing")
        values = struct.unpack_from(f"<{len(missing)}Q", large)
        sizes.update(zip(missing, values, strict=True))
    return sizes["stored"], sizes["size"], sizes["offset"]


def _extra64(extra):
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            return extra[place + 4 : place + 4 + length]
        place += 4 + length
    return None


def checked_name(raw, what):
    """The name of a member if it is a plain relative one."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsafeFile(
            f"{what} has a member name that is not text: {raw!r}"
        ) from None
    steps = name.removesuffix("/").split("/")
    if (
        not 0 < len(name) <= _MAX_NAME
        or not name.isprintable()
        or any(letter in name for letter in '\\:*?"<>|')
        or any(step in ("", ".", "..") for step in steps)
    ):
        raise UnsafeFile(f"{what} has a member name that is not plain: {name[:80]!r}")
    return name
