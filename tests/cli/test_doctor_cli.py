"""``vault doctor``: the facts that it finds on a real machine, around a real vault."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from vault.care.doctor import CODES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX rights and paths")

MACHINE = {"swap", "core-dumps", "clipboard-history", "network", "passing", "unchecked", "same-user"}


def examined(cli: Cli, *words: str, env: dict[str, str] | None = None) -> list[dict[str, str]]:
    """All findings; its status fits them."""
    done = cli(*words, "--json", "doctor", env=env, check=None)
    found: list[dict[str, str]] = json.loads(done.stdout)["findings"]
    assert int(any(finding["severity"] != "note" for finding in found)) == done.returncode
    return found


def codes(cli: Cli, *words: str, env: dict[str, str] | None = None) -> set[str]:
    """Of what does not depend on this machine; the template vault's low cost aside."""
    return {finding["code"] for finding in examined(cli, *words, env=env)} - MACHINE - {"weak-kdf"}


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True)


def test_a_vault_in_a_folder_of_its_own(cli: Cli) -> None:
    """Nothing is wrong with it but its cost; no password is needed to see that."""
    assert set() == codes(cli, env={"VAULT_PASSWORD_FILE": ""})
    assert "weak-kdf" in {finding["code"] for finding in examined(cli)}


def test_before_there_is_a_vault(bare: Cli) -> None:
    """Its place is looked at all the same."""
    assert {"no-vault"} == codes(bare)


def test_nothing_is_written(cli: Cli) -> None:
    """Neither beside the vault nor in the notes."""

    def state() -> dict[str, tuple[bytes, int]]:
        places = [cli.path.parent, Path(cli.env["HOME"]), Path(cli.env["XDG_STATE_HOME"])]
        files = [file for place in places for file in place.rglob("*") if file.is_file()]
        return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}

    before = state()
    examined(cli)
    assert before == state()


def test_every_finding_is_documented(cli: Cli) -> None:
    """Codes, severities and keys are those of docs/cli.md."""
    for finding in examined(cli):
        assert CODES[finding["code"]][0] == finding["severity"]
        assert {"severity", "code", "name", "message", "hint"} == set(finding)


@pytest.mark.parametrize("mode", ["0666", "0640", "0604"])
def test_a_password_file_that_others_can_read(cli: Cli, mode: str) -> None:
    """Wherever it is named."""
    cli.password_file.chmod(int(mode, 8))
    assert {"password-file-open"} == codes(cli)
    assert {"password-file-open"} == codes(
        cli, "--password-file", str(cli.password_file), env={"VAULT_PASSWORD_FILE": ""}
    )


