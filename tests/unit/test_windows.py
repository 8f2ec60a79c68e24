"""What windows.py decides, on a simulated system: its calls are answered by `System`, files are real."""

from __future__ import annotations

import _signal
import ctypes
import errno
import inspect
import os
import signal
import stat
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vault import errors, system
from vault.journal import journal
from vault.store import file
from vault.system import disk, posix, windows

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation on POSIX files")

ME = windows._sid(5, 21, 1, 2, 3, 1001)
STRANGER = windows._sid(5, 21, 1, 2, 3, 1002)
EVERYONE = windows._sid(1, 0)
MODIFY = 0x1301BF  # what "Authenticated Users" have on a new folder of drive C:
ENTER_RELEASED = struct.pack("<H2xiHHHHI", 1, 0, 1, 13, 28, 13, 0)
KEY_PRESSED = struct.pack("<H2xiHHHHI", 1, 1, 1, 66, 48, 98, 0)
MOUSE_MOVED = struct.pack("<H2x8H", 2, *range(1, 9))
# What GetKernelObjectSecurity gave for a file of "(A;;FA;;;SY)(A;;FA;;;S-1-5-21-0-0-0-1000)" under Wine 8.
FROM_WINE = bytes.fromhex(
    "0100048014000000000000000000000030000000010500000000000515000000000000000000000000000000e8030000"
    "0200400002000000"
    "00001400ff011f00010100000000000512000000"
    "00002400ff011f00010500000000000515000000000000000000000000000000e8030000"
)


class Refused(PermissionError):
    """What ctypes.WinError makes of ERROR_SHARING_VIOLATION and ERROR_ACCESS_DENIED."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EACCES, "The process cannot access the file")
        self.winerror = winerror


class System:
    """Answers `windows.call`, by name, and keeps what the real one would: rights, the console, a job."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refuse: dict[str, list[OSError]] = {}
        self.rights: dict[int, bytes] = {}
        self.locked: set[int] = set()
        self.opened: list[tuple[int, ...]] = []
        self.mode = 0x1F7
        self.modes: list[int] = []
        self.typed: list[bytes | BaseException] = []
        self.events = ENTER_RELEASED
        self.screen = ""
        self.limits: list[int] = []

    def call(self, name: str, *arguments: Any, library: str = "kernel32", handle: bool = False) -> Any:
        self.calls.append(name)
        if self.refuse.get(name):
            raise self.refuse[name].pop()
        return getattr(self, name)(*arguments)

    def open(self, path: str, access: int, share: int, how: int, flags: int = 0, rights: bytes = b"") -> int:
        self.calls.append("open")
        self.opened.append((access, share, how, flags))
        if self.refuse.get("open"):
            raise self.refuse["open"].pop()
        if os.path.isdir(path) and not flags & windows._FOLDER_TOO:
            raise Refused(windows._DENIED)
        writing = access & windows._WRITE
        creating = {windows._NEW: os.O_CREAT | os.O_EXCL, windows._EITHER: os.O_CREAT}.get(how, 0)
        made = not os.path.exists(path)
        descriptor = os.open(path, (os.O_RDWR if writing else os.O_RDONLY) | creating, 0o600)
        if made:
            self.rights[os.fstat(descriptor).st_ino] = rights
        return descriptor

    def security(self, descriptor: int) -> bytes:
        return self.rights.get(os.fstat(descriptor).st_ino, windows._private())

    def lock_byte(self, descriptor: int, *, take: bool) -> None:
        number = os.fstat(descriptor).st_ino
        if take and number in self.locked:
            raise Refused(33)
        self.locked ^= {number}

    def GetTokenInformation(self, token: int, kind: int, buffer: Any, size: int, length: Any) -> int:
        buffer[16 : 16 + len(ME)] = ME
        ctypes.c_void_p.from_buffer(buffer).value = ctypes.addressof(buffer) + 16
        return 1

    def CreateDirectoryW(self, path: str, attributes: Any) -> int:
        os.mkdir(path)
        length, at = struct.unpack("@IPi", bytes(attributes._obj)[: struct.calcsize("@IPi")])[:2]
        assert length == 24
        self.rights[os.stat(path).st_ino] = ctypes.string_at(at, len(windows._private(folder=True)))
        return 1

    def MoveFileExW(self, old: str, new: str, flags: int) -> int:
        assert flags == 0x9
        os.replace(old, new)
        return 1

    def CreateFileW(self, path: str, *arguments: Any) -> int:
        return {"CONIN$": 1 << 33, "CONOUT$": 2 << 33}[path]

    def CloseHandle(self, handle: int) -> int:
        return 1

    def GetConsoleMode(self, handle: int, mode: Any) -> int:
        mode._obj.value = self.mode
        return 1

    def SetConsoleMode(self, handle: int, mode: int) -> int:
        self.mode = mode
        self.modes.append(mode)
        return 1

    def FlushConsoleInputBuffer(self, handle: int) -> int:
        return 1

    def WriteConsoleW(self, handle: int, data: bytes, count: int, written: Any, reserved: None) -> int:
        count = min(count, 3)  # never all at once
        self.screen += data[: 2 * count].decode("utf-16-le")
        written._obj.value = count
        return 1

    def ReadConsoleW(self, handle: int, buffer: Any, most: int, count: Any, control: None) -> int:
        line = self.typed.pop(0)
        if isinstance(line, BaseException):
            raise line
        line = line[: 2 * most]
        buffer[: len(line)] = line
        count._obj.value = len(line) // 2
        return 1

    def PeekConsoleInputW(self, handle: int, buffer: Any, most: int, count: Any) -> int:
        buffer[: len(self.events)] = self.events
        count._obj.value = len(self.events) // 20
        return 1

    def CreateJobObjectW(self, attributes: None, name: None) -> int:
        return 3 << 33

    def SetInformationJobObject(self, job: int, kind: int, information: Any, size: int) -> int:
        assert (job, kind, size) == (3 << 33, 9, 144)
        self.limits.append(information._obj[4])
        return 1

    def AssignProcessToJobObject(self, job: int, process: int) -> int:
        assert (job, process) == (3 << 33, -1)
        return 1

    def GlobalMemoryStatusEx(self, status: Any) -> int:
        assert status._obj[0] & 0xFFFFFFFF == 64
        status._obj[2], status._obj[4] = 5 << 30, 3 << 30
        return 1


