"""Facts about the machine around a vault; for `vault doctor`."""

from __future__ import annotations

import os
import stat
import sys

# Names of programs that keep a history of the clipboard, as the kernel cuts them: 15 characters.
_HISTORIES = {
    "clipcatd": "clipcat",
    "clipit": "ClipIt",
    "clipmenud": "clipmenu",
    "copyq": "CopyQ",
    "diodon": "Diodon",
    "gpaste-daemon": "GPaste",
    "greenclip": "Greenclip",
    "klipper": "Klipper",
    "parcellite": "Parcellite",
    "plasmashell": "Klipper",  # which is a part of it
    "wl-paste": "a watcher of the clipboard (wl-paste)",  # as in: wl-paste --watch cliphist store
    "xfce4-clipman": "Clipman",
}


def _text(path: str) -> str:
    """Return the text of a file of the kernel; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(1 << 20))
    except OSError:
        return ""


def _unescaped(text: str) -> str:
    """Decode a path of the kernel's tables: proc(5)."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("043", "#"), ("134", "\\")):
        text = text.replace(f"\\{code}", character)
    return text


def _mount(path: str) -> tuple[str, str]:
    """Return type and source of the file system that *path* lies on; empty texts if they are unknown."""
    best, found = "", ("", "")
    for line in _text("/proc/self/mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        point = _unescaped(fields.split()[4])
        inside = f"{path}/".startswith(f"{point.rstrip('/')}/")
        if inside and len(point) >= len(best):  # of two at one place, the later hides the earlier
            kind, source = rest.split()[:2]
            best, found = point, (kind, _unescaped(source))
    return found


def file_system(path: str) -> str:
    """Return the type of the file system that *path*, links resolved, lies on; empty if unknown."""
    return _mount(path)[0]


def _block_device(path: str) -> str:
    """Return the folder below /sys of the block device that *path* is or lies on; raises OSError."""
    status = os.stat(path)
    number = status.st_rdev if stat.S_ISBLK(status.st_mode) else status.st_dev
    if not os.major(number):  # btrfs has a number of its own for each subvolume
        number = os.stat(_mount(path)[1]).st_rdev
    return os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")


def _keeps_plain(device: str) -> bool:
    """Return True if the device writes plain text to a disk: not dm-crypt all the way down, not zram."""
    if _text(f"{device}/dm/uuid").startswith("CRYPT-"):
        return False
    if os.path.basename(device).startswith("zram"):
        below = _text(f"{device}/backing_dev").strip()  # where it puts what it cannot keep in memory
        return below not in ("", "none") and _keeps_plain(_block_device(below))
    try:
        parts = os.listdir(f"{device}/slaves")  # of LVM or RAID
    except OSError:
        parts = []
    return not parts or any(_keeps_plain(os.path.realpath(f"{device}/slaves/{part}")) for part in parts)


def plain_swap() -> tuple[str, ...] | None:
    """Return the swap devices and files without encryption; None if unknown."""
    if sys.platform != "linux":
        return None
    found = []
    for line in _text("/proc/swaps").splitlines()[1:]:
        path = _unescaped(line.split()[0])
        try:
            plain = _keeps_plain(_block_device(path))
        except OSError:  # as in a container, which sees the list and not the device
            plain = True
        if plain:
            found.append(path)
    return tuple(found)


def core_dumps() -> str | None:
    """Return what happens to the memory of a program that crashes; empty if it is discarded.

    None if that is unknown. See core(5) and systemd-coredump(8).
    """
    import resource

    limit = resource.getrlimit(resource.RLIMIT_CORE)[0]
    pattern = _text("/proc/sys/kernel/core_pattern").strip()
    if not pattern.startswith("|"):
        return f"is written to a file ({pattern or 'core'})" if limit not in (0, 1) else ""
    program, *arguments = pattern[1:].split() or [""]
    name = os.path.basename(program)
    # A limit of 1 stops every pipe, 0 none; but systemd's own program keeps nothing then, if it is told the
    # limit. Debian's is not.
    refused = limit == 1 or (limit == 0 and name == "systemd-coredump" and "%c" in arguments)
    return "" if refused or name in ("true", "false") else f"is handed to {program}"


def clipboard_histories() -> tuple[str, ...] | None:
    """Return the running programs of this user that keep a clipboard history; None if unknown."""
    if sys.platform != "linux":
        return None
    found = set()
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == os.geteuid():
                found.add(_HISTORIES.get(_text(f"/proc/{entry}/comm").strip(), ""))
        except OSError:  # it has ended
            pass
    return tuple(sorted(found - {""}))


def others_may_write(folder: str) -> str:
    """Return who else may replace files in *folder*, besides root; empty if nobody."""
    try:
        status = os.stat(folder)
    except OSError:
        return ""
    if status.st_uid not in (0, os.geteuid()):
        return f"{folder} belongs to another user (uid {status.st_uid})"
    if status.st_mode & stat.S_ISVTX:
        return ""
    if status.st_mode & stat.S_IWOTH:
        return f"everybody may write to {folder}"
    if status.st_mode & stat.S_IWGRP and status.st_gid not in (0, os.getegid()):
        return f"a group (gid {status.st_gid}) may write to {folder}"
    return ""


def traceable() -> bool | None:
    """Return True if processes of this user may read each other's memory; None if unknown."""
    if sys.platform != "linux":
        return None
    return _text("/proc/sys/kernel/yama/ptrace_scope").strip() in ("", "0")
