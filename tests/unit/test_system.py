"""What differs between operating systems, and that both modules define the same."""

from __future__ import annotations

import ast
import errno
import itertools
import os
import stat
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import vault.system
from vault import system
from vault.errors import (
    HostError,
    InsecureFile,
    ProgramNotExecutable,
    ProgramNotFound,
    StoreError,
    VaultError,
)
from vault.system import Busy, Exists, Missing, NotAFile, disk, posix, windows

FOLDER = Path(vault.system.__file__).parent

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


# --- the two modules --------------------------------------------------------------------------------


def signatures(module: str) -> dict[str, str]:
    """Public functions, and public methods of public classes, with their parameters; read, not imported."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = ast.unparse(node.args)
        if isinstance(node, ast.ClassDef):
            for entry in node.body:
                if isinstance(entry, ast.FunctionDef):
                    found[f"{node.name}.{entry.name}"] = ast.unparse(entry.args)
    return {
        name: arguments
        for name, arguments in found.items()
        if name.endswith(".__init__") or not any(part.startswith("_") for part in name.split("."))
    }


def public(module: str) -> dict[str, str]:
    """Those that the package gives out, a lock's own beginning aside: only its folder makes one."""
    names = set(system.__all__)
    return {k: v for k, v in signatures(module).items() if k.split(".")[0] in names and k != "Lock.__init__"}


@pytest.mark.skipif(not (FOLDER / "windows.py").exists(), reason="vault/system/windows.py is not there yet")
def test_both_systems_have_the_same_functions() -> None:
    """Names and parameters are those of posix, so that no caller asks which system this is."""
    assert public("posix") == public("windows")


@pytest.mark.parametrize("name", system.__all__)
def test_what_is_given_out_is_there(name: str) -> None:
    """Every name of the package is defined by this system's module."""
    assert hasattr(system, name)


@posix_only
def test_everything_given_out_is_public_in_posix() -> None:
    """The comparison above would pass over what it does not see."""
    same = {name for name in system.__all__ if hasattr(disk, name)}
    assert set(system.__all__) - same == {name.split(".")[0] for name in public("posix")}


# --- handles and whole files ------------------------------------------------------------------------


def test_a_folder_is_closed_once(folder: Path) -> None:
    """At the end of its block; closing it again closes nothing that was opened since."""
    with system.Folder(str(folder)) as opened:
        assert [] == opened.names()
    other = system.Folder(str(folder))
    opened.close()
    assert [] == other.names()
    other.close()


@posix_only
@pytest.mark.parametrize("handle", ["folder", "lock"])
def test_a_handle_that_is_let_go_of_is_closed(folder: Path, handle: str) -> None:
    """No descriptor is left open by a caller who forgets to close it."""
    (folder / "a.lock").touch(0o600)
    before = os.listdir("/dev/fd")
    opened = system.Folder(str(folder))
    if handle == "lock":
        with opened:
            opened.lock("a.lock", 1)
    del opened
    assert before == os.listdir("/dev/fd")


@pytest.mark.parametrize("stem", ["", ".other-"])
def test_a_file_is_put_in_the_place_of_another(folder: Path, stem: str) -> None:
    """What a killed writer left under the same stem goes; other names stay."""
    for name in ("a", f"{stem or '.a.'}0.tmp", ".b.0.tmp"):
        (folder / name).write_bytes(b"before")
    with system.Folder(str(folder)) as opened:
        opened.put("a", b"after", stem=stem)
    assert {"a": b"after", ".b.0.tmp": b"before"} == {f.name: f.read_bytes() for f in folder.iterdir()}


@posix_only
def test_a_file_that_cannot_be_put_there(folder: Path) -> None:
    """The file before it stays, and nothing beside it."""
    (folder / "a").mkdir()
    with system.Folder(str(folder)) as opened, pytest.raises(StoreError, match="cannot replace"):
        opened.put("a", b"after")
    assert ["a"] == os.listdir(folder)