@pytest.fixture
def win(monkeypatch: pytest.MonkeyPatch) -> System:
    fake = System()
    monkeypatch.setattr(windows, "call", fake.call)
    monkeypatch.setattr(windows, "_open", fake.open)
    monkeypatch.setattr(windows, "_security", fake.security)
    monkeypatch.setattr(windows, "_lock_byte", fake.lock_byte)
    return fake


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only while somebody sleeps; its first entry is now."""
    now = [1000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return now


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def folder(win: System, place: Path) -> Iterator[windows.Folder]:
    opened = windows.Folder(str(place), make=True)
    yield opened
    opened.close()


@pytest.fixture
def terminal(win: System, clock: list[float]) -> windows.Terminal:
    return windows.Terminal()


@pytest.fixture
def interrupt() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def rights(owner: bytes, *entries: tuple[int, int, int, bytes], present: bool = True) -> bytes:
    """A security descriptor with entries of (type, flags, mask, SID)."""
    packed = b"".join(struct.pack("<BBHI", k, f, 8 + len(sid), mask) + sid for k, f, mask, sid in entries)
    listed = struct.pack("<BBHHH", 2, 0, 8 + len(packed), len(entries), 0) + packed
    head = struct.pack("<BBHIIII", 1, 0, 0x8004 if present else 0x8000, 20, 0, 0, 20 + len(owner))
    return head + owner + listed


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


# --- the same as posix ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in system.__all__ if not hasattr(disk, name)])
def test_every_public_name_has_the_signature_of_posix(name: str) -> None:
    ours, theirs = getattr(windows, name), getattr(posix, name)
    if inspect.isclass(theirs):
        methods = {m for m in dir(theirs) if not m.startswith("_") or m == "__init__"}
        assert methods == {m for m in dir(ours) if not m.startswith("_") or m == "__init__"}
        for method in methods:
            expected = inspect.signature(getattr(theirs, method))
            assert expected == inspect.signature(getattr(ours, method)), method
            kinds = [type(inspect.getattr_static(kind, method)) for kind in (theirs, ours)]
            assert kinds[0] is kinds[1]
    else:
        assert inspect.signature(theirs) == inspect.signature(ours)


def test_a_vault_is_created_and_replaced_as_the_store_does_it(
    win: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of a save fit together: lock, temporary file, read back, backup, rename."""
    monkeypatch.setattr(file, "Folder", windows.Folder)
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
    for name, value in (("Folder", windows.Folder), ("COMPACT_AT", 8 << 10), ("_RETRY", 1 << 10)):
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
    assert "/local/coldvault" == windows.data_home()
    assert "/local/coldvault/state" == windows.state_home()
    monkeypatch.setenv("LOCALAPPDATA", "relative")
    monkeypatch.setenv("HOME", "/home/ada")
    assert "/home/ada/AppData/Local/coldvault" == windows.data_home()


