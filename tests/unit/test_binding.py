"""Credentials that are handed to certain programs alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import NOW, okx_credential

from vault.credential.credential import Credential, ProgramBinding
from vault.errors import HostError, InvalidCredential, ProgramNotFound, ProgramRefused
from vault.launch import binding


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of its own."""
    path = tmp_path / "bot"
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that an interpreter runs."""
    path = tmp_path / "bot.py"
    path.write_text("print('hello')\n")
    return path


def bound_to(*texts: str) -> Credential:
    return okx_credential(only_for=tuple(binding.read(text) for text in texts))


def test_without_a_binding_any_program_will_do(program: Path) -> None:
    """As before there were any."""
    assert binding.find_change(okx_credential(), str(program), ["anything"]) is None


def test_its_own_program_gets_it(program: Path) -> None:
    """With whatever arguments."""
    assert binding.find_change(bound_to(str(program)), str(program), []) is None
    assert binding.find_change(bound_to(str(program)), str(program), ["trade", "--config", "x"]) is None


def test_a_program_of_the_same_name_does_not(program: Path, tmp_path: Path) -> None:
    """It is the path that counts, and the copy has the same contents."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "bot").write_bytes(program.read_bytes())
    (other / "bot").chmod(0o755)
    with pytest.raises(ProgramRefused, match=str(program)):
        binding.find_change(bound_to(str(program)), str(other / "bot"), [])


