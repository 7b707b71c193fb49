"""Saving replaces a file completely or not at all."""

import os
import stat
import subprocess
import sys

import pytest

from minikeras.saving import atomic


def write(path, data, **options):
    with atomic.replacing(path, **options) as file:
        file.write(data)


def names(folder):
    return sorted(os.listdir(folder))


def test_a_new_file_appears_and_nothing_else(tmp_path):
    write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new" and names(tmp_path) == ["a"]


def test_an_error_while_writing_keeps_the_old_file_and_leaves_no_litter(tmp_path):
    write(tmp_path / "a", b"old")
    with pytest.raises(ZeroDivisionError), atomic.replacing(tmp_path / "a") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert (tmp_path / "a").read_bytes() == b"old" and names(tmp_path) == ["a"]


def test_a_failed_verification_keeps_the_old_file(tmp_path):
    def refuse(path):
        raise ValueError(f"{path} is not what was written")

    write(tmp_path / "a", b"old")
    with pytest.raises(ValueError, match="not what was written"):
        write(tmp_path / "a", b"new", verify=refuse)
    assert (tmp_path / "a").read_bytes() == b"old" and names(tmp_path) == ["a"]


def test_permissions_of_the_old_file_are_kept(tmp_path):
    write(tmp_path / "a", b"old")
    os.chmod(tmp_path / "a", 0o640)
    write(tmp_path / "a", b"new")
    assert stat.S_IMODE(os.stat(tmp_path / "a").st_mode) == 0o640


def test_a_link_is_followed_not_replaced(tmp_path):
    write(tmp_path / "real", b"old")
    os.symlink(tmp_path / "real", tmp_path / "link")
    write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_overwrite_false_refuses_and_says_so(tmp_path):
    write(tmp_path / "a", b"old")
    with pytest.raises(FileExistsError, match="overwrite"):
        write(tmp_path / "a", b"new", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="makedirs"):
        write(tmp_path / "no" / "a", b"new")


def test_a_full_disk_names_the_path_and_keeps_the_old_file(tmp_path, monkeypatch):
    write(tmp_path / "a", b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left.*unchanged") as caught:
        write(tmp_path / "a", b"new")
    assert caught.value.errno == 28 and str(tmp_path / "a") in str(caught.value)
    assert (tmp_path / "a").read_bytes() == b"old" and names(tmp_path) == ["a"]


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path):
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
    ).stdout.strip()
    path = str(tmp_path / "a")
    mine = atomic.temporary_name(path)
    other_host = f"{path}.tmp-{dead.decode()}-0000000000000x"
    stale = mine.replace(f"-{os.getpid()}-", f"-{dead.decode()}-")
    for name in (mine, stale, other_host):
        open(name, "w").close()
    write(path, b"new")
    assert names(tmp_path) == sorted(
        ["a", os.path.basename(mine), os.path.basename(other_host)]
    )


def test_a_sharing_violation_on_windows_is_tried_again(tmp_path, monkeypatch):
    (tmp_path / "new").write_bytes(b"new")
    calls, real = [], os.replace

    def busy_twice(source, target):
        calls.append(source)
        if len(calls) < 3:
            raise PermissionError(13, "used by another process")
        real(source, target)

    monkeypatch.setattr(atomic, "_on_windows", lambda: True)
    monkeypatch.setattr(os, "replace", busy_twice)
    atomic.replace(str(tmp_path / "new"), str(tmp_path / "a"))
    assert len(calls) == 3 and (tmp_path / "a").read_bytes() == b"new"
