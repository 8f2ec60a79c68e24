"""What Windows starts, and how, on a simulated system."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulated_windows import (  # noqa: F401  (fixtures)
    Refused,
    System,
    fake_win,
)

from vault import errors
from vault.system.windows import api, memory_file, process

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation on POSIX files")


@pytest.fixture
def interrupt() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_without_windows_little_is_known() -> None:
    assert process.available_memory() is None
    assert not process.make_undumpable()


def test_available_memory_is_the_smaller_of_what_is_free_and_what_is_promised(win: System) -> None:
    assert 3 << 30 == process.available_memory()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A search path of two folders, one of them in quotes; the current folder is a third."""
    monkeypatch.setenv("PATHEXT", ".COM;.EXE;.BAT;.CMD;.PY")
    for name in ("one", "two", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return f'{tmp_path}/one;;"{tmp_path}/two"'


def test_a_program_is_found_by_its_name_without_an_ending(path: str, tmp_path: Path) -> None:
    for name in ("one/node", "one/node.cmd", "one/node.exe", "two/python3.11.exe"):
        (tmp_path / name).touch()
    assert f"{tmp_path}/one/node.exe" == process.find_program("node", path)
    assert f"{tmp_path}/one/node.cmd" == process.find_program("node.cmd", path)
    assert f"{tmp_path}/two/python3.11.exe" == process.find_program("python3.11", path)
    assert f"{tmp_path}/one/node.exe" == process.find_program(f"{tmp_path}/one/node", "")


def test_the_current_folder_is_searched_only_if_it_is_named(path: str, tmp_path: Path) -> None:
    (tmp_path / "here" / "bot.exe").touch()
    with pytest.raises(errors.ProgramNotFound):
        process.find_program("bot", path)
    assert os.path.join(".", "bot.exe") == process.find_program("bot", f"{path};.")
    assert "./bot.exe" == process.find_program("./bot", path)


@pytest.mark.parametrize("name", ["bot.py", "bot", "bot.cmd."])
def test_what_windows_does_not_start_by_itself_is_not_executable(
    path: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / "one" / name).touch()
    with pytest.raises(errors.ProgramNotExecutable):
        process.find_program(name, path)


def test_a_folder_and_nothing_are_told_apart(path: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ProgramNotExecutable, match="is a folder"):
        process.find_program(str(tmp_path / "one"), path)
    for name in ("", "none", "no\0ne"):
        with pytest.raises(errors.ProgramNotFound):
            process.find_program(name, path)


class Child:
    """In the place of subprocess.Popen."""

    status = 0
    started: list[dict[str, Any]] = []

    def __init__(self, arguments: list[str], **options: Any) -> None:
        self.started.append({"arguments": arguments, **options})

    def wait(self) -> int:
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        return self.status


@pytest.fixture
def child(win: System, interrupt: None, monkeypatch: pytest.MonkeyPatch) -> type[Child]:
    monkeypatch.setattr(subprocess, "Popen", Child)
    monkeypatch.setattr(Child, "started", [])
    monkeypatch.setattr(Child, "status", 0)
    return Child


def test_the_status_of_a_real_program_is_handed_on(win: System, interrupt: None) -> None:
    with pytest.raises(SystemExit) as caught:
        process.replace_process("/bin/sh", ["sh", "-c", 'exit "$N"'], {"N": "7"})
    assert 7 == caught.value.code


@pytest.mark.parametrize(("status", "code"), [(0, 0), (1, 1), (0xC000013A, -1073741510)])
def test_every_status_fits_a_system_exit(child: type[Child], status: int, code: int) -> None:
    child.status = status
    with pytest.raises(SystemExit) as caught:
        process.replace_process("/x/bot.exe", ["bot"], {})
    assert code == caught.value.code


def test_the_program_is_started_by_its_path_in_a_job_that_ends_with_us(
    child: type[Child], win: System
) -> None:
    with pytest.raises(SystemExit):
        process.replace_process("/x/bot.exe", ["bot", "a b", 'c"d'], {"KEY": "value"})
    arguments = ["/x/bot.exe", "a b", 'c"d']
    options = {"executable": "/x/bot.exe", "env": {"KEY": "value"}, "stdout": None, "stderr": None}
    assert [{"arguments": arguments, **options}] == child.started
    # The limit is lifted at the end: what it left running on purpose is not ended with us.
    assert [0x2800, 0x800] == win.limits


class Stars:
    """A filter that hides the letter x."""

    def feed(self, data: bytes) -> bytes:
        return data.replace(b"x", b"*")

    def release(self) -> bytes:
        return b""

    def end(self) -> bytes:
        return b"."


def test_what_is_filtered_comes_through_a_pipe() -> None:
    """Where ours is a console, the program has that; else a pipe, all of which is passed on."""
    (source, program), (reader, target) = os.pipe(), os.pipe()
    os.write(program, b"a x b")
    os.close(program)
    process._pump(source, target, Stars())
    assert b"a * b." == os.read(reader, 99)
    for descriptor in (source, reader, target):
        os.close(descriptor)


def test_a_reader_that_went_away_ends_the_pipe() -> None:
    """So that the program learns of it."""
    (source, program), (reader, target) = os.pipe(), os.pipe()
    os.close(reader)
    os.write(program, b"x")
    process._pump(source, target, Stars())
    with pytest.raises(BrokenPipeError):
        os.write(program, b"x")
    os.close(program)
    os.close(target)


def test_a_machine_without_jobs_starts_it_all_the_same(child: type[Child], win: System) -> None:
    win.refuse["AssignProcessToJobObject"] = [Refused(api.DENIED)]
    with pytest.raises(SystemExit):
        process.replace_process("/x/bot.exe", ["bot"], {})
    assert 1 == len(child.started)


@pytest.mark.parametrize("name", ["npm.cmd", "x.BAT", "x.bat. ", "a&b.cmd", "%x%.bat"])
@pytest.mark.parametrize("argument", ['"&calc', "%PATH%", "a^b", "a|b", "<x", "(x)", "!x!", "a\nb", "a\0b"])
def test_a_batch_file_gets_no_argument_that_cmd_would_read_again(
    child: type[Child], name: str, argument: str
) -> None:
    with pytest.raises(errors.ProgramNotExecutable):
        process.replace_process(f"/x/{name}", ["npm", "run", argument], {})
    assert [] == child.started


def test_a_batch_file_gets_plain_arguments_and_its_full_path(child: type[Child]) -> None:
    with pytest.raises(SystemExit):
        process.replace_process("/Program Files (x86)/npm.cmd", ["npm", "run", "--port=80", "a b"], {})
    assert ["/Program Files (x86)/npm.cmd", "run", "--port=80", "a b"] == child.started[0]["arguments"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), errors.ProgramNotFound),
        (Refused(740), errors.ProgramNotExecutable),
        (OSError(errno.ENOEXEC, "%1 is not a valid Win32 application"), errors.ProgramNotExecutable),
    ],
)
def test_a_program_that_the_system_will_not_start_changes_nothing(
    win: System,
    interrupt: None,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    expected: type[errors.VaultError],
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "Popen", fail)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(expected) as caught:
        process.replace_process("/x/bot.exe", ["bot"], {})
    assert before == signal.getsignal(signal.SIGINT)
    assert ("elevated" in caught.value.hint) == isinstance(error, Refused)


def test_windows_hands_over_no_descriptors() -> None:
    """It says so, and what to do instead."""
    with pytest.raises(errors.HostError, match="Windows") as caught:
        memory_file.memory_file(b"x")
    assert "without --via" in caught.value.hint
