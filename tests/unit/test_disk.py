"""An open folder and the files in it: what is the same on every system."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vault import system
from vault.errors import (
    InsecureFile,
    StoreError,
    VaultError,
)
from vault.system import Busy, Exists, Missing, NotAFile

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


# --- handles and whole files ------------------------------------------------------------------------


def test_a_folder_is_closed_once(folder: Path) -> None:
    """At the end of its block; closing it again closes nothing that was opened since."""
    with system.Folder(str(folder)) as opened:
        assert [] == opened.names()
    other = system.Folder(str(folder))
    opened.close()
    assert [] == other.names()
    other.close()


@posix_only
@pytest.mark.parametrize("handle", ["folder", "lock"])
def test_a_handle_that_is_let_go_of_is_closed(folder: Path, handle: str) -> None:
    """No descriptor is left open by a caller who forgets to close it."""
    (folder / "a.lock").touch(0o600)
    before = os.listdir("/dev/fd")
    opened = system.Folder(str(folder))
    if handle == "lock":
        with opened:
            opened.lock("a.lock", 1)
    del opened
    assert before == os.listdir("/dev/fd")


@pytest.mark.parametrize("stem", ["", ".other-"])
def test_a_file_is_put_in_the_place_of_another(folder: Path, stem: str) -> None:
    """What a killed writer left under the same stem goes; other names stay."""
    for name in ("a", f"{stem or '.a.'}0.tmp", ".b.0.tmp"):
        (folder / name).write_bytes(b"before")
    with system.Folder(str(folder)) as opened:
        opened.put("a", b"after", stem=stem)
    assert {"a": b"after", ".b.0.tmp": b"before"} == {f.name: f.read_bytes() for f in folder.iterdir()}


@posix_only
def test_a_file_that_cannot_be_put_there(folder: Path) -> None:
    """The file before it stays, and nothing beside it."""
    (folder / "a").mkdir()
    with system.Folder(str(folder)) as opened, pytest.raises(StoreError, match="cannot replace"):
        opened.put("a", b"after")
    assert ["a"] == os.listdir(folder)


@pytest.mark.parametrize("links", [True, False])
def test_a_new_name_takes_nobody_s_place(folder: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without second names, as on FAT."""
    if not links:
        monkeypatch.setattr(system.Folder, "link", lambda *_: False)
    with system.Folder(str(folder)) as opened:
        opened.write("a", b"a")
        opened.rename_new("a", "b")
        opened.write("a", b"other")
        with pytest.raises(Exists):
            opened.rename_new("a", "b")
    assert {"a": b"other", "b": b"a"} == {f.name: f.read_bytes() for f in folder.iterdir()}


# --- a part of a file -------------------------------------------------------------------------------


@pytest.fixture
def place(folder: Path) -> Iterator[system.Folder]:
    """An open folder with a file of ten bytes."""
    (folder / "a").write_bytes(b"0123456789")
    (folder / "a").chmod(0o600)
    opened = system.Folder(str(folder))
    yield opened
    opened.close()


@posix_only
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, (10, b"", b"")),
        (2, 3, (10, b"01", b"789")),
        (10, 10, (10, b"0123456789", b"0123456789")),
        (11, 99, (10, b"0123456789", b"0123456789")),
    ],
    ids=str,
)
def test_the_ends_of_a_file(
    place: system.Folder, first: int, last: int, expected: tuple[int, bytes, bytes]
) -> None:
    """Its length, and as many bytes from both ends as there are."""
    assert expected == place.ends("a", first, last)


@posix_only
@pytest.mark.parametrize(
    ("at", "last", "expected"),
    [
        (10, True, b"0123456789xyz"),
        (10, False, b"0123456789xyz"),
        (4, False, b"0123xyz789"),
        (4, True, b"0123xyz"),
        (0, True, b"xyz"),
        (9, True, b"012345678xyz"),
    ],
    ids=str,
)
def test_a_part_of_a_file_is_written(
    place: system.Folder, folder: Path, at: int, last: bool, expected: bytes
) -> None:
    """In place, over what stands there; on request what is behind it goes."""
    inode = (folder / "a").stat().st_ino
    place.write_at("a", at, b"xyz", last=last)
    assert (expected, inode) == ((folder / "a").read_bytes(), (folder / "a").stat().st_ino)


