"""What Windows tells of the machine around a vault. What the functions promise is written in ``posix``."""

from __future__ import annotations

import os
import sys

from . import api


def _user_setting(key: str, name: str) -> int:
    """A number in this user's part of the registry; 0 if it is not there."""
    if sys.platform != "win32":
        return 0
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
            return int(winreg.QueryValueEx(opened, name)[0])
    except (OSError, TypeError, ValueError):
        return 0


def file_system(path: str) -> str:
    """See :func:`posix.file_system`. Told is only whose the drive is: "GetDriveTypeW"."""
    drive = os.path.splitdrive(os.path.abspath(path))[0]
    try:
        kind = api.call("GetDriveTypeW", f"{drive}\\")
    except OSError:
        return ""
    return {3: "fixed drive", 4: "network drive"}.get(kind, "")  # DRIVE_FIXED, DRIVE_REMOTE


def plain_swap() -> tuple[str, ...] | None:
    """Return None: whether a drive is encrypted, Windows tells administrators alone."""
    return None


def core_dumps() -> str | None:
    """See :func:`posix.core_dumps`. Not known here: reports of a crash have settings in many places."""
    return None


def clipboard_histories() -> tuple[str, ...] | None:
    """See :func:`posix.clipboard_histories`. Windows' own are told, and no programs."""
    settings = {
        "EnableClipboardHistory": "Windows' clipboard history",
        "EnableCloudClipboard": "Windows' clipboard across devices",
    }
    key = r"Software\Microsoft\Clipboard"
    return tuple(title for name, title in settings.items() if _user_setting(key, name))


def others_may_write(folder: str) -> str:
    """See :func:`posix.others_may_write`. Empty: opening the :class:`Folder` refuses such rights."""
    return ""


def traceable() -> bool | None:
    """Yes: Windows has nothing against it."""
    return True
