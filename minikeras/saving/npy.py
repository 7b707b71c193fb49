"""NumPy's .npy layout, read without trusting a byte of it.

A header is text like `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
It is matched against that one form, never evaluated; only plain numbers are accepted,
and the bytes that follow must be exactly as many as the shape needs.
"""

import re
import struct

import numpy as np

from minikeras.saving.errors import DamagedFile, UnsafeFile

MAGIC = b"\x93NUMPY"
KINDS = frozenset("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split())
MAX_HEADER = 10_000
MAX_DIMENSIONS = 32

_HEADER = re.compile(
    r"\{'descr': '([^']{1,64})', 'fortran_order': (True|False), "
    r"'shape': \(([0-9, ]*)\),? ?\} *\n?"
)
_DESCR = re.compile(r"([<>|=])([a-z]\d{1,2})")


def header(dtype, shape):
    """The bytes that stand before an array's own: what `np.save` would write."""
    dtype = np.dtype(dtype)
    if dtype.str[1:] not in KINDS:
        raise UnsafeFile(f"cannot write an array of dtype {dtype}: only plain numbers")
    shape = tuple(int(size) for size in shape)
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape!r}, }}"
    start = len(MAGIC) + 4
    text += " " * (-(start + len(text) + 1) % 64) + "\n"
    return MAGIC + b"\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii")


def parse_header(start, total, name="array"):
    """Read the header at the beginning of an array's bytes.

    Arguments
        start: the first bytes, at least the header.
        total: how many bytes header and numbers have together, as the file says.
        name: what to call the array in errors.

    Returns (dtype, shape, fortran_order, offset of the first number).
    """
    text, offset = _header_text(bytes(start[: MAX_HEADER + 12]), name)
    match = _HEADER.fullmatch(text)
    if not match:
        raise DamagedFile(f"{name!r} has a header that is not NumPy's: {text[:80]!r}")
    dtype = _dtype(match[1], name)
    shape = _shape(match[3], name)
    count = 1
    for size in shape:
        count *= size
    if count * dtype.itemsize != total - offset:
        raise DamagedFile(
            f"{name!r} says shape {shape} of {dtype}, {count * dtype.itemsize} bytes, "
            f"but holds {total - offset}"
        )
    return dtype, shape, match[2] == "True", offset


def parse(data, name="array"):
    """An array from bytes that hold header and numbers."""
    view = memoryview(data)
    dtype, shape, fortran, offset = parse_header(view, len(view), name)
    array = np.frombuffer(view, dtype, offset=offset)
    return array.reshape(shape, order="F" if fortran else "C")


def _header_text(start, name):
    if start[:6] != MAGIC:
        raise DamagedFile(f"{name!r} is not an array in NumPy's .npy layout")
    version = start[6:8]
    if version == b"\x01\x00":
        begin, form = 10, "<H"
    elif version in (b"\x02\x00", b"\x03\x00"):
        begin, form = 12, "<I"
    else:
        raise DamagedFile(f"{name!r} has .npy version {tuple(version)}; known: 1, 2, 3")
    if len(start) < begin:
        raise DamagedFile(f"{name!r} ends inside its header")
    (length,) = struct.unpack(form, start[8:begin])
    if length > MAX_HEADER or begin + length > len(start):
        raise DamagedFile(f"{name!r} has a header of {length} bytes; too long")
    return start[begin : begin + length].decode("latin1"), begin + length


def _dtype(descr, name):
    match = _DESCR.fullmatch(descr)
    if not match or match[2] not in KINDS:
        raise UnsafeFile(
            f"{name!r} has dtype {descr!r}; only plain numbers are read "
            f"({', '.join(sorted(KINDS))})"
        )
    return np.dtype(descr)


def _shape(text, name):
    parts = [part.strip() for part in text.split(",")]
    if parts and parts[-1] == "":
        parts.pop()
    if len(parts) > MAX_DIMENSIONS or not all(
        part.isdigit() and len(part) <= 19 for part in parts
    ):
        raise DamagedFile(f"{name!r} has a shape that is none: ({text[:80]})")
    return tuple(int(part) for part in parts)