@posix_only
def test_a_part_is_written_a_few_bytes_at_a_time(
    place: system.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short writes are gone on with."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
    place.write_at("a", 9, b"abcde", last=True)
    assert b"012345678abcde" == (folder / "a").read_bytes()


@posix_only
@pytest.mark.parametrize("umask", [0, 0o022, 0o277])
def test_a_part_of_a_new_file(place: system.Folder, folder: Path, umask: int) -> None:
    """The file is made only when that is asked for, and for its owner alone."""
    with pytest.raises(Missing):
        place.write_at("b", 0, b"x")
    assert not (folder / "b").exists()
    before = os.umask(umask)
    try:
        place.write_at("b", 0, b"x", make=True)
    finally:
        os.umask(before)
    assert (b"x", 0o600) == ((folder / "b").read_bytes(), stat.S_IMODE((folder / "b").stat().st_mode))


@posix_only
@pytest.mark.parametrize(("at", "expected"), [(10, b"0123456789"), (12, b"0123456789"), (8, b"01234567ab")])
def test_a_part_that_the_disk_refuses(
    place: system.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch, at: int, expected: bytes
) -> None:
    """What was appended of it goes again; what was written over something cannot be brought back."""
    write, calls = os.write, itertools.count()

    def full(descriptor: int, data: bytes) -> int:
        if next(calls):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="no space left") as caught:
        place.write_at("a", at, b"abcdef", last=True)
    assert ("free some space; nothing was lost", expected) == (caught.value.hint, (folder / "a").read_bytes())


def make_link(path: Path) -> None:
    path.with_suffix(".target").write_bytes(b"mine")
    path.symlink_to(path.with_suffix(".target"))


def make_pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


def make_shared(path: Path) -> None:
    path.write_bytes(b"mine")
    path.chmod(0o640)


@posix_only
@pytest.mark.parametrize(
    ("make", "error"),
    [(make_link, InsecureFile), (make_pipe, NotAFile), (Path.mkdir, NotAFile), (make_shared, InsecureFile)],
)
def test_a_part_of_what_is_no_file_of_ours(
    place: system.Folder, folder: Path, make: Callable[[Path], None], error: type[VaultError]
) -> None:
    """Neither read nor written, as with a whole file; nothing waits for the other end of a pipe."""
    make(folder / "b")
    for call in (
        lambda: place.ends("b", 1, 1),
        lambda: place.write_at("b", 0, b"x"),
        lambda: place.write_at("b", 0, b"x", make=True, last=True),
    ):
        with pytest.raises(error):
            call()
    for path in (folder / "b", folder / "b.target"):
        assert not path.is_file() or path.read_bytes() == b"mine"


@posix_only
def test_no_descriptor_is_left_of_a_part(place: system.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it went well or not."""
    opened: list[int] = []
    closed: list[int] = []
    begin, close = os.open, os.close

    def opening(*arguments: Any, **named: Any) -> int:
        opened.append(begin(*arguments, **named))
        return opened[-1]

    def closing(descriptor: int) -> None:
        closed.append(descriptor)
        close(descriptor)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "close", closing)
    place.ends("a", 1, 1)
    place.write_at("a", 0, b"x")
    monkeypatch.setattr(os, "lseek", None)
    for call in (lambda: place.ends("a", 1, 1), lambda: place.write_at("a", 0, b"x")):
        with pytest.raises(TypeError):
            call()
    assert 4 == len(opened)
    assert opened == closed


@posix_only
@pytest.mark.parametrize("pause", [0.02, 0.001])
def test_how_often_a_lock_is_tried(
    place: system.Folder, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    """Every 20 milliseconds, or as its taker says."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: float(len(slept)))
    held = place.lock("a.lock", 0)
    with pytest.raises(Busy):
        place.lock("a.lock", 3, **({} if pause == 0.02 else {"pause": pause}))
    held.close()
    assert [pause] * 3 == slept