def test_the_password_of_a_service(cli: Cli, tmp_path: Path) -> None:
    """systemd's credentials are looked at, too."""
    (tmp_path / "vault-password").write_text("x")
    (tmp_path / "vault-password").chmod(0o644)
    env = {"VAULT_PASSWORD_FILE": "", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert {"password-file-open"} == codes(cli, env=env)


def test_a_password_from_a_descriptor_is_no_file(cli: Cli) -> None:
    """And is left unread: doctor opens nothing."""
    cli.password_file.chmod(0o644)
    assert set() == codes(cli, "--password-fd", "0")


def test_a_password_file_that_is_not_there(cli: Cli) -> None:
    """Is told before it is missed."""
    cli.password_file.unlink()
    assert {"setting"} == codes(cli)


def test_variables(cli: Cli) -> None:
    """A password in one, another program's, and a vault whose place depends on the folder."""
    relative = os.path.relpath(cli.path)
    env = {"VAULT_PASSWORD": "hunter2", "VAULT_ADDR": "https://example.com", "VAULT_FILE": relative}
    assert {"password-variable", "unknown-variable", "setting"} == codes(cli, env=env)
    assert "hunter2" not in json.dumps(examined(cli, env=env))


def test_a_vault_that_git_keeps(cli: Cli) -> None:
    """Told from one that it could take along, and from one that it ignores."""
    place = cli.path.parent
    git(place, "init", "-q")
    assert {"work-tree"} == codes(cli)
    git(place, "add", "bots.vault")
    assert {"tracked"} == codes(cli)
    git(place, "rm", "--cached", "-q", "bots.vault")
    (place / ".gitignore").write_text("# ours\n/bots.vault*\n")
    assert set() == codes(cli)


def test_a_vault_in_a_linked_work_tree(cli: Cli, tmp_path: Path) -> None:
    """Whose ``.git`` is a file that says where the rest is."""
    main = tmp_path / "main"
    main.mkdir()
    git(main, "init", "-q")
    (main / "bots.vault").write_text("x")
    git(main, "add", "bots.vault")
    git(main, "commit", "-q", "-m", "x")
    git(main, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = tmp_path / "linked" / "bots.vault"
    linked.write_bytes(cli.path.read_bytes())
    linked.chmod(0o600)
    linked.parent.chmod(0o700)
    assert {"tracked"} == codes(cli, "--file", str(linked))


@pytest.mark.promise(15)
def test_what_a_work_tree_wants_to_run_is_not_run(cli: Cli) -> None:
    """Git's own commands would start what core.fsmonitor names."""
    place = cli.path.parent
    git(place, "init", "-q")
    git(place, "config", "core.fsmonitor", f"touch {place}/started; false")
    assert {"work-tree"} == codes(cli)
    assert not (place / "started").exists()


def test_a_synced_folder(cli: Cli) -> None:
    """By a mark in a folder above."""
    (cli.path.parent.parent / ".stfolder").mkdir()
    assert {"synced", "password-file-shared"} == codes(cli)


def test_a_folder_above_that_everybody_may_write_to(cli: Cli) -> None:
    """Whoever can rename the folder can put another vault there."""
    cli.path.parent.parent.chmod(0o777)
    assert {"folder-open"} == codes(cli)


def test_notes_that_somebody_else_may_write(cli: Cli) -> None:
    """They say which save is the newest."""
    cli("list")
    (Path(cli.env["XDG_STATE_HOME"]) / "coldvault" / "seen").chmod(0o777)
    assert {"folder-open"} == codes(cli)


def test_files_that_are_open_to_others(cli: Cli) -> None:
    """The vault itself is worse than what belongs to it; both are told at once."""
    cli("edit", "okx-main", "--note", "x")
    cli.path.chmod(0o604)
    cli.path.with_name("bots.vault.bak").chmod(0o604)
    found = examined(cli)
    assert ["vault-refused", "file-refused"] == [f["code"] for f in found[:2]]
    assert f"chmod 600 {cli.path}" == found[0]["hint"]


def test_a_vault_saved_in_the_future(cli: Cli) -> None:
    """Then the clock is wrong now."""
    soon = time.time() + 3600
    os.utime(cli.path, (soon, soon))
    assert {"clock"} == codes(cli)


def test_an_older_version_in_its_place(cli: Cli) -> None:
    """And the newer one, which a sync tool has set aside."""
    old = cli.path.read_bytes()
    cli("edit", "okx-main", "--note", "x")
    aside = cli.path.with_name("bots-LAPTOP.vault")
    aside.write_bytes(cli.path.read_bytes())
    cli.path.write_bytes(old)
    found = examined(cli)
    assert ["older-than-seen", "conflict-copy"] == [f["code"] for f in found if f["severity"] == "high"]
    cli("restore", str(aside))
    aside.unlink()
    assert {"copy"} == codes(cli)  # what was replaced
    assert "x" == json.loads(cli("--json", "show", "okx-main").stdout)["note"]


def test_a_version_of_an_earlier_password(cli: Cli, tmp_path: Path) -> None:
    """Beside the vault it is as good as the vault, to who knows that password."""
    copy = cli.path.with_name("bots.old.vault")
    copy.write_bytes(cli.path.read_bytes())
    new = tmp_path / "new"
    new.write_text("an altogether different sentence\n")
    cli("passwd", "--new-password-file", str(new), "--memory", "64")
    assert {"old-password"} == codes(cli)


def test_what_is_said_to_people(cli: Cli) -> None:
    """Severity, sentence, next step, and a last line that counts."""
    lines = cli("doctor", check=1).stdout.decode().splitlines()
    found = examined(cli)
    steps = sum(bool(finding["hint"]) for finding in found)
    assert len(found) + steps + 1 == len(lines)
    notes = sum(finding["severity"] == "note" for finding in found)
    plural: Any = {True: "", False: "s"}
    worse = len(found) - notes
    assert f"{worse} finding{plural[worse == 1]}, {notes} note{plural[notes == 1]}" == lines[-1]
