"""Programs, the memory of this process, and who may read that."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from vault import system
from vault.errors import (
    ProgramNotExecutable,
    ProgramNotFound,
    VaultError,
)
from vault.system.posix import process
from vault.system.windows import process as windows_process

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


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


@pytest.mark.promise(9)
@posix_only
def test_the_program_takes_this_ones_place() -> None:
    """Its arguments and its environment are those that it was given, and no others."""
    done = start("/bin/sh", "sh", "-c", 'echo "$0 $1 $A"; exit 7', "zero", "one two")
    assert (7, "zero one two b\n") == (done.returncode, done.stdout)


@pytest.mark.promise(9)
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


@pytest.mark.promise(8)
@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/", {"/sys/fs/cgroup/memory.max": "7\n"}, 7),
        ("0::/a/b", {"/sys/fs/cgroup/a/memory.max": "6", "/sys/fs/cgroup/a/b/memory.max": "max"}, 6),
        ("0::/a/b", {"/sys/fs/cgroup/a/b/memory.max": "5", "/sys/fs/cgroup/memory.max": "8"}, 5),
        ("4:cpu,memory:/a\n0::/", {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4"}, 4),
        ("4:cpu:/a\n", {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4"}, 9 << 10),
        ("0::/a:b", {"/sys/fs/cgroup/a:b/memory.max": "3"}, 3),
    ],
)
def test_the_limits_are_those_of_its_own_groups(
    monkeypatch: pytest.MonkeyPatch, groups: str, files: dict[str, str], expected: int
) -> None:
    """And of each above: a container or a unit in another one, of either version of control groups."""
    if sys.platform == "win32":
        pytest.skip("POSIX")
    from vault.system.posix import process

    known = {"/proc/meminfo": "MemFree: 1 kB\nMemAvailable:  9 kB\n", "/proc/self/cgroup": groups, **files}
    monkeypatch.setattr(process, "_text", lambda path: known.get(path, ""))
    assert expected == process.available_memory()


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
        process.libc("abs", -7),
        process.libc("atoi", b"-9"),
        process.libc("strncmp", b"f", b"a", 1),
    ]
    with pytest.raises((AttributeError, OSError)):
        process.libc("no_such_function", 1)


DUMPABLE = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)"  # PR_GET_DUMPABLE
CLOSE = "from vault import system; print(system.make_undumpable())"
AGAIN = f"import os, sys; os.execv(sys.executable, [sys.executable, '-c', {DUMPABLE!r}])"


@linux_only
@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([DUMPABLE], "1"),
        ([CLOSE, DUMPABLE], "True\n0"),
        ([CLOSE, AGAIN], "True\n1"),
    ],
    ids=["before", "after", "in the program that is started"],
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

    monkeypatch.setattr(process, "libc", missing)
    assert not process.make_undumpable()
    assert not windows_process.make_undumpable()
