"""After a password change: what opens what, by this program and by the stand-alone reader."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OKX, Cli

import vault

RECOVER = Path(__file__).parents[2] / "scripts" / "recover.py"
NEW = "an altogether different sentence"


def recover(file: Path, password: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RECOVER), "--password-file", str(password), str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def changed(cli: Cli, tmp_path: Path) -> Path:
    """The file of the new password, after the change."""
    new = tmp_path / "new"
    new.write_text(f"{NEW}\n")
    cli("edit", "okx-main", "--note", "so that a backup stands there")
    assert cli.path.with_name(f"{cli.path.name}.bak").exists()
    cli("passwd", "--new-password-file", str(new), "--memory", "64")
    return new


@pytest.mark.parametrize("ending", ["", ".bak"])
def test_the_old_password_opens_neither(cli: Cli, changed: Path, ending: str) -> None:
    """Neither the vault nor the automatic backup, for either reader."""
    file = cli.path.with_name(cli.path.name + ending)
    cli("--file", str(file), "list", check=41)
    assert recover(file, cli.password_file).stderr.startswith("recover: wrong-password")


@pytest.mark.parametrize("ending", ["", ".bak"])
def test_the_stand_alone_reader_prints_the_credentials(cli: Cli, changed: Path, ending: str) -> None:
    """With the new password, values included."""
    done = recover(cli.path.with_name(cli.path.name + ending), changed)
    assert [OKX] == [credential["fields"] for credential in json.loads(done.stdout)["credentials"]]


def test_nothing_else_in_the_folder_opens_with_the_old_one(cli: Cli, changed: Path) -> None:
    """No leftover of the change holds what the old password opened."""
    names = {file.name for file in cli.path.parent.iterdir()}
    journal = {f"{cli.path.name}.journal", f"{cli.path.name}.journal.lock"}  # its old keys are in the vault
    assert {cli.path.name, f"{cli.path.name}.bak", f"{cli.path.name}.lock"} == names - journal


def test_the_journal_outlives_it(cli: Cli, tmp_path: Path) -> None:
    """What was noted before is still told, and what comes after is sealed with another key."""
    cli("run", "--", "true")
    new = tmp_path / "new"
    new.write_text("purple tractor violin mongoose\n")
    cli("passwd", "--new-password-file", str(new), "--memory", "64")
    cli("--password-file", str(new), "run", "--", "true")
    told = json.loads(cli("--password-file", str(new), "--json", "log").stdout)
    assert ["run", "passwd", "run"] == [entry["did"] for entry in told["entries"]]
    assert [] == told["problems"]
    opened = vault.open(cli.path).unlock(vault.Secret("purple tractor violin mongoose"))
    assert 2 == len(set(opened.payload.journal.values()))


# A disk that takes everything and confirms nothing.
UNCONFIRMED = """
import sys
from vault.cli import main
from vault.system import Folder
Folder.sync = lambda self: False
sys.exit(main())
"""


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_a_recovery_key_is_shown_whatever_the_disk_confirms(
    cli: Cli, folder: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """The vault stands and has that key, which nobody has seen yet."""
    made, key = folder / "new.vault", tmp_path / "key"
    init = [*flags, "init", "--recovery", "--memory", "64", "--passes", "3"]
    command = [sys.executable, "-c", UNCONFIRMED, "--file", str(made), *init]
    done = subprocess.run(command, env=cli.env, capture_output=True, text=True, timeout=60)
    assert (vault.errors.NotDurable.exit_code, True) == (done.returncode, "did not confirm" in done.stderr)
    key.write_text(json.loads(done.stdout)["recovery_key"] if flags else done.stdout)
    cli("--file", str(made), "--password-file", str(key), "list")
