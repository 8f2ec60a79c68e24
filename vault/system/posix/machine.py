"""What Linux, macOS and the BSDs tell of the machine around a vault; for `vault doctor`."""

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
    """What one of the system's own files says; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(1 << 20))
    except OSError:
        return ""


def _unescaped(text: str) -> str:
    """A path as the kernel's tables write it: proc(5)."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("043", "#"), ("134", "\\")):
        text = text.replace(f"\\{code}", character)
    return text


def _mount(path: str) -> tuple[str, str]:
    """Type and source of the file system that *path* lies on; empty texts if they are unknown."""
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
    """The type of the file system that the file or folder at *path*, links resolved, lies on; or empty."""
    return _mount(path)[0]


def _block_device(path: str) -> str:
    """The folder below /sys of the block device that *path* is, or lies on; OSError if there is none."""
    status = os.stat(path)
    number = status.st_rdev if stat.S_ISBLK(status.st_mode) else status.st_dev
    if not os.major(number):  # btrfs has a number of its own for each subvolume
        number = os.stat(_mount(path)[1]).st_rdev
    return os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")


def _keeps_plain(device: str) -> bool:
    """Whether that device writes to a disk as it is told: neither dm-crypt all the way down, nor zram."""
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
    """Where this system swaps memory out to a disk without encryption; None if that is unknown."""
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
    """What happens to the memory of a program that is started from here and crashes; empty: it is gone.

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
    """Programs of this user that keep a history of the clipboard and run; None if that is unknown."""
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
    """Who besides this user and root may put files into the place of those in *folder*; empty: nobody."""
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
    """Whether programs of this user may read the memory of one that did not close itself; None if unknown."""
    if sys.platform != "linux":
        return None
    return _text("/proc/sys/kernel/yama/ptrace_scope").strip() in ("", "0")
