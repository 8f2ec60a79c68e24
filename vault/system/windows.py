"""Windows: files that only their owner may open, the console, the hand-over.

What the public names promise and raise is written in ``posix``; here stands what differs. Titles in
quotes are those of pages of Microsoft's documentation; MS-DTYP is its specification of data types.
The functions of the first part alone talk to the system; the rest is plain Python.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys

from ..errors import (
    Cancelled,
    HostError,
    InsecureFile,
    LineRefused,
    NoTerminal,
    ProgramNotExecutable,
    ProgramNotFound,
    StoreError,
    VaultError,
)
from .disk import Exists, Lock, Missing, NotAFile, OpenFolder, reason, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from subprocess import Popen
    from threading import Thread
    from typing import Any, NoReturn, TypeVar

    from .supervisor import Filter

    T = TypeVar("T")

_READ, _WRITE = 0x80000000, 0x40000000  # "Generic Access Rights"
_LIST_FOLDER, _READ_RIGHTS = 0x1, 0x20000  # FILE_LIST_DIRECTORY, READ_CONTROL
_ALONE, _SHARE_ALL, _SHARE_NO_DELETE = 0, 7, 3  # "CreateFileW", dwShareMode
_NEW, _EXISTING, _EITHER = 1, 3, 4  # CREATE_NEW, OPEN_EXISTING, OPEN_ALWAYS
_NO_FOLLOW, _FOLDER_TOO = 0x00200000, 0x02000000  # FILE_FLAG_OPEN_REPARSE_POINT, _BACKUP_SEMANTICS
_REPLACE, _WRITE_THROUGH = 0x1, 0x8  # "MoveFileExW"; the second: back only once the disk has it
_DENIED, _SHARING = 5, 32  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION
_ELEVATE = 740  # ERROR_ELEVATION_REQUIRED
_PATIENCE = 2.0  # seconds; virus scanners and indexers open a new file and soon let go of it
_PROCESSED, _BY_LINE, _ECHO, _VT_INPUT = 0x1, 0x2, 0x4, 0x200  # "SetConsoleMode", input
_MAX_LINE = 16 << 10  # characters; older consoles lend no more than 64 KiB ("ReadConsole")
_RECORD = 20  # bytes of an INPUT_RECORD
_KILL_ON_CLOSE, _BREAKAWAY_OK = 0x2000, 0x800  # "JOBOBJECT_BASIC_LIMIT_INFORMATION"
_STARTED = (".com", ".exe", ".bat", ".cmd")  # what CreateProcessW starts; the rest needs an interpreter
_MAX_BLOCK = 64 << 10  # characters; a page that shows a key has a few hundred
_ONE_LINE = "give long values and values of several lines as JSON: --stdin"


# --- the system -------------------------------------------------------------------------------------


def call(name: str, *arguments: Any, library: str = "kernel32", handle: bool = False) -> Any:
    """What a system function returns; OSError if that is what stands for a failure."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import ctypes

    function = getattr(ctypes.WinDLL(library, use_last_error=True), name)
    if handle:
        function.restype = ctypes.c_void_p  # by default a C int, which is half of it
    # In a call every argument has a pointer's width; a plain int would lose half of a handle.
    result = function(*(ctypes.c_void_p(a) if isinstance(a, int) else a for a in arguments))
    if not result or (handle and result == ctypes.c_void_p(-1).value):
        raise ctypes.WinError(ctypes.get_last_error())
    return result


def _attributes(rights: bytes) -> Any:
    """A SECURITY_ATTRIBUTES with those rights: its length, where they are, not inherited."""
    import ctypes

    class Attributes(ctypes.Structure):
        _fields_ = (("length", ctypes.c_uint32), ("rights", ctypes.c_char_p), ("inherit", ctypes.c_int))

    return ctypes.byref(Attributes(ctypes.sizeof(Attributes), rights, 0))


def _create(path: str, access: int, share: int, how: int, flags: int = 0, rights: bytes = b"") -> int:
    """A handle of a file, a folder or the console, not inherited; *rights* are those of a new file."""
    attributes = _attributes(rights) if rights else None
    return int(call("CreateFileW", path, access, share, attributes, how, flags, None, handle=True))


