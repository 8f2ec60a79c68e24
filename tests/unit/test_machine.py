"""What the system says of itself: swap, core dumps, file systems, clipboard histories, rights on the way."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vault.system import machine
from vault.system.posix import machine as posix
from vault.system.windows import api
from vault.system.windows import machine as windows

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc and /sys are Linux's")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation of Windows on POSIX, and POSIX itself")

Says = Callable[[str, str], None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let one of the system's files say something else."""
    told: dict[str, str] = {}
    read = posix._text
    monkeypatch.setattr(posix, "_text", lambda path: told[path] if path in told else read(path))
    monkeypatch.setattr(sys, "platform", "linux")
    return told.__setitem__


# --- file systems -------------------------------------------------------------------------------------

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:50 / /home/me/my\\040files rw master:1 - nfs4 server:/x rw
41 27 0:51 / /home/me rw - btrfs /dev/mapper/home rw
42 27 0:52 / /mnt/a\\134b rw - cifs //server/share rw
43 27 0:53 / /mnt/twice rw - ext4 /dev/sdb rw
44 43 0:54 / /mnt/twice rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/passwd", "ext4"),
        ("/home/me/v", "btrfs"),
        ("/home/me", "btrfs"),
        ("/home/mean/v", "ext4"),
        ("/home/me/my files/v", "nfs4"),
        ("/mnt/a\\b/v", "cifs"),
        ("/mnt/twice/v", "tmpfs"),
    ],
    ids=str,
)
def test_the_file_system_of_a_path(says: Says, path: str, expected: str) -> None:
    """That of the longest mount point around it; of two there, the later one."""
    says("/proc/self/mountinfo", MOUNTS)
    assert expected == machine.file_system(path)


def test_an_unknown_file_system(says: Says) -> None:
    """Where the table cannot be read there is none to name."""
    says("/proc/self/mountinfo", "")
    assert machine.file_system("/home/me/v") == ""


@linux_only
def test_the_file_system_of_proc() -> None:
    """The real table is read."""
    assert machine.file_system("/proc/self") == "proc"


@linux_only
def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    """Absent, or a folder."""
    assert ("", "") == (posix._text(str(tmp_path / "absent")), posix._text(str(tmp_path)))


# --- swap ---------------------------------------------------------------------------------------------

SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


class Disks:
    """A tree like that of /sys."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self, name: str, *, on: str = "", uuid: str = "", backing: str = "") -> str:
        place = self.root / name
        place.mkdir()
        if uuid:
            (place / "dm").mkdir()
            (place / "dm" / "uuid").write_text(f"{uuid}\n")
        if backing:
            (place / "backing_dev").write_text(f"{backing}\n")
        if on:
            (place / "slaves").mkdir()
            for part in on.split():
                (place / "slaves" / part).symlink_to(self.root / part)
        return str(place)


@pytest.fixture
def disks(tmp_path: Path) -> Disks:
    """Two disks, each with something encrypted on it, and without."""
    found = Disks(tmp_path / "sys")
    found.root.mkdir()
    found.make("sda")
    found.make("crypt", on="sda", uuid="CRYPT-LUKS2-0123456789abcdef-swap")
    found.make("plain-lvm", on="sda", uuid="LVM-0123456789abcdef")
    found.make("crypt-lvm", on="crypt", uuid="LVM-0123456789abcdef")
    found.make("raid", on="crypt sda")
    found.make("zram0")
    found.make("zram1", backing="none")
    found.make("zram2", backing="/dev/sda")
    found.make("zram3", backing="/dev/crypt")
    return found


@linux_only
@pytest.mark.parametrize(
    ("device", "plain"),
    [("sda", True), ("crypt", False), ("plain-lvm", True), ("crypt-lvm", False), ("raid", True),
     ("zram0", False), ("zram1", False), ("zram2", True), ("zram3", False)],
)  # fmt: skip
def test_what_can_be_read_from_a_disk(
    disks: Disks, monkeypatch: pytest.MonkeyPatch, device: str, plain: bool
) -> None:
    """Not through dm-crypt, wherever it lies; not in memory, unless zram writes to a disk in its turn."""
    monkeypatch.setattr(posix, "_block_device", lambda path: str(disks.root / os.path.basename(path)))
    assert plain is posix._keeps_plain(str(disks.root / device))


@linux_only
def test_swap_on_disks_is_named(says: Says, disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is encrypted is not; what cannot be looked at is."""
    lines = [f"/dev/{name} partition 1 0 -2\n" for name in ("sda", "crypt", "zram0", "absent")]
    says("/proc/swaps", SWAPS + "".join(lines))

    def device(path: str) -> str:
        if path.endswith("absent"):
            raise FileNotFoundError(path)
        return str(disks.root / os.path.basename(path))

    monkeypatch.setattr(posix, "_block_device", device)
    assert ("/dev/sda", "/dev/absent") == machine.plain_swap()


@linux_only
def test_a_swap_file_is_where_its_file_system_is(says: Says, tmp_path: Path) -> None:
    """Its name may have a blank."""
    file = tmp_path / "swap file"
    file.touch()
    says("/proc/swaps", SWAPS + str(file).replace(" ", "\\040") + " file 8188 0 -2\n")
    number = os.stat(file).st_dev
    device = os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    expected = () if os.path.exists(device) and not posix._keeps_plain(device) else (str(file),)
    assert expected == machine.plain_swap()


