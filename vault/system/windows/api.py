"""The calls into Windows: the only functions here that talk to the system."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

READ, WRITE = 0x80000000, 0x40000000  # "Generic Access Rights"
LIST_FOLDER, READ_RIGHTS = 0x1, 0x20000  # FILE_LIST_DIRECTORY, READ_CONTROL
ALONE, SHARE_ALL, SHARE_NO_DELETE = 0, 7, 3  # "CreateFileW", dwShareMode
NEW, EXISTING, EITHER = 1, 3, 4  # CREATE_NEW, OPEN_EXISTING, OPEN_ALWAYS
NO_FOLLOW, FOLDER_TOO = 0x00200000, 0x02000000  # FILE_FLAG_OPEN_REPARSE_POINT, _BACKUP_SEMANTICS
DENIED, SHARING = 5, 32  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION


def call(name: str, *arguments: Any, library: str = "kernel32", handle: bool = False) -> Any:
    """Call a function of the system; raises OSError if it reports a failure."""
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


def attributes(rights: bytes) -> Any:
    """Return a SECURITY_ATTRIBUTES with those rights, not inherited."""
    import ctypes

    class Attributes(ctypes.Structure):
        _fields_ = (("length", ctypes.c_uint32), ("rights", ctypes.c_char_p), ("inherit", ctypes.c_int))

    return ctypes.byref(Attributes(ctypes.sizeof(Attributes), rights, 0))


def create(path: str, access: int, share: int, how: int, flags: int = 0, rights: bytes = b"") -> int:
    """Open a file, a folder or the console: a handle, not inherited; *rights* are those of a new file."""
    new = attributes(rights) if rights else None
    return int(call("CreateFileW", path, access, share, new, how, flags, None, handle=True))


def open_file(path: str, access: int, share: int, how: int, flags: int = 0, rights: bytes = b"") -> int:
    """Open a file or a folder: a descriptor, in binary mode."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import msvcrt

    handle = create(path, access, share, how, flags, rights)
    return msvcrt.open_osfhandle(handle, os.O_RDWR | os.O_BINARY | os.O_NOINHERIT)


def lock_byte(descriptor: int, *, take: bool) -> None:
    """Lock or unlock the first byte; raises PermissionError if another process has it."""
    if sys.platform != "win32":
        raise OSError(errno.ENOSYS, "this is not Windows")
    import msvcrt

    msvcrt.locking(descriptor, msvcrt.LK_NBLCK if take else msvcrt.LK_UNLCK, 1)


def user_sid() -> bytes:
    """Return the SID of the user that this process runs as."""
    import ctypes

    buffer, length = ctypes.create_string_buffer(256), ctypes.c_uint32()
    arguments = (-4, 1, buffer, 256, ctypes.byref(length))  # GetCurrentProcessToken, TokenUser
    call("GetTokenInformation", *arguments, library="advapi32")
    # TOKEN_USER begins with a pointer to the SID, which is in the same buffer.
    at = (ctypes.c_void_p.from_buffer(buffer).value or 0) - ctypes.addressof(buffer)
    return buffer.raw[at : at + 8 + 4 * buffer.raw[at + 1]]


def security(descriptor: int) -> bytes:
    """Return the owner and access list of an open file: a SECURITY_DESCRIPTOR, MS-DTYP 2.4.6."""
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


def console_read(name: str, handle: int, unit: int, most: int, *more: None) -> bytes:
    """Call a console function that fills a buffer of *most* units and counts them; return that part."""
    import ctypes

    buffer, count = ctypes.create_string_buffer(unit * most), ctypes.c_uint32()
    call(name, handle, buffer, most, ctypes.byref(count), *more)
    return buffer.raw[: unit * count.value]


def console_mode(handle: int) -> int:
    """Return the mode of a console."""
    import ctypes

    mode = ctypes.c_uint32()
    call("GetConsoleMode", handle, ctypes.byref(mode))
    return mode.value


def console_write(handle: int, data: bytes) -> int:
    """Write UTF-16; return the number of bytes that were taken."""
    import ctypes

    count = ctypes.c_uint32()
    call("WriteConsoleW", handle, data, len(data) // 2, ctypes.byref(count), None)
    return 2 * count.value


def limit_job(job: int, limits: int) -> None:
    """Set the limits of a job."""
    import ctypes

    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION: LimitFlags stand behind two 64-bit times.
    information = (ctypes.c_uint32 * (36 if ctypes.sizeof(ctypes.c_void_p) == 8 else 28))()
    information[4] = limits
    call("SetInformationJobObject", job, 9, ctypes.byref(information), ctypes.sizeof(information))