def test_its_own_script_gets_it(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whatever path it is called, with whatever arguments behind it."""
    credential = bound_to(f"{sys.executable}:{script}")
    assert binding.find_change(credential, sys.executable, [str(script), "--live"]) is None
    monkeypatch.chdir(script.parent)
    assert binding.find_change(credential, sys.executable, ["bot.py"]) is None
    assert binding.find_change(credential, sys.executable, ["../" + script.parent.name + "/bot.py"]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-c", "steal()"],
        ["-c", "steal()", "SCRIPT"],
        ["-m", "bot"],
        ["-i", "SCRIPT"],
        ["other.py"],
        ["other.py", "SCRIPT"],
    ],
    ids=str,
)
def test_another_script_does_not(script: Path, arguments: list[str]) -> None:
    """Nor one behind an option, which could run something else first."""
    words = [str(script) if word == "SCRIPT" else word for word in arguments]
    with pytest.raises(ProgramRefused):
        binding.find_change(bound_to(f"{sys.executable}:{script}"), sys.executable, words)


def test_a_changed_script_is_told_from_another(script: Path) -> None:
    """It could be accepted: the error says which file, and what the binding would be now."""
    credential = bound_to(f"{sys.executable}:{script}")
    script.write_text("print('hello')  # and more\n")
    changed = binding.find_change(credential, sys.executable, [str(script)])
    assert changed is not None
    assert f"{script} has changed since" in str(changed.refusal("okx-main"))
    renewed = binding.renewed(credential, changed.bound, NOW + 5)
    assert NOW + 5 == renewed.updated
    assert binding.find_change(renewed, sys.executable, [str(script)]) is None


def test_a_changed_program_is_told_from_another(program: Path) -> None:
    """An update of the interpreter, as a rule."""
    credential = bound_to(str(program))
    program.write_text("#!/bin/sh\nexit 1\n")
    changed = binding.find_change(credential, str(program), [])
    assert changed is not None
    assert str(program) == changed.path


@pytest.mark.promise(9)
def test_a_path_is_resolved_as_the_system_does(program: Path, tmp_path: Path) -> None:
    """``link/..`` is the folder above the one that the link leads to, whatever its text says."""
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    other = tmp_path / "far" / program.name
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    words = f"{tmp_path}/link/../{program.name}"  # by its text, the bound program
    with pytest.raises(ProgramRefused):
        binding.find_change(bound_to(str(program)), words, [])
    assert binding.find_change(bound_to(str(other)), words, []) is None


def test_a_script_is_resolved_as_the_system_does(script: Path, tmp_path: Path) -> None:
    """In the same way."""
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    (tmp_path / "far" / script.name).write_text("steal()")
    with pytest.raises(ProgramRefused):
        binding.find_change(
            bound_to(f"{sys.executable}:{script}"), sys.executable, [f"{tmp_path}/link/../{script.name}"]
        )


def test_another_name_in_the_same_folder_is_the_same_program(program: Path, tmp_path: Path) -> None:
    """As ``python3`` beside ``python`` in a virtual environment; the same file elsewhere is not."""
    beside = program.with_name("program3")
    beside.symlink_to(program)
    (tmp_path / "elsewhere").mkdir()
    far = tmp_path / "elsewhere" / program.name
    far.symlink_to(program)
    assert binding.find_change(bound_to(str(program)), str(beside), []) is None
    with pytest.raises(ProgramRefused):
        binding.find_change(bound_to(str(program)), str(far), [])


def test_a_binding_by_an_unresolved_path_still_fits(program: Path, tmp_path: Path) -> None:
    """As they were stored before."""
    (tmp_path / "alias").symlink_to(program.parent)
    stored = bound_to(str(program)).only_for[0].changed(program=str(tmp_path / "alias" / program.name))
    credential = okx_credential(only_for=(stored,))
    assert binding.find_change(credential, str(program), []) is None


def test_a_link_that_leads_elsewhere_is_a_change(program: Path, tmp_path: Path) -> None:
    """The contents are those of where it leads."""
    link = tmp_path / "current"
    link.symlink_to(program)
    credential = bound_to(str(link))
    assert binding.find_change(credential, str(link), []) is None
    other = tmp_path / "next"
    other.write_text("#!/bin/sh\nexit 2\n")
    other.chmod(0o755)
    link.unlink()
    link.symlink_to(other)
    assert binding.find_change(credential, str(link), []) is not None


def test_one_of_several_is_enough(program: Path, script: Path) -> None:
    """A bot, and the tool that closes its positions; what was renewed leaves the others as they are."""
    credential = bound_to(str(program), f"{sys.executable}:{script}")
    assert binding.find_change(credential, str(program), []) is None
    assert binding.find_change(credential, sys.executable, [str(script)]) is None
    program.write_text("#!/bin/sh\nexit 1\n")
    changed = binding.find_change(credential, str(program), [])
    assert changed is not None
    renewed = binding.renewed(credential, changed.bound, NOW)
    assert binding.find_change(renewed, sys.executable, [str(script)]) is None
    assert 2 == len(renewed.only_for)


def test_a_program_is_found_as_run_finds_it(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    """On PATH; and what is not there is said at once."""
    monkeypatch.setenv("PATH", str(program.parent))
    assert str(program) == binding.read("bot").program
    with pytest.raises(ProgramNotFound):
        binding.read("nosuch")


def test_what_cannot_be_read(program: Path, tmp_path: Path) -> None:
    """A script that is not there, or a folder."""
    with pytest.raises(HostError, match="no such file"):
        binding.read(f"{program}:{tmp_path}/nosuch.py")
    with pytest.raises(InvalidCredential, match="is a folder"):
        binding.read(f"{program}:{tmp_path}")


def test_a_colon_in_a_name(program: Path) -> None:
    """Is part of it, where such a file is there."""
    odd = program.with_name("b:ot")
    program.rename(odd)
    assert (str(odd), "") == (binding.read(str(odd)).program, binding.read(str(odd)).script)


def test_it_is_kept(program: Path, script: Path) -> None:
    """In the plain form and out of it; absent where there is none."""
    credential = bound_to(str(program), f"{sys.executable}:{script}")
    assert credential == Credential.from_plain(credential.to_plain())
    assert "only_for" not in okx_credential().to_plain()


@pytest.mark.parametrize(
    "fields",
    [
        ("", "a" * 64),
        ("/x", "a" * 63),
        ("/x", "A" * 64),
        ("/x", "a" * 64, "/y"),
        ("/x", "a" * 64, "", "a" * 64),
        ("/x\n", "a" * 64),
    ],
    ids=["no program", "short", "upper case", "no digest of the script", "no script", "a line break"],
)
def test_what_is_no_binding(fields: tuple[str, ...]) -> None:
    """A program and a digest, and both or neither of a script."""
    with pytest.raises(InvalidCredential):
        ProgramBinding(*fields)
