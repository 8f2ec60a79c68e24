"""What a program reads from a descriptor."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vault.errors import (
    HostError,
)
from vault.system.posix import memory_file
from vault.system.posix.memory_file import memory_file as make_file

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


@pytest.fixture
def handed() -> Iterator[Callable[[bytes], int]]:
    """``memory_file``, whose descriptors are closed after the test."""
    made: list[int] = []

    def make(data: bytes) -> int:
        made.append(make_file(data))
        return made[-1]

    yield make
    for descriptor in made:
        os.close(descriptor)


@posix_only
@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 200], ids=len)
@pytest.mark.parametrize("memory", [True, False], ids=["file", "pipe"])
def test_what_is_handed_over(
    handed: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch, data: bytes, memory: bool
) -> None:
    """A program that is executed reads it to its end, from a descriptor that is no standard stream."""
    if not memory:
        monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
    descriptor = handed(data)
    assert descriptor > 2
    code = f"import sys; sys.stdout.buffer.write(open({descriptor}, 'rb').read())"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, close_fds=False)
    assert data == done.stdout


@linux_only
def test_a_file_in_memory_is_its_owner_s_alone(handed: Callable[[bytes], int]) -> None:
    """It has no name in any folder, and nobody else may open the one it has below /proc."""
    status = os.fstat(handed(b"x"))
    assert (0o600, 0, os.geteuid()) == (stat.S_IMODE(status.st_mode), status.st_nlink, status.st_uid)


@linux_only
def test_a_file_in_memory_is_read_as_often_as_wanted(handed: Callable[[bytes], int]) -> None:
    """By its path each reader begins at its beginning; several MB fit."""
    data = os.urandom(5 << 20)
    path = Path(f"/proc/self/fd/{handed(data)}")
    assert data == path.read_bytes()
    assert data == path.read_bytes()


def seal_anew(descriptor: int) -> None:
    import fcntl

    fcntl.fcntl(descriptor, 1033, 0)  # F_ADD_SEALS


@linux_only
@pytest.mark.parametrize(
    "change",
    [
        lambda descriptor: os.write(descriptor, b"y"),
        lambda descriptor: os.ftruncate(descriptor, 0),
        lambda descriptor: os.ftruncate(descriptor, 9),
        lambda descriptor: Path(f"/proc/self/fd/{descriptor}").write_bytes(b"y"),
        seal_anew,
    ],
    ids=["write", "shrink", "grow", "by its path", "another seal"],
)
def test_a_file_in_memory_stays_as_it_is(
    handed: Callable[[bytes], int], change: Callable[[int], object]
) -> None:
    """Whoever has it can neither write to it nor seal it differently, root included."""
    descriptor = handed(b"x")
    with pytest.raises(PermissionError):
        change(descriptor)
    assert b"x" == Path(f"/proc/self/fd/{descriptor}").read_bytes()


@linux_only
@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({2: -1, 3: 7}, [11, 3]),
        ({11: -1, 3: -1}, [11, 3]),
    ],
    ids=["an older kernel", "a forbidden call"],
)
def test_files_in_memory_are_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, answers: dict[int, int], asked: list[int]
) -> None:
    """Never to be executed, which some kernels insist on and others do not know; then without that."""
    flags: list[int] = []

    def answer(name: str, label: bytes, flag: int) -> int:
        flags.append(flag)
        return answers.get(flag, -1)

    monkeypatch.setattr(memory_file, "libc", answer)
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: None)
    assert answers[3] == memory_file._file_in_memory()
    assert asked == flags


@posix_only
@pytest.mark.parametrize("error", [AttributeError, ImportError, OSError])
def test_there_may_be_no_files_in_memory(
    handed: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Where the C library has no such function, a pipe takes their place."""

    def missing(*_: object) -> int:
        raise error

    monkeypatch.setattr(memory_file, "libc", missing)
    assert stat.S_ISFIFO(os.fstat(handed(b"x")).st_mode)


@posix_only
@pytest.mark.parametrize("size", [(64 << 10) + 1, 5 << 20])
def test_what_a_pipe_does_not_hold(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """It is refused before anything is started: nobody would be there to read while it is written."""
    monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
    before = os.listdir("/dev/fd")
    with pytest.raises(HostError, match=f"a pipe does not hold {size:,} bytes"):
        make_file(bytes(size))
    assert before == os.listdir("/dev/fd")


@posix_only
def test_a_full_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system may keep nothing at all for a reader to come."""

    def full(*_: object) -> int:
        raise BlockingIOError

    monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(HostError, match="does not hold 1 bytes"):
        make_file(b"x")


@posix_only
@pytest.mark.parametrize("call", ["write", "lseek"])
def test_a_file_in_memory_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """An error of ours, which leaves no descriptor behind."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = os.listdir("/dev/fd")
    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(HostError, match="in memory for the program: no space left"):
        make_file(b"x")
    assert before == os.listdir("/dev/fd")