def test_without_windows_it_says_so() -> None:
    with pytest.raises(errors.NoTerminal):
        windows.Terminal()
    assert windows.available_memory() is None
    windows.harden()


def test_available_memory_is_the_smaller_of_what_is_free_and_what_is_promised(win: System) -> None:
    assert 3 << 30 == windows.available_memory()


# --- rights -----------------------------------------------------------------------------------------


def test_new_files_are_for_their_owner_and_the_system_only(win: System) -> None:
    made = windows._private()
    assert (ME, [(0x1F01FF, ME), (0x1F01FF, windows._SYSTEM)]) == windows._granted(made)
    assert 0x1000 & struct.unpack_from("<H", made, 2)[0]  # protected: nothing comes from above


def test_rights_that_another_system_wrote_down_are_understood() -> None:
    owner, granted = windows._granted(FROM_WINE)
    assert "S-1-5-21-0-0-0-1000" == windows._sid_text(owner)
    expected = [(0x1F01FF, "S-1-5-18"), (0x1F01FF, "S-1-5-21-0-0-0-1000")]
    assert expected == [(mask, windows._sid_text(sid)) for mask, sid in granted]


def test_a_file_of_somebody_else_is_refused(win: System, folder: windows.Folder, place: Path) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = rights(STRANGER, (0, 0, 0x1F01FF, ME))
    with pytest.raises(errors.InsecureFile, match="another user"):
        folder.read("a", 10)


@pytest.mark.parametrize(
    "granted",
    [
        rights(ME, (0, 0, 0x1F01FF, ME), (0, 0, 0x120089, STRANGER)),
        rights(ME, (0, 0x10, 0x1, EVERYONE)),
        rights(ME, (5, 0, 0x1F01FF, bytes((3, 0, 0, 0)) + bytes(32) + ME)),  # its SID comes later
        rights(ME, (9, 0, 0x1F01FF, STRANGER)),  # a condition stands behind the SID
        rights(ME, present=False),
    ],
    ids=["one reader", "everyone, inherited", "object", "conditional", "no list at all"],
)
def test_a_file_that_is_open_to_others_is_refused(
    win: System, folder: windows.Folder, place: Path, granted: bytes
) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = granted
    with pytest.raises(errors.InsecureFile, match="open to other users"):
        folder.read("a", 10)


def test_the_hint_names_the_file_its_owner_and_the_others(
    win: System, folder: windows.Folder, place: Path
) -> None:
    folder.write("a", b"x")
    both = rights(ME, (0, 0, 1, STRANGER), (0, 0, 1, EVERYONE))
    win.rights[(place / "a").stat().st_ino] = both
    with pytest.raises(errors.InsecureFile) as caught:
        folder.read("a", 10)
    grants = "/inheritance:r /grant:r *S-1-5-21-1-2-3-1001:F /remove:g *S-1-1-0 *S-1-5-21-1-2-3-1002"
    assert f'icacls "{place}/a" {grants}' == caught.value.hint