def _open(path: str, access: int, share: int, how: int, flags: int = 0, rights: bytes = b"") -> int:
    """The same as a descriptor, in binary mode."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import msvcrt

    handle = _create(path, access, share, how, flags, rights)
    return msvcrt.open_osfhandle(handle, os.O_RDWR | os.O_BINARY | os.O_NOINHERIT)


def _lock_byte(descriptor: int, *, take: bool) -> None:
    """Lock or unlock the first byte; PermissionError if somebody else has it."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import msvcrt

    msvcrt.locking(descriptor, msvcrt.LK_NBLCK if take else msvcrt.LK_UNLCK, 1)


def _user() -> bytes:
    """The SID of the user that this process runs as."""
    import ctypes

    buffer, length = ctypes.create_string_buffer(256), ctypes.c_uint32()
    arguments = (-4, 1, buffer, 256, ctypes.byref(length))  # GetCurrentProcessToken, TokenUser
    call("GetTokenInformation", *arguments, library="advapi32")
    # TOKEN_USER begins with a pointer to the SID, which is in the same buffer.
    return _sid_at(buffer.raw, (ctypes.c_void_p.from_buffer(buffer).value or 0) - ctypes.addressof(buffer))


def _security(descriptor: int) -> bytes:
    """Owner and access list of an open file, as MS-DTYP 2.4.6 writes them down."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import ctypes
    import msvcrt

    size = 68 << 10  # bytes; a list has 64 KiB at most, MS-DTYP 2.4.5
    buffer, length = ctypes.create_string_buffer(size), ctypes.c_uint32()
    which = 0x1 | 0x4  # OWNER_SECURITY_INFORMATION, DACL_SECURITY_INFORMATION
    arguments = (msvcrt.get_osfhandle(descriptor), which, buffer, size, ctypes.byref(length))
    call("GetKernelObjectSecurity", *arguments, library="advapi32")
    return buffer.raw[: length.value]


def _console(name: str, handle: int, unit: int, most: int, *more: None) -> bytes:
    """What a function gives that fills a buffer of *most* units and says how many it filled."""
    import ctypes

    buffer, count = ctypes.create_string_buffer(unit * most), ctypes.c_uint32()
    call(name, handle, buffer, most, ctypes.byref(count), *more)
    return buffer.raw[: unit * count.value]


def _console_mode(handle: int) -> int:
    import ctypes

    mode = ctypes.c_uint32()
    call("GetConsoleMode", handle, ctypes.byref(mode))
    return mode.value


def _console_write(handle: int, data: bytes) -> int:
    """Write UTF-16; how many bytes of it were taken."""
    import ctypes

    count = ctypes.c_uint32()
    call("WriteConsoleW", handle, data, len(data) // 2, ctypes.byref(count), None)
    return 2 * count.value


def _limit_job(job: int, limits: int) -> None:
    import ctypes

    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION: LimitFlags stand behind two 64-bit times.
    information = (ctypes.c_uint32 * (36 if ctypes.sizeof(ctypes.c_void_p) == 8 else 28))()
    information[4] = limits
    call("SetInformationJobObject", job, 9, ctypes.byref(information), ctypes.sizeof(information))


def open_to_others(path: str) -> bool:
    """Never known here: a file's list of rights would have to be weighed against groups."""
    return False


def available_memory() -> int | None:
    """Bytes that are free in memory, and that the system would still promise; None if unknown."""
    import ctypes

    status = (ctypes.c_uint64 * 8)(64)  # MEMORYSTATUSEX; the low half of the first is its length
    try:
        call("GlobalMemoryStatusEx", ctypes.byref(status))
    except OSError:
        return None
    return min(status[2], status[4])  # ullAvailPhys, ullAvailPageFile


def harden() -> None:
    """Keep our heap out of the reports that Windows makes of a crash; best effort.

    Other processes of this user can read our memory: Windows has nothing against it that a program
    without privileges could use.
    """
    try:
        call("WerSetFlags", 1)  # WER_FAULT_REPORTING_FLAG_NOHEAP
    except (AttributeError, OSError):
        pass  # OSError even if it worked, for its success is 0


# --- places -----------------------------------------------------------------------------------------


