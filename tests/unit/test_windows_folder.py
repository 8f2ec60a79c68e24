"""Windows' folders and files, on a simulated system."""

from __future__ import annotations

import errno
import os
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from simulated_windows import (  # noqa: F401  (fixtures)
    EVERYONE,
    ME,
    MODIFY,
    Refused,
    System,
    fake_clock,
    fake_folder,
    fake_place,
    fake_win,
    grant_list,
)

from vault import errors
from vault.journal import journal
from vault.store import file
from vault.system import disk
from vault.system.windows import api, rights
from vault.system.windows import folder as folders
from vault.system.windows.folder import Folder, _is_link, data_home, state_home

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation on POSIX files")


def test_a_vault_is_created_and_replaced_as_the_store_does_it(
    win: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of a save fit together: lock, temporary file, read back, backup, rename."""
    monkeypatch.setattr(file, "Folder", Folder)
    opened = file.Store(str(tmp_path / "sub" / "a.vault"), make=True)
    opened.create(b"one")
    with pytest.raises(errors.VaultExists):
        opened.create(b"other")
    checked: list[bytes] = []
    opened.replace(b"two", was=b"one", backup=b"one", check=checked.append)
    assert [b"two"] == checked
    assert b"two" == opened.read()
    found = {path.name: path.read_bytes() for path in (tmp_path / "sub").iterdir()}
    assert {"a.vault": b"two", "a.vault.bak": b"one", "a.vault.lock": b""} == found
    assert set() == win.locked


def test_a_journal_is_appended_mended_and_shortened(
    win: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of an append fit together: lock, both ends, one write, the note; rename when it is long."""
    for name, value in (("Folder", Folder), ("COMPACT_AT", 8 << 10), ("_RETRY", 1 << 10)):
        monkeypatch.setattr(journal, name, value)
    opened = journal.Journal(str(tmp_path / "a.vault"), bytes(16), {1: bytes(32)})
    for number in range(10):
        opened.append(journal.Entry(number, "copy", ("a",)))
    with (tmp_path / "a.vault.journal").open("ab") as out:
        out.write(b"\0" * 100)
    for number in range(10, 100):
        opened.append(journal.Entry(number, "copy", ("a",)))
    reading = opened.read()
    assert ("summary", 99, 1) == (reading.entries[0].did, reading.entries[-1].at, len(reading.problems))
    assert {"a.vault.journal", "a.vault.journal.lock"} == {
        path.name for path in tmp_path.iterdir() if path.is_file()
    }
    assert set() == win.locked


def test_places_are_below_the_local_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert "/local/coldvault" == data_home()
    assert "/local/coldvault/state" == state_home()
    monkeypatch.setenv("LOCALAPPDATA", "relative")
    monkeypatch.setenv("HOME", "/home/ada")
    assert "/home/ada/AppData/Local/coldvault" == data_home()


def test_a_folder_from_which_everybody_may_take_files_is_refused(win: System, tmp_path: Path) -> None:
    win.rights[tmp_path.stat().st_ino] = grant_list(ME, (0, 0, 0x1F01FF, EVERYONE))
    with pytest.raises(errors.InsecureFile):
        Folder(str(tmp_path))


def test_a_folder_is_made_for_its_owner_and_what_is_made_in_it_as_well(
    win: System, folder: Folder, place: Path
) -> None:
    made = win.rights[place.stat().st_ino]
    assert rights.private(folder=True) == made
    at = struct.unpack_from("<I", made, 16)[0] + 8
    assert (0, 0x3) == struct.unpack_from("<BB", made, at)
    Folder(str(place), make=True).close()


def test_a_folder_that_is_not_there_is_not_made_unasked(win: System, tmp_path: Path) -> None:
    with pytest.raises(disk.Missing):
        Folder(str(tmp_path / "none"))


def test_a_folder_is_held_so_that_nobody_renames_it(win: System, folder: Folder) -> None:
    assert not win.opened[0][1] & 0x4  # FILE_SHARE_DELETE


def test_a_folder_where_everybody_may_add_files_is_accepted(win: System, tmp_path: Path) -> None:
    """As on POSIX with the sticky bit: C: gives this to every new folder at its root."""
    inherited = (0, 0x0B, 0x1F01FF, EVERYONE)  # for what is made below only
    win.rights[tmp_path.stat().st_ino] = grant_list(ME, (0, 3, MODIFY, rights.make_sid(5, 11)), inherited)
    Folder(str(tmp_path)).close()


# --- files ------------------------------------------------------------------------------------------


def test_a_new_file_is_opened_alone_and_never_in_the_place_of_another(
    win: System, folder: Folder, place: Path
) -> None:
    folder.write("a", b"one")
    assert (api.READ | api.WRITE, 0, 1, 0x200000) == win.opened[-1]
    with pytest.raises(disk.Exists):
        folder.write("a", b"two")
    assert b"one" == (place / "a").read_bytes()


def test_a_link_is_not_followed(
    win: System, folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a", b"x")
    monkeypatch.setattr(folders, "_is_link", lambda status: stat.S_ISREG(status.st_mode))
    with pytest.raises(errors.InsecureFile, match="reparse point"):
        folder.read("a", 10)
    assert win.opened[-1][3] & api.NO_FOLLOW


def test_a_reparse_point_is_a_link() -> None:
    class Status:
        st_file_attributes = stat.FILE_ATTRIBUTE_REPARSE_POINT | stat.FILE_ATTRIBUTE_ARCHIVE

    assert _is_link(Status())  # type: ignore[arg-type]


def test_a_folder_in_the_place_of_a_vault_is_named_one(folder: Folder, place: Path) -> None:
    (place / "a").mkdir()
    with pytest.raises(disk.NotAFile, match="is a folder"):
        folder.read("a", 10)
    with pytest.raises(disk.Missing):
        folder.read("b", 10)


@pytest.mark.parametrize("function", ["write", "fsync"])
def test_a_file_that_the_disk_refused_is_gone_again(
    folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(errors.StoreError) as caught:
        patch.setattr(os, function, fail)
        folder.write("a", b"x")
    assert "free some space; nothing was lost" == caught.value.hint
    assert [] == list(place.iterdir())


def test_a_file_that_reads_back_differently_is_gone_again(
    folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "read_all", lambda descriptor, limit: b"y")
    with pytest.raises(errors.StoreError, match="other bytes"):
        folder.write("a", b"x")
    assert [] == list(place.iterdir())


def test_a_file_is_closed_before_it_is_removed(
    folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes no file that is open."""
    order: list[str] = []
    close = os.close

    def closing(descriptor: int) -> None:
        order.append("close")
        close(descriptor)

    monkeypatch.setattr(os, "close", closing)
    monkeypatch.setattr(os, "unlink", lambda path: order.append("unlink"))
    monkeypatch.setattr(disk, "read_all", lambda descriptor, limit: b"y")
    with pytest.raises(errors.StoreError):
        folder.write("a", b"x")
    assert ["close", "unlink"] == order


def test_a_volume_without_rights_is_refused(
    win: System, folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT takes the rights of a new file and forgets them."""
    monkeypatch.setattr(api, "security", lambda descriptor: grant_list(ME, present=False))
    with pytest.raises(errors.InsecureFile):
        folder.write("a", b"x")
    assert [] == list(place.iterdir())


@pytest.mark.parametrize("winerror", [api.SHARING, api.DENIED])
def test_a_scanner_that_holds_the_file_for_a_moment_does_not_matter(
    win: System, folder: Folder, place: Path, clock: list[float], winerror: int
) -> None:
    folder.write("a", b"x")
    win.refuse["MoveFileExW"] = [Refused(winerror), Refused(winerror)]
    folder.rename("a", "b")
    assert b"x" == (place / "b").read_bytes()


def test_a_file_that_stays_held_is_reported_after_two_seconds(
    win: System, folder: Folder, clock: list[float]
) -> None:
    folder.write("a", b"x")
    win.refuse["MoveFileExW"] = [Refused(api.SHARING) for _ in range(1000)]
    begun = clock[0]
    with pytest.raises(errors.StoreError, match="cannot replace"):
        folder.rename("a", "b")
    assert 2.0 <= clock[0] - begun < 2.1


def test_what_will_not_pass_is_reported_at_once(win: System, folder: Folder, clock: list[float]) -> None:
    folder.write("a", b"x")
    begun = clock[0]
    win.refuse["MoveFileExW"] = [Refused(17)]  # ERROR_NOT_SAME_DEVICE
    with pytest.raises(errors.StoreError):
        folder.rename("a", "b")
    win.refuse["open"] = [Refused(api.DENIED)]
    with pytest.raises(errors.StoreError, match="cannot open"):
        folder.read("a", 10)
    assert clock[0] == begun


def test_a_link_takes_no_name_that_is_taken(folder: Folder, place: Path) -> None:
    folder.write("a", b"one")
    folder.write("b", b"two")
    with pytest.raises(disk.Exists):
        folder.link("a", "b")
    assert folder.link("a", "c")
    assert folder.sync()
    assert b"one" == (place / "c").read_bytes()


def test_a_volume_without_links_says_so(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(old: str, new: str) -> None:
        raise OSError(errno.EINVAL, "Incorrect function")

    folder.write("a", b"one")
    monkeypatch.setattr(os, "link", link)
    assert not folder.link("a", "b")


def test_a_link_that_was_not_flushed_is_not_confirmed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    folder.write("a", b"one")
    monkeypatch.setattr(os, "fsync", fail)
    assert folder.link("a", "b")
    assert not folder.sync()


def test_a_part_of_a_file_is_read_and_written_in_place(folder: Folder, place: Path) -> None:
    folder.write("a", b"0123456789")
    assert (10, b"01", b"789") == folder.ends("a", 2, 3)
    assert (10, b"0123456789", b"0123456789") == folder.ends("a", 11, 99)
    for at, last, expected in (
        (10, True, b"0123456789xyz"),
        (4, False, b"0123xyz789xyz"),
        (5, True, b"0123xxyz"),
        (0, True, b"xyz"),
    ):
        folder.write_at("a", at, b"xyz", last=last)
        assert expected == (place / "a").read_bytes()


def test_a_part_is_opened_so_that_others_can_rename_over_it(win: System, folder: Folder) -> None:
    folder.write("a", b"x")
    folder.ends("a", 1, 1)
    assert (api.READ, 7, 3, api.NO_FOLLOW) == win.opened[-1]
    folder.write_at("a", 0, b"y")
    assert (api.READ | api.WRITE, 7, 3, api.NO_FOLLOW) == win.opened[-1]


def test_a_part_makes_a_file_only_when_asked_and_for_its_owner_alone(
    win: System, folder: Folder, place: Path
) -> None:
    with pytest.raises(disk.Missing):
        folder.write_at("a", 0, b"x")
    folder.write_at("a", 0, b"x", make=True)
    assert rights.private() == win.rights[(place / "a").stat().st_ino]
    win.rights[(place / "a").stat().st_ino] = grant_list(ME, present=False)
    with pytest.raises(errors.InsecureFile):
        folder.write_at("a", 0, b"y", make=True)
    with pytest.raises(errors.InsecureFile):
        folder.ends("a", 1, 1)
    assert b"x" == (place / "a").read_bytes()


def test_what_was_appended_goes_again_when_the_disk_is_full(
    folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a", b"0123456789")
    write, calls = os.write, iter(range(10))

    def full(descriptor: int, data: bytes) -> int:
        if next(calls):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(errors.StoreError) as caught:
        folder.write_at("a", 10, b"abcdef", last=True)
    assert "free some space; nothing was lost" == caught.value.hint
    assert b"0123456789" == (place / "a").read_bytes()


def test_a_lock_is_tried_as_often_as_its_taker_says(
    folder: Folder, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = folder.lock("a.lock", 1.0)
    slept: list[float] = []
    sleep = time.sleep

    def sleeping(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", sleeping)
    for pause in (0.02, 0.25):
        with pytest.raises(disk.Busy):
            folder.lock("a.lock", 1.0, pause=pause)
        assert {pause} == set(slept)
        slept.clear()
    held.close()


def test_a_second_holder_of_the_lock_is_told_that_it_is_busy(
    win: System, folder: Folder, clock: list[float]
) -> None:
    held, begun = folder.lock("a.lock", 1.0), clock[0]
    with pytest.raises(disk.Busy):
        folder.lock("a.lock", 1.0)
    assert 1.0 <= clock[0] - begun < 1.1
    held.close()
    folder.lock("a.lock", 1.0).close()


def test_a_lock_file_that_others_can_open_is_refused(win: System, folder: Folder, place: Path) -> None:
    """Whoever can open it could keep it locked for good."""
    folder.lock("a.lock", 1.0).close()
    win.rights[(place / "a.lock").stat().st_ino] = grant_list(ME, (0, 0, 1, EVERYONE))
    with pytest.raises(errors.InsecureFile):
        folder.lock("a.lock", 1.0)


def test_no_descriptor_is_left_open(win: System, tmp_path: Path, clock: list[float]) -> None:
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    opened = Folder(str(tmp_path))
    opened.lock("a.lock", 1.0).close()
    opened.write("a", b"x")
    win.rights[(tmp_path / "a").stat().st_ino] = grant_list(ME, (0, 0, 1, EVERYONE))
    attempts: list[Callable[[], object]] = [
        lambda: opened.read("a", 1),
        lambda: opened.write("a", b""),
        lambda: opened.lock("a", 1.0),
        lambda: Folder(str(tmp_path / "a")),
    ]
    for attempt in attempts:
        with pytest.raises(errors.VaultError):
            attempt()
    opened.close()
    assert before == (os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else [])


def test_a_folder_that_is_let_go_of_can_be_renamed(win: System, tmp_path: Path) -> None:
    """Its handle forbids that; it is closed with the object, and closing it twice closes nothing else."""
    before = os.listdir("/dev/fd")
    opened = Folder(str(tmp_path))
    opened.close()
    opened.close()
    with Folder(str(tmp_path)):
        pass
    Folder(str(tmp_path))
    assert before == os.listdir("/dev/fd")
