"""What surrounds a vault is gathered: variables, the password's file, git, whoever may write there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vault.actions import host


def codes(path: Path, password: str = "") -> set[str]:
    return {finding.code for finding in host.examine(str(path), password, 1_800_000_000)}


def test_a_vault_in_a_folder_that_others_write(path: Path) -> None:
    """Its own, or one above."""
    assert "folder-open" not in codes(path)
    path.parent.chmod(0o777)
    assert "folder-open" in codes(path)


def test_a_work_tree_keeps_it_or_ignores_it(path: Path) -> None:
    """As git's own files have it."""
    subprocess.run(["git", "init", "-q", path.parent], check=True)
    assert "work-tree" in codes(path)
    path.with_name(".gitignore").write_text(f"/{path.name}*\n")
    assert "work-tree" not in codes(path)
    subprocess.run(["git", "-C", path.parent, "add", "-f", path.name], check=True)
    assert "tracked" in codes(path)


def test_a_password_file_that_is_not_there(path: Path, tmp_path: Path) -> None:
    """None is needed; one that is named must be there."""
    assert "setting" not in codes(path)
    assert "setting" in codes(path, str(tmp_path / "nowhere"))


def test_a_variable_that_holds_a_password(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that begin like ours are looked at."""
    monkeypatch.setenv("VAULT_PASSWORD", "x")
    assert "password-variable" in codes(path)