@pytest.mark.parametrize("links", [True, False])
def test_a_new_name_takes_nobody_s_place(folder: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without second names, as on FAT."""
    if not links:
        monkeypatch.setattr(system.Folder, "link", lambda *_: False)
    with system.Folder(str(folder)) as opened:
        opened.write("a", b"a")
        opened.rename_new("a", "b")
        opened.write("a", b"other")
        with pytest.raises(Exists):
            opened.rename_new("a", "b")
    assert {"a": b"other", "b": b"a"} == {f.name: f.read_bytes() for f in folder.iterdir()}


# --- a part of a file -------------------------------------------------------------------------------


@pytest.fixture
def place(folder: Path) -> Iterator[system.Folder]:
    """An open folder with a file of ten bytes."""
    (folder / "a").write_bytes(b"0123456789")
    (folder / "a").chmod(0o600)
    opened = system.Folder(str(folder))
    yield opened
    opened.close()


@posix_only
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, (10, b"", b"")),
        (2, 3, (10, b"01", b"789")),
        (10, 10, (10, b"0123456789", b"0123456789")),
        (11, 99, (10, b"0123456789", b"0123456789")),
    ],
    ids=str,
)
def test_the_ends_of_a_file(
    place: system.Folder, first: int, last: int, expected: tuple[int, bytes, bytes]
) -> None:
    """Its length, and as many bytes from both ends as there are."""
    assert expected == place.ends("a", first, last)


@posix_only
@pytest.mark.parametrize(
    ("at", "last", "expected"),
    [
        (10, True, b"0123456789xyz"),
        (10, False, b"0123456789xyz"),
        (4, False, b"0123xyz789"),
        (4, True, b"0123xyz"),
        (0, True, b"xyz"),
        (9, True, b"012345678xyz"),
    ],
    ids=str,
)
def test_a_part_of_a_file_is_written(
    place: system.Folder, folder: Path, at: int, last: bool, expected: bytes
) -> None:
    """In place, over what stands there; on request what is behind it goes."""
    inode = (folder / "a").stat().st_ino
    place.write_at("a", at, b"xyz", last=last)
    assert (expected, inode) == ((folder / "a").read_bytes(), (folder / "a").stat().st_ino)


@posix_only
def test_a_part_is_written_a_few_bytes_at_a_time(
    place: system.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short writes are gone on with."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
    place.write_at("a", 9, b"abcde", last=True)
    assert b"012345678abcde" == (folder / "a").read_bytes()


@posix_only
@pytest.mark.parametrize("umask", [0, 0o022, 0o277])
def test_a_part_of_a_new_file(place: system.Folder, folder: Path, umask: int) -> None:
    """The file is made only when that is asked for, and for its owner alone."""
    with pytest.raises(Missing):
        place.write_at("b", 0, b"x")
    assert not (folder / "b").exists()
    before = os.umask(umask)
    try:
        place.write_at("b", 0, b"x", make=True)
    finally:
        os.umask(before)
    assert (b"x", 0o600) == ((folder / "b").read_bytes(), stat.S_IMODE((folder / "b").stat().st_mode))


@posix_only
@pytest.mark.parametrize(("at", "expected"), [(10, b"0123456789"), (12, b"0123456789"), (8, b"01234567ab")])
def test_a_part_that_the_disk_refuses(
    place: system.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch, at: int, expected: bytes
) -> None:
    """What was appended of it goes again; what was written over something cannot be brought back."""
    write, calls = os.write, itertools.count()

    def full(descriptor: int, data: bytes) -> int:
        if next(calls):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="no space left") as caught:
        place.write_at("a", at, b"abcdef", last=True)
    assert ("free some space; nothing was lost", expected) == (caught.value.hint, (folder / "a").read_bytes())


def make_link(path: Path) -> None:
    path.with_suffix(".target").write_bytes(b"mine")
    path.symlink_to(path.with_suffix(".target"))


def make_pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


def make_shared(path: Path) -> None:
    path.write_bytes(b"mine")
    path.chmod(0o640)


@posix_only
@pytest.mark.parametrize(
    ("make", "error"),
    [(make_link, InsecureFile), (make_pipe, NotAFile), (Path.mkdir, NotAFile), (make_shared, InsecureFile)],
)
def test_a_part_of_what_is_no_file_of_ours(
    place: system.Folder, folder: Path, make: Callable[[Path], None], error: type[VaultError]
) -> None:
    """Neither read nor written, as with a whole file; nothing waits for the other end of a pipe."""
    make(folder / "b")
    for call in (
        lambda: place.ends("b", 1, 1),
        lambda: place.write_at("b", 0, b"x"),
        lambda: place.write_at("b", 0, b"x", make=True, last=True),
    ):
        with pytest.raises(error):
            call()
    for path in (folder / "b", folder / "b.target"):
        assert not path.is_file() or path.read_bytes() == b"mine"


@posix_only
def test_no_descriptor_is_left_of_a_part(place: system.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it went well or not."""
    opened: list[int] = []
    closed: list[int] = []
    begin, close = os.open, os.close

    def opening(*arguments: Any, **named: Any) -> int:
        opened.append(begin(*arguments, **named))
        return opened[-1]

    def closing(descriptor: int) -> None:
        closed.append(descriptor)
        close(descriptor)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "close", closing)
    place.ends("a", 1, 1)
    place.write_at("a", 0, b"x")
    monkeypatch.setattr(os, "lseek", None)
    for call in (lambda: place.ends("a", 1, 1), lambda: place.write_at("a", 0, b"x")):
        with pytest.raises(TypeError):
            call()
    assert 4 == len(opened)
    assert opened == closed