@pytest.mark.parametrize(
    "granted",
    [
        rights(windows._ADMINISTRATORS, (0, 0, 0x1F01FF, ME)),
        rights(ME, *((0, 0x10, 0x1F01FF, sid) for sid in (windows._SYSTEM, windows._ADMINISTRATORS, ME))),
        rights(ME, (0, 0, 0x1F01FF, windows._OWNER_RIGHTS)),
        rights(ME, (1, 0, 0x1F01FF, STRANGER), (0, 0, 0x1F01FF, ME)),  # to deny is not to grant
    ],
    ids=["made in an elevated shell", "a profile's default", "owner rights", "denied"],
)
def test_what_only_owner_system_and_administrators_open_is_accepted(
    win: System, folder: windows.Folder, place: Path, granted: bytes
) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = granted
    assert b"x" == folder.read("a", 10)


def test_a_folder_from_which_everybody_may_take_files_is_refused(win: System, tmp_path: Path) -> None:
    win.rights[tmp_path.stat().st_ino] = rights(ME, (0, 0, 0x1F01FF, EVERYONE))
    with pytest.raises(errors.InsecureFile):
        windows.Folder(str(tmp_path))


def test_a_folder_is_made_for_its_owner_and_what_is_made_in_it_as_well(
    win: System, folder: windows.Folder, place: Path
) -> None:
    made = win.rights[place.stat().st_ino]
    assert windows._private(folder=True) == made
    at = struct.unpack_from("<I", made, 16)[0] + 8
    assert (0, 0x3) == struct.unpack_from("<BB", made, at)
    windows.Folder(str(place), make=True).close()


def test_a_folder_that_is_not_there_is_not_made_unasked(win: System, tmp_path: Path) -> None:
    with pytest.raises(disk.Missing):
        windows.Folder(str(tmp_path / "none"))


def test_a_folder_is_held_so_that_nobody_renames_it(win: System, folder: windows.Folder) -> None:
    assert not win.opened[0][1] & 0x4  # FILE_SHARE_DELETE


def test_a_folder_where_everybody_may_add_files_is_accepted(win: System, tmp_path: Path) -> None:
    """As on POSIX with the sticky bit: C: gives this to every new folder at its root."""
    inherited = (0, 0x0B, 0x1F01FF, EVERYONE)  # for what is made below only
    win.rights[tmp_path.stat().st_ino] = rights(ME, (0, 3, MODIFY, windows._sid(5, 11)), inherited)
    windows.Folder(str(tmp_path)).close()


# --- files ------------------------------------------------------------------------------------------


def test_a_new_file_is_opened_alone_and_never_in_the_place_of_another(
    win: System, folder: windows.Folder, place: Path
) -> None:
    folder.write("a", b"one")
    assert (windows._READ | windows._WRITE, 0, 1, 0x200000) == win.opened[-1]
    with pytest.raises(disk.Exists):
        folder.write("a", b"two")
    assert b"one" == (place / "a").read_bytes()


