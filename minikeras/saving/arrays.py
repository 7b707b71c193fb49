"""Many named arrays in few members of an archive.

The arrays of one type lie one after another in flat members of about 16 MB, and a table
says where: [name, dtype, shape, member, first number]. An archive stays readable with
NumPy alone:

    flat = np.load("model.mk")["weights/000"]
    kernel = flat[first : first + size].reshape(shape)
"""

import numpy as np

from minikeras.backend.limits import count_of
from minikeras.saving import npy
from minikeras.saving.config import parse_json, to_json
from minikeras.saving.errors import DamagedFile

_GROUP_BYTES = 2**24
_MOST_GROUPS = 200


def write_arrays(writer, folder, arrays):
    """Write (name, array) pairs below a folder of the archive."""
    arrays = [(name, _little(array)) for name, array in arrays]
    total = sum(array.nbytes for _, array in arrays)
    limit = max(_GROUP_BYTES, total // _MOST_GROUPS)
    table, groups, filling = [], [], {}
    for name, array in arrays:
        number, filled = filling.get(array.dtype, (None, 0))
        if number is None or (filled + array.size) * array.itemsize > limit:
            number, filled = len(groups), 0
            groups.append((array.dtype, []))
        member = f"{folder}/{number:03d}"
        table.append([name, array.dtype.str, list(array.shape), member, filled])
        groups[number][1].append(array)
        filling[array.dtype] = number, filled + array.size
    writer.add(f"{folder}.json", to_json(table).encode())
    for number, (dtype, parts) in enumerate(groups):
        size = sum(part.size for part in parts)
        header = npy.header(dtype, (size,))
        writer.add(f"{folder}/{number:03d}.npy", header, *parts)


def _little(array):
    array = np.asarray(array)
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def read_arrays(archive, folder):
    """(name, array) pairs of a folder, in the order of the table."""
    table = parse_json(archive.read(f"{folder}.json"), f"{archive.what}: {folder}.json")
    if not isinstance(table, list):
        raise DamagedFile(f"{archive.what} is damaged: its table of {folder} is none")
    rows = [_checked_row(row, archive, folder) for row in table]
    members = list(dict.fromkeys(row[3] for row in rows))
    data = archive.read_many(f"{member}.npy" for member in members)
    flat = {m: npy.parse(d, m) for m, d in zip(members, data, strict=True)}
    return [(row[0], _part(flat[row[3]], row, archive)) for row in rows]


def _checked_row(row, archive, folder):
    good = (
        isinstance(row, list)
        and len(row) == 5
        and all(isinstance(row[i], str) for i in (0, 1, 3))
        and isinstance(row[2], list)
        and len(row[2]) <= npy.MAX_DIMENSIONS
        and all(type(n) is int and 0 <= n < 2**48 for n in (*row[2], row[4]))
        and row[3].startswith(folder + "/")
    )
    if not good:
        raise DamagedFile(f"{archive.what} is damaged: its table of {folder} is wrong")
    return row


def _part(flat, row, archive):
    name, dtype, shape, _, start = row
    size = count_of(shape)
    if flat.ndim != 1 or flat.dtype.str != dtype or start + size > flat.size:
        raise DamagedFile(
            f"{archive.what} is damaged: {name[:80]!r} is not where it says"
        )
    return flat[start : start + size].reshape(shape)
