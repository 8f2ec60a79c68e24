"""Real file systems in images: made, mounted for this process alone, and copied while they are at work."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_NEW_MOUNTS = 0x20000  # CLONE_NEWNS, unshare(2)

# Size in MiB (the least that mkfs.xfs takes is 300), and options. ext4 neither writes a renamed file's data
# early (auto_da_alloc), nor its journal every five seconds: what a program did not ask for does not happen.
_KINDS = {
    "ext4": (16, ["-E", "lazy_itable_init=0,lazy_journal_init=0"], "noauto_da_alloc,commit=300"),
    "xfs": (300, [], "nouuid"),  # a copy has the same one
    "btrfs": (128, [], "commit=300"),
}


@dataclass(frozen=True)
class Disk:
    """An image with a file system."""

    kind: str
    image: Path

    @classmethod
    def made(cls, kind: str, image: Path, *, size: int = 0) -> Disk:
        """A new one of *size* MiB, or as small as it can be; skips the test if it cannot be made here."""
        least, options, _ = _KINDS[kind]
        command = shutil.which(f"mkfs.{kind}", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if command is None:
            pytest.skip(f"mkfs.{kind} is not installed")
        image.touch()
        os.truncate(image, (size or least) << 20)
        _run(command, "-q", *options, str(image))
        disk = cls(kind, image)
        try:
            with disk.mounted(image.with_name("trial")):
                return disk
        except OSError as error:
            pytest.skip(f"{kind} cannot be mounted here: {error}")

    @contextmanager
    def mounted(self, place: Path, options: str = "") -> Iterator[None]:
        """Its files stand in *place* meanwhile; raises OSError if it cannot be mounted."""
        place.mkdir(exist_ok=True)
        options = f"loop,{options or _KINDS[self.kind][2]}"
        _run("mount", "-t", self.kind, "-o", options, str(self.image), str(place))
        try:
            yield
        except BaseException:  # whose traceback may hold files open
            _run("umount", "--lazy", str(place))
            raise
        _run("umount", str(place))

    def copied(self, image: Path) -> Disk:
        """What has reached it, as if its machine had lost power now."""
        _run("cp", str(self.image), str(image))
        return Disk(self.kind, image)

    def data(self) -> bytes:
        """All that is on it, blocks of nothing but zeros aside."""
        with self.image.open("rb") as file:
            return b"".join(block for block in iter(lambda: file.read(4096), b"") if block.strip(b"\0"))


def end_with_parent() -> None:
    """Have this process, and the program that it becomes, killed when its parent ends; even if stopped."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG, prctl(2)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{command[0]}: {done.stderr.strip() or done.returncode}")


@contextmanager
def bench(place: Path) -> Iterator[Path]:
    """A new folder, in memory, for images; skips the test where none can be mounted.

    What is mounted within, here or by children, is seen by nobody else. It is gone with the last of these
    processes, however they end, and each loop device with its mount.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts images, on Linux")
    place.mkdir()
    libc, here = ctypes.CDLL(None, use_errno=True), Path.cwd()
    with open("/proc/thread-self/ns/mnt") as outside:
        if libc.unshare(_NEW_MOUNTS) != 0:
            pytest.skip(f"this system lets nobody mount a disk: {os.strerror(ctypes.get_errno())}")
        try:
            _run("mount", "--make-rprivate", "/")
            _run("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(place))
            yield place
        finally:
            if libc.setns(outside.fileno(), _NEW_MOUNTS) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.chdir(here)