@posix_only
@pytest.mark.parametrize("pause", [0.02, 0.001])
def test_how_often_a_lock_is_tried(
    place: system.Folder, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    """Every 20 milliseconds, or as its taker says."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: float(len(slept)))
    held = place.lock("a.lock", 0)
    with pytest.raises(Busy):
        place.lock("a.lock", 3, **({} if pause == 0.02 else {"pause": pause}))
    held.close()
    assert [pause] * 3 == slept


# --- programs ---------------------------------------------------------------------------------------


def program(path: Path, mode: int = 0o755) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


@pytest.fixture
def search(tmp_path: Path) -> str:
    """Two folders: in the first a file that cannot be executed, in the second a program of its name."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    program(first / "both", 0o644)
    program(second / "both")
    program(second / "only")
    program(first / "plain", 0o644)
    (first / "folder").mkdir()
    return f"{first}{os.pathsep}{second}"


@posix_only
@pytest.mark.parametrize("name", ["both", "only"])
def test_the_first_that_can_be_executed_is_found(search: str, name: str) -> None:
    """As a shell does it, past what cannot be executed."""
    assert os.path.join(search.split(os.pathsep)[1], name) == system.find_program(name, search)


@posix_only
def test_a_path_is_taken_as_it_is(search: str) -> None:
    """With a slash nothing is searched."""
    path = os.path.join(search.split(os.pathsep)[1], "only")
    assert path == system.find_program(path, "")


@posix_only
def test_a_relative_path_is_taken_as_it_is(search: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the folder that one is in."""
    monkeypatch.chdir(search.split(os.pathsep)[1])
    assert system.find_program("./only", search) == "./only"


@posix_only
def test_a_program_here_is_not_found_without_a_slash(search: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is not searched unless PATH says so."""
    monkeypatch.chdir(search.split(os.pathsep)[1])
    with pytest.raises(ProgramNotFound):
        system.find_program("only", "/nowhere")


@posix_only
def test_an_empty_entry_is_the_current_folder(search: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """POSIX, XBD 8.3: a zero-length prefix of PATH."""
    monkeypatch.chdir(search.split(os.pathsep)[1])
    assert system.find_program("only", f"/nowhere{os.pathsep}") == os.path.join(".", "only")


@posix_only
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("none", ProgramNotFound),
        ("", ProgramNotFound),
        ("/none/none", ProgramNotFound),
        ("a\0b", ProgramNotFound),
        ("x" * 5000, ProgramNotFound),
        ("plain", ProgramNotExecutable),
        ("folder", ProgramNotExecutable),
        ("/", ProgramNotExecutable),
        ("/etc/passwd", ProgramNotExecutable),
        ("/etc/passwd/x", ProgramNotFound),
    ],
    ids=lambda case: ascii(case)[:16],
)
def test_a_program_that_cannot_be_started(search: str, name: str, error: type[VaultError]) -> None:
    """127 for what is not there, 126 for what is and cannot be executed."""
    with pytest.raises(error):
        system.find_program(name, search)


@posix_only
def test_a_shell_finds_the_same(search: str) -> None:
    """command -v is the oracle."""
    found = subprocess.run(
        ["/bin/sh", "-c", "command -v only"], env={"PATH": search}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == system.find_program("only", search)


START = "import sys; from vault import system; system.replace_process(sys.argv[1], sys.argv[2:], {'A': 'b'})"


def start(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", START, *words], capture_output=True, text=True)


@posix_only
def test_the_program_takes_this_ones_place() -> None:
    """Its arguments and its environment are those that it was given, and no others."""
    done = start("/bin/sh", "sh", "-c", 'echo "$0 $1 $A"; exit 7', "zero", "one two")
    assert (7, "zero one two b\n") == (done.returncode, done.stdout)


@posix_only
def test_the_process_stays_the_same() -> None:
    """No parent of ours stays behind: the process id is the one that was started."""
    running = subprocess.Popen([sys.executable, "-c", START, "/bin/sh", "sh", "-c", "echo $$"], stdout=-1)
    assert str(running.pid).encode() == running.communicate()[0].strip()


@linux_only
def test_a_closed_pipe_ends_the_program() -> None:
    """What the interpreter ignores for itself is not inherited: `yes | head` ends by the signal."""
    done = start("/bin/sh", "sh", "-c", "grep SigIgn /proc/self/status")
    assert int(done.stdout.split()[1], 16) & (1 << 12 | 1 << 24) == 0  # SIGPIPE is 13, SIGXFSZ 25


@posix_only
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("#!/nowhere/interpreter\n", "ProgramNotFound"),
        ("\x7fELF", "ProgramNotExecutable"),
        ("echo", "ProgramNotExecutable"),
    ],
    ids=["interpreter", "binary", "no first line"],
)
def test_a_program_that_the_system_will_not_start(tmp_path: Path, text: str, error: str) -> None:
    """An error of ours, and this process is still there to say it."""
    path = program(tmp_path / "p")
    path.write_text(text)
    assert f"vault.errors.{error}" in start(str(path), "p").stderr


# --- places -----------------------------------------------------------------------------------------


@linux_only
@pytest.mark.parametrize("given", [True, False], ids=["variable", "home"])
@pytest.mark.parametrize("place", ["data", "state"])
def test_the_places_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, given: bool
) -> None:
    """With and without the variables of the XDG Base Directory Specification."""
    platformdirs = pytest.importorskip("platformdirs")
    if not given:
        monkeypatch.delenv("XDG_DATA_HOME")
        monkeypatch.delenv("XDG_STATE_HOME")
    dirs = platformdirs.PlatformDirs("coldvault", appauthor=False)
    assert getattr(dirs, f"user_{place}_dir") == getattr(system, f"{place}_home")()


