"""Facts about the machine around a vault; for `vault doctor`."""

from __future__ import annotations

import os
import sys

from . import api


def _user_setting(key: str, name: str) -> int:
    """Return a number from this user's part of the registry, 0 if it is missing."""
    if sys.platform != "win32":
        return 0
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
            return int(winreg.QueryValueEx(opened, name)[0])
    except (OSError, TypeError, ValueError):
        return 0


def file_system(path: str) -> str:
    """Return ``fixed drive`` or ``network drive``, else an empty text: "GetDriveTypeW"."""
    drive = os.path.splitdrive(os.path.abspath(path))[0]
    try:
        kind = api.call("GetDriveTypeW", f"{drive}\\")
    except OSError:
        return ""
    return {3: "fixed drive", 4: "network drive"}.get(kind, "")  # DRIVE_FIXED, DRIVE_REMOTE


def plain_swap() -> tuple[str, ...] | None:
    """Return None: Windows tells only administrators whether a drive is encrypted."""
    return None


def core_dumps() -> str | None:
    """Return None: crash reports have settings in many places."""
    return None


def clipboard_histories() -> tuple[str, ...] | None:
    """Return Windows' own histories that are on; programs are not looked for."""
    settings = {
        "EnableClipboardHistory": "Windows' clipboard history",
        "EnableCloudClipboard": "Windows' clipboard across devices",
    }
    key = r"Software\Microsoft\Clipboard"
    return tuple(title for name, title in settings.items() if _user_setting(key, name))


def others_may_write(folder: str) -> str:
    """Return an empty text: opening the :class:`Folder` refuses such rights."""
    return ""


def traceable() -> bool | None:
    """Return True: Windows does not prevent it."""
    return True
