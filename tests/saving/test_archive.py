"""The archive gives back what was written, and refuses what it should not hold."""

import io
import stat
import zipfile

import numpy as np
import pytest

from minikeras.saving import npy
from minikeras.saving.archive import Archive
from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.errors import (
    DamagedFile,
    NotAModelFile,
    SavedFileError,
    TooLarge,
    UnsafeFile,
)


def written(**members):
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    for name, data in members.items():
        writer.add(name, data)
    writer.close()
    return buffer.getvalue()


def zipped(*entries, **options):
    """An archive as Python's zipfile writes it: (name or ZipInfo, bytes) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def test_members_come_back(tmp_path):
    (tmp_path / "a").write_bytes(written(one=b"1", two=b"", three=b"x" * 10**6))
    for source in (tmp_path / "a", (tmp_path / "a").read_bytes()):
        with Archive(source) as archive:
            assert list(archive.members) == ["one", "two", "three"]
            assert bytes(archive.read("one")) == b"1"
            assert [len(data) for data in archive.read_many(["two", "three"])] == [
                0,
                10**6,
            ]


def test_large_members_come_back_in_parallel(tmp_path):
    arrays = {str(i): np.random.default_rng(i).bytes(3 * 2**20 + i) for i in range(4)}
    (tmp_path / "a").write_bytes(written(**arrays))
    with Archive(tmp_path / "a") as archive:
        read = archive.read_many(arrays)
    assert [bytes(data) for data in read] == list(arrays.values())


def test_other_programs_read_our_archives():
    array = np.arange(5, dtype="f4")
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    writer.add("w.npy", npy.header(array.dtype, array.shape), array)
    writer.close()
    assert zipfile.ZipFile(buffer).testzip() is None
    buffer.seek(0)
    assert np.array_equal(np.load(buffer)["w"], array)


def test_equal_contents_give_equal_files():
    assert written(a=b"1", b=b"2") == written(a=b"1", b=b"2")


def test_archives_of_zipfile_and_numpy_are_read():
    with Archive(zipped(("a/b.json", b"{}"))) as archive:
        assert bytes(archive.read("a/b.json")) == b"{}"
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.zeros(10**5))
    with Archive(buffer.getvalue(), compressed=True) as archive:
        assert npy.parse(archive.read("x.npy")).shape == (10**5,)


def test_every_cut_is_noticed():
    data = written(one=b"1" * 50, two=b"2" * 50)
    for length in range(len(data)):
        with pytest.raises(SavedFileError):
            Archive(data[:length])


def test_every_changed_bit_is_noticed_or_harmless():
    data = written(one=b"1" * 20)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 16
        try:
            with Archive(bytes(changed)) as archive:
                read = {name: bytes(archive.read(name)) for name in archive.members}
        except SavedFileError:
            continue
        assert read == {"one": b"1" * 20}  # a date or a version changed


@pytest.mark.parametrize(
    "name",
    ["/a", "../a", "a/../b", "a\\b", "C:a", "a//b", "./a", "a\x01b", "x" * 300, "a*"],
)
def test_names_that_are_not_plain_are_refused(name):
    with pytest.raises(UnsafeFile, match="plain"):
        Archive(zipped((zipfile.ZipInfo(name), b"1")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("a", "A")])
def test_two_members_of_one_name_are_refused(names):
    with pytest.raises(UnsafeFile, match="two members"):
        Archive(zipped(*[(name, b"1") for name in names]))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(kind):
    info = zipfile.ZipInfo("a")
    info.external_attr = (kind | 0o777) << 16
    with pytest.raises(UnsafeFile, match="link or a device"):
        Archive(zipped((info, b"/etc/passwd")))


def test_encrypted_members_are_refused():
    data = bytearray(zipped(("a", b"1")))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnsafeFile, match="encrypted"):
        Archive(bytes(data))


def test_compressed_members_are_refused_where_we_never_write_them():
    with pytest.raises(UnsafeFile, match="compressed"):
        Archive(zipped(("a", bytes(10**6)), compression=zipfile.ZIP_DEFLATED))


def test_a_member_that_grows_beyond_its_declared_size_is_refused():
    data = bytearray(zipped(("a", bytes(10**6)), compression=zipfile.ZIP_DEFLATED))
    start = data.rindex(b"PK\x01\x02") + 24
    data[start : start + 4] = (1000).to_bytes(4, "little")
    with (
        Archive(bytes(data), compressed=True) as archive,
        pytest.raises(UnsafeFile, match="larger than it says"),
    ):
        archive.read("a")


def test_a_stored_member_that_declares_more_than_it_holds_is_refused():
    data = bytearray(zipped(("a", bytes(100))))
    start = data.rindex(b"PK\x01\x02") + 24
    data[start : start + 4] = (10**9).to_bytes(4, "little")
    with pytest.raises(UnsafeFile, match="says 1000000000 bytes"):
        Archive(bytes(data))


def test_a_sum_of_sizes_above_the_limit_is_refused():
    with pytest.raises(TooLarge, match="max_bytes"):
        Archive(written(a=bytes(600), b=bytes(600)), max_bytes=1000)


def test_more_than_a_thousand_members_are_refused():
    with pytest.raises(TooLarge, match="1001 members"):
        Archive(zipped(*[(str(i), b"") for i in range(1001)]))


def test_overlapping_members_are_refused():
    data = zipped(("a", b"1" * 40), ("b", b"2" * 40))
    changed = bytearray(data)
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02"))
    for start in (place + 20, place + 24):
        changed[start : start + 4] = (100).to_bytes(4, "little")
    with pytest.raises(DamagedFile, match="overlaps"):
        Archive(bytes(changed))


def test_other_files_are_called_what_they_are():
    with pytest.raises(NotAModelFile, match="not a zip archive"):
        Archive(b"hello world, this is text")


def test_a_wrong_sha_is_noticed():
    with Archive(written(a=b"1")) as archive:
        archive.expected_sha256 = {"a": "0" * 64}
        with pytest.raises(DamagedFile, match="SHA-256"):
            archive.read("a")


def test_a_missing_member_is_named():
    with Archive(written(a=b"1")) as archive, pytest.raises(DamagedFile, match="'b'"):
        archive.read("b")


def test_verification_reads_back_every_byte(tmp_path):
    path = tmp_path / "a"
    with open(path, "w+b") as file:
        writer = ArchiveWriter(file)
        writer.add("one", b"1" * 5000)
        writer.add("two", np.arange(7))
        writer.close()
    writer.verify(path)
    data = path.read_bytes()
    listed = data.index(b"PK\x01\x02") + 16  # the CRC of the first one
    for place in (data.index(b"1111") + 4999, data.rindex(b"\x06"), listed):
        changed = bytearray(data)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(SavedFileError):
            writer.verify(path)