def test_a_link_is_not_followed(
    win: System, folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a", b"x")
    monkeypatch.setattr(windows, "_is_link", lambda status: stat.S_ISREG(status.st_mode))
    with pytest.raises(errors.InsecureFile, match="reparse point"):
        folder.read("a", 10)
    assert win.opened[-1][3] & windows._NO_FOLLOW


def test_a_reparse_point_is_a_link() -> None:
    class Status:
        st_file_attributes = stat.FILE_ATTRIBUTE_REPARSE_POINT | stat.FILE_ATTRIBUTE_ARCHIVE

    assert windows._is_link(Status())  # type: ignore[arg-type]


def test_a_folder_in_the_place_of_a_vault_is_named_one(folder: windows.Folder, place: Path) -> None:
    (place / "a").mkdir()
    with pytest.raises(disk.NotAFile, match="is a folder"):
        folder.read("a", 10)
    with pytest.raises(disk.Missing):
        folder.read("b", 10)


@pytest.mark.parametrize("function", ["write", "fsync"])
def test_a_file_that_the_disk_refused_is_gone_again(
    folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(errors.StoreError) as caught:
        patch.setattr(os, function, fail)
        folder.write("a", b"x")
    assert "free some space; nothing was lost" == caught.value.hint
    assert [] == list(place.iterdir())


def test_a_file_that_reads_back_differently_is_gone_again(
    folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "read_all", lambda descriptor, limit: b"y")
    with pytest.raises(errors.StoreError, match="other bytes"):
        folder.write("a", b"x")
    assert [] == list(place.iterdir())


def test_a_file_is_closed_before_it_is_removed(
    folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch
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
    win: System, folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT takes the rights of a new file and forgets them."""
    monkeypatch.setattr(windows, "_security", lambda descriptor: rights(ME, present=False))
    with pytest.raises(errors.InsecureFile):
        folder.write("a", b"x")
    assert [] == list(place.iterdir())


@pytest.mark.parametrize("winerror", [windows._SHARING, windows._DENIED])
def test_a_scanner_that_holds_the_file_for_a_moment_does_not_matter(
    win: System, folder: windows.Folder, place: Path, clock: list[float], winerror: int
) -> None:
    folder.write("a", b"x")
    win.refuse["MoveFileExW"] = [Refused(winerror), Refused(winerror)]
    folder.rename("a", "b")
    assert b"x" == (place / "b").read_bytes()


def test_a_file_that_stays_held_is_reported_after_two_seconds(
    win: System, folder: windows.Folder, clock: list[float]
) -> None:
    folder.write("a", b"x")
    win.refuse["MoveFileExW"] = [Refused(windows._SHARING) for _ in range(1000)]
    begun = clock[0]
    with pytest.raises(errors.StoreError, match="cannot replace"):
        folder.rename("a", "b")
    assert 2.0 <= clock[0] - begun < 2.1


def test_what_will_not_pass_is_reported_at_once(
    win: System, folder: windows.Folder, clock: list[float]
) -> None:
    folder.write("a", b"x")
    begun = clock[0]
    win.refuse["MoveFileExW"] = [Refused(17)]  # ERROR_NOT_SAME_DEVICE
    with pytest.raises(errors.StoreError):
        folder.rename("a", "b")
    win.refuse["open"] = [Refused(windows._DENIED)]
    with pytest.raises(errors.StoreError, match="cannot open"):
        folder.read("a", 10)
    assert clock[0] == begun


def test_a_link_takes_no_name_that_is_taken(folder: windows.Folder, place: Path) -> None:
    folder.write("a", b"one")
    folder.write("b", b"two")
    with pytest.raises(disk.Exists):
        folder.link("a", "b")
    assert folder.link("a", "c")
    assert folder.sync()
    assert b"one" == (place / "c").read_bytes()


def test_a_volume_without_links_says_so(folder: windows.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(old: str, new: str) -> None:
        raise OSError(errno.EINVAL, "Incorrect function")

    folder.write("a", b"one")
    monkeypatch.setattr(os, "link", link)
    assert not folder.link("a", "b")


def test_a_link_that_was_not_flushed_is_not_confirmed(
    folder: windows.Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    folder.write("a", b"one")
    monkeypatch.setattr(os, "fsync", fail)
    assert folder.link("a", "b")
    assert not folder.sync()


def test_a_part_of_a_file_is_read_and_written_in_place(folder: windows.Folder, place: Path) -> None:
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


def test_a_part_is_opened_so_that_others_can_rename_over_it(win: System, folder: windows.Folder) -> None:
    folder.write("a", b"x")
    folder.ends("a", 1, 1)
    assert (windows._READ, 7, 3, windows._NO_FOLLOW) == win.opened[-1]
    folder.write_at("a", 0, b"y")
    assert (windows._READ | windows._WRITE, 7, 3, windows._NO_FOLLOW) == win.opened[-1]


def test_a_part_makes_a_file_only_when_asked_and_for_its_owner_alone(
    win: System, folder: windows.Folder, place: Path
) -> None:
    with pytest.raises(disk.Missing):
        folder.write_at("a", 0, b"x")
    folder.write_at("a", 0, b"x", make=True)
    assert windows._private() == win.rights[(place / "a").stat().st_ino]
    win.rights[(place / "a").stat().st_ino] = rights(ME, present=False)
    with pytest.raises(errors.InsecureFile):
        folder.write_at("a", 0, b"y", make=True)
    with pytest.raises(errors.InsecureFile):
        folder.ends("a", 1, 1)
    assert b"x" == (place / "a").read_bytes()


def test_what_was_appended_goes_again_when_the_disk_is_full(
    folder: windows.Folder, place: Path, monkeypatch: pytest.MonkeyPatch
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
    folder: windows.Folder, clock: list[float], monkeypatch: pytest.MonkeyPatch
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
    win: System, folder: windows.Folder, clock: list[float]
) -> None:
    held, begun = folder.lock("a.lock", 1.0), clock[0]
    with pytest.raises(disk.Busy):
        folder.lock("a.lock", 1.0)
    assert 1.0 <= clock[0] - begun < 1.1
    held.close()
    folder.lock("a.lock", 1.0).close()


def test_a_lock_file_that_others_can_open_is_refused(
    win: System, folder: windows.Folder, place: Path
) -> None:
    """Whoever can open it could keep it locked for good."""
    folder.lock("a.lock", 1.0).close()
    win.rights[(place / "a.lock").stat().st_ino] = rights(ME, (0, 0, 1, EVERYONE))
    with pytest.raises(errors.InsecureFile):
        folder.lock("a.lock", 1.0)


def test_no_descriptor_is_left_open(win: System, tmp_path: Path, clock: list[float]) -> None:
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    opened = windows.Folder(str(tmp_path))
    opened.lock("a.lock", 1.0).close()
    opened.write("a", b"x")
    win.rights[(tmp_path / "a").stat().st_ino] = rights(ME, (0, 0, 1, EVERYONE))
    attempts: list[Callable[[], object]] = [
        lambda: opened.read("a", 1),
        lambda: opened.write("a", b""),
        lambda: opened.lock("a", 1.0),
        lambda: windows.Folder(str(tmp_path / "a")),
    ]
    for attempt in attempts:
        with pytest.raises(errors.VaultError):
            attempt()
    opened.close()
    assert before == (os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else [])


def test_a_folder_that_is_let_go_of_can_be_renamed(win: System, tmp_path: Path) -> None:
    """Its handle forbids that; it is closed with the object, and closing it twice closes nothing else."""
    before = os.listdir("/dev/fd")
    opened = windows.Folder(str(tmp_path))
    opened.close()
    opened.close()
    with windows.Folder(str(tmp_path)):
        pass
    windows.Folder(str(tmp_path))
    assert before == os.listdir("/dev/fd")


# --- the terminal -----------------------------------------------------------------------------------


def test_a_hidden_answer_is_not_shown(win: System, terminal: windows.Terminal) -> None:
    win.typed = [utf16("pässwörd 🔑\r\n")]
    before = win.mode
    assert "pässwörd 🔑" == terminal.ask("Password: ", hidden=True)
    assert not win.modes[0] & 0x4
    assert win.modes[0] & 0x3 == 0x3  # by line, and Ctrl-C is a signal
    assert before == win.mode
    assert "Password: \n" == win.screen


def test_an_open_answer_is_shown(win: System, terminal: windows.Terminal) -> None:
    win.typed, win.mode = [utf16("okx-main\r\n")], 0x200
    assert "okx-main" == terminal.ask("Name: ", hidden=False)
    assert 0x7 == win.modes[0]  # and keys come as characters, not as sequences
    assert 0x200 == win.mode


def test_the_work_is_done_once_the_prompt_stands(win: System, terminal: windows.Terminal) -> None:
    win.typed = [utf16("x\r\n")]
    seen: list[str] = []
    terminal.ask("Password: ", hidden=True, meanwhile=lambda: seen.append(win.screen))
    assert ["Password: "] == seen


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EBADF, "gone")])
def test_the_mode_is_put_back_after_ctrl_c_and_when_the_console_goes(
    win: System, terminal: windows.Terminal, error: BaseException
) -> None:
    win.typed, before = [error], win.mode
    expected = errors.Cancelled if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_ctrl_c_whose_signal_comes_late_is_ctrl_c(
    win: System, terminal: windows.Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ReadConsoleW returns nothing, and the signal a moment later, on another thread."""

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    win.typed, before = [b""], win.mode
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_ctrl_break_does_not_leave_the_echo_off(
    win: System, terminal: windows.Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    handler, before = signal.getsignal(signal.SIGUSR1), win.mode
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Password: ", hidden=True, meanwhile=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    assert before == win.mode
    assert handler == signal.getsignal(signal.SIGUSR1)


@pytest.mark.parametrize(
    "typed",
    [b"", utf16("\x1a\r\n"), utf16("a" * windows._MAX_LINE), b"\x3d\xd8\r\0\n\0"],
    ids=["end", "Ctrl-Z", "too long", "half a character"],
)
def test_a_line_that_cannot_be_taken_whole_is_none(
    win: System, terminal: windows.Terminal, typed: bytes
) -> None:
    win.typed, before = [typed], win.mode
    with pytest.raises((errors.Cancelled, errors.LineRefused)):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_a_paste_of_several_lines_is_refused(win: System, terminal: windows.Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], ENTER_RELEASED + KEY_PRESSED
    with pytest.raises(errors.LineRefused, match="more than one line"):
        terminal.ask("Password: ", hidden=True)
    assert "FlushConsoleInputBuffer" in win.calls[-3:]


def test_a_released_key_and_a_moved_mouse_are_no_second_line(win: System, terminal: windows.Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], ENTER_RELEASED + MOUSE_MOVED
    assert "a" == terminal.ask("Password: ", hidden=True)


def test_what_follows_the_line_may_be_for_the_program(win: System, terminal: windows.Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], KEY_PRESSED
    assert "a" == terminal.ask("Password: ", hidden=True, sole=False)


def test_no_console_is_no_terminal(win: System) -> None:
    for name in ("CreateFileW", "GetConsoleMode"):
        win.refuse[name] = [OSError(errno.EBADF, "The handle is invalid")]
        with pytest.raises(errors.NoTerminal):
            windows.Terminal()
    assert 2 == win.calls.count("CloseHandle")


# --- programs ---------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A search path of two folders, one of them in quotes; the current folder is a third."""
    monkeypatch.setenv("PATHEXT", ".COM;.EXE;.BAT;.CMD;.PY")
    for name in ("one", "two", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return f'{tmp_path}/one;;"{tmp_path}/two"'


def test_a_program_is_found_by_its_name_without_an_ending(path: str, tmp_path: Path) -> None:
    for name in ("one/node", "one/node.cmd", "one/node.exe", "two/python3.11.exe"):
        (tmp_path / name).touch()
    assert f"{tmp_path}/one/node.exe" == windows.find_program("node", path)
    assert f"{tmp_path}/one/node.cmd" == windows.find_program("node.cmd", path)
    assert f"{tmp_path}/two/python3.11.exe" == windows.find_program("python3.11", path)
    assert f"{tmp_path}/one/node.exe" == windows.find_program(f"{tmp_path}/one/node", "")


def test_the_current_folder_is_searched_only_if_it_is_named(path: str, tmp_path: Path) -> None:
    (tmp_path / "here" / "bot.exe").touch()
    with pytest.raises(errors.ProgramNotFound):
        windows.find_program("bot", path)
    assert os.path.join(".", "bot.exe") == windows.find_program("bot", f"{path};.")
    assert "./bot.exe" == windows.find_program("./bot", path)


@pytest.mark.parametrize("name", ["bot.py", "bot", "bot.cmd."])
def test_what_windows_does_not_start_by_itself_is_not_executable(
    path: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / "one" / name).touch()
    with pytest.raises(errors.ProgramNotExecutable):
        windows.find_program(name, path)


def test_a_folder_and_nothing_are_told_apart(path: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ProgramNotExecutable, match="is a folder"):
        windows.find_program(str(tmp_path / "one"), path)
    for name in ("", "none", "no\0ne"):
        with pytest.raises(errors.ProgramNotFound):
            windows.find_program(name, path)


class Child:
    """In the place of subprocess.Popen."""

    status = 0
    started: list[dict[str, Any]] = []

    def __init__(self, arguments: list[str], **options: Any) -> None:
        self.started.append({"arguments": arguments, **options})

    def wait(self) -> int:
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        return self.status


@pytest.fixture
def child(win: System, interrupt: None, monkeypatch: pytest.MonkeyPatch) -> type[Child]:
    monkeypatch.setattr(subprocess, "Popen", Child)
    monkeypatch.setattr(Child, "started", [])
    monkeypatch.setattr(Child, "status", 0)
    return Child


def test_the_status_of_a_real_program_is_handed_on(win: System, interrupt: None) -> None:
    with pytest.raises(SystemExit) as caught:
        windows.replace_process("/bin/sh", ["sh", "-c", 'exit "$N"'], {"N": "7"})
    assert 7 == caught.value.code


@pytest.mark.parametrize(("status", "code"), [(0, 0), (1, 1), (0xC000013A, -1073741510)])
def test_every_status_fits_a_system_exit(child: type[Child], status: int, code: int) -> None:
    child.status = status
    with pytest.raises(SystemExit) as caught:
        windows.replace_process("/x/bot.exe", ["bot"], {})
    assert code == caught.value.code


def test_the_program_is_started_by_its_path_in_a_job_that_ends_with_us(
    child: type[Child], win: System
) -> None:
    with pytest.raises(SystemExit):
        windows.replace_process("/x/bot.exe", ["bot", "a b", 'c"d'], {"KEY": "value"})
    arguments = ["/x/bot.exe", "a b", 'c"d']
    options = {"executable": "/x/bot.exe", "env": {"KEY": "value"}, "stdout": None, "stderr": None}
    assert [{"arguments": arguments, **options}] == child.started
    # The limit is lifted at the end: what it left running on purpose is not ended with us.
    assert [0x2800, 0x800] == win.limits


class Stars:
    """A filter that hides the letter x."""

    def feed(self, data: bytes) -> bytes:
        return data.replace(b"x", b"*")

    def release(self) -> bytes:
        return b""

    def end(self) -> bytes:
        return b"."


def test_what_is_filtered_comes_through_a_pipe() -> None:
    """Where ours is a console, the program has that; else a pipe, all of which is passed on."""
    (source, program), (reader, target) = os.pipe(), os.pipe()
    os.write(program, b"a x b")
    os.close(program)
    windows._pump(source, target, Stars())
    assert b"a * b." == os.read(reader, 99)
    for descriptor in (source, reader, target):
        os.close(descriptor)


def test_a_reader_that_went_away_ends_the_pipe() -> None:
    """So that the program learns of it."""
    (source, program), (reader, target) = os.pipe(), os.pipe()
    os.close(reader)
    os.write(program, b"x")
    windows._pump(source, target, Stars())
    with pytest.raises(BrokenPipeError):
        os.write(program, b"x")
    os.close(program)
    os.close(target)


def test_a_machine_without_jobs_starts_it_all_the_same(child: type[Child], win: System) -> None:
    win.refuse["AssignProcessToJobObject"] = [Refused(windows._DENIED)]
    with pytest.raises(SystemExit):
        windows.replace_process("/x/bot.exe", ["bot"], {})
    assert 1 == len(child.started)


@pytest.mark.parametrize("name", ["npm.cmd", "x.BAT", "x.bat. ", "a&b.cmd", "%x%.bat"])
@pytest.mark.parametrize("argument", ['"&calc', "%PATH%", "a^b", "a|b", "<x", "(x)", "!x!", "a\nb", "a\0b"])
def test_a_batch_file_gets_no_argument_that_cmd_would_read_again(
    child: type[Child], name: str, argument: str
) -> None:
    with pytest.raises(errors.ProgramNotExecutable):
        windows.replace_process(f"/x/{name}", ["npm", "run", argument], {})
    assert [] == child.started


def test_a_batch_file_gets_plain_arguments_and_its_full_path(child: type[Child]) -> None:
    with pytest.raises(SystemExit):
        windows.replace_process("/Program Files (x86)/npm.cmd", ["npm", "run", "--port=80", "a b"], {})
    assert ["/Program Files (x86)/npm.cmd", "run", "--port=80", "a b"] == child.started[0]["arguments"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), errors.ProgramNotFound),
        (Refused(740), errors.ProgramNotExecutable),
        (OSError(errno.ENOEXEC, "%1 is not a valid Win32 application"), errors.ProgramNotExecutable),
    ],
)
def test_a_program_that_the_system_will_not_start_changes_nothing(
    win: System,
    interrupt: None,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    expected: type[errors.VaultError],
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "Popen", fail)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(expected) as caught:
        windows.replace_process("/x/bot.exe", ["bot"], {})
    assert before == signal.getsignal(signal.SIGINT)
    assert ("elevated" in caught.value.hint) == isinstance(error, Refused)
