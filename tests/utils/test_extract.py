"""Archives unpack to plain files inside their folder, or not at all."""

import gzip
import io
import os
import tarfile
import zipfile

import pytest

from minikeras.utils import extract
from minikeras.utils.extract import UnsafeArchive


def tar(path, *members, mode="w:gz"):
    """Each member is (name, bytes), or a prepared TarInfo."""
    with tarfile.open(path, mode) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            archive.addfile(info, io.BytesIO(member[1]))
    return str(path)


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def contents(folder):
    return {
        os.path.relpath(os.path.join(at, name), folder): open(
            os.path.join(at, name), "rb"
        ).read()
        for at, _, names in os.walk(folder)
        for name in names
    }


def unpacked(archive, tmp_path, **options):
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    assert extract.extract(archive, folder, **options)
    return contents(folder)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_archives_unpack(tmp_path, mode):
    folder = special("d", tarfile.DIRTYPE)
    path = tar(tmp_path / "a", folder, ("d/x", b"1"), ("./y", b"2" * 9), mode=mode)
    assert unpacked(path, tmp_path) == {"d/x": b"1", "y": b"2" * 9}


def test_zip_archives_unpack(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d/", "")
        archive.writestr("d/x", b"1" * 1000)
    assert unpacked(str(tmp_path / "a"), tmp_path) == {"d/x": b"1" * 1000}


def test_what_was_there_before_is_replaced_whole(tmp_path):
    unpacked(tar(tmp_path / "a", ("d/x", b"1"), ("d/y", b"2")), tmp_path)
    assert unpacked(tar(tmp_path / "b", ("d/x", b"3")), tmp_path) == {"d/x": b"3"}


def test_another_kind_of_file_is_left_alone(tmp_path):
    (tmp_path / "a").write_bytes(b"hello")
    assert not extract.extract(str(tmp_path / "a"), tmp_path)


HOSTILE_NAMES = ["/abs", "../up", "d/../../up", "a\\b", "C:x", "a//b", "a/./b", "a\nb"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name, kind):
    path = str(tmp_path / "a")
    if kind == "tar":
        tar(path, (name, b"1"))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), b"1")
    with pytest.raises(UnsafeArchive):
        unpacked(path, tmp_path)
    assert contents(tmp_path / "out") == {} and sorted(os.listdir(tmp_path)) == [
        "a",
        "out",
    ]


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
    ],
)
def test_links_and_devices_in_tar_are_refused(tmp_path, kind):
    path = tar(tmp_path / "a", ("x", b"1"), special("l", kind, "/etc/passwd"))
    with pytest.raises(UnsafeArchive):
        unpacked(path, tmp_path)
    assert contents(tmp_path / "out") == {}


def test_links_in_zip_are_refused(tmp_path):
    info = zipfile.ZipInfo("l")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(UnsafeArchive, match="link"):
        unpacked(str(tmp_path / "a"), tmp_path)


@pytest.mark.parametrize("names", [("x", "x"), ("x", "X"), ("x", "x/y"), ("x/y", "x")])
def test_names_that_collide_are_refused(tmp_path, names):
    path = tar(tmp_path / "a", *[(name, b"1") for name in names])
    with pytest.raises((UnsafeArchive, OSError)):
        unpacked(path, tmp_path)
    assert contents(tmp_path / "out") == {}


def test_a_bomb_stops_at_the_limit(tmp_path):
    path = tar(tmp_path / "a", ("x", bytes(50 * 2**20)))
    assert os.path.getsize(path) < 100_000
    with pytest.raises(UnsafeArchive, match="more than the limit"):
        unpacked(path, tmp_path)
    assert contents(tmp_path / "out") == {}


def test_many_members_stop_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "MAX_MEMBERS", 3)
    path = tar(tmp_path / "a", *[(str(i), b"") for i in range(4)])
    with pytest.raises(UnsafeArchive, match="members"):
        unpacked(path, tmp_path)


def test_a_header_of_gigabytes_is_not_read(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 3 * 2**30
    with gzip.open(tmp_path / "a", "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(UnsafeArchive, match="declares"):
        unpacked(str(tmp_path / "a"), tmp_path)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_cut_archive_unpacks_nothing(tmp_path, part):
    path = tar(tmp_path / "a", *[(str(i), os.urandom(3000)) for i in range(9)])
    with open(path, "r+b") as file:
        file.truncate(int(os.path.getsize(path) * part))
    with pytest.raises(UnsafeArchive, match="damaged"):
        unpacked(path, tmp_path)
    assert contents(tmp_path / "out") == {}


def test_an_encrypted_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("x", b"1")
    data = bytearray((tmp_path / "a").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(UnsafeArchive):
        unpacked(str(tmp_path / "a"), tmp_path)