@linux_only
@pytest.mark.parametrize("value", ["", "relative", "./here", "~/there"])
def test_a_relative_place_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    """The specification: all paths must be absolute, others are invalid."""
    monkeypatch.setenv("XDG_DATA_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(tmp_path / ".local" / "share" / "coldvault") == system.data_home()


# --- memory -----------------------------------------------------------------------------------------


@linux_only
def test_the_free_memory_is_less_than_all_of_it() -> None:
    """And more than the interpreter itself takes."""
    free, total = system.available_memory(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert free is not None
    assert 16 << 20 < free <= total


@linux_only
def test_the_free_memory_is_the_kernels_figure() -> None:
    """Within a quarter, since it changes all the time; a container's limit may lower it."""
    meminfo = Path("/proc/meminfo").read_text()
    available = int(meminfo.partition("MemAvailable:")[2].split()[0]) * 1024
    free = system.available_memory()
    assert free is not None
    assert free < available * 1.25


def test_an_unknown_figure_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be read, nobody is stopped."""
    if sys.platform == "win32":
        pytest.skip("POSIX")

    def refuse(*_: object, **__: object) -> int:
        raise FileNotFoundError

    monkeypatch.setattr(os, "open", refuse)
    assert system.available_memory() is None


# --- keeping others out of this process -------------------------------------------------------------


@posix_only
@pytest.mark.parametrize("backend", ["there", None, "another"])
def test_a_function_of_the_c_library(monkeypatch: pytest.MonkeyPatch, backend: str | None) -> None:
    """It answers alike by cffi's core, and by ctypes where there is no such thing or it is another."""
    if backend != "there":
        monkeypatch.setitem(sys.modules, "_cffi_backend", backend and types.ModuleType(backend))
    assert [7, -9, 5] == [
        posix.libc("abs", -7),
        posix.libc("atoi", b"-9"),
        posix.libc("strncmp", b"f", b"a", 1),
    ]
    with pytest.raises((AttributeError, OSError)):
        posix.libc("no_such_function", 1)


DUMPABLE = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)"  # PR_GET_DUMPABLE
HARDEN = "from vault import system; system.harden()"
AGAIN = f"import os, sys; os.execv(sys.executable, [sys.executable, '-c', {DUMPABLE!r}])"


SHIELD = "from vault import system; print(system.shield())"


@linux_only
@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([DUMPABLE], "1"),
        ([HARDEN, DUMPABLE], "0"),
        ([HARDEN, AGAIN], "1"),
        ([SHIELD, DUMPABLE], "True\n0"),
        ([SHIELD, AGAIN], "True\n1"),
    ],
    ids=["before", "after", "in the program that is started", "shielded", "in its program"],
)
def test_a_hardened_process_cannot_be_dumped(steps: list[str], said: str) -> None:
    """Neither core dumps nor other processes of this user get at its memory; exec undoes it."""
    done = subprocess.run([sys.executable, "-u", "-c", "\n".join(steps)], capture_output=True, text=True)
    assert said == done.stdout.strip()