def data_home() -> str:
    """The folder of the default vault: local, so that no roaming profile copies it to a server."""
    base = os.environ.get("LOCALAPPDATA", "")
    if not os.path.isabs(base):
        base = os.path.expanduser(os.path.join("~", "AppData", "Local"))
    return os.path.join(base, "coldvault")


def state_home() -> str:
    """The folder of what this machine has seen."""
    return os.path.join(data_home(), "state")


# --- rights -----------------------------------------------------------------------------------------


def _sid(authority: int, *parts: int) -> bytes:
    """MS-DTYP 2.4.2.2."""
    return bytes((1, len(parts))) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def _sid_at(data: bytes, at: int) -> bytes:
    return data[at : at + 8 + 4 * data[at + 1]]


def _sid_text(sid: bytes) -> str:
    parts = struct.unpack_from(f"<{(len(sid) - 8) // 4}I", sid, 8)
    return "-".join(map(str, ("S", sid[0], int.from_bytes(sid[2:8], "big"), *parts)))


_SYSTEM = _sid(5, 18)
_ADMINISTRATORS = _sid(5, 32, 544)  # may take anything over anyway, and own what an elevated shell makes
_OWNER_RIGHTS = _sid(3, 4)
# Everyone, Network, Interactive, Anonymous, Authenticated Users, Users, Guests: "Well-known SIDs".
_EVERYBODY = {_sid(1, 0), *(_sid(5, n) for n in (2, 4, 7, 11)), _sid(5, 32, 545), _sid(5, 32, 546)}
_FULL = 0x1F01FF  # FILE_ALL_ACCESS
# FILE_DELETE_CHILD, WRITE_DAC, WRITE_OWNER, GENERIC_ALL: what lets somebody take away another's file.
# Only to add files is what the sticky bit leaves on POSIX, and usual outside of users' own folders.
_TAKES_AWAY = 0x40 | 0x40000 | 0x80000 | 0x10000000


def _private(*, folder: bool = False) -> bytes:
    """The rights of what is ours alone (MS-DTYP 2.4.6): nothing inherited, the user and SYSTEM only.

    The owner is named, for otherwise an elevated shell makes the Administrators the owner.
    """
    user, flags = _user(), 0x3 if folder else 0  # OBJECT_INHERIT_ACE, CONTAINER_INHERIT_ACE
    sids = (user, _SYSTEM)
    entries = b"".join(struct.pack("<BBHI", 0, flags, 8 + len(sid), _FULL) + sid for sid in sids)
    entries = struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(sids), 0) + entries
    control = 0x8000 | 0x1000 | 0x4  # SE_SELF_RELATIVE, SE_DACL_PROTECTED, SE_DACL_PRESENT
    return struct.pack("<BBHIIII", 1, 0, control, 20, 0, 0, 20 + len(user)) + user + entries


