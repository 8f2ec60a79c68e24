"""A simulated Windows: the calls of its api are answered by `System`, files are real."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vault.system.windows import api, rights
from vault.system.windows.folder import Folder

ME = rights.make_sid(5, 21, 1, 2, 3, 1001)
STRANGER = rights.make_sid(5, 21, 1, 2, 3, 1002)
EVERYONE = rights.make_sid(1, 0)
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
    """Answers `api.call`, by name, and keeps what the real one would: rights, the console, a job."""

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
        if os.path.isdir(path) and not flags & api.FOLDER_TOO:
            raise Refused(api.DENIED)
        writing = access & api.WRITE
        creating = {api.NEW: os.O_CREAT | os.O_EXCL, api.EITHER: os.O_CREAT}.get(how, 0)
        made = not os.path.exists(path)
        descriptor = os.open(path, (os.O_RDWR if writing else os.O_RDONLY) | creating, 0o600)
        if made:
            self.rights[os.fstat(descriptor).st_ino] = rights
        return descriptor

    def security(self, descriptor: int) -> bytes:
        return self.rights.get(os.fstat(descriptor).st_ino, rights.private())

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
        self.rights[os.stat(path).st_ino] = ctypes.string_at(at, len(rights.private(folder=True)))
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


@pytest.fixture(name="win")
def fake_win(monkeypatch: pytest.MonkeyPatch) -> System:
    fake = System()
    monkeypatch.setattr(api, "call", fake.call)
    monkeypatch.setattr(api, "open_file", fake.open)
    monkeypatch.setattr(api, "security", fake.security)
    monkeypatch.setattr(api, "lock_byte", fake.lock_byte)
    return fake


@pytest.fixture(name="clock")
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only while somebody sleeps; its first entry is now."""
    now = [1000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return now


@pytest.fixture(name="place")
def fake_place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture(name="folder")
def fake_folder(win: System, place: Path) -> Iterator[Folder]:
    opened = Folder(str(place), make=True)
    yield opened
    opened.close()


def grant_list(owner: bytes, *entries: tuple[int, int, int, bytes], present: bool = True) -> bytes:
    """A security descriptor with entries of (type, flags, mask, SID)."""
    packed = b"".join(struct.pack("<BBHI", k, f, 8 + len(sid), mask) + sid for k, f, mask, sid in entries)
    listed = struct.pack("<BBHHH", 2, 0, 8 + len(packed), len(entries), 0) + packed
    head = struct.pack("<BBHIIII", 1, 0, 0x8004 if present else 0x8000, 20, 0, 0, 20 + len(owner))
    return head + owner + listed