@linux_only
def test_no_swap(says: Says) -> None:
    """A table without lines."""
    says("/proc/swaps", SWAPS)
    assert () == machine.plain_swap()


# --- core dumps ---------------------------------------------------------------------------------------

SYSTEMD = "|/usr/lib/systemd/systemd-coredump %P %u %g %s %t"
APPORT = "|/usr/share/apport/apport -p%p -s%s -c%c"
UNLIMITED = resource.RLIM_INFINITY


@linux_only
@pytest.mark.parametrize(
    ("pattern", "limit", "expected"),
    [
        ("core", 0, ""),
        ("core", 1, ""),
        ("core", UNLIMITED, "is written to a file (core)"),
        ("/var/cores/%e", 4096, "is written to a file (/var/cores/%e)"),
        (f"{SYSTEMD} %c %h", 0, ""),
        (f"{SYSTEMD} 9223372036854775808 %h", 0, "is handed to /usr/lib/systemd/systemd-coredump"),
        (f"{SYSTEMD} 9223372036854775808 %h", 1, ""),
        (f"{SYSTEMD} %c %h", UNLIMITED, "is handed to /usr/lib/systemd/systemd-coredump"),
        (APPORT, 0, "is handed to /usr/share/apport/apport"),
        (APPORT, 1, ""),
        ("|/bin/false", UNLIMITED, ""),
        ("|", 0, "is handed to "),
    ],
    ids=str,
)
def test_core_dumps(
    says: Says, monkeypatch: pytest.MonkeyPatch, pattern: str, limit: int, expected: str
) -> None:
    """A file needs a limit above 1; a pipe is used unless it is 1; systemd's keeps nothing if told of a 0."""
    says("/proc/sys/kernel/core_pattern", f"{pattern}\n")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, UNLIMITED))
    assert expected == machine.core_dumps()


# --- clipboard histories ------------------------------------------------------------------------------


@linux_only
def test_a_clipboard_manager_that_runs_is_named(says: Says) -> None:
    """By the name that the kernel has of it; each once."""
    for process in (os.getpid(), os.getppid()):
        says(f"/proc/{process}/comm", "copyq\n")
    assert machine.clipboard_histories() == ("CopyQ",)


@linux_only
def test_somebody_else_s_is_none(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's clipboard is not ours."""
    says(f"/proc/{os.getpid()}/comm", "copyq\n")
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert machine.clipboard_histories() == ()


def test_the_kernel_s_names_are_short() -> None:
    """A longer one would never be met."""
    assert [] == [name for name in posix._HISTORIES if len(name) > 15]


# --- rights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o700, ""), (0o755, ""), (0o777, "everybody may write to"), (0o1777, ""), (0o1733, ""), (0o770, "")],
    ids=str,
)
def test_who_may_write_to_a_folder(tmp_path: Path, mode: int, expected: str) -> None:
    """Where the sticky bit is set, nobody puts a file into the place of another's."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    assert (expected and f"{expected} {folder}") == machine.others_may_write(str(folder))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    """Its owner may do anything, whatever its mode; so may a group that is not the user's own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o770)
    os.chown(folder, 0, 4242)
    assert f"a group (gid 4242) may write to {folder}" == machine.others_may_write(str(folder))
    os.chown(folder, 4242, 0)
    folder.chmod(0o1700)
    assert f"{folder} belongs to another user (uid 4242)" == machine.others_may_write(str(folder))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Nobody writes to it."""
    assert machine.others_may_write(str(tmp_path / "absent")) == ""


# --- other processes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "expected"), [("", True), ("0\n", True), ("1\n", False), ("3\n", False)])
def test_whether_memory_can_be_read(says: Says, scope: str, expected: bool) -> None:
    """Unless Yama keeps them from it, programs of one user may attach to each other."""
    says("/proc/sys/kernel/yama/ptrace_scope", scope)
    assert expected is machine.traceable()


@pytest.mark.parametrize("name", ["plain_swap", "clipboard_histories", "traceable"])
def test_elsewhere_it_is_unknown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """On systems without /proc nothing is guessed."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert getattr(posix, name)() is None


# --- Windows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"), [(2, ""), (3, "fixed drive"), (4, "network drive"), (0, "")], ids=str
)
def test_drives_of_windows(monkeypatch: pytest.MonkeyPatch, kind: int, expected: str) -> None:
    """Told is whose a drive is; nothing, if Windows does not know."""

    def call(name: str, *arguments: object, library: str = "", handle: bool = False) -> int:
        assert ("GetDriveTypeW", ("\\",)) == (name, arguments)  # POSIX paths have no drive
        if not kind:
            raise OSError
        return kind

    monkeypatch.setattr(api, "call", call)
    assert expected == windows.file_system("/x")


def test_settings_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own history of the clipboard is told by its setting."""
    asked = []

    def setting(key: str, name: str) -> int:
        asked.append(key)
        return int(name == "EnableClipboardHistory")

    monkeypatch.setattr(windows, "_user_setting", setting)
    assert windows.clipboard_histories() == ("Windows' clipboard history",)
    assert {"Software\\Microsoft\\Clipboard"} == set(asked)


def test_what_windows_does_not_tell() -> None:
    """Swap and crash reports are unknown; that processes can read each other is not."""
    assert (None, None, True, "", 0) == (
        windows.plain_swap(),
        windows.core_dumps(),
        windows.traceable(),
        windows.others_may_write("C:\\"),
        windows._user_setting("x", "y"),
    )