def _granted(security: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The owner, and the rights and SID of each who is granted something."""
    control, owner, _, _, at = struct.unpack_from("<HIIII", security, 2)
    if not control & 0x4 or not at:  # no list means no limits
        return _sid_at(security, owner), [(_FULL, _sid(1, 0))]
    (count,), found = struct.unpack_from("<H", security, at + 4), []
    at += 8
    for _ in range(count):
        kind, flags, size, mask = struct.unpack_from("<BBHI", security, at)
        # Not what denies, nor what is for others to inherit. An entry of a kind with more before its
        # SID seems to have a SID that nobody has: it is refused, which is the safe side.
        if kind not in (1, 6, 10, 12) and not flags & 0x8 and mask:
            found.append((mask, _sid_at(security, at + 8)))
        at += size
    return _sid_at(security, owner), found


def _refuse_others(descriptor: int, path: str) -> None:
    user = _user()
    owner, granted = _granted(_security(descriptor))
    if owner not in (user, _ADMINISTRATORS):
        hint = f'run as its owner, or make it yours: takeown /f "{path}"'
        raise InsecureFile(f"{path} belongs to another user ({_sid_text(owner)})", hint=hint)
    trusted = (user, _SYSTEM, _ADMINISTRATORS, _OWNER_RIGHTS)
    others = sorted({_sid_text(sid) for _, sid in granted if sid not in trusted})
    if others:
        hint = f'icacls "{path}" /inheritance:r /grant:r *{_sid_text(user)}:F /remove:g *{" *".join(others)}'
        raise InsecureFile(f"{path} is open to other users ({', '.join(others)})", hint=hint)


# --- files ------------------------------------------------------------------------------------------


def _patiently(action: Callable[[], T], *passing: int) -> T:
    """What *action* returns, tried again while it meets one of the *passing* system errors."""
    from time import monotonic, sleep

    end = monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except OSError as error:
            if getattr(error, "winerror", 0) not in passing or monotonic() >= end:
                raise
        sleep(0.05)


def _is_link(status: os.stat_result) -> bool:
    return bool(getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT)


def _unlock(descriptor: int) -> None:
    """Unlock now: left to the closing, it would be free when the system gets round to it ("LockFile")."""
    try:
        _lock_byte(descriptor, take=False)
    except OSError:
        pass


class Folder(OpenFolder):
    """An open folder, which nobody can rename while it is open: so full paths below it stay true."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Open the folder at *path*; with *make*, create it for its owner alone if it is missing."""
        self.path = os.path.realpath(path)
        self._confirmed = True
        try:
            if make and not os.path.isdir(self.path):
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                try:
                    call("CreateDirectoryW", self.path, _attributes(_private(folder=True)))
                except FileExistsError:
                    pass
            # Deletion is not shared: that keeps it, and the folders above it, from being renamed.
            how = (_LIST_FOLDER | _READ_RIGHTS, _SHARE_NO_DELETE, _EXISTING, _FOLDER_TOO | _NO_FOLLOW)
            self._descriptor = _patiently(lambda: _open(self.path, *how), _SHARING)
        except FileNotFoundError:
            raise Missing(f"no folder at {path}", hint="create it, or name another one") from None
        except OSError as error:
            raise reason(error, "open the folder", path) from error
        try:
            self._refuse_shared()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise reason(error, "open the folder", path) from error
            raise

    def _refuse_shared(self) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISDIR(status.st_mode) or _is_link(status):
            raise StoreError(f"cannot open the folder {self.path}: it is none")
        for mask, sid in _granted(_security(self._descriptor))[1]:
            if mask & _TAKES_AWAY and sid in _EVERYBODY:
                hint = f'icacls "{self.path}" /inheritance:d, then with /remove:g *{_sid_text(sid)}'
                raise InsecureFile(f"everybody may write to the folder {self.path}", hint=hint)

    @staticmethod
    def split(path: str) -> tuple[str, str]:
        """The folder and the name that *path* stands for, its links and junctions resolved this once."""
        folder, name = os.path.split(os.path.realpath(path))
        if not name:
            raise NotAFile(f"{path} is a folder")
        return folder, name

    def _open_own(self, name: str, *, write: bool = False, make: bool = False) -> int:
        """A descriptor of a regular file that is ours alone; what is checked is what was opened."""
        path = self.full(name)
        access, how = _READ | (_WRITE if write else 0), _EITHER if make else _EXISTING
        try:
            rights = _private() if make else b""
            # Deletion is shared, so that another process can rename a new file over this one meanwhile.
            descriptor = _patiently(
                lambda: _open(path, access, _SHARE_ALL, how, _NO_FOLLOW, rights), _SHARING
            )
        except FileNotFoundError:
            raise Missing(f"no file at {path}") from None
        except OSError as error:
            if os.path.isdir(path):  # which Windows calls "access denied"
                raise NotAFile(f"{path} is a folder") from None
            raise reason(error, "open", path) from error
        try:
            status = os.fstat(descriptor)
            if _is_link(status):
                raise InsecureFile(f"{path} is a symbolic link or another reparse point")
            if not stat.S_ISREG(status.st_mode):
                raise NotAFile(f"{path} is not a regular file")
            _refuse_others(descriptor, path)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise reason(error, "open", path) from error
            raise
        return descriptor

    def _open_new(self, name: str) -> int:
        return _open(self.full(name), _READ | _WRITE, _ALONE, _NEW, _NO_FOLLOW, _private())

    def _make_private(self, descriptor: int, name: str) -> None:
        """Refuse a volume that keeps no rights, as FAT."""
        _refuse_others(descriptor, self.full(name))

    def _flush(self, descriptor: int) -> None:
        os.fsync(descriptor)  # FlushFileBuffers, the drive's cache included; never retried

    def rename(self, old: str, new: str) -> None:
        """Put *old* in the place of *new*, which is never absent in between."""
        names = (self.full(old), self.full(new))
        try:
            _patiently(lambda: call("MoveFileExW", *names, _REPLACE | _WRITE_THROUGH), _SHARING, _DENIED)
        except OSError as error:
            raise reason(error, "replace", names[1]) from error

    def link(self, old: str, new: str) -> bool:
        """Give *old* the name *new*, if nothing has it: whether this folder can do so at all."""
        try:
            _patiently(lambda: os.link(self.full(old), self.full(new)), _SHARING)
        except FileExistsError:
            raise Exists(f"{self.full(new)} exists already") from None
        except OSError:
            return False  # FAT and some network file systems have no second names
        try:
            # CreateHardLinkW knows no write-through: flush the file, whose names are part of it on NTFS.
            descriptor = self._open_own(new, write=True)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except (OSError, VaultError):
            self._confirmed = False
        return True

    def remove(self, name: str) -> None:
        """Take a file away if it is there; best effort."""
        try:
            _patiently(lambda: os.unlink(self.full(name)), _SHARING, _DENIED)
        except OSError:
            pass

    def names(self) -> list[str]:
        """What stands in the folder."""
        try:
            return sorted(os.listdir(self.path))
        except OSError as error:
            raise reason(error, "list the folder", self.path) from error

    def exists(self, name: str) -> bool:
        """Whether anything has that name, a link that leads nowhere included."""
        try:
            os.lstat(self.full(name))
        except OSError:
            return False
        return True

    def sync(self) -> bool:
        """Whether the disk confirmed the folder's entries.

        Windows flushes no folders. A rename is written through before it returns, or fails; so only
        a link can be in doubt.
        """
        return self._confirmed

    def _lock(self, descriptor: int) -> Lock | None:
        try:
            _lock_byte(descriptor, take=True)
        except PermissionError:
            return None
        return Lock(descriptor, _unlock)


# --- the terminal -----------------------------------------------------------------------------------


class Terminal:
    """The console itself: standard input and output may be anything else."""

    def __init__(self) -> None:
        """Open it; raises NoTerminal if this process has none."""
        self._handles: list[int] = []
        try:
            for name in ("CONIN$", "CONOUT$"):
                self._handles.append(_create(name, _READ | _WRITE, _SHARE_NO_DELETE, _EXISTING))
            self._input, self._output = self._handles
            _console_mode(self._input)
        except OSError:
            self.close()
            raise NoTerminal("there is no terminal to ask at") from None

    def close(self) -> None:
        for handle in self._handles:
            call("CloseHandle", handle)

    def write(self, text: str) -> None:
        data = text.encode("utf-16-le", errors="replace")
        while data:
            data = data[_console_write(self._output, data[: 2 * _MAX_LINE]) :]

    def ask(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        """One line that the person types, without its newline; Ctrl-Z is the end of input."""
        call("FlushConsoleInputBuffer", self._input)  # typed before the question: no answer to it
        return self._asked(prompt, hidden=hidden, meanwhile=meanwhile, sole=sole)

    def _asked(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        import _signal

        # The mode belongs to the console, not to this process: it is put back, whatever happens.
        saved = _console_mode(self._input)
        mode = (saved | _PROCESSED | _BY_LINE | _ECHO) & ~_VT_INPUT
        stop = getattr(_signal, "SIGBREAK", None)  # by default it would end us with the echo still off
        handler = _signal.signal(stop, _signal.default_int_handler) if stop else None
        try:
            call("SetConsoleMode", self._input, mode & ~_ECHO if hidden else mode)
            self.write(prompt)
            try:
                if meanwhile is not None:
                    meanwhile()
            except BaseException:
                self.write("\n")  # what is said next begins a line of its own
                raise
            line = self._line(hidden)
            if sole and self._waiting():
                call("FlushConsoleInputBuffer", self._input)
                raise LineRefused("that was more than one line; nothing was taken", hint=_ONE_LINE)
        finally:
            call("SetConsoleMode", self._input, saved)
            if stop:
                _signal.signal(stop, handler)
        return line

    def paste(self, prompt: str, ended: Callable[[str], bool] | None = None) -> str:
        """Lines that are not shown, up to an empty one with nothing behind it, or to Ctrl-Z.

        Args:
            ended: whether the lines so far are all; it takes the place of the empty line.
        """
        call("FlushConsoleInputBuffer", self._input)
        text, question = "", prompt
        while True:
            try:
                line = self._asked(question, hidden=True, sole=False)
            except Cancelled:
                if text.strip():
                    return text
                raise
            if ended is None and not line and text.strip() and not self._waiting():
                return text
            text, question = f"{text}{line}\n", ""
            if ended is not None and ended(text):
                return text
            if len(text) > _MAX_BLOCK:
                raise LineRefused(f"that is more than {_MAX_BLOCK >> 10} KiB; nothing was taken")

    def _line(self, hidden: bool) -> str:
        from time import sleep

        try:
            data = _console("ReadConsoleW", self._input, 2, _MAX_LINE, None)
        except OSError as error:
            raise Cancelled("the terminal went away") from error
        if not data:
            sleep(0.1)  # after Ctrl-C: its signal comes a moment later, on another thread, and raises here
        if hidden or not data:
            self.write("\n")
        try:
            line = data.decode("utf-16-le")
        except UnicodeDecodeError:
            raise LineRefused("the terminal did not send Unicode") from None
        if not line or line.startswith("\x1a"):
            raise Cancelled("cancelled; nothing was changed")
        if not line.endswith("\n"):
            call("FlushConsoleInputBuffer", self._input)
            most = f"{_MAX_LINE - 2:,}"
            raise LineRefused(f"a console passes on only the first {most} characters", hint=_ONE_LINE)
        return line.removesuffix("\n").removesuffix("\r")

    def _waiting(self) -> bool:
        """Whether a key was pressed since: that the Enter key was let go of is an event, too."""
        from time import sleep

        sleep(0.05)
        events = _console("PeekConsoleInputW", self._input, _RECORD, 128)
        for at in range(0, len(events), _RECORD):
            kind, down, character = struct.unpack_from("<H2xi6xH", events, at)  # "KEY_EVENT_RECORD"
            if kind == 1 and down and character:
                return True
        return False


# --- programs ---------------------------------------------------------------------------------------


def find_program(program: str, search: str) -> str:
    """The path of an executable: as given if it names a folder, else the first on *search*.

    Endings are tried in the order of PATHEXT. Unlike cmd.exe and CreateProcessW, this looks in the
    current folder only if *search* names it.
    """
    endings = [e.lower() for e in (os.environ.get("PATHEXT") or ";".join(_STARTED)).split(";") if e]
    names = [program]
    if os.path.splitext(program)[1].lower() not in endings:
        names = [*(program + ending for ending in endings), program]
    if any(mark in program for mark in "/\\:"):
        candidates = names
    else:
        folders = [folder.strip('"') for folder in search.split(";")]
        candidates = [os.path.join(folder, name) for folder in folders if folder for name in names]
    found = ""
    for path in candidates:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(mode) and path.lower().endswith(_STARTED):
            return path
        found = found or path
    if not program or not found:
        raise ProgramNotFound(f"no such program: {program}", hint="check the spelling, and PATH")
    if os.path.isdir(found):
        raise ProgramNotExecutable(f"{found} is a folder")
    raise ProgramNotExecutable(f"{found} is not executable", hint="name its interpreter: python bot.py")


def _refuse_reread(path: str, arguments: Sequence[str]) -> None:
    """Refuse what cmd.exe would read as its own: no quoting keeps it from that (CVE-2024-24576)."""
    if not path.rstrip(" .").lower().endswith((".bat", ".cmd")):  # Windows drops blanks and dots at the end
        return
    for text, special in ((path, '"%!^&|<>'), *((argument, '"%!^&|<>()') for argument in arguments[1:])):
        for mark in text:
            if mark in special or mark < " " or mark == "\x7f":
                raise ProgramNotExecutable(
                    f"{path} is run by cmd.exe, which would not take {mark!r} as a mere character",
                    hint="name the program that the batch file starts",
                )


def _join_job() -> int:
    """Put this process, and so all that it starts from now on, into a new job; 0 if that fails."""
    try:
        job = int(call("CreateJobObjectW", None, None, handle=True))
        _limit_job(job, _KILL_ON_CLOSE | _BREAKAWAY_OK)
        call("AssignProcessToJobObject", job, -1)  # GetCurrentProcess
    except OSError:
        return 0  # then the program outlives us if we are killed: no reason not to start it
    return job


def replace_process(path: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Run the program at *path* in our place, and end with its status: SystemExit.

    Windows cannot replace a process: ``os.exec*`` there starts another one and ends, so a shell goes
    on at once and the status is lost (cpython#101191). We stay as its parent instead, deaf to Ctrl-C
    and Ctrl-Break, which reach it by themselves; and it ends when we are ended. What we have in
    memory stays there until then.
    """
    raise SystemExit(_launched(path, arguments, environment, None))


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """See :func:`posix.supervise`. A console is the program's as it is; what shows there is not filtered."""
    return _launched(path, arguments, environment, fresh)


def _launched(
    path: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    fresh: Callable[[], Filter] | None,
) -> int:
    """The exit status of the program at *path*."""
    import _signal
    import subprocess

    path = os.path.abspath(path)
    _refuse_reread(path, arguments)
    job = _join_job()  # ourselves, not the child: that could start others before it is put there
    numbers = [getattr(_signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(_signal, name)]
    handlers = [(number, _signal.signal(number, _signal.SIG_IGN)) for number in numbers]
    try:
        # As executable, the path is not searched for. The first argument is the path again: that is
        # what cmd.exe starts for a batch file.
        child = subprocess.Popen(  # noqa: S603
            [path, *arguments[1:]],
            executable=path,
            env=dict(environment),
            stdout=_end_for(1, fresh),
            stderr=_end_for(2, fresh),
        )
    except OSError as error:
        for number, handler in handlers:
            _signal.signal(number, handler)
        if isinstance(error, FileNotFoundError):
            raise ProgramNotFound(f"no such program: {path}") from None
        elevate = getattr(error, "winerror", 0) == _ELEVATE
        hint = "it wants an administrator: run vault in an elevated shell" if elevate else ""
        reason = (error.strerror or str(error)).lower()
        raise ProgramNotExecutable(f"cannot execute {path}: {reason}", hint=hint) from None
    pumps = _pumps(child, fresh)
    status = child.wait()
    if job:
        try:
            _limit_job(job, _BREAKAWAY_OK)  # what it left running on purpose stays, as on POSIX
        except OSError:
            pass
    for pump in pumps:
        pump.join(_PATIENCE)  # what it left running may hold the pipe for good
    # SystemExit takes a C long: 0xC000013A, as after Ctrl-C, is the same status as its negative.
    return status - (1 << 32) if status >> 31 else status


def _end_for(number: int, fresh: object) -> int | None:
    """What a program's stream of that number is to be: a pipe to filter, or None: ours."""
    import subprocess

    try:
        return None if fresh is None or os.isatty(number) or not os.fstat(number) else subprocess.PIPE
    except OSError:
        return None  # closed by our caller


def _pumps(child: Popen[bytes], fresh: Callable[[], Filter] | None) -> list[Thread]:
    """A thread for each pipe that passes on what comes, filtered."""
    if fresh is None:
        return []
    from threading import Thread

    ends = [(source, number) for number, source in ((1, child.stdout), (2, child.stderr)) if source]
    pumps = [
        Thread(target=_pump, args=(source.fileno(), number, fresh()), daemon=True) for source, number in ends
    ]
    for pump in pumps:
        pump.start()
    return pumps


def _pump(source: int, target: int, hide: Filter) -> None:
    """Until the pipe has ended, or nobody reads any more: then it is closed, for the program to learn."""
    try:
        while data := os.read(source, 1 << 16):
            write_all(target, hide.feed(data))
        write_all(target, hide.end())
    except OSError:
        os.close(source)


# --- the hand-over on a descriptor --------------------------------------------------------------------


def shield() -> bool:
    """Close this process's memory to other processes of its user: not possible here, see :func:`harden`."""
    return False


def memory_file(data: bytes) -> int:
    """See :func:`posix.memory_file`. A program here inherits handles, and does not find them by a number."""
    raise HostError(
        "credentials are not handed over on a descriptor on Windows",
        hint="hand them over in variables, without --via",
    )
