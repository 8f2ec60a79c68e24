"""Two versions, or two vaults, at the command line: without a person, and with one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHEAPEST_KDF, NOW, OKX, PASSWORD, Cli, okx_credential
from person import CTRL_C, Person

import vault

if os.name == "nt":
    pytest.skip("POSIX terminals", allow_module_level=True)

OTHER = "an altogether different sentence"


@pytest.fixture
def fork(cli: Cli, tmp_path: Path) -> Path:
    """The vault of another machine, put in the place of what this one saw; returns what stood there."""
    ours = tmp_path / "ours.vault"
    theirs = tmp_path / "theirs.vault"
    shutil.copy2(cli.path, theirs)
    cli.add("ours", "okx", {**OKX, "api_key": "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"})
    cli("edit", "okx-main", "--note", "ours")
    shutil.copy2(cli.path, ours)
    elsewhere = {"VAULT_FILE": str(theirs), "XDG_STATE_HOME": str(tmp_path / "elsewhere")}
    for number in range(3):
        cli("edit", "okx-main", "--note", f"theirs {number}", env=elsewhere)
    shutil.copy2(theirs, cli.path)
    return ours


@pytest.fixture
def at(cli: Cli, tmp_path: Path) -> Callable[[str], Person]:
    """Somebody at a terminal, whose password is in a file."""
    return lambda line: Person(
        line, {**cli.env, "PATH": f"{Path(cli.exe).parent}:{os.environ['PATH']}"}, tmp_path / "notes"
    )


def notes_of(cli: Cli) -> dict[str, str]:
    listed = json.loads(cli("list", "--json").stdout)["credentials"]
    return {credential["name"]: credential["note"] for credential in listed}


@pytest.mark.promise(3)
def test_a_fork_is_refused_and_the_hint_leads_on(cli: Cli, fork: Path) -> None:
    """Each command that it names does what it says."""
    refused = cli("list", check=27).stderr.decode()
    assert "another version of the vault" in refused
    assert "vault merge --dry-run" in refused
    shown = cli("merge", "--dry-run").stderr.decode()
    assert "only in the copy, to be taken: ours" in shown
    assert "okx-main differs in note" in shown
    cli("list", check=27)
    cli("merge", "--prefer", "newer")
    assert {"okx-main": "theirs 2", "ours": ""} == notes_of(cli)
    assert "merge" == json.loads(cli("log", "--json").stdout)["entries"][-1]["did"]


def test_a_difference_without_a_person_is_refused(cli: Cli, fork: Path) -> None:
    """With the way out; nothing is written."""
    before = cli.path.read_bytes()
    refused = cli("merge", check=29).stderr.decode()
    assert "okx-main differs in the two: note" in refused
    assert "--prefer" in refused
    assert before == cli.path.read_bytes()


@pytest.mark.parametrize(
    ("answer", "notes"),
    [
        ("v", {"okx-main": "theirs 2", "ours": ""}),
        ("copy", {"okx-main": "ours", "ours": ""}),
        ("B", {"okx-main": "theirs 2", "okx-main-2": "ours", "ours": ""}),
    ],
)
def test_a_person_decides_each_difference(
    cli: Cli, at: Callable[[str], Person], fork: Path, answer: str, notes: dict[str, str]
) -> None:
    """By a letter or a word; another answer is asked for again."""
    person = at("vault merge")
    person.answers(("which one stays", "neither"), ("which one stays", answer.lower()))
    assert 0 == person.ends()
    assert "answer v, c or b" in person.screen
    assert notes == notes_of(cli)


def test_ctrl_c_at_a_difference_leaves_everything(cli: Cli, at: Callable[[str], Person], fork: Path) -> None:
    """As it was, refused as before."""
    before = cli.path.read_bytes()
    person = at("vault merge")
    person.sees("which one stays")
    person.types("", CTRL_C)
    assert 130 == person.ends()
    assert before == cli.path.read_bytes()
    cli("list", check=27)


def test_nothing_to_merge_is_no_failure(cli: Cli) -> None:
    """The version that this machine keeps is the one that stands there."""
    cli("edit", "okx-main", "--note", "x")
    assert b"nothing to merge" in cli("merge").stdout
    assert not json.loads(cli("merge", "--json").stdout)["merged"]


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """Another vault, with a password of its own."""
    path = tmp_path / "strange" / "other.vault"
    path.parent.mkdir(mode=0o700)
    with vault.create(path, vault.Secret(OTHER), now=NOW, kdf=CHEAPEST_KDF) as opened:
        opened.add(okx_credential("theirs"))
        opened.save()
    return path


def test_another_vault_has_another_password(cli: Cli, stranger: Path, tmp_path: Path) -> None:
    """Without a person it comes from a file; without that, the error names the option."""
    refused = cli("merge", str(stranger), check=42).stderr.decode()
    assert "has another password" in refused
    assert "--copy-password-file" in refused
    file = tmp_path / "other-password"
    file.write_text(OTHER)
    cli("merge", str(stranger), "--copy-password-file", str(file))
    assert {"okx-main", "theirs"} == notes_of(cli).keys()


def test_another_vault_s_password_is_asked_for(cli: Cli, at: Callable[[str], Person], stranger: Path) -> None:
    """After the vault's own; a wrong one is asked again."""
    person = at(f"vault merge '{stranger}'")
    person.answers(("password of the copy: ", PASSWORD), ("password of the copy: ", OTHER))
    assert 0 == person.ends()
    assert OTHER not in person.screen
    assert {"okx-main", "theirs"} == notes_of(cli).keys()


@pytest.mark.promise(15)
def test_a_removal_is_undone_alone(cli: Cli, tmp_path: Path) -> None:
    """From the version beside the vault; everything else stays, and what is there is not replaced."""
    cli.add("second", "okx", {**OKX, "api_key": "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"})
    cli("remove", "second", "--force")
    cli("edit", "okx-main", "--note", "newer")
    shutil.copy2(f"{cli.path}.bak", tmp_path / "copy.vault")
    cli("restore", f"{cli.path}.bak", "--only", "second", check=51)
    cli("edit", "okx-main", "--note", "newest")
    kept = tmp_path / "older.vault"
    cli.add("third", "okx", {**OKX, "api_key": "1c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"})
    shutil.copy2(cli.path, kept)
    cli("remove", "third", "--force")
    cli("restore", str(kept), "--only", "third")
    assert {"okx-main": "newest", "third": ""} == notes_of(cli)
    refused = cli("restore", str(tmp_path / "copy.vault"), "--only", "okx-main", check=29).stderr
    assert b"okx-main differs in the two: note" in refused


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["merge", "/no/such/file"], 21),
        (["merge", "/dev/null"], 31),
        (["merge", "--prefer", "mine"], 2),
        (["restore", "/no/such/file", "--only", "okx-main"], 21),
    ],
)
def test_what_cannot_be_merged(cli: Cli, words: list[str], status: int) -> None:
    """One error, its documented status, and the vault as it was."""
    cli("edit", "okx-main", "--note", "x")
    before = cli.path.read_bytes()
    done = cli(*words, check=status).stderr.decode()
    assert 1 == done.count("vault: error: ")
    assert before == cli.path.read_bytes()
