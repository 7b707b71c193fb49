"""minikeras's own file: an archive of plain data and numbers.

    meta.json        format, version, SHA-256 of every other member, weights of NaN
    config.json      the model and how it was compiled
    layers.json      which weights belong to which layer
    weights.json     table of the arrays, and weights/000.npy ...
    optimizer.json   the same for the optimizer's state, if it is saved
    state.json       other data (of checkpoints), and its arrays

Nothing in it can run. One file is one rename, so it is there whole or not at all.
"""

import io

from minikeras import __version__
from minikeras.saving import atomic
from minikeras.saving.archive import MAX_BYTES, Archive
from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.arrays import read_arrays, write_arrays
from minikeras.saving.config import check_limits, parse_json, to_json, wanted
from minikeras.saving.errors import DamagedFile, NewerFormat, NotAModelFile
from minikeras.saving.weights import non_finite, tell_non_finite

FORMAT, VERSION = "minikeras", 1


class Contents:
    """What one of our files holds.

    Attributes
        model: class and configuration of the model, or None (weights only).
        training: what `compile` was told, or None.
        weights: list of (layer's name, list of (weight's name, array)).
        optimizer: list of (name, array) of its state, or None.
        state: other plain data, and `arrays`: list of (name, array), or None.
    """

    def __init__(
        self,
        model=None,
        training=None,
        weights=(),
        optimizer=None,
        state=None,
        arrays=(),
    ):
        self.model, self.training, self.weights = model, training, list(weights)
        self.optimizer, self.state, self.arrays = optimizer, state, list(arrays)


def write(target, contents, overwrite=True):
    """Write contents to a path, atomically and verified, or to an open binary file."""
    if hasattr(target, "write"):
        _write_members(target, contents)
        return
    writers = []
    with atomic.replacing(target, lambda p: writers[0].verify(p), overwrite) as file:
        writers.append(_write_members(file, contents))


def to_bytes(contents):
    """The file as bytes."""
    buffer = io.BytesIO()
    write(buffer, contents)
    return buffer.getvalue()


def _write_members(file, contents):
    config = {"model": contents.model, "training": contents.training}
    check_limits(config, "the model's configuration")
    layers = [[name, len(pairs)] for name, pairs in contents.weights]
    writer = ArchiveWriter(file)
    searched = writer.meanwhile(non_finite, contents.weights)
    writer.add("config.json", to_json(config).encode())
    writer.add("layers.json", to_json(layers).encode())
    write_arrays(writer, "weights", [p for _, pairs in contents.weights for p in pairs])
    if contents.optimizer is not None:
        write_arrays(writer, "optimizer", contents.optimizer)
    if contents.state is not None:
        writer.add("state/data.json", to_json(contents.state).encode())
        write_arrays(writer, "state", contents.arrays)
    bad = searched.result()
    tell_non_finite(bad, stacklevel=6)
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "library": __version__,
        "non_finite": bad,
        "sha256": writer.sha256(),
    }
    writer.add("meta.json", to_json(meta, indent=1).encode())
    writer.close()
    return writer


def open_zip(source, max_bytes=MAX_BYTES):
    """Open a zip archive that may be one of ours or of Keras 3."""
    return Archive(source, max_bytes)


def is_keras3(archive):
    """Whether an archive is Keras 3's: the two differ in one name."""
    return "metadata.json" in archive and "meta.json" not in archive


def check_meta(archive):
    """Raise unless the archive is one of ours that we can read."""
    if "meta.json" not in archive:
        raise NotAModelFile(f"{archive.what} is a zip archive, but none of minikeras")
    what = f"{archive.what}: meta.json"
    meta = parse_json(archive.read("meta.json"), what)
    if wanted(meta, "format", str, what) != FORMAT:
        raise NotAModelFile(f"{archive.what} is of format {meta['format'][:40]!r}")
    if wanted(meta, "version", int, what) > VERSION:
        raise NewerFormat(
            f"{archive.what} has format version {meta['version']} (written by version "
            f"{str(meta.get('library'))[:20]}); this is {__version__} and reads up to "
            f"{VERSION}. `pip install --upgrade minikeras`."
        )
    sums = wanted(meta, "sha256", dict, what)
    missing = set(archive.members) - set(sums) - {"meta.json"}
    if missing:
        raise DamagedFile(f"{archive.what}: {sorted(missing)[0]!r} has no checksum")
    archive.expected_sha256 = sums


def read(archive):
    """All contents of an open file."""
    check_meta(archive)
    model, training = read_config(archive)
    return Contents(
        model,
        training,
        read_weights(archive),
        read_optimizer(archive),
        *read_state(archive),
    )


def read_config(archive):
    """(model, training) configurations of an open file."""
    what = f"{archive.what}: config.json"
    config = parse_json(archive.read("config.json"), what)
    if not isinstance(config, dict):
        raise DamagedFile(f"{what} holds no dictionary")
    return config.get("model"), config.get("training")


def read_weights(archive):
    """The weights of an open file, by layer."""
    what = f"{archive.what}: layers.json"
    layers = parse_json(archive.read("layers.json"), what)
    arrays = read_arrays(archive, "weights")
    weights, start = [], 0
    for entry in layers if isinstance(layers, list) else ():
        if not (isinstance(entry, list) and len(entry) == 2 and type(entry[1]) is int):
            break
        weights.append((str(entry[0]), arrays[start : start + entry[1]]))
        start += entry[1]
    if start != len(arrays):
        raise DamagedFile(f"{what} does not fit the table of weights")
    return weights


def read_optimizer(archive):
    """The optimizer's state as (name, array) pairs; None if the file has none."""
    return read_arrays(archive, "optimizer") if "optimizer.json" in archive else None


def read_state(archive):
    """(data, arrays) that a checkpoint holds besides; (None, []) if there is none."""
    if "state/data.json" not in archive:
        return None, []
    data = parse_json(archive.read("state/data.json"), f"{archive.what}: state")
    return data, read_arrays(archive, "state")