@pytest.mark.parametrize("error", [AttributeError, ImportError, OSError])
def test_there_may_be_no_shield(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """Then it says so; whoever only tries it, as every command does, goes on."""

    def missing(*_: object) -> int:
        raise error

    monkeypatch.setattr(posix, "libc", missing)
    assert not posix.shield()
    posix.harden()
    assert not windows.shield()


# --- the hand-over on a descriptor ------------------------------------------------------------------


@pytest.fixture
def handed() -> Iterator[Callable[[bytes], int]]:
    """``memory_file``, whose descriptors are closed after the test."""
    made: list[int] = []

    def make(data: bytes) -> int:
        made.append(posix.memory_file(data))
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
        monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
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

    monkeypatch.setattr(posix, "libc", answer)
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: None)
    assert answers[3] == posix._file_in_memory()
    assert asked == flags


@posix_only
@pytest.mark.parametrize("error", [AttributeError, ImportError, OSError])
def test_there_may_be_no_files_in_memory(
    handed: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Where the C library has no such function, a pipe takes their place."""

    def missing(*_: object) -> int:
        raise error

    monkeypatch.setattr(posix, "libc", missing)
    assert stat.S_ISFIFO(os.fstat(handed(b"x")).st_mode)


@posix_only
@pytest.mark.parametrize("size", [(64 << 10) + 1, 5 << 20])
def test_what_a_pipe_does_not_hold(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """It is refused before anything is started: nobody would be there to read while it is written."""
    monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
    before = os.listdir("/dev/fd")
    with pytest.raises(HostError, match=f"a pipe does not hold {size:,} bytes"):
        posix.memory_file(bytes(size))
    assert before == os.listdir("/dev/fd")


@posix_only
def test_a_full_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system may keep nothing at all for a reader to come."""

    def full(*_: object) -> int:
        raise BlockingIOError

    monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(HostError, match="does not hold 1 bytes"):
        posix.memory_file(b"x")


@posix_only
@pytest.mark.parametrize("call", ["write", "lseek"])
def test_a_file_in_memory_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """An error of ours, which leaves no descriptor behind."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = os.listdir("/dev/fd")
    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(HostError, match="in memory for the program: no space left"):
        posix.memory_file(b"x")
    assert before == os.listdir("/dev/fd")


# What a program printed just before it stopped is on its way: read, and not yet written.
STOPPED = """
import os, signal, sys, threading, time
from vault.system import supervisor

class Slow:
    busy = True
    source = os.pipe()[0]

def written():
    time.sleep(0.2)
    print("what it printed", flush=True)
    Slow.busy = False

threading.Thread(target=written).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
supervisor.stop_like(signal.SIGTSTP, [Slow])
"""


@posix_only
def test_what_was_printed_is_shown_before_a_stop() -> None:
    """Our shell says that the job has stopped, and not before what it said."""
    # A group without a shell above it is orphaned, and nobody stops in it: so this process is its parent.
    child = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, process_group=0)
    assert child.stdout is not None
    try:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        os.set_blocking(child.stdout.fileno(), False)
        assert (True, b"what it printed\n") == (os.WIFSTOPPED(status), child.stdout.read())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_windows_hands_over_no_descriptors() -> None:
    """It says so, and what to do instead."""
    with pytest.raises(HostError, match="Windows") as caught:
        windows.memory_file(b"x")
    assert "without --via" in caught.value.hint
