"""The ways to call it by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Cli

from vault import __version__


@pytest.mark.parametrize("option", ["-V", "--version"])
@pytest.mark.parametrize("way", ["vault", "coldvault", "python -m vault"])
def test_its_version(cli: Cli, way: str, option: str, tmp_path: Path) -> None:
    """By either name, and as a module."""
    program = [sys.executable, "-I", "-m", "vault"] if " " in way else [str(Path(cli.exe).with_name(way))]
    done = subprocess.run([*program, option], env=cli.env, cwd=tmp_path, capture_output=True, text=True)
    assert (0, f"coldvault {__version__}\n") == (done.returncode, done.stdout), done.stderr


def test_help_is_a_command_too(cli: Cli) -> None:
    """Of all commands, or of one; a mistyped one is refused with the nearest."""
    assert cli("--help").stdout == cli("help").stdout
    assert cli("merge", "--help").stdout == cli("help", "merge").stdout
    assert b"did you mean vault merge?" in cli("help", "mergee", check=2).stderr


def test_a_module_ends_with_its_status(cli: Cli, tmp_path: Path) -> None:
    """As the command does."""
    program = [sys.executable, "-I", "-m", "vault", "--file", str(tmp_path / "none"), "list"]
    assert 21 == subprocess.run(program, env=cli.env, capture_output=True).returncode
